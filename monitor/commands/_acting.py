"""Who acts by a command: the person that `--by` names, and the server's account that typed it.

Whoever may run a command on the server can act for somebody who is on the phone with them. So the person must
be a contact of the plan who may do it, as with a button, and the record names the account too.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from typing import Final

from alerts.catalogue import Sentence
from alerts.entitled import listed
from alerts.plan import Contact, ResponsePlan
from monitor.commands import CommandError, Exit
from monitor.config import Config
from monitor.config.implied import CONSOLE

ACCOUNT: Final = "account"
"""Name of the fact of an event that holds the account."""


def account() -> str:
    """The server's account that runs this command; behind `sudo`, the one that called it."""
    mine, called_by = _name(), os.environ.get("SUDO_USER", "")
    return f"{called_by} (sudo)" if called_by and mine == "root" else mine


def person(config: Config, name: str, may: Callable[[ResponsePlan, Contact], bool]) -> Contact:
    """The contact whom `--by` names, who may do it.

    Raises CommandError where the plan does not know them, or they may not: it names those who may.
    """
    name = name.strip()
    if not name:
        raise CommandError(Sentence("refused.by_empty"), Exit.USAGE)
    contact = config.plan.contact(name)
    if {one.name for one in config.plan.contacts} <= {CONSOLE}:
        # A plan that names nobody cannot say who may: whoever sits at the server is all there is.
        return Contact(name)
    if contact is not None and may(config.plan, contact):
        return contact
    entitled = listed(one.name for one in config.plan.contacts if may(config.plan, one))
    key = "unknown" if contact is None else "not_entitled"
    raise CommandError(Sentence(f"by.{key}", who=name, may=entitled), Exit.USAGE)


def _name() -> str:
    """Of the process, and not of the environment, where anybody can write any name."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except ImportError:
        # No such table, as on Windows.
        return getpass.getuser()
    except KeyError:
        # No entry of this number, as in a container.
        return f"uid {os.getuid()}"
