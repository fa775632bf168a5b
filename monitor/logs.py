"""The log: one line for each fact, with fields, as text or JSON; and the words that it knows.

A line says what happened (`event`, one of `EVENTS`), when (UTC) and about what. It never holds tickets'
texts, complainants or people's addresses: such fields are withheld, and addresses inside sentences are
blotted out. What libraries have to say arrives as the same lines.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, TextIO

import structlog

from monitor.clock import Clock, SystemClock

LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}

EVENTS: Final[Mapping[str, str]] = {
    # the daemon
    "started": "the daemon runs; what it watches, where it stores, where /health answers",
    "stopping": "it was asked to stop, and by what",
    "stopped": "it has stopped, and what was left for the next start",
    "config_reloaded": "a changed configuration is in force",
    "config_refused": "a changed configuration has mistakes; the old one stays in force",
    "config_warning": "the configuration is allowed, and yet worth a look",
    "tick_slow": "a tick took longer than the time between two",
    "tick_failed": "a tick failed; the next one tries again",
    "rule_failed": "a statistical rule failed at an hour and begins anew; counting and the other rules go on",
    "detector_failed": "a class of river failed at a node, which is left out till midnight; told once a node",
    "page_falls_back": "a page did not arrive on a person's channel, and goes to their next one",
    "update_waits": "what became of an incident could not be told on its channel now; it is tried again",
    "update_given_up": "what became of an incident is not told on its channel any more; pages still are",
    "picture_lost": "a chart could not be sent; the words were",
    "chart_broken": "a chart could not be drawn; the words are sent without it",
    "order_done": "somebody did something to an incident from a channel",
    "order_repeated": "a channel repeated what somebody had done; nothing was done twice",
    "silence_changed": "somebody made or ended a silence from a channel",
    "order_refused": "somebody asked from a channel for what they may not, or for nonsense; they were told",
    "app_broken": "a channel's app failed; pages go on without it",
    "slack_app_waits": "the Slack app cannot connect now; it is tried again",
    "slack_app_connected": "the Slack app is connected: buttons and commands work",
    "slack_app_broken": "the Slack app failed at a click or command; pages go on",
    "slack_modal_failed": "Slack did not open a form; the person can press again",
    "slack_answer_lost": "an answer to a command did not reach Slack",
    "audit_found": "the hourly audit from raw tickets to answered pages found a gap; operators are paged",
    "audit_failed": "the audit could not be made; the next one is",
    "heartbeat_failed": "the dead-man switch could not be reached; it is tried again",
    "store_busy": "the store could not be used now; nothing was lost, and it is tried again",
    "store_failed": "the store cannot be used; what was read is read again",
    "store_pruned": "rows older than `[store.keep]` were removed",
    "lease_lost": "another instance writes to the store; this one stops",
    "health_listens": "where `GET /health` answers",
    "pages_listen": "where the pages answer to which mails link",
    "answer_refused": "a link to a page was forged, or is too old",
    "answer_broken": "a page could not be made; whoever asked was told to try again",
    "health_unknown": "the daemon could not tell how it is",
    "thread_died": "a mistake in the program ended a thread; please report it",
    "library_said": "a warning of a library that the monitor uses",
    # sources and counting
    "source_read": "a source told something new",
    "placing_failed": "texts could not be judged; their tickets are counted without a category",
    "taxonomy_changed": "tickets are counted by a changed category table or lineage",
    "source_failed": "a source could not be read; when it is tried again",
    "source_recovered": "a source that failed can be read again",
    "source_broken": "a connector failed in a way that it must not; please report it to its author",
    "source_blind": "a source has told nothing complete for `blind_after`; its hours are unknown",
    "source_sees": "a blind source is complete again",
    "rows_quarantined": "rows could not become tickets; `complaint-monitor check` names them",
    "bulk_import": "a source brought many old tickets; their pages are folded into one",
    "hours_closed": "hours are over and complete, and were judged",
    "signal_fired": "a rule's limit was reached",
    "signal_revised": "later versions changed the count of a signal",
    # pages
    "page_decided": "a page was decided and stored; whom it tells, or what muted it",
    "page_sent": "a channel took a page",
    "page_not_sent": "a channel did not take a page; when it is tried again",
    "page_undeliverable": "a channel will never take a page; operators are told",
    "pages_late": "pages wait on a channel for long; operators are told on another one",
    "channel_hung": "a channel does not answer; it was left behind and opened anew",
    "channel_broken": "a channel failed in a way that it must not; please report it to its author",
    "delivery_broken": "a mistake in the program kept a channel from sending; please report it",
    # the trend log's files
    "trend_files_failing": "the trend log's files cannot be written; the store has all rows",
    "trend_files_written": "the trend log's files can be written again, and hold what was missing",
    "trend_file_removed": "a file of the trend log was older than `trend.keep`",
}

# Fields that may name or quote people.
WITHHELD: Final = frozenset({"text", "complainant", "contact", "address", "row", "told"})

_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_MOBILE: Final = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d{9}(?!\d)")
# What would break a line in two or run backwards on a terminal, beside what JSON escapes anyway.
_UNRULY: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_PLAIN: Final = re.compile(r"[^\s\"'=\\]+")

Form = Literal["text", "json"]
Fields = MutableMapping[str, Any]


def configure_logs(
    form: Form, level: str, *, stream: TextIO | None = None, clock: Clock | None = None
) -> None:
    """From now on, log facts of at least this level to a stream, standard error by default.

    May be called again, also while threads log.
    """
    timed = clock or SystemClock()

    def stamped(_logger: object, _method: str, fields: Fields) -> Fields:
        return {"at": timed.now(), **fields}

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            stamped,
            structlog.processors.format_exc_info,
            _withhold,
            _as_json if form == "json" else _as_text,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=lambda *_: _Lines(stream),
        cache_logger_on_first_use=False,
    )
    logging.captureWarnings(capture=True)
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, _Libraries)]:
        root.removeHandler(handler)
    # Below a warning libraries talk of requests, and of what is in them.
    root.setLevel(max(logging.WARNING, LEVELS[level]))
    root.addHandler(_Libraries())
    threading.excepthook = _died


class _Lines:
    """Writes whole lines. A full disk or a closed pipe must not stop what is being logged about."""

    _lock: Final = threading.Lock()

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        stream = self._stream or sys.stderr
        encoding = getattr(stream, "encoding", None) or "utf-8"
        try:
            with self._lock:
                stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
                stream.flush()
        except (OSError, ValueError):
            return

    debug = info = warning = error = critical = msg


class _Libraries(logging.Handler):
    """Makes facts of what libraries log."""

    def emit(self, record: logging.LogRecord) -> None:
        say = (
            structlog.get_logger().error
            if record.levelno >= logging.ERROR
            else structlog.get_logger().warning
        )
        say("library_said", library=record.name, says=record.getMessage(), exc_info=record.exc_info)


def _died(dead: threading.ExceptHookArgs) -> None:
    name = "" if dead.thread is None else dead.thread.name
    structlog.get_logger().error("thread_died", thread=name, exc_info=dead.exc_value)


def _withhold(_logger: object, _method: str, fields: Fields) -> Fields:
    """Law 7: no personal data where it isn't needed."""
    return {name: "(withheld)" if name in WITHHELD else _blotted(value) for name, value in fields.items()}


