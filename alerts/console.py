"""Pages on the console: for a first look, and until Slack or mail is configured."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TextIO

from alerts.catalogue import Sentence
from alerts.notifier import DeliveryError, Message, Receipt
from alerts.rendering.plain import framed
from alerts.rendering.words import answer_link, words_of


@dataclass(frozen=True)
class Options:
    """The console needs no options."""


class Notifier:
    """Prints each page between two rules. The page's key at its foot makes a second print recognisable."""

    def __init__(self, name: str, options: Options, *, stream: TextIO | None = None) -> None:
        self.name = name
        self._stream = stream

    def deliver(self, message: Message) -> Receipt:
        words = words_of(message)
        # Looked up now, so that a redirected standard output is honoured.
        stream = self._stream or sys.stdout
        text = framed(words, answer_link(message))
        try:
            # Safe for a terminal that cannot show Chinese: better a question mark than no page.
            encoding = getattr(stream, "encoding", None) or "utf-8"
            stream.write(text.encode(encoding, "replace").decode(encoding))
            stream.flush()
        except (OSError, ValueError) as error:
            sentence = Sentence("trouble.console.closed").heard(str(error))
            raise DeliveryError(sentence, retryable=True) from error
        return Receipt(reference=message.key)

    def examine(self) -> list[str]:
        return []
