"""What config.toml can say, beside what sources, rules and the response plan declare themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from alerts.plan import ResponsePlan
from connectors.options import Secret, option
from connectors.source import SourceSettings, TicketSource
from connectors.taxonomy import MAX_DEPTH
from monitor.config.kinds import Family, load_kind
from monitor.config.problem import Problem

YEAR: Final = timedelta(days=365)


@dataclass(frozen=True)
class Keep:
    """`[store.keep]`: how long each table keeps its rows. An open window is never touched."""

    tickets: timedelta = option(2 * YEAR, doc="tickets; at least two months", at_least=62 * 86400)
    counts: timedelta = option(5 * YEAR, doc="counts by hour; at least two months", at_least=62 * 86400)
    trend: timedelta = option(5 * YEAR, doc="rows of the trend log", at_least=86400)
    signals: timedelta = option(10 * YEAR, doc="signals and what was made of them", at_least=62 * 86400)
    pages: timedelta = option(10 * YEAR, doc="delivered pages; undelivered ones stay", at_least=62 * 86400)
    incidents: timedelta = option(
        10 * YEAR,
        doc="incidents that are over, with their story; open ones stay; silences and stand-ins on call",
        at_least=62 * 86400,
    )
    quarantine: timedelta = option(YEAR / 4, doc="rows that could not become tickets", at_least=86400)


@dataclass(frozen=True)
class StoreSettings:
    """`[store]`: where the monitor keeps its state."""

    url: Secret | str = option(
        "sqlite:///var/complaints.db",
        doc="SQLAlchemy address, sqlite:///file, postgresql+psycopg://...; by reference if it has a password",
    )
    keep: Keep = option(factory=Keep, doc="how long each table keeps its rows")

    def address(self) -> str:
        """The address itself, revealed now where it is a secret.

        Raises LookupError, with a sentence.
        """
        return self.url.reveal() if isinstance(self.url, Secret) else self.url


@dataclass(frozen=True)
class TaxonomySettings:
    """`[taxonomy]`: the category tree."""

    levels: tuple[str, ...] = option(doc=f"names of its 1 to {MAX_DEPTH} levels, outermost first")
    file: Path | None = option(
        None,
        doc="the category table, CSV; imported when the monitor starts or reads its configuration again",
    )


@dataclass(frozen=True)
class RuleSettings:
    """`[[rules]]`: what every rule can be told, whatever its kind."""

    name: str = option(doc="name of the rule; signals and pages carry it")
    kind: str = option(doc="the detector: a module of `detectors/rules/`, or a dotted module of your own")
    depths: tuple[int, ...] = option(
        doc="depths of the tree whose groups are judged, 0 is everything; default: the deepest", factory=tuple
    )
    title: Mapping[str, str] = option(
        doc="how pages print it, by language: zh = ..., en = ...; default: name", factory=dict
    )


@dataclass(frozen=True)
class Detection:
    """`[detection]`: what the statistical rules share."""

    false_pages_per_week: float = option(
        2.0, doc="false pages a week, over the whole tree and all statistical rules", above=0
    )
    country: str | None = option(
        None, doc='two letters of a country, such as "CN", whose public holidays are like Sundays'
    )


@dataclass(frozen=True)
class Web:
    """`[web]`: where `GET /health` answers."""

    host: str = option("127.0.0.1", doc="address to listen on")
    port: int = option(8787, doc="port; 0 takes a free one and logs it", at_least=0, at_most=65535)


@dataclass(frozen=True)
class Pages:
    """`[pages]`: pages on which people answer a page by its link, and fill in an incident's report."""

    address: str | None = option(
        None, doc='where people reach them, "https://monitor.example.com"; default: there are none'
    )
    host: str = option("127.0.0.1", doc="address to listen on; let a proxy with TLS stand before it")
    port: int = option(8788, doc="port; 0 takes a free one and logs it", at_least=0, at_most=65535)
    links_last: timedelta = option(timedelta(days=30), doc="how long a link can be used", above=0)


@dataclass(frozen=True)
class Privacy:
    """`[privacy]`: what is kept of people."""

    key: Secret | None = option(
        None,
        doc="key of the hashes that stand for complainants; default: one made once and kept in the store",
    )
    keep_text: bool = option(default=False, doc="whether tickets' texts are stored")
    text_days: int = option(30, doc="days after which stored texts are removed", at_least=1)


