"""The command line: `complaint-monitor COMMAND`. What a command does stands in `monitor/commands/`."""

from __future__ import annotations

import argparse
import io
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Final

from monitor.commands import CommandError, Exit, load_command, summaries
from monitor.language import language_for
from monitor.usage import parser_in

PROGRAM: Final = "complaint-monitor"

# What can go wrong outside, by module and class, so that nothing is imported to know it. Subclasses first.
EXPECTED: Final = {
    ("monitor.config.problem", "ConfigError"): Exit.USAGE,
    ("monitor.storage.errors", "LeaseTakenError"): Exit.LEASE,
    ("monitor.storage.errors", "LeaseLostError"): Exit.LEASE,
    ("monitor.storage.errors", "StoreError"): Exit.UNREACHABLE,
    ("connectors.source", "SourceError"): Exit.UNREACHABLE,
}

EXIT_CODES: Final = """\
exit codes: 0 all is well; 1 it ran and found a problem; 2 the command line or the configuration is wrong;
3 the store or a source cannot be reached; 4 another instance holds the store; 130 interrupted"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    # Before numpy is loaded: threads of its products wait by spinning. On a machine with other work to do a
    # text that is placed alone took three times as long with two of them, and four times the processor time.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show Chinese shows question marks, and no traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    spoken = language_for(arguments, os.environ)
    args = _parser(arguments, spoken).parse_args(arguments, argparse.Namespace(spoken=spoken))
    try:
        code = load_command(args.command).run(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Whoever reads has read enough, as in `... | head`. Python must not flush into the pipe at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except Exception as error:  # noqa: BLE001 - all that a command may raise arrives here
        return _told(error, getattr(args, "language", None) or spoken)
    return code


def _parser(arguments: Sequence[str], language: str) -> argparse.ArgumentParser:
    """The parser with all commands' names, and the arguments of the one that is called."""
    parser = parser_in(language)(
        prog=PROGRAM,
        description="Watches customer complaints and pages the right people once, in time.",
        epilog=f"`{PROGRAM} COMMAND --help` tells a command's arguments.\n\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    called = next((argument for argument in arguments if not argument.startswith("-")), None)
    for name, summary in summaries().items():
        command = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[:1].upper()}{summary[1:]}.",
            epilog=EXIT_CODES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name == called:
            load_command(name).add_arguments(command)
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version(PROGRAM)
        except PackageNotFoundError:
            number = "(not installed)"
        print(f"{PROGRAM} {number}")
        parser.exit()


def _told(error: Exception, language: str) -> int:
    """Print what went wrong, as sentences where it was to be expected, and say which exit code that is."""
    code = error.exit_code if isinstance(error, CommandError) else None
    for kind in type(error).__mro__:
        code = EXPECTED.get((kind.__module__, kind.__name__)) if code is None else code
    if code is None and isinstance(error, OSError) and error.filename is not None:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return Exit.PROBLEM
    if code is None:
        traceback.print_exception(error)
        from alerts.catalogue import say

        print(say(language, "run.mistake", program=PROGRAM), file=sys.stderr)
        return Exit.INTERNAL
    print(_said(error, language), file=sys.stderr)
    return code


def _said(error: Exception, language: str) -> str:
    from alerts.catalogue import in_language
    from connectors.said import of_error
    from connectors.source import SourceError
    from monitor.config.problem import ConfigError
    from monitor.source_cause import told

    if isinstance(error, ConfigError):
        return error.said(language)
    if isinstance(error, SourceError):
        return in_language(told(error), language)
    return in_language(of_error(error), language)


if __name__ == "__main__":
    sys.exit(main())
