"""The configuration of a command, in the language that was asked for."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace

from alerts.catalogue import LANGUAGES
from monitor.commands import config_argument
from monitor.config import Config, load


def configured_arguments(parser: argparse.ArgumentParser) -> None:
    """`--config FILE` and `--language`."""
    config_argument(parser)
    parser.add_argument(
        "--language",
        choices=LANGUAGES,
        help="of what is printed (default: the configuration's)",
    )


def actions_of(parser: argparse.ArgumentParser) -> Callable[[str, str], argparse.ArgumentParser]:
    """The same for a command of several actions: what declares one of them, by its name and what it does."""
    configured_arguments(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, help_: str) -> argparse.ArgumentParser:
        found = actions.add_parser(name, help=help_, description=f"{help_[0].upper()}{help_[1:]}.")
        again_after_action(found)
        return found

    return action


def again_after_action(parser: argparse.ArgumentParser) -> None:
    """The same for an action; a default here would undo what was given before it."""
    parser.add_argument("--config", metavar="FILE", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    parser.add_argument("--language", choices=LANGUAGES, default=argparse.SUPPRESS, help="of what is printed")


def loaded(args: argparse.Namespace) -> Config:
    """The configuration, which says what the command prints in the language asked for. Raises ConfigError."""
    config = load(args.config)
    if args.language is None:
        # What is refused from here on is said in it too.
        args.language = config.language
    return replace(config, language=args.language)
