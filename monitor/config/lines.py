"""On which line of a TOML text each key stands.

tomllib gives values without places. This is a second look at a text that tomllib has accepted, so it may
trust the grammar: it walks over headers, keys, arrays and inline tables, and only ever jumps over scalars.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

from monitor.config.problem import KeyPath

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_KEY = re.compile(r""" "(?:[^"\\\n]|\\.)*" | '[^'\n]*' | [A-Za-z0-9_-]+ """, re.VERBOSE)
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_EQUALS = re.compile(r"[ \t]*=[ \t]*")
_STRING = re.compile(
    r''' """(?:[^\\]|\\.)*?"""(?:"{0,2}) | \'\'\'.*?\'\'\'(?:'{0,2}) | "(?:[^"\\]|\\.)*" | '[^']*' ''',
    re.VERBOSE | re.DOTALL,
)
_BARE = re.compile(r"[^,\]}#\n]+")


class Lines:
    """The line, from 1, of every key path of one text: tables, keys, and elements of lists."""

    def __init__(self, text: str) -> None:
        scan = _Scan(text.replace("\r\n", "\n"))
        scan.document()
        self._found = scan.found

    def of(self, key: KeyPath) -> int | None:
        """The line of a key path, or of the nearest part above it that is written; None if none is."""
        for length in range(len(key), 0, -1):
            line = self._found.get(key[:length])
            if line is not None:
                return line
        return None


class _Scan:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[KeyPath, int] = {}
        self._starts = [0, *(newline.end() for newline in re.finditer("\n", text))]
        self._last_index: dict[KeyPath, int] = {}

    def document(self) -> None:
        table: KeyPath = ()
        while not self._ended():
            table = self._header() if self._next("[") else self._pair(table)

    def _header(self) -> KeyPath:
        """`[a.b]` or `[[a.b]]`; returns the path of the table that it opens."""
        line = self._line()
        brackets = 2 if self.text.startswith("[[", self.at) else 1
        self.at += brackets
        self._skip()
        *above, name = self._names()
        self._skip()
        self.at += brackets
        path: KeyPath = ()
        for part in above:
            path = (*path, part)
            self.found.setdefault(path, line)
            if path in self._last_index:
                path = (*path, self._last_index[path])
        path = (*path, name)
        if brackets == 1:
            self.found[path] = line
            return path
        self.found.setdefault(path, line)
        index = self._last_index[path] = self._last_index.get(path, -1) + 1
        path = (*path, index)
        self.found[path] = line
        return path

    def _pair(self, table: KeyPath) -> KeyPath:
        """`a.b = value`; returns the table it stands in."""
        line = self._line()
        path = table
        for name in self._names():
            path = (*path, name)
            self.found.setdefault(path, line)
        self._jump(_EQUALS)
        self._value(path)
        return table

    def _value(self, path: KeyPath) -> None:
        opening = self.text[self.at]
        if opening == "[":
            self._list(path)
        elif opening == "{":
            self._inline_table(path)
        elif opening in "\"'":
            self._jump(_STRING)
        else:
            self._jump(_BARE)

    def _list(self, path: KeyPath) -> None:
        self.at += 1
        index = 0
        while not self._closed("]"):
            self.found[(*path, index)] = self._line()
            self._value((*path, index))
            index += 1
            self._comma()
        self.at += 1

    def _inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while not self._closed("}"):
            self._pair(path)
            self._comma()
        self.at += 1

    def _names(self) -> list[str]:
        names = [self._name()]
        while dot := _DOT.match(self.text, self.at):
            self.at = dot.end()
            names.append(self._name())
        return names

    def _name(self) -> str:
        start = self.at
        self._jump(_KEY)
        written = self.text[start : self.at]
        if written[0] not in "\"'":
            return written
        name: str = tomllib.loads(f"name = {written}")["name"]
        return name

    def _comma(self) -> None:
        self._skip()
        if self._next(","):
            self.at += 1

    def _closed(self, bracket: str) -> bool:
        self._skip()
        return self._next(bracket)

    def _ended(self) -> bool:
        self._skip()
        return self.at >= len(self.text)

    def _next(self, character: str) -> bool:
        return self.text.startswith(character, self.at)

    def _skip(self) -> None:
        self._jump(_BLANK)

    def _jump(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise ValueError(f"not TOML as tomllib accepts it, at offset {self.at}")
        self.at = match.end()

    def _line(self) -> int:
        return bisect_right(self._starts, self.at)
