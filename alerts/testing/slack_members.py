"""Who and what is in a Slack workspace: people, and conversations with their ids."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Channel:
    """A conversation. `joined`: the app is in it."""

    id: str
    name: str
    members: set[str] = field(default_factory=set)
    archived: bool = False
    joined: bool = True

    @property
    def kind(self) -> str:
        """The word that scopes use for it."""
        return {"G": "groups", "D": "im"}.get(self.id[:1], "channels")


@dataclass
class Person:
    """A member of the workspace."""

    id: str
    name: str
    deleted: bool = False


def conversation(address: str) -> str:
    """A person is reached in a conversation with an id of its own."""
    return f"D{address[1:]}" if address.startswith(("U", "W")) else address
