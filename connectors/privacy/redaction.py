"""What may stay of a text before it is stored or leaves?

Everything but what points at a person: mail addresses, phone numbers, identity and passport numbers, bank
cards, and names that something introduces. Each is replaced by its kind in brackets, so that the text can
still be read and judged. Redaction is a net, not a proof: docs/privacy.md says what slips through.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from connectors.privacy.chinese_names import chinese_names
from connectors.privacy.identifiers import identifiers
from connectors.privacy.latin_names import latin_names
from connectors.privacy.spans import Kind, half_width, without_overlaps


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without what points at a person, and how often each kind was taken out."""

    text: str
    found: Counter[Kind]


def redact(text: str) -> Redacted:
    """Take out of a text what points at a person.

    Example
    -------
    >>> redact("我叫张伟，电话 138-0013-8000").text
    '我叫[name]，电话 [phone]'
    >>> redact("Order 20261122-0815 of 1,299.00 is late. Regards, Jane Doe").text
    'Order 20261122-0815 of 1,299.00 is late. Regards, [name]'
    """
    plain = half_width(text)
    spans = without_overlaps([*identifiers(plain), *chinese_names(plain), *latin_names(plain)])
    parts, done = [], 0
    for span in spans:
        parts += [text[done : span.start], f"[{span.kind}]"]
        done = span.end
    parts.append(text[done:])
    return Redacted("".join(parts), Counter(span.kind for span in spans))
