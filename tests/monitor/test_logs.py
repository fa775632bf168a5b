import ast
import io
import json
import logging
import sys
import threading
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import structlog

import monitor
from monitor.clock import ManualClock
from monitor.logs import EVENTS, configure_logs

ROOT = Path(monitor.__file__).parent
DOCS = ROOT.parent / "docs" / "operations.md"
CLOCK = ManualClock(datetime(2026, 5, 9, 4, tzinfo=UTC))
STAMP = "2026-05-09T04:00:00.000Z"


@pytest.fixture(autouse=True)
def _left_as_it_was():
    root, hook, show = logging.getLogger(), threading.excepthook, warnings.showwarning
    handlers, level = list(root.handlers), root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], threading.excepthook = handlers, hook
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    warnings.showwarning = show


def logged(form="text", level="info"):
    stream = io.StringIO()
    configure_logs(form, level, stream=stream, clock=CLOCK)
    return structlog.get_logger(), stream


def test_a_fact_is_one_line_with_its_fields():
    log, stream = logged()
    log.info(
        "page_sent",
        channel="slack",
        attempt=2,
        repeated=False,
        roles=("主管",),
        error='no "route"\nhere',
        none=None,
    )
    assert stream.getvalue() == (
        f'{STAMP} info    page_sent channel=slack attempt=2 repeated=false roles=["主管"] '
        'error="no \\"route\\"\\nhere"\n'
    )


def test_the_same_fact_as_json():
    log, stream = logged("json")
    shanghai = datetime(2026, 5, 9, 12, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    log.warning(
        "page_not_sent", next_at=shanghai, after=timedelta(minutes=1), node=("移动", "账单"), half="a\ud800"
    )
    assert json.loads(stream.getvalue()) == {
        "at": STAMP,
        "level": "warning",
        "event": "page_not_sent",
        "next_at": "2026-05-09T04:30:00.000Z",
        "after": 60.0,
        "node": ["移动", "账单"],
        "half": "a\ud800",
    }
    assert list(json.loads(stream.getvalue()))[:3] == ["at", "level", "event"]


def test_facts_below_the_level_are_left_out():
    log, stream = logged(level="warning")
    log.info("page_sent")
    log.warning("page_not_sent")
    assert stream.getvalue() == f"{STAMP} warning page_not_sent\n"


@pytest.mark.parametrize("form", ["text", "json"])
def test_people_are_not_in_the_log(form):
    log, stream = logged(form)
    try:
        raise ValueError("no reply from boss@example.com")
    except ValueError:
        log.exception(
            "page_not_sent",
            error="mail server refuses bob.li+x@mail.example.com (550), call +86 13812345678",
            address="U1",
            contact="张伟",
            complainant="8d1f",
            text="my bill is wrong",
            facts={"contact": "李娜", "why": ["eve@example.org"]},
        )
    for secret in ("boss@", "bob", "13812345678", "U1", "张伟", "8d1f", "my bill", "李娜", "eve@"):
        assert secret not in stream.getvalue()
    assert "refuses (address) (550), call (number)" in stream.getvalue()


def test_a_traceback_is_set_in_below_its_line_and_tells_no_values():
    log, stream = logged()
    secret = f"xoxb-{STAMP}"
    try:
        _ = {}[secret[:0]]
    except KeyError:
        log.exception("delivery_broken", channel="slack")
    first, *rest = stream.getvalue().splitlines()
    assert first == f"{STAMP} error   delivery_broken channel=slack"
    assert all(line.startswith("    | ") for line in rest)
    assert "KeyError" in rest[-1]
    assert secret not in stream.getvalue()


def test_one_line_stays_one_line_whatever_a_name_holds():
    log, stream = logged()
    log.info("signal_fired", node=("a\nb", "\x1b[31mred"), rule="x\r\u2028y", plain="\u202eabc")
    (line,) = stream.getvalue().splitlines()
    assert line.isprintable()


def test_what_libraries_and_warnings_say_arrives_as_facts():
    _, stream = logged("json")
    logging.getLogger("apscheduler.scheduler").warning("Run time of %s was missed", "tick")
    logging.getLogger("slack_sdk").debug("token=xoxb")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn("old habit", UserWarning, stacklevel=1)
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert (first["event"], first["library"], first["says"]) == (
        "library_said",
        "apscheduler.scheduler",
        "Run time of tick was missed",
    )
    assert "old habit" in second["says"]


def test_libraries_are_not_heard_below_a_warning_even_where_debug_is_on():
    _, stream = logged(level="debug")
    logging.getLogger("slack_sdk").info("token=xoxb")
    assert stream.getvalue() == ""


def test_setting_it_up_again_changes_the_form_and_doubles_nothing():
    logged()
    _, stream = logged("json")
    logging.getLogger("x").error("once")
    assert len(stream.getvalue().splitlines()) == 1


def test_a_thread_that_dies_is_a_fact():
    _, stream = logged("json")
    thread = threading.Thread(target=lambda: 1 / 0, name="worker")
    thread.start()
    thread.join()
    fact = json.loads(stream.getvalue())
    assert (fact["event"], fact["thread"]) == ("thread_died", "worker")
    assert "ZeroDivisionError" in fact["exception"]


class Full(io.StringIO):
    def write(self, _):
        raise OSError(28, "No space left on device")


def test_a_log_that_cannot_be_written_stops_nobody():
    configure_logs("text", "info", stream=Full(), clock=CLOCK)
    structlog.get_logger().info("page_sent")
    closed = io.StringIO()
    closed.close()
    configure_logs("text", "info", stream=closed, clock=CLOCK)
    structlog.get_logger().info("page_sent")


def test_signs_that_the_terminal_cannot_show_are_escaped():
    raw = io.BytesIO()
    configure_logs("text", "info", stream=io.TextIOWrapper(raw, encoding="ascii"), clock=CLOCK)
    structlog.get_logger().info("signal_fired", rule="同日")
    assert rb"rule=\u540c\u65e5" in raw.getvalue()


def test_the_log_goes_to_standard_error_as_it_is_now(capsys):
    configure_logs("text", "info", clock=CLOCK)
    structlog.get_logger().info("page_sent")
    assert "page_sent" in capsys.readouterr().err
    assert sys.stdout is not sys.stderr


def events_used():
    """(event, place) of every call like `log.info("event", ...)` in the package."""
    for file in ROOT.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr in {"debug", "info", "warning", "error", "exception"}
                and isinstance(call.func.value, ast.Name)
                and call.args
                and isinstance(call.args[0], ast.Constant)
                and isinstance(call.args[0].value, str)
            ):
                yield call.args[0].value, f"{file.relative_to(ROOT)}:{call.lineno}"


def test_every_event_that_is_logged_has_a_meaning():
    assert [(event, place) for event, place in events_used() if event not in EVENTS] == []


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_is_in_the_documentation_with_its_meaning(event):
    assert f"| `{event}` | {EVENTS[event]} |" in DOCS.read_text(encoding="utf-8")
