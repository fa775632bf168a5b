"""The documents are true: configurations load, examples replay as they say, and links lead somewhere."""

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
from conformance import written

from monitor.cli import main
from monitor.config import load
from monitor.config.kinds import Family, kinds_of

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SEMANTICS = (ROOT / "docs" / "semantics.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")

NAMED = r"`((?:alerts|bench|connectors|detectors|docs|monitor|notebooks|tests)/[\w/.-]+)`"
OF_EXAMPLES = {"connectors/spool.py", "tests/connectors/worlds/spool.py"}

OWN_PARTS = """
timezone = "Asia/Shanghai"
language = "en"
taxonomy = { levels = ["business", "product"] }
sources = [{ name = "desk", kind = "my_company.spool", path = "spool.txt" }]
rules = [{ name = "hour", kind = "my_company.hourly_threshold", depths = [1], thresholds = { "red" = 3 } }]
levels = [{ name = "red", notify = ["supervisor"] }]
roles = [{ name = "supervisor", contacts = ["Li Na"] }]
contacts = [{ name = "Li Na", addresses = { board = "hall" } }]
channels = [{ name = "board", kind = "my_company.noticeboard", folder = "boards" }]
"""

SKIPPED = {"node_modules", "var", "out", "build", "dist"}
DOCUMENTS = sorted(
    file
    for file in ROOT.rglob("*.md")
    if not any(part.startswith(".") or part in SKIPPED for part in file.relative_to(ROOT).parts)
)
# All but those that tell of what was.
OF_TODAY = [file for file in DOCUMENTS if "changelog" not in str(file.relative_to(ROOT)).lower()]
COLUMNS_OF_FIELDS = {
    "id": "id",
    "created": "created_at",
    "updated": "updated_at",
    "escalated": "escalated_at",
    "closed": "closed_at",
    "void": "void",
    "tags": "tags",
    "who": "complainant",
}


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


# README


def test_the_first_configuration_loads_without_a_warning(tmp_path):
    (text,) = blocks(README, "toml")
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    config = load(file)
    assert [source.settings.kind for source in config.sources] == ["csv"]
    assert "slack" in {channel.kind for channel in config.plan.channels}
    assert config.warnings == ()


def test_the_first_configuration_is_a_dozen_lines():
    (text,) = blocks(README, "toml")
    assert len([line for line in text.splitlines() if line.strip()]) <= 12


def test_the_table_of_commands_has_every_command_and_no_other(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    told = re.findall(r"^    ([a-z-]+) ", capsys.readouterr().out, re.MULTILINE)
    assert sorted(re.findall(r"^\| `complaint-monitor ([a-z-]+)", README, re.MULTILINE)) == sorted(told)


@pytest.fixture
def my_company(tmp_path, monkeypatch):
    """The three parts of CONTRIBUTING.md as modules of one's own, and a configuration that names them."""
    package = tmp_path / "my_company"
    package.mkdir()
    for code in blocks(CONTRIBUTING, "python"):
        kind = next(kind for kind in ("spool", "hourly_threshold", "noticeboard") if kind in code)
        (package / f"{kind}.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "boards").mkdir()
    (tmp_path / "config.toml").write_text(OWN_PARTS, encoding="utf-8")
    lines = [f"T{n};2026-05-09T10:{n:02};broadband/router\n" for n in range(4)]
    (tmp_path / "spool.txt").write_text("".join([*lines, "T9;soon;tv\n"]), encoding="utf-8")
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] == "my_company"]:
        del sys.modules[name]


def test_the_parts_that_contributing_shows_work_together(my_company):
    config = my_company / "config.toml"
    assert main(["replay", "--config", str(config), "--out", str(my_company / "out")]) == 0
    (line,) = (my_company / "out" / "signals.jsonl").read_text(encoding="utf-8").splitlines()
    signal = json.loads(line)
    assert (signal["node"], signal["observed"]) == (["broadband"], 3)
    assert signal["window_end"] == "2026-05-09T11:00:00+08:00"
    assert json.loads((my_company / "out" / "summary.json").read_text(encoding="utf-8"))["quarantined"] == 1
    assert main(["check", "--config", str(config), "--send-test", "supervisor"]) == 0
    assert "Li Na" in (my_company / "boards" / "hall").read_text(encoding="utf-8")


# Links


