"""Which promise of TicketSource is shown for which connector: collected from the tests.

A test says `@pytest.mark.promise("late")`, and is run for each connector by the fixtures `world` or `kind`; a
test of one connector adds `of="jira"`. What has no meaning over there stands in the world's `without`, and
what is kept in part in its `partly`.

    python -m tests.support.conformance                     runs these tests, prints what they showed
    python -m tests.support.conformance docs/connectors.md  writes what they would show into the page
"""

import importlib.util
import io
import sys
from collections import defaultdict
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path

import pytest
import stamina

TESTS = Path(__file__).parents[1] / "connectors"
WORLDS = TESTS / "worlds"
PROMISES = {
    "once": "every ticket is told, once",
    "ties": "tickets of one instant may fill several pages",
    "late": "a ticket that becomes visible late is told",
    "moved": "a re-categorised ticket is told with its new path",
    "gone": "a ticket that is deleted over there, or merged into another, becomes void",
    "zone": "the account may live in any time zone",
    "wait": "a 429 ends the poll, is waited for, and costs no ticket",
    "broken": "5xx, answers for people and connections that break within a page cost no ticket",
    "token": "an expired token is renewed, or named with the place to mend it",
    "loop": "a page token that comes again and again comes to an end, and costs no ticket",
    "cap": "there may be more tickets than the service pages through",
    "clock": "a clock that is off hides no ticket, calls nothing complete too early, and `check` notices it",
    "kill": "after a `kill -9` within a poll, the stored cursor goes on where it was",
}
GONE = "a row that is taken out is not noticed; a flag that is mapped as void is told"
DATABASE = dict.fromkeys(("wait", "token", "loop", "cap", "clock"), "no service is asked") | {"gone": GONE}
FILES = DATABASE | {
    "broken": "no service is asked",
    "ties": "rows are read by their place, and not by time",
    "late": "files are read as they appear, whatever their stamps",
}
ASKED = ["-qq", "-m", "promise", "-p", "no:cacheprovider", str(TESTS)]
BEGIN, END = "<!-- the matrix: python -m tests.support.conformance docs/connectors.md -->", "<!-- its end -->"
SHOWN, FAILED, MEANINGLESS, UNSHOWN = "✓", "✗", "–", ""
EMPTY = f"An empty cell: no test shows it. {MEANINGLESS}: it has no meaning there."


@cache
def world_module(kind):
    """The module of a connector's world."""
    file = WORLDS / f"{kind}.py"
    spec = importlib.util.spec_from_file_location(f"world_of_{kind}", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def world_of(kind, folder):
    """A connector's world, for a fixture to yield from; it is closed in the end."""
    made = world_module(kind).World(folder)
    yield made
    made.close()


def alone(kind, folder):
    """The same; waits between attempts to reach it take no time."""
    with stamina.set_testing(True, attempts=10, cap=True):
        yield from world_of(kind, folder)


def services():
    """The connectors that read a service: those whose world is a ServiceWorld."""
    kinds = sorted(file.stem for file in WORLDS.glob("*.py"))
    return [kind for kind in kinds if hasattr(world_module(kind).World, "fake_service")]


def without(kind):
    """The promises that have no meaning for a connector, with the reasons."""
    return _noted(kind, "without")


def partly(kind):
    """The promises that are kept in part, with what is left."""
    return _noted(kind, "partly")


def _noted(kind, name):
    if not (WORLDS / f"{kind}.py").exists():
        return {}
    return getattr(world_module(kind).World, name, {})


def skip_what_has_no_meaning(request, kind):
    """Skip a test of a promise that has no meaning for this connector."""
    mark = request.node.get_closest_marker("promise")
    reason = None if mark is None else without(kind).get(mark.args[0])
    if reason is not None:
        pytest.skip(reason)


class Matrix:
    """A plugin of pytest that knows which test shows what, and whether it passed."""

    def __init__(self, *, run):
        self.run = run
        self.cells = defaultdict(list)
        self._cell_of = {}

    def pytest_collection_modifyitems(self, items):
        for item in items:
            mark = item.get_closest_marker("promise")
            if mark is None:
                continue
            params = item.callspec.params if hasattr(item, "callspec") else {}
            kind = mark.kwargs.get("of") or params.get("world") or params.get("kind")
            cell = mark.args[0], kind
            if cell[0] not in PROMISES or not isinstance(kind, str):
                raise pytest.UsageError(f"{item.nodeid}: no such promise, or of no connector: {cell}")
            self._cell_of[item.nodeid] = cell
            if not self.run and cell[0] not in without(kind):
                self.cells[cell].append(True)

    def pytest_runtest_logreport(self, report):
        cell = self._cell_of.get(report.nodeid)
        if cell is not None and not report.skipped and (report.when == "call" or report.failed):
            self.cells[cell].append(report.passed)

    def __str__(self):
        kinds = sorted({kind for _, kind in self.cells})
        rows = [["", *PROMISES], [":--", *(":-:" for _ in PROMISES)]]
        rows += [[f"`{kind}`", *(self._cell(promise, kind) for promise in PROMISES)] for kind in kinds]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
        legend = [f"* **{promise}**: {sentence}" for promise, sentence in PROMISES.items()]
        notes = [
            f"* {MEANINGLESS} {', '.join(promises)}: {reason} ({', '.join(f'`{kind}`' for kind in those)})"
            for (reason, those), promises in _grouped(kinds, without).items()
        ]
        notes += [
            f"* {SHOWN} {', '.join(promises)}: but {reason} ({', '.join(f'`{kind}`' for kind in those)})"
            for (reason, those), promises in _grouped(kinds, partly).items()
        ]
        return "\n".join([*lines, "", *legend, "", EMPTY, "", *notes])

    def _cell(self, promise, kind):
        results = self.cells.get((promise, kind))
        if promise in without(kind):
            return MEANINGLESS
        return UNSHOWN if not results else SHOWN if all(results) else FAILED


def _grouped(kinds, notes_of):
    """The promises that something is noted of, by the note and the connectors."""
    grouped = defaultdict(list)
    for promise in PROMISES:
        those = defaultdict(list)
        for kind in kinds:
            those[notes_of(kind).get(promise, "")].append(kind)
        for reason in sorted(those.keys() - {""}):
            grouped[reason, tuple(those[reason])].append(promise)
    return grouped


def collected():
    """The matrix of what the tests would show, without running one."""
    matrix = Matrix(run=False)
    with redirect_stdout(io.StringIO()) as said:
        status = pytest.main([*ASKED, "--collect-only"], plugins=[matrix])
    if status:
        raise SystemExit(said.getvalue())
    return matrix


def written(page, matrix):
    """A page with this matrix between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{matrix}\n\n{END}{after}"


def main(arguments):
    for name in arguments:
        page = Path(name)
        page.write_text(written(page.read_text(encoding="utf-8"), collected()), encoding="utf-8")
    if arguments:
        return 0
    matrix = Matrix(run=True)
    status = pytest.main(ASKED, plugins=[matrix])
    print(matrix)
    return int(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
