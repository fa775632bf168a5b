"""A daemon's small world in one folder: a config.toml, and CSV files that are dropped while it runs."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from oracle import OracleRule, OracleTicket
from replaying import rule_toml

COLUMNS = ("id", "created", "updated", "escalated", "closed", "void", "tags", "who")


@dataclass
class World:
    """What the config.toml in `folder` says; `write` it again after a change.

    Attributes
    ----------
    sources : names; each has a folder of its own into which files are dropped
    source_keys : further lines for sources, by name; "" is for all
    sources_toml : `[[sources]]` tables as text
    """

    folder: Path
    url: str
    rules: Sequence[OracleRule]
    zone: str = "Asia/Shanghai"
    levels: int = 2
    sources: Sequence[str] = ("s",)
    every: str = "200ms"
    tick: str = "200ms"
    blind_after: str = "15m"
    notify: Sequence[str] = ("supervisor",)
    source_keys: dict[str, str] = field(default_factory=dict)
    sources_toml: str = ""
    more: str = ""

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def inbox(self, source: str | None = None) -> Path:
        """The folder into which this source's files are dropped."""
        return self.folder / "inbox" / (source or self.sources[0])

    def write(self) -> Path:
        """Write config.toml, whole, and make the folders."""
        for source in self.sources:
            self.inbox(source).mkdir(parents=True, exist_ok=True)
        replace_file(self.config, self.text())
        return self.config

    def text(self) -> str:
        """The configuration."""
        used = dict.fromkeys(
            level for rule in self.rules for level in (*rule.thresholds, rule.level) if level
        )
        # A new key above all tables: `more` may begin with some.
        return "\n".join(
            [
                f"timezone = {_text(self.zone)}",
                'language = "en"',
                f"store = {{ url = {_text(self.url)} }}",
                f"taxonomy = {{ levels = {_text([f'level {i}' for i in range(self.levels)])} }}",
                f"daemon = {{ tick = {_text(self.tick)}, shutdown_within = '60s', log_format = 'json' }}",
                "web = { port = 0 }",
                "trend = { folder = 'trend' }",
                "alerts = { operators = ['operator'] }",
                *map(self._source, self.sources),
                self.sources_toml,
                *(
                    f"[[levels]]\nname = {_text(level)}\nnotify = {_text(list(self.notify))}\n"
                    for level in used
                ),
                *map(rule_toml, self.rules),
                self.more,
            ]
        )

    def drop(self, name: str, versions: Iterable[OracleTicket], source: str | None = None) -> Path:
        """Let a file appear, whole: written under a hidden name, then renamed."""
        return drop_bytes(self.inbox(source) / name, self.table(versions).encode())

    def table(self, versions: Iterable[OracleTicket]) -> str:
        """The versions as the text of a CSV file, in their order."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow([*COLUMNS, *(f"c{i}" for i in range(self.levels))])
        for one in versions:
            stamps = [stamp(at) for at in (one.created_at, one.updated_at, one.escalated_at, one.closed_at)]
            marks = ["yes" if one.void else "", ";".join(sorted(one.tags)), one.complainant or ""]
            names = [*one.path, *[""] * (self.levels - len(one.path))]
            writer.writerow([one.id, *stamps, *marks, *names])
        return text.getvalue()

    def _source(self, name: str) -> str:
        return f"""
[[sources]]
name = {_text(name)}
kind = "csv"
path = {_text(f"inbox/{name}")}
settle = "0s"
every = {_text(self.every)}
blind_after = {_text(self.blind_after)}
{self.source_keys.get("", "")}
{self.source_keys.get(name, "")}
[sources.fields]
id = "id"
created_at = "created"
updated_at = "updated"
category = {_text([f"c{i}" for i in range(self.levels)])}
escalated_at = "escalated"
closed_at = "closed"
void = {{ column = "void", is = ["yes"] }}
tags = "tags"
complainant = "who"
"""


def zone_at_noon() -> str:
    """A zone in which it is about noon now: whatever the test takes, its day does not end."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}"


def drop_bytes(path: Path, content: bytes) -> Path:
    """Let a file appear with this content, or be replaced, all at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, content)
    return path


def replace_file(path: Path, content: str | bytes) -> None:
    """Write a file so that nobody ever sees a part of it."""
    hidden = path.with_name(f".{path.name}.part")
    hidden.write_bytes(content.encode() if isinstance(content, str) else content)
    hidden.replace(path)


def stamp(at: datetime | None) -> str:
    """An instant as it stands in a file."""
    return "" if at is None else at.astimezone(UTC).isoformat()


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
