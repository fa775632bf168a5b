"""`check`: whether the configuration, its sources, store, roles and channels are ready; changes nothing."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import redirect_stdout
from typing import Any

from alerts.catalogue import in_language, say
from connectors.category_table import TableError, read_table
from monitor.clock import SystemClock
from monitor.commands import Exit
from monitor.commands._check_ahead import ahead_checked
from monitor.commands._check_channels import channels_checked, secrets_checked, test_page_sent
from monitor.commands._check_findings import Area, Finding, Weight, printed
from monitor.commands._check_nodes import nodes_checked
from monitor.commands._check_sources import sources_checked, sources_tried
from monitor.commands._check_store import store_checked
from monitor.commands._check_words import Words, words_in
from monitor.commands._configured import configured_arguments, loaded
from monitor.config import Config, ConfigError, Problem
from monitor.config.problem import spelled


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    configured_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--send-test",
        metavar="ROLE",
        help="also send a page that is marked as a test to whoever fills the role",
    )


def run(args: argparse.Namespace) -> int:
    """Look at everything and print what was found."""
    try:
        config = loaded(args)
    except ConfigError as error:
        if not args.json:
            raise
        mistakes = [_mistake(problem, args.spoken) for problem in error.problems]
        _print_json({"ok": False, "findings": mistakes})
        return Exit.USAGE
    words = words_in(config.language)
    now = SystemClock().now()
    trials = sources_tried(config, now=now)
    findings = [
        *_config_findings(config, words),
        *nodes_checked(config, trials),
        *ahead_checked(config, now=now),
        *secrets_checked(config),
        *sources_checked(config, trials, words),
        *store_checked(config, words),
        *channels_checked(config, words),
    ]
    if args.send_test is not None:
        # A page on the console is no part of the report that a machine reads.
        with redirect_stdout(sys.stderr if args.json else sys.stdout):
            findings += test_page_sent(config, args.send_test, words, now=now)
    code = _exit_code(findings)
    if args.json:
        found = [finding.as_json() for finding in findings]
        _print_json({"ok": code == Exit.OK, "findings": found})
    else:
        sys.stdout.writelines(f"{line}\n" for line in printed(findings, words))
    return code


def _config_findings(config: Config, words: Words) -> list[Finding]:
    sentence = words["valid"].format(
        file=config.file,
        sources=len(config.sources),
        rules=len(config.rules),
        levels=len(config.plan.levels),
    )
    return [
        Finding(Area.CONFIG, "", Weight.OK, sentence),
        *(
            Finding(Area.CONFIG, "", Weight.WARNING, warning.said(config.language))
            for warning in config.warnings
        ),
        *_table_findings(config),
        *(
            Finding(Area.CONFIG, rule.name, Weight.OK, words["busiest"].format(n=rule.options.busiest))
            for rule in config.rules
            if rule.kind == "river"
        ),
    ]


def _table_findings(config: Config) -> list[Finding]:
    """The mistakes in the category table, and how many categories it has where there are none."""
    file = config.taxonomy.file
    if file is None:
        return []
    try:
        table = read_table(file, config.taxonomy.levels)
    except TableError as error:
        problems = [in_language(said, config.language) for said in error.problems]
        return [Finding(Area.CONFIG, "taxonomy.file", Weight.PROBLEM, said) for said in problems]
    sentence = say(config.language, "taxonomy.entries", n=len(table.entries))
    return [Finding(Area.CONFIG, "taxonomy.file", Weight.OK, f"{file.name}: {sentence}")]


def _mistake(problem: Problem, language: str) -> dict[str, Any]:
    said, facts = problem.said(language), {"line": problem.line}
    return Finding(Area.CONFIG, spelled(problem.key), Weight.PROBLEM, said, facts=facts).as_json()


def _exit_code(findings: list[Finding]) -> Exit:
    if any(finding.unreachable for finding in findings):
        return Exit.UNREACHABLE
    if any(finding.weight is Weight.PROBLEM for finding in findings):
        return Exit.PROBLEM
    return Exit.OK


def _print_json(report: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
