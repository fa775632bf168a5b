"""Errors of several commands as what the command line refuses, in words that know other languages."""

from __future__ import annotations

from alerts.catalogue import Sentence, in_language
from alerts.notifier import missing
from connectors.category_table import TableError
from connectors.options import SecretError
from connectors.said import of_error
from monitor.commands import CommandError, Exit


def refused(error: Exception, code: Exit = Exit.USAGE) -> CommandError:
    """The error's own sentence."""
    return CommandError(of_error(error), code)


def refused_secret(key: str, error: Exception) -> CommandError:
    """A key of the configuration whose secret is not there, or is none."""
    said = missing(error) if isinstance(error, SecretError) else of_error(error)
    return CommandError(Sentence("refused.key", key=key, said=said), Exit.USAGE)


def refused_table(error: TableError, language: str, code: Exit = Exit.USAGE) -> CommandError:
    """What is wrong with a category table, a line each."""
    return CommandError("\n".join(in_language(one, language) for one in error.shown), code)
