"""What a changed configuration changes, and what it cannot change while the daemon runs."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.config import Config


@dataclass(frozen=True)
class Change:
    """Names of sources that are to stop, and to start; one that changed is in both."""

    stopped: tuple[str, ...]
    started: tuple[str, ...]


def changed(old: Config, new: Config) -> Change:
    """What to do to get from one configuration to the other.

    Raises ValueError, with a sentence, where counts or connections would have to be made anew.
    """
    fixed = {
        "timezone": old.timezone != new.timezone,
        "taxonomy.levels": old.taxonomy.levels != new.taxonomy.levels,
        "store.url": old.store.url != new.store.url,
        "web": old.web != new.web,
        "pages": old.pages != new.pages,
        "trend": old.trend != new.trend,
        "daemon.tick": old.daemon.tick != new.daemon.tick,
        "daemon.log_format": old.daemon.log_format != new.daemon.log_format,
        "daemon.log_level": old.daemon.log_level != new.daemon.log_level,
    }
    refused = [key for key, differs in fixed.items() if differs]
    if refused:
        raise ValueError(
            f"{', '.join(refused)} cannot change while the daemon runs; stop it and start it again"
        )
    before = {source.settings.name: source for source in old.sources}
    after = {source.settings.name: source for source in new.sources}
    anew = [name for name in after if before.get(name) != after[name] or old.privacy != new.privacy]
    gone = [name for name in before if name not in after]
    return Change(tuple(gone) + tuple(name for name in anew if name in before), tuple(anew))
