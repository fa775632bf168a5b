"""What `complaint-monitor run` says first: what it watches, what it does, and where to look."""

from __future__ import annotations

from alerts.catalogue import say
from monitor.config import Config


def where_to_look(config: Config, *, health: str, program: str) -> str:
    """A few lines for whoever has just started it as `program`, in the configured language."""
    language = config.language
    sources = tuple(f"{s.settings.name} ({s.settings.kind})" for s in config.sources)
    channels = tuple(f"{channel.name} ({channel.kind})" for channel in config.plan.channels)
    lines = [
        say(language, "run.watching", sources=sources),
        say(language, "run.paging", channels=channels),
        say(language, "run.zone", zone=config.timezone.key),
    ]
    if any(source.settings.kind == "sample" for source in config.sources):
        lines.append(say(language, "run.sample"))
    lines += [
        say(language, "run.trend", folder=str(config.trend.folder)),
        say(language, "run.health", url=health),
        say(language, "run.commands", program=program),
        say(language, "run.stop"),
    ]
    return "\n".join(lines)
