"""The command line's help in another language than English, which stands where it is declared.

`[said.help]` of the catalogue has the words: `does` by the path of a command, "trend sign"; `option` by the
name under which an option is stored, after the path where it means something else there. `[said.argparse]`
has those that argparse brings itself.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator
from gettext import gettext
from shutil import get_terminal_size
from typing import Any, Final

# What argparse says of itself, by the names in the catalogue.
OWN: Final = {
    "usage: ": "usage",
    "options": "options",
    "positional arguments": "positional",
    "show this help message and exit": "help",
    "%(prog)s: error: %(message)s\n": "error",
    "argument %(argument_name)s: %(message)s": "argument",
    "the following arguments are required: %s": "required",
    "unrecognized arguments: %s": "unrecognized",
    "expected one argument": "one_expected",
    "expected at least one argument": "some_expected",
    "invalid choice: %(value)r (choose from %(choices)s)": "choice",
    "invalid %(type)s value: %(value)r": "type",
    "not allowed with argument %s": "together",
    "one of the arguments %s is required": "one_required",
    "ambiguous option: %(option)s could match %(matches)s": "ambiguous",
    "ignored explicit argument %r": "no_value",
}

# What stays together: a word of Latin letters or one other character, with the marks that close it.
_WORD: Final = re.compile(r"(?:[!-~]+|[^!-~ ])[，。；：、）”]* ?")


def parser_in(language: str) -> type[argparse.ArgumentParser]:
    """The parser that explains itself in a language; nothing is loaded for English."""
    if language == "en":
        vars(argparse)["_"] = gettext
        return argparse.ArgumentParser
    from alerts.catalogue import wording
    from alerts.rendering.widths import width

    words = {key.removeprefix("said."): str(entry) for key, entry in wording(language).items()}
    # argparse asks gettext for its own words, and has no other door for them.
    vars(argparse)["_"] = lambda said: words.get(f"argparse.{OWN.get(said)}", said)

    class Formatter(argparse.RawDescriptionHelpFormatter):
        """Looks up what an option means, and breaks its lines by the columns of a terminal."""

        def __init__(self, prog: str, **given: Any) -> None:
            # Lines of the usage are measured in letters, and its title takes more columns than it has.
            super().__init__(prog, **{"width": get_terminal_size().columns - 6, **given})
            self.path = prog.split()[1:]

        def _get_help_string(self, action: argparse.Action) -> str | None:
            paths = (self.path[:length] for length in range(len(self.path), -1, -1))
            keys = [f"help.option.{' '.join((*path, action.dest))}" for path in paths]
            if not action.option_strings:
                keys.insert(0, f"help.does.{' '.join((*self.path, action.dest))}")
            return next(filter(None, map(words.get, keys)), action.help)

        def _split_lines(self, text: str, columns: int) -> list[str]:
            return list(_lines(text, columns, width))

    class Parser(argparse.ArgumentParser):
        """A parser whose description and last lines are looked up too."""

        def __init__(self, *arguments: Any, **keywords: Any) -> None:
            super().__init__(*arguments, **{**keywords, "formatter_class": Formatter})

        def format_help(self) -> str:
            path = " ".join(self.prog.split()[1:])
            self.description = f"{words[f'help.does.{path}']}。" if path else words["help.program"]
            self.epilog = self.epilog and words["help.exit_codes" if path else "help.more"]
            return re.sub(r"(?m)^(\S+):$", r"\1：", super().format_help())

    return Parser


def _lines(text: str, columns: int, width: Callable[[str], int]) -> Iterator[str]:
    """The text in lines: broken between words and Chinese characters, never before a closing mark."""
    line = ""
    for word in _WORD.findall(" ".join(text.split())):
        if line and width(line + word.rstrip()) > columns:
            yield line.rstrip()
            line = ""
        line += word
    yield line.rstrip()