def _blotted(value: Any) -> Any:
    if isinstance(value, str):
        return _MOBILE.sub("(number)", _MAIL.sub("(address)", value))
    if isinstance(value, Mapping):
        return _withhold(None, "", dict(value))
    if isinstance(value, list | tuple | set | frozenset):
        return [_blotted(one) for one in value]
    return value


def _as_json(_logger: object, _method: str, fields: Fields) -> str:
    return _tamed(json.dumps(_in_order(fields), ensure_ascii=False, default=_worded))


def _as_text(_logger: object, _method: str, fields: Fields) -> str:
    """Stamp, level, event, then fields; a traceback follows on lines of its own, set in."""
    ordered = _in_order(fields)
    at, level, event = (str(_worded(ordered.pop(name, ""))) for name in ("at", "level", "event"))
    traceback = str(ordered.pop("exception", ""))
    told = " ".join(f"{name}={_quoted(value)}" for name, value in ordered.items() if value is not None)
    line = f"{at} {level:<7} {event} {told}".rstrip()
    return "\n    | ".join(_tamed(one) for one in (line, *traceback.splitlines()))


def _tamed(line: str) -> str:
    return _UNRULY.sub(lambda sign: f"\\u{ord(sign[0]):04x}", line)


def _in_order(fields: Fields) -> dict[str, Any]:
    first = {name: fields[name] for name in ("at", "level", "event") if name in fields}
    return first | {name: value for name, value in fields.items() if name not in first}


def _worded(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value)


def _quoted(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str | datetime | timedelta):
        text = str(_worded(value))
        plain = _PLAIN.fullmatch(text) and text.isprintable()
        return text if plain else json.dumps(text, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False, default=_worded)
