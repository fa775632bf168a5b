"""What is wrong with a text that is no TOML, and where."""

from __future__ import annotations

import re
from typing import Final

from connectors.said import Said
from monitor.config.problem import Problem

_PLACE = re.compile(r"(.*) \((?:at line (\d+), column (\d+)|at end of document)\)", re.DOTALL)

# How tomllib's messages begin, and what other languages call that; what is not here they quote.
_REASONS: Final = {
    "Expected '=' after": "no_equals",
    "Expected ']' at": "no_bracket",
    "Expected ']]' at": "no_brackets",
    "Unclosed array": "no_bracket",
    "Unclosed inline table": "no_brace",
    "Unterminated string": "no_quote",
    'Expected \'"""\'': "no_quote",
    "Expected \"'": "no_quote",
    "Illegal character '\\n'": "no_quote",
    "Illegal character": "control",
    "Expected newline": "no_newline",
    "Invalid initial character": "no_key",
    "Invalid statement": "no_key",
    "Invalid value": "no_value",
    "Invalid date": "no_value",
    "Cannot overwrite": "twice",
    "Duplicate inline table key": "twice",
    "Cannot declare": "table_twice",
    "Cannot redefine": "table_twice",
    "Cannot mutate": "table_twice",
    "Unescaped": "backslash",
    "Invalid hex": "backslash",
    "Escaped character": "backslash",
    "Found invalid character": "control",
}


def syntax_problem(said: str, text: str) -> Problem:
    """The mistake that tomllib found in a text, where it stands; `said` is what it says of it."""
    found = _PLACE.fullmatch(said)
    reason = found[1] if found else said
    line, column = (int(found[2]), int(found[3])) if found and found[2] else (text.count("\n") + 1, None)
    word = next((word for begin, word in _REASONS.items() if reason.startswith(begin)), "other")
    sentence = Said(f"toml.{word}", "this is not TOML: {reason}", reason=f"{reason[:1].lower()}{reason[1:]}")
    return Problem((), sentence, line=line, column=column)
