"""Make run.svg and page-en.svg anew from a real run of config.toml: `python docs/images/record.py`.

The monitor runs in a pseudo-terminal in a folder of its own until the sample's first surge is paged, about a
minute, once in each language. Many like lines are left out, and it says so; long lines of the
log are cut, others wrapped; nothing else is changed.
"""

import codecs
import os
import pty
import re
import select
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import escape
from itertools import groupby
from pathlib import Path
from unicodedata import east_asian_width

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROGRAM = Path(sys.executable).with_name("complaint-monitor")
PAGED = re.compile("网络质量 > 无信号(?:.*?━{64}\r?\n){3}", re.DOTALL)
LOG = re.compile(r"\S+Z (info|warning) ")
LONG = {"log": LOG, "hour": re.compile(r" +(\d\d-\d\d )?\d\d:00  "), "list": re.compile(r" +- ")}
LONGEST_RUN, FEW, KEPT = 240, 7, 2

COLUMNS, ADVANCE, LINE, MARGIN = 112, 8.4, 19, 14
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" font-size="14"
     font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Noto Sans Mono CJK SC', monospace">
<style>
text {{ fill: #e6e6e6; white-space: pre }}
.quiet {{ fill: #9a9a90 }} .typed {{ fill: #f4bf4f }}
</style>
<rect width="{width:.0f}" height="{height}" rx="8" fill="#23241f"/>
{rows}
</svg>
"""


def recorded(language: str) -> list[str]:
    """What a run prints from its start until the surge has been paged."""
    with tempfile.TemporaryDirectory(prefix="complaints-") as folder:
        text = (ROOT / "config.toml").read_text(encoding="utf-8")
        text = text.replace('language = "zh"', f'language = "{language}"', 1) + "\n[web]\nport = 0\n"
        (Path(folder) / "config.toml").write_text(text, encoding="utf-8")
        printed = _run([str(PROGRAM), "run", "--config", f"{folder}/config.toml"])
        for machine, said in (f"{folder}/", ""), (str(PROGRAM), f".venv/bin/{PROGRAM.name}"), ("\r", ""):
            printed = printed.replace(machine, said)
        return printed.splitlines()


def _run(command: list[str]) -> str:
    process, terminal = pty.fork()
    if process == 0:
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    decoder = codecs.getincrementaldecoder("utf-8")()
    printed, until = "", time.monotonic() + LONGEST_RUN
    while time.monotonic() < until and not PAGED.search(printed):
        if select.select([terminal], [], [], 0.5)[0]:
            printed += decoder.decode(os.read(terminal, 1 << 16))
    os.kill(process, signal.SIGTERM)
    os.close(terminal)
    os.waitpid(process, 0)
    return printed


def shortened(lines: list[str]) -> Iterator[str]:
    """The lines without most of those that are like their neighbours."""
    for kind, group in groupby(lines, key=_kind):
        like = list(group)
        if not kind or len(like) <= FEW:
            yield from like
        else:
            yield from like[:KEPT]
            yield f"{' ' * (len(like[0]) - len(like[0].lstrip()))}⋮ {len(like) - KEPT - 1} more"
            yield like[-1]


def _kind(line: str) -> str:
    return next((kind for kind, pattern in LONG.items() if pattern.match(line)), "")


def page_of(lines: list[str]) -> list[str]:
    """The last page that was printed, between its rules."""
    rules = [i for i, line in enumerate(lines) if line.startswith("━" * 64)]
    return lines[rules[-3] : rules[-1] + 1]


def rows_of(lines: list[str]) -> Iterator[tuple[str, str]]:
    """(style, text) of each row of the terminal."""
    for line in lines:
        row, rows = "", []
        for sign in line:
            if _columns(row + sign) > COLUMNS:
                rows.append(row)
                row = ""
            row += sign
        rows.append(row)
        if LOG.match(line):
            yield "quiet", rows[0] if len(rows) == 1 else rows[0][:-2] + "…"
        else:
            style = "typed" if line.startswith("$") else "quiet" if "⋮" in line else ""
            yield from ((style, row) for row in rows)


def _columns(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def draw(lines: list[str], file: Path) -> None:
    """Each run of wide or narrow signs stands at its own column, whatever font the reader has."""
    drawn = []
    for number, (style, row) in enumerate(rows_of(lines)):
        column = 0
        for text in ("".join(run) for _, run in groupby(row, key=_columns)):
            width = _columns(text)
            if text.strip():
                mark = f' class="{style}"' if style else ""
                x, y = MARGIN + column * ADVANCE, MARGIN + (number + 0.75) * LINE
                drawn.append(
                    f'<text x="{x:.1f}" y="{y:.1f}" textLength="{width * ADVANCE:.1f}"{mark}>'
                    f"{escape(text).replace(' ', '&#160;')}</text>"
                )
            column += width
    height = 2 * MARGIN + LINE * (number + 1)
    svg = SVG.format(width=2 * MARGIN + COLUMNS * ADVANCE, height=height, rows="\n".join(drawn))
    file.write_text(svg, encoding="utf-8")


def main() -> None:
    if not PROGRAM.exists():
        sys.exit(f"{PROGRAM} is not there; run `make test` first")
    with ThreadPoolExecutor() as pool:
        chinese, english = pool.map(recorded, ("zh", "en"))
    draw(["$ make run", *shortened(chinese)], HERE / "run.svg")
    draw(list(shortened(page_of(english))), HERE / "page-en.svg")


if __name__ == "__main__":
    main()