@dataclass(frozen=True)
class Clustering:
    """`[clustering]`: tickets without a category are placed by their text; needs `privacy.keep_text`."""

    enabled: bool = option(
        default=True, doc="whether tickets that have a text and no category are placed by it"
    )
    sources: tuple[str, ...] = option(
        factory=tuple, doc="names of the sources whose tickets are placed; default: all that tell texts"
    )
    min_confidence: float = option(
        0.7,
        doc="how sure a node must be; below it a ticket stays at the highest level that is still sure",
        at_least=0,
        at_most=1,
    )
    least_labelled: int = option(50, doc="texts with a category from which on others are placed", at_least=2)
    learn_from: int = option(
        20_000, doc="stored texts with a category, the latest, that are learned from at a start", at_least=2
    )
    sentence_model: bool = option(
        default=True, doc="whether the sentence model is asked too, where it is installed"
    )
    emerging_tickets: int = option(
        10, doc="so many similar tickets that fit nowhere become a node of their own", at_least=2
    )
    emerging_within: timedelta = option(timedelta(hours=2), doc="... if created within this time", above=0)
    emerging_name: str | None = option(
        None, doc="name of the node above them; default: 新出现, or Emerging where `language` is en"
    )


@dataclass(frozen=True)
class TrendFiles:
    """`[trend]`: the trend log as daily files, beside the one in the store."""

    folder: Path = option(Path("var/trend"), doc="folder of the files")
    keep: timedelta = option(timedelta(days=90), doc="how long a file is kept", at_least=86400)


@dataclass(frozen=True)
class Audit:
    """`[audit]`: how the monitor watches itself, and shows that it is alive."""

    every: timedelta = option(
        timedelta(hours=1), doc="time between two audits, from raw tickets to answered pages", above=0
    )
    page_within: timedelta = option(
        timedelta(minutes=15),
        doc="a signal without a page, or a page that reached nobody, is told after this",
    )
    answer_within: timedelta = option(
        timedelta(hours=4), doc="an incident that nobody has answered is told after this"
    )
    heartbeat: Secret | str | None = option(
        None, doc="address that is asked again and again while all is well: a dead-man switch tells when not"
    )
    heartbeat_every: timedelta = option(timedelta(minutes=1), doc="how often it is asked", above=0)


@dataclass(frozen=True)
class Daemon:
    """`[daemon]`: how `complaint-monitor run` behaves."""

    tick: timedelta = option(timedelta(seconds=5), doc="time between two looks at what is new", above=0)
    shutdown_within: timedelta = option(
        timedelta(seconds=20),
        doc="deadline of a graceful stop; what is left then is done at the next start",
        above=0,
    )
    log_format: Literal["text", "json"] = option("text", doc="how the log is written")
    log_level: Literal["debug", "info", "warning", "error"] = option(
        "info", doc="least severity that is logged"
    )


@dataclass(frozen=True)
class Source:
    """One `[[sources]]`: what every source can be told, and the options of its kind."""

    settings: SourceSettings
    options: Any

    def open(self) -> TicketSource:
        """The connector itself; it is not asked anything yet."""
        made: TicketSource = load_kind(Family.SOURCE, self.settings.kind).maker(self.settings, self.options)
        return made


@dataclass(frozen=True)
class Rule:
    """One `[[rules]]`: name, kind, the depths it judges (never empty), the options of its kind, and how it
    is printed, by language.
    """

    name: str
    kind: str
    depths: tuple[int, ...]
    options: Any
    title: Mapping[str, str] = field(default_factory=dict)

    def open(self) -> Any:
        """The detector itself: `Detector(name, depths, options)` of its module."""
        return load_kind(Family.RULE, self.kind).maker(self.name, self.depths, self.options)


@dataclass(frozen=True)
class Config:
    """All of config.toml. Two are equal when they say the same, wherever they were read.

    Attributes
    ----------
    channels : name of each of the plan's channels -> its options; they are in the plan too, where they are
        left out of comparisons
    warnings : what is allowed and yet worth a look, as `check` and the start of `run` say it
    """

    timezone: ZoneInfo
    language: Literal["zh", "en"]
    store: StoreSettings
    taxonomy: TaxonomySettings
    sources: tuple[Source, ...]
    rules: tuple[Rule, ...]
    plan: ResponsePlan
    channels: dict[str, Any]
    detection: Detection
    web: Web
    pages: Pages
    privacy: Privacy
    clustering: Clustering
    trend: TrendFiles
    audit: Audit
    daemon: Daemon
    file: Path = field(compare=False)
    warnings: tuple[Problem, ...] = field(default=(), compare=False)


def emerging_name(config: Config) -> str:
    """Name of the node above those that emerge from texts."""
    return config.clustering.emerging_name or {"zh": "新出现", "en": "Emerging"}[config.language]


# Sections that are one table each, and everything in them has a default.
SECTIONS: Final[dict[str, type]] = {
    "store": StoreSettings,
    "detection": Detection,
    "web": Web,
    "pages": Pages,
    "privacy": Privacy,
    "clustering": Clustering,
    "trend": TrendFiles,
    "audit": Audit,
    "daemon": Daemon,
}
