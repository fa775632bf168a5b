"""Which words of a text are a person's name in Latin letters?

A name needs an introduction: a title ("Mr"), a sentence ("my name is"), a label ("customer:"), a greeting, a
closing. Up to four capitalised words follow, with particles between them ("van der"); after "my name is"
small letters do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from connectors.privacy.spans import Kind, Span

_WORD: Final = r"(?:(?:[A-ZÀ-ÖØ-ÞĀ-Ž][\w'’]*(?:-[A-ZÀ-Ž][\w'’]*)*)(?:(?<=\b[A-Z])\.)?)"
_PARTICLE: Final = r"(?:de|da|del|della|di|du|van|von|der|den|bin|ibn|al|el|la|le|ter|ten|dos|das|y)"
_FULL: Final = rf"({_WORD}(?:[ ]+(?:(?:{_PARTICLE}[ ]+){{0,2}}{_WORD})){{0,3}})"
_NO_NAME: Final = (
    r"(?!(?:Sir|Madam|Team|Customer|Support|Service|Services|All|Everyone|Everybody|Colleagues?|Friends?|Manager|"
    r"Bank|Staff|Help|Hello|Hi|The|This|That|There|It|I|I'm|We|You|They|My|Your|Our|His|Her|Please|Thanks|Thank|And|But|Not|"
    r"Still|Why|What|When|How|Where|Who|Is|Are|Was|Can|Could|Will|Would|Do|Does|Did|If|In|On|At|For|To|No|Yes|Sent|Order|"
    r"Ticket|Case|Account|Card|Department|Complaints?|Office|Agent|Representative|Mr|Mrs|Ms|Regards|Best|Very|Really|"
    r"Just|Also|As|Any|Some|One|Concerned|Unhappy|Valued|Trying|Waiting|Unable|Looking|Writing)\b)"
)
_TITLE: Final = (
    r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Madam|Madame|Herr|Frau|MR|MRS|MS|DR|Captain|Officer|Judge)"
)
_LOWER_STOP: Final = (
    r"(?!(?:and|i|im|from|calling|with|but|is|on|in|at|the|my|a|an|to|of|not|for|wrong|misspelled|spelled|incorrect|"
    r"was|has|have|your|you|it|so|because|since|who|that|this|please|here|by|as|or|no|nowhere|missing|still|on)\b)"
)
_LOWER: Final = rf"({_LOWER_STOP}[^\W\d_][\w'’-]+(?: {_LOWER_STOP}[^\W\d_][\w'’-]+){{0,2}})"
_MY_NAME: Final = r"(?i:\bmy (?:full |first |last |maiden )?name(?:'s|’s| is|:)[ ]*)"
_TWO_OR_MORE: Final = rf"({_WORD}(?:[ ]+(?:{_PARTICLE}[ ]+)?{_WORD}){{1,3}})"
_OWNER: Final = (
    r"(?:customer|client|account|card|contact|full|first|last|family|given|user|passenger|patient|guest)"
)
_LABEL: Final = (
    r"(?:name|contact person|contact|cardholder|account holder|complainant|customer|client|caller"
    r"|signed|signature)"
)
_LABELLED: Final = rf"(?i:\b(?:{_OWNER}[ ]?(?:holder)?(?:'s)?[ ]?)?{_LABEL}[ ]*(?:[:=]|\bis\b|[ ]-[ ])[ ]*)"
_I_AM: Final = r"(?i:\b(?:i am|i'm|i’m|this is|it's|here is)[ ]+)"
_CLOSING: Final = (
    r"(?im:\b(?:(?:kind|best|warm|warmest|many)[ ]+)?(?:regards|wishes|sincerely|truly|faithfully|thanks"
    r"|thank you|cheers|yours|best|respectfully|cordially|love|signed|sent by)\b[ ]*[,.!:-]*\s*(?:[-~][ ]*)?)"
)
_SOMEBODY: Final = (
    r"(?i:\b(?:on behalf of|spoke (?:to|with)|speak (?:to|with)|talked (?:to|with)|named|called)[ ]+)"
)
_PATTERNS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_TITLE}\.?[ ]+{_NO_NAME}{_FULL}",
        rf"{_MY_NAME}{_NO_NAME}{_FULL}",
        rf"{_MY_NAME}{_LOWER}",
        rf"{_I_AM}(?![A-Z]+ [A-Z]+ [A-Z]+\b){_NO_NAME}{_TWO_OR_MORE}",  # and no text that shouts
        rf"{_I_AM}{_NO_NAME}({_WORD})(?=[ ]*(?:,|from\b|calling\b|and I\b|here\b))",
        rf"{_LABELLED}{_NO_NAME}{_FULL}",
        rf"{_LABELLED}{_WORD}, ({_WORD})",  # family name first
        rf"(?i:\b(?:caller|customer|client|passenger|patient|tenant|resident)[ ]+){_NO_NAME}{_TWO_OR_MORE}",
        rf"(?i:\b(?:dear|hello|hi|hey|attn|attention):?[ ]+){_NO_NAME}{_FULL}(?=[ ]*(?:[,!:.\n-]|$))",
        rf"{_CLOSING}{_NO_NAME}{_FULL}(?=[ ]*[.,!]?[ ]*(?:\n|$))",
        rf"{_SOMEBODY}{_NO_NAME}{_FULL}",
    )
)


def latin_names(text: str) -> Iterator[Span]:
    """Places of names in a text with half-width signs (`spans.half_width`); they may overlap."""
    for pattern in _PATTERNS:
        for found in pattern.finditer(text):
            yield Span(*found.span(1), Kind.NAME)
