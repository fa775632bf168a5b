"""A configuration without mistakes, and what can be mistaken in it."""
# ruff: noqa: E501 - a sentence that people read stands in one piece

from pathlib import Path

import pytest

from monitor.config import ConfigError
from monitor.config.loading import parse

GOOD = """\
timezone = "Asia/Shanghai"
[taxonomy]
levels = ["product", "problem"]
[[sources]]
name = "desk"
kind = "csv"
path = "tickets.csv"
fields = { id = "id", created_at = "opened", category = ["product", "problem"] }
[[rules]]
name = "day"
kind = "daily_threshold"
thresholds = { "三级预警" = 100 }
[[rules]]
name = "hour"
kind = "hour_over_hour"
level = "一级预警"
[[levels]]
name = "一级预警"
[[levels]]
name = "二级预警"
[[levels]]
name = "三级预警"
notify = ["manager"]
"""


def refused(text):
    """The error with all mistakes in a text."""
    with pytest.raises(ConfigError) as caught:
        parse(text, file=Path("/nowhere/config.toml"))
    return caught.value


def mistakes(text):
    """Its mistakes, in English."""
    return [str(problem) for problem in refused(text).problems]


# What is replaced in it, by what, and a sentence that this calls for.
CASES = [
    (
        "[[rules]]",
        '[pages]\naddress = "monitor.example.com"\n[[rules]]',
        'pages.address: "monitor.example.com" is no address of the web; write it like "https://monitor.example.com" (config.toml, line 10)',
    ),
    (
        "[[rules]]",
        '[detection]\ncountry = "cn"\n[[rules]]',
        'detection.country: no country "cn" with known public holidays; write two letters, "CN"; did you mean "CN"? (config.toml, line 10)',
    ),
    (
        "[[rules]]",
        '[[rules]]\nname = "surge"\nkind = "seasonal_surge"\nlevels = ["一级", "三级预警"]\n[[rules]]',
        'rules[0].levels[0]: no level named "一级"; the plan has: 一级预警, 二级预警, 三级预警 (config.toml, line 12)',
    ),
    (
        'timezone = "Asia/Shanghai"',
        'timezone = "Asia/Shangai"',
        'timezone: no time zone named "Asia/Shangai"; did you mean "Asia/Shanghai"? (config.toml, line 1)',
    ),
    (
        'timezone = "Asia/Shanghai"',
        'timezone = "Beijing"',
        'timezone: no time zone named "Beijing"; did you mean "Asia/Shanghai"? (config.toml, line 1)',
    ),
    (
        'timezone = "Asia/Shanghai"',
        'timezone = "new york"',
        'timezone: no time zone named "new york"; did you mean "America/New_York"? (config.toml, line 1)',
    ),
    (
        'timezone = "Asia/Shanghai"',
        'timezon = "Asia/Shanghai"',
        "timezone: is missing; it is needed: the business zone: hours, days and months are cut in it (config.toml)",
    ),
    (
        'timezone = "Asia/Shanghai"',
        'timezone = "UTC"\nlanguage = "cn"',
        'language: one of "zh", "en" is expected, and this is "cn" (config.toml, line 2)',
    ),
    (
        'level = "一级预警"',
        'level = "三级"',
        'rules[1].level: no level named "三级"; the plan has: 一级预警, 二级预警, 三级预警 (config.toml, line 16)',
    ),
    (
        '"三级预警" = 100',
        '"三级" = 100',
        'rules[0].thresholds."三级": no level named "三级"; the plan has: 一级预警, 二级预警, 三级预警 (config.toml, line 12)',
    ),
    (
        '"三级预警" = 100',
        '"三级预警" = 0',
        'rules[0].thresholds."三级预警": at least 1 is expected, and this is 0 (config.toml, line 12)',
    ),
    (
        '"三级预警" = 100',
        '"三级预警" = "100"',
        'rules[0].thresholds."三级预警": a whole number is expected, and this is "100"; leave out the quotes (config.toml, line 12)',
    ),
    (
        'thresholds = { "三级预警" = 100 }',
        "threshold = 100",
        "rules[0].level: is missing; a rule has `threshold` and `level`, or `thresholds` (config.toml, line 9)",
    ),
    (
        'thresholds = { "三级预警" = 100 }',
        'threshold = 0\nlevel = "三级预警"',
        "rules[0].threshold: at least 1 is expected, and this is 0 (config.toml, line 12)",
    ),
    (
        'thresholds = { "三级预警" = 100 }',
        'thresholds = { "三级预警" = 100 }\nthreshold = 5',
        "rules[0].threshold: is given beside `thresholds`; give one of the two (config.toml, line 13)",
    ),
    (
        'kind = "hour_over_hour"',
        'kind = "hour_over_hour"\ndepths = [1, 3]',
        "rules[1].depths[1]: depths lie between 0 (everything) and 2 (the deepest level), and this is 3 (config.toml, line 16)",
    ),
    (
        'kind = "hour_over_hour"',
        'kind = "seasonal_surge"\ndepths = [3, 4]',
        "rules[1].depths[0]: depths lie between 0 (everything) and 2 (the deepest level), and this is 3 (config.toml, line 16)",
    ),
    (
        'kind = "hour_over_hour"',
        'kind = "hour_over_hour"\ndepths = []',
        "rules[1].depths: is empty, so that nothing is judged; leave it out for the deepest, [2] (config.toml, line 16)",
    ),
    (
        'kind = "hour_over_hour"',
        'kind = "hour_over_hour"\ndepths = 1',
        "rules[1].depths: a list in [ ] is expected, and this is 1; write [1] (config.toml, line 16)",
    ),
    (
        'kind = "hour_over_hour"',
        'kind = "hour_over_hour"\nfactr = 3',
        'rules[1].factr: no such key; did you mean "factor"? (config.toml, line 16)',
    ),
    (
        'kind = "hour_over_hour"',
        'kind = "hour_over_hour"\nfactor = true',
        "rules[1].factor: a number is expected, and this is true (config.toml, line 16)",
    ),
    (
        'kind = "hour_over_hour"',
        'kind = "hour_over_hour"\nfactor = nan',
        "rules[1].factor: a number is expected, and this is nan (config.toml, line 16)",
    ),
    (
        'name = "hour"',
        'name = "day"',
        'rules[1].name: "day" is the name of rules[0] too; rename one (config.toml, line 14)',
    ),
    (
        'name = "hour"',
        'name = "hour"\ntitle = { cn = "小时环比" }',
        'rules[1].title.cn: no language "cn"; pages are written in zh and en (config.toml, line 15)',
    ),
    (
        "[[rules]]",
        '[[escalation]]\nname = "督办"\ntitle = { fr = "suivi" }\nsteps = [{ after = "5m", contacts = [] }]\n[[rules]]',
        'escalation[0].title.fr: no language "fr"; pages are written in zh and en (config.toml, line 11)',
    ),
    (
        "[[rules]]",
        '[[schedules]]\nname = "值班"\ntitle = "On call"\n[[rules]]',
        'schedules[0].title: a table, like { name = value }, is expected, and this is "On call" (config.toml, line 11)',
    ),
    (
        'name = "hour"',
        'name = " "',
        "rules[1].name: is empty; give it a name (config.toml, line 14)",
    ),
    (
        'name = "二级预警"',
        'name = "一级预警"',
        'levels[1].name: "一级预警" is the name of levels[0] too; rename one (config.toml, line 20)',
    ),
    (
        'kind = "csv"',
        'kind = "csv"\nevery = 30',
        'sources[0].every: a length of time with its unit is expected, like "30s", "5m", "2h", "1d" or "1w", and this is 30 (config.toml, line 7)',
    ),
    (
        'kind = "csv"',
        'kind = "csv"\nevery = "0s"',
        "sources[0].every: is nothing; give a length of time (config.toml, line 7)",
    ),
    (
        'kind = "csv"',
        'kind = "csv"\ngaps = [\n { from = "2026-03-01", to = "2026-03-02" },\n { from = "2026-03-02", to = "2026-03-01" },\n]',
        "sources[0].gaps[1].to: is not after `from`; a gap is [from, to) (config.toml, line 9)",
    ),
    (
        'kind = "csv"',
        'kind = "csv"\ngaps = [{ from = "1 March", to = 2026-03-02 }]',
        'sources[0].gaps[0].from: a date and time is expected, like "2026-03-01T06:00", and this is "1 March" (config.toml, line 7)',
    ),
    (
        'kind = "csv"',
        'kind = "csv"\ndatetime_format = "%Q"',
        'sources[0].datetime_format: "%Q" is no strptime format; write one like "%d/%m/%Y %H:%M" (config.toml, line 7)',
    ),
    (
        'kind = "csv"',
        'kind = "csv"\ndelimiter = ";;"',
        "sources[0].delimiter: ';;' is not one character that may part two fields (config.toml, line 7)",
    ),
    (
        'path = "tickets.csv"',
        "",
        "sources[0].path: is missing; it is needed: file, folder (its .csv, .tsv and .txt files, also with .gz) or glob (config.toml, line 4)",
    ),
    (
        'category = ["product", "problem"]',
        'category = ["product", "problem"], escalatd = "x"',
        'sources[0].fields.escalatd: no such key; did you mean "escalated"? (config.toml, line 8)',
    ),
    (
        'category = ["product", "problem"]',
        'escalated = { column = "p", is = ["1"] }, escalated_at = "e"',
        "sources[0].fields.escalated_at: is given beside `escalated`; give one of the two (config.toml, line 8)",
    ),
    (
        'category = ["product", "problem"]',
        'escalated = { column = "p", is = "1" }',
        'sources[0].fields.escalated.is: a list in [ ] is expected, and this is "1"; write ["1"] (config.toml, line 8)',
    ),
    (
        'category = ["product", "problem"]',
        'category = ["a", "b", "c"]',
        "sources[0].fields.category: has 3 columns, and the taxonomy has 2 levels (config.toml, line 8)",
    ),
    (
        '["product", "problem"]\n[[sources]]',
        '["a", "b", "c", "d", "e", "f"]\n[[sources]]',
        "taxonomy.levels: a taxonomy has 1 to 5 levels, and this one has 6 (config.toml, line 3)",
    ),
    (
        '["product", "problem"]\n[[sources]]',
        '["a", "a"]\n[[sources]]',
        'taxonomy.levels[1]: "a" is there twice; name each level once (config.toml, line 3)',
    ),
    (
        "[taxonomy]",
        '[store]\nurl = "postgresql+psycopg://user:s3cret@host/db"\n[taxonomy]',
        'store.url: the address holds a password in plain; put the whole address into an environment variable or a file, and write "env:NAME" or "file:PATH" (config.toml, line 3)',
    ),
    (
        "[taxonomy]",
        '[store]\nkeep = { tickets = "30d" }\n[taxonomy]',
        'store.keep.tickets: at least "62d" is expected, and this is "30d" (config.toml, line 3)',
    ),
    (
        "[taxonomy]",
        '[privacy]\nkey = "s3cret"\n[taxonomy]',
        'privacy.key: a secret is given by reference, as "env:NAME" or "file:PATH", and never written into the file (config.toml, line 3)',
    ),
    (
        "[taxonomy]",
        "[web]\nport = 65536\n[taxonomy]",
        "web.port: at most 65535 is expected, and this is 65536 (config.toml, line 3)",
    ),
    (
        "[taxonomy]",
        '[daemon]\nlog_level = "warn"\n[taxonomy]',
        'daemon.log_level: one of "debug", "info", "warning", "error" is expected, and this is "warn"; did you mean "warning"? (config.toml, line 3)',
    ),
    (
        "[taxonomy]",
        "web = 8787\n[taxonomy]",
        "web: a table is expected, and this is 8787 (config.toml, line 2)",
    ),
    (
        "[taxonomy]",
        "[levls]\n[taxonomy]",
        'levls: no such key; did you mean "levels"? (config.toml, line 2)',
    ),
    (
        'notify = ["manager"]',
        'notify = ["manager"]\n[roles]\nname = "manager"',
        "roles: a list of tables is expected; write it as [[roles]] (config.toml, line 24)",
    ),
    (
        'notify = ["manager"]',
        'notify = ["manger"]\n[[roles]]\nname = "manager"',
        'levels[2].notify[0]: no role named "manger"; the plan has: manager (config.toml, line 23)',
    ),
    (
        'notify = ["manager"]',
        '[[channels]]\nname = "mail"\nkind = "email"\nhost = "h"\nfrom = "m@example.com"\npassword = "s3cret"',
        'channels[0].password: a secret is given by reference, as "env:NAME" or "file:PATH", and never written into the file (config.toml, line 28)',
    ),
]