def prose(text: str) -> str:
    """The text without code, in which a bracket is no link."""
    return re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(file: Path) -> set[str]:
    """What `#...` may name in a document: its headings, as a code host turns them into anchors."""
    text = re.sub(r"^```.*?^```", "", file.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ +(.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("package", ["connectors", "detectors", "alerts", "monitor"])
def test_the_architecture_names_every_module_and_no_other(package):
    """Services are one line there: connectors.md has a table of them."""
    section = re.split(r"^#+ ", ARCHITECTURE.split(f"### {package}: ")[1], flags=re.MULTILINE)[0]
    told = set(re.findall(r"`([\w/]+)`", section))
    there = {file.stem for file in (ROOT / package).glob("[!_]*.py")}
    there |= {f"{file.parent.name}/" for file in (ROOT / package).glob("[!_.]*/*.*")}
    services = set(kinds_of(Family.SOURCE)) if package == "connectors" else set()
    assert told - there == set(), f"ARCHITECTURE.md names modules of {package} that are not there"
    assert there - told - services == set(), f"ARCHITECTURE.md says nothing of these modules of {package}"


@pytest.mark.parametrize("file", OF_TODAY, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_file_that_is_named_is_there(file):
    named = set(re.findall(NAMED, file.read_text(encoding="utf-8")))
    assert {path for path in named - OF_EXAMPLES if not (ROOT / path).exists()} == set()


def test_the_matrix_of_connectors_is_what_the_tests_show():
    page = ROOT / "docs" / "connectors.md"
    look = "import sys; from tests.support.conformance import collected; print(collected())"
    told = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, cwd=ROOT)
    text = page.read_text(encoding="utf-8")
    mend = "run python -m tests.support.conformance docs/connectors.md"
    assert written(text, told.stdout.strip()) == text, mend


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(file):
    for target in re.findall(r"\]\(([^()\s]+)\)", prose(file.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        there = file.parent / path if path else file
        assert there.exists(), f"{file.relative_to(ROOT)} links to {target}"
        if anchor:
            assert anchor in anchors(there), f"{file.relative_to(ROOT)} links to {target}"


# docs/semantics.md


def examples():
    found = re.findall(
        r"^#+ ([^\n]+)\n(?:(?!^#).)*?^```toml\n((?:(?!^```).)*)^```\s+^```csv\n((?:(?!^```).)*)^```\s+"
        r"^```json (signals|trend)\n((?:(?!^```).)*)^```",
        SEMANTICS,
        re.DOTALL | re.MULTILINE,
    )
    return [pytest.param(*parts, id=heading) for heading, *parts in found]


def configuration(rules: str, tickets: str) -> str:
    """The shared configuration with an example's rule; columns that the example lacks are left out."""
    shared = next(text for text in blocks(SEMANTICS, "toml") if "[[sources]]" in text)
    columns = next(csv.reader(io.StringIO(tickets)))
    lines = []
    for line in shared.splitlines():
        if line.startswith("category"):
            names = [name for name in columns if name not in COLUMNS_OF_FIELDS]
            lines.append(f"category = {json.dumps(names)}")
        elif not any(
            line.startswith(f"{field} =") and column not in columns
            for column, field in COLUMNS_OF_FIELDS.items()
        ):
            lines.append(line)
    return "\n".join([*lines, rules])


def test_every_rule_and_every_block_of_rows_has_an_example_that_is_run():
    assert len(examples()) == len(blocks(SEMANTICS, "csv")) >= 9
    headings = re.findall(r"^## `(\w+)`", SEMANTICS, re.MULTILINE)
    assert {f"`{heading}`" for heading in headings} <= {example.id for example in examples()}


@pytest.mark.parametrize(("rules", "tickets", "what", "expected"), examples())
def test_an_example_replays_as_it_says(tmp_path, rules, tickets, what, expected):
    (tmp_path / "config.toml").write_text(configuration(rules, tickets), encoding="utf-8")
    (tmp_path / "tickets.csv").write_text(tickets, encoding="utf-8")
    assert main(["replay", "--config", str(tmp_path / "config.toml"), "--out", str(tmp_path / "out")]) == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["quarantined"] == 0
    lines = (tmp_path / "out" / f"{what}.jsonl").read_text(encoding="utf-8").splitlines()
    found, wanted = [json.loads(line) for line in lines], [json.loads(line) for line in expected.splitlines()]
    if what == "trend":
        by_place = {(row["hour"], *row["node"]): row for row in found}
        found = [by_place[row["hour"], *row["node"]] for row in wanted]
    assert [{name: row[name] for name in want} for row, want in zip(found, wanted, strict=True)] == wanted
