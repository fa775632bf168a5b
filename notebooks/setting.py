"""Where the notebooks find their tickets, and how their plots look.

What `make run` has counted is used where there is something; `make notebooks CONFIG=my.toml` names another
configuration. Where nothing has been counted yet, eight made-up weeks are, once, into var/notebooks.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alerts.charts.font import families
from connectors.ticket import to_us
from monitor.config import Config, load
from monitor.storage import Store
from monitor.wiring import adopt_cut, engine_of

ROOT = Path(__file__).parents[1]
# Eight weeks before this Sunday: always the same, so that the notebooks tell the same story.
UNTIL = datetime(2026, 6, 7, 16, tzinfo=UTC)
LIVED, EVERY = timedelta(days=7), timedelta(hours=1)

SURGE = """
[[rules]]
name = "异常上升"
kind = "seasonal_surge"
depths = [0, 1, 2, 3, 4, 5]
"""


def config() -> Path:
    """The configuration whose store is looked at; one of made-up tickets where nothing has been counted."""
    file = Path(os.environ.get("CONFIG", ROOT / "config.toml"))
    file = file if file.is_absolute() else ROOT / file
    url = load(file).store.address()
    if not url.startswith("sqlite") or Path(url.removeprefix("sqlite:///")).exists():
        return file
    return made_up(Path(os.environ.get("NOTEBOOKS_FOLDER", ROOT / "var" / "notebooks")))


def made_up(folder: Path) -> Path:
    """A configuration like config.toml with a store of eight made-up weeks in a folder; made once."""
    file = folder / "config.toml"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        plan = (ROOT / "config.toml").read_text("utf-8")
        text = plan.replace("sqlite:///var/complaints.db", "sqlite:///complaints.db")
        if "seasonal_surge" not in text:
            text += SURGE
        unfinished = folder / "unfinished.toml"
        unfinished.write_text(text, "utf-8")
        _count(load(unfinished))
        unfinished.rename(file)
    return file


def plots() -> None:
    """Chinese glyphs, wide figures, quiet axes."""
    import matplotlib as mpl

    mpl.rcParams |= {
        "font.family": list(families()),
        "figure.figsize": (11, 3.2),
        "figure.dpi": 80,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.unicode_minus": False,
    }


def _count(config: Config) -> None:
    """Let a new store live for a week: the first look brings the weeks before, then every hour is polled."""
    store = Store.open(config.store.address())
    adopt_cut(config, store)
    engine, source = engine_of(config, store), config.sources[0].open()
    cursor, at, imported = None, UNTIL - LIVED, 0
    while at <= UNTIL:
        for poll in source.poll(cursor, at):
            imported += len(poll.batch) if at == UNTIL - LIVED else 0
            engine.take(poll, now=to_us(at), imported=imported if at == UNTIL - LIVED else 0)
            cursor = poll.cursor
        while engine.close(now=to_us(at)).hours:
            pass
        at += EVERY
    store.close()
