# CPU microseconds per judged week of detectors of the R package 'surveillance'.
# usage: Rscript surveillance.R COUNTS.csv (a column of weekly counts a series) FIRST (first judged week, from 1)
suppressMessages(library(surveillance))
asked <- commandArgs(TRUE)
counts <- as.matrix(read.csv(asked[1]))
judged <- as.integer(asked[2]):nrow(counts)
methods <- list(
  "farringtonFlexible" = function(series) farringtonFlexible(series, control = list(range = judged, b = 4, w = 3,
    noPeriods = 10, pastWeeksNotIncluded = 26, thresholdMethod = "nbPlugin", alpha = .001, warnings = FALSE)),
  "glrnb" = function(series) glrnb(series, control = list(range = judged, c.ARL = 5, mu0 = list(S = 1, trend = TRUE))),
  "earsC C3" = function(series) earsC(series, control = list(range = judged, method = "C3")))
for (name in names(methods)) {
  spent <- 0
  for (one in seq_len(ncol(counts))) {
    series <- sts(counts[, one], frequency = 52)
    spent <- spent + sum(system.time(suppressWarnings(methods[[name]](series)))[1:2])
  }
  cat(name, spent / length(judged) / ncol(counts) * 1e6, sep = "\t", fill = TRUE)
}
