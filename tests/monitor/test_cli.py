"""The command line: instant help, exit codes, and no traceback for what was to be expected."""

import os
import re
import subprocess
import sys
from argparse import ArgumentParser
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from connectors.source import SourceError
from monitor import cli
from monitor.commands import CommandError, Exit, load_command, summaries
from monitor.config import ConfigError, Problem
from monitor.storage.errors import LeaseLostError, LeaseTakenError, StoreBusyError, StoreError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(tmp_path):
    """The program in a folder without a configuration, whose language would count."""
    return partial(_run, tmp_path)


def _run(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "monitor.cli", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )


def command_that(monkeypatch, do):
    """Every command's name now stands for this one."""
    module = SimpleNamespace(add_arguments=lambda parser: None, run=do)
    monkeypatch.setattr(cli, "load_command", lambda name: module)


@pytest.mark.parametrize(("told", "expected"), [(None, "1"), ("3", "3")])
def test_products_of_numbers_take_one_thread_unless_somebody_says_otherwise(told, expected):
    script = (
        "import os, sys\n"
        "from monitor import cli\n"
        "assert 'numpy' not in sys.modules, 'too late: threads are counted when numpy is loaded'\n"
        "try:\n    cli.main(['--version'])\n"
        "except SystemExit:\n    print(os.environ['OMP_NUM_THREADS'])"
    )
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    if told:
        environment["OMP_NUM_THREADS"] = told
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True, env=environment
    )
    assert done.stdout.split()[-1] == expected


def raising(error):
    def run(args):
        raise error

    return run


@pytest.mark.parametrize("locale", ["C.UTF-8", "zh_CN.UTF-8"])
def test_help_names_every_command_and_imports_none_of_what_is_heavy(tmp_path, locale):
    code = (
        "import sys; from monitor.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": locale},
        check=True,
    ).stdout
    for name in summaries():
        assert f"    {name}" in said
    for heavy in ("numpy", "pandas", "sqlalchemy", "river", "polars", "slack_sdk", "detectors"):
        assert f"'{heavy}'" not in said
    # The catalogue and what it needs of the connectors are loaded for Chinese alone.
    assert ("'connectors'" in said) == (locale != "C.UTF-8")


@pytest.mark.parametrize("name", sorted(summaries()))
def test_every_file_of_commands_is_a_command_with_help_of_its_own(name, capsys):
    command = load_command(name)
    line, _, _ = command.__doc__.partition("\n")
    # The line of help is read from the file, which nobody has parsed.
    assert summaries()[name]
    assert line.rstrip(".").endswith(summaries()[name])
    command.add_arguments(ArgumentParser())
    assert callable(command.run)
    with pytest.raises(SystemExit) as ended:
        cli.main([name, "--help"])
    assert ended.value.code == Exit.OK
    assert f"complaint-monitor {name}" in capsys.readouterr().out


def test_the_version_is_printed(run):
    said = run("--version")
    assert said.returncode == Exit.OK
    assert re.fullmatch(r"complaint-monitor \S.*\n", said.stdout)


@pytest.mark.parametrize("arguments", [[], ["chek"], ["check", "--no-such-thing"]])
def test_a_wrong_command_line_is_usage(arguments, run):
    said = run(*arguments)
    assert said.returncode == Exit.USAGE
    assert "usage: complaint-monitor" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError([Problem(("a",), "is wrong"), Problem(("b",), "is wrong too", line=7)]), Exit.USAGE),
        (SourceError("the desk does not answer"), Exit.UNREACHABLE),
        (StoreError("the store is gone"), Exit.UNREACHABLE),
        (StoreBusyError("the disk is full"), Exit.UNREACHABLE),
        (LeaseTakenError("another one runs"), Exit.LEASE),
        (LeaseLostError("another one took over"), Exit.LEASE),
        (CommandError("there is nothing to do"), Exit.PROBLEM),
        (CommandError("no role of that name", Exit.USAGE), Exit.USAGE),
        (KeyboardInterrupt(), Exit.INTERRUPTED),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else value.name,
)
def test_what_was_to_be_expected_is_told_in_sentences_with_its_exit_code(
    monkeypatch, tmp_path, capsys, error, code
):
    monkeypatch.chdir(tmp_path)  # where no configuration asks for another language
    command_that(monkeypatch, raising(error))
    assert cli.main(["check"]) == code
    assert capsys.readouterr().err == (f"{error}\n" if str(error) else "")


def test_a_file_that_cannot_be_opened_is_named(monkeypatch, capsys):
    command_that(monkeypatch, lambda args: Path("/no/such/file").read_text())
    assert cli.main(["check"]) == Exit.PROBLEM
    assert capsys.readouterr().err == "/no/such/file: No such file or directory\n"


def test_a_mistake_in_the_program_shows_where_it_is(monkeypatch, capsys):
    command_that(monkeypatch, raising(RuntimeError("never")))
    assert cli.main(["check"]) == Exit.INTERNAL
    assert "RuntimeError: never" in capsys.readouterr().err


def test_the_exit_code_of_a_command_is_that_of_the_program(monkeypatch):
    command_that(monkeypatch, lambda args: Exit.PROBLEM)
    assert cli.main(["check"]) == Exit.PROBLEM


def test_a_reader_that_has_read_enough_is_no_mistake():
    code = (
        "import sys; from types import SimpleNamespace; from monitor import cli\n"
        "cli.load_command = lambda name: SimpleNamespace(add_arguments=lambda parser: None,\n"
        "    run=lambda args: print('x\\n' * 1_000_000) or 0)\n"
        "sys.exit(cli.main(['check']))"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    )
    writer.stdout.readline()
    writer.stdout.close()
    assert writer.stderr.read() == b""
    writer.stderr.close()
    assert writer.wait() == Exit.OK


def test_every_mistake_of_a_configuration_is_printed(tmp_path, run):
    (tmp_path / "config.toml").write_text('timezone = "Nowhere"\nlanguge = "zh"\n')
    said = run("check", "--config", str(tmp_path / "config.toml"))
    assert said.returncode == Exit.USAGE
    assert [line.partition(":")[0] for line in said.stderr.splitlines()] == [
        "taxonomy",
        "sources",
        "timezone",
        "languge",
    ]


def test_exit_codes_are_documented():
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    for code in Exit:
        assert f"| {code.value} | " in page
