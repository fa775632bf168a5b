"""The commands of `complaint-monitor`: every module here, save those whose name begins with `_`, is one.

To add a command, add its file. It holds

* a docstring, at its very beginning, whose first line is the command's line in `complaint-monitor --help`,
* `add_arguments(parser)`, which may call `config_argument(parser)`,
* `run(args) -> int`, which returns an `Exit`, writes to standard output, and raises CommandError,
  ConfigError, SourceError or StoreError for what can go wrong outside. `args.spoken` is the language of
  whoever asks.

Its help is said in Chinese by `[said.help]` of the catalogue. `--help` reads docstrings without importing; a
command is imported when it is called. Underscores in a file's name are hyphens in the command's.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path
from typing import Protocol, cast


class Exit(IntEnum):
    """Exit codes, the same for all commands."""

    OK = 0
    PROBLEM = 1  # it ran, and what it looked at is not in order
    USAGE = 2  # the command line or the configuration is wrong; nothing was done
    UNREACHABLE = 3  # the store or a source cannot be reached or written
    LEASE = 4  # another instance holds the store
    INTERNAL = 70  # a mistake in the program itself
    INTERRUPTED = 130  # Ctrl-C


class CommandError(Exception):
    """The command cannot go on. The message is a sentence with the culprit and the mend.

    A `Sentence` of the catalogue is printed in the language in which the command prints.
    """

    def __init__(self, sentence: str, exit_code: Exit = Exit.PROBLEM) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.exit_code = exit_code


class Command(Protocol):
    """What a command's module holds."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's arguments."""
        ...

    def run(self, args: argparse.Namespace) -> int:
        """Do it; the exit code."""
        ...


def config_argument(parser: argparse.ArgumentParser) -> None:
    """`--config FILE`, for the commands that need one."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        default=Path("config.toml"),
        help="the configuration (default: config.toml in this folder)",
    )


def summaries() -> Mapping[str, str]:
    """Every command with its line of help, by name; imports none of them."""
    return {
        module.name.replace("_", "-"): _first_line(Path(folder) / f"{module.name}.py")
        for folder in __path__
        for module in pkgutil.iter_modules([folder])
        if not module.name.startswith("_")
    }


def load_command(name: str) -> Command:
    """The command of that name, imported."""
    return cast("Command", importlib.import_module(f"{__name__}.{name.replace('-', '_')}"))


def _first_line(file: Path) -> str:
    """The docstring's, which begins the file: parsing the code of all commands would slow down each start."""
    with file.open(encoding="utf-8") as code:
        line = code.readline().strip().strip('"').rstrip(".")
    # A line may name its command first, as in "`check`: whether ...".
    return line.partition("`: ")[2] or line
