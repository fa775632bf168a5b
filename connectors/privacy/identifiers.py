"""Which numbers and addresses in a text belong to a person?

Mail addresses, phone numbers, identity numbers and bank cards. A number counts by its form and, where it has
one, its check digit; a label in front of it ("身份证", "card number") speaks for it, the label of a thing
("订单号", "order no.") against it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from connectors.privacy.spans import Kind, Span

_BEFORE: Final = r"(?<![A-Za-z0-9])(?<![0-9][.,])"
_AFTER: Final = r"(?![A-Za-z0-9])(?![.,][0-9])"

# A label directly in front of a number: about a thing, or about a person.
_THING: Final = re.compile(
    r"(?:订单|单号|工单|流水|运单|快递|物流|发票|合同|编号|序列|批次|交易号|凭证|设备|型号|版本|金额|货号|保单|商品|产品|条码|编码|房间|门牌|"
    r"\border|\binvoice|\bref(?:erence)?|\btracking|\bticket|\bcase|\btransaction|\bserial|\bbatch|\bversion|"
    r"\bbuild|\bsku|\bimei|\btrace|\bparcel|\bshipment|\bcontract|\bamount|\bpolicy|\berror|\bmodel|\bitem|\bproduct|\bisbn|\bean|\bbarcode|\bmeter)"
    r"(?:\s?(?:号码|编码|号|码|numbers?|no\.?|nr\.?|id|code|is))*\s*[为是:：#＃(（]*\s*(?:[A-Za-z]{0,4}-?)$",
    re.IGNORECASE,
)
_PASSPORT_LABEL: Final = r"(?:护照|通行证|台胞证|回乡证|居留证|军官证|\bpassport)"
_ID_LABEL: Final = (
    r"(?:身份证|驾照|驾驶证|社保号|证件|公民身份"
    r"|\b(?:national |identity |identification )?(?:id|identity)(?: ?card)?"
    r"|\bssn|\bsocial security|\bnational insurance|\bdriv(?:er'?s|ing) licen[cs]e)"
)
_CARD_LABEL: Final = (
    r"(?:银行卡|信用卡|储蓄卡|借记卡|卡号|账号|帐号|账户|\b(?:credit |debit |bank )?card|\baccount|\biban)"
)
_PHONE_LABEL: Final = (
    r"(?:电话|手机|座机|热线|联系方式|号码是|致电|拨打|回电|来电|传真|微信|\bqq\b|\bwechat"
    r"|\b(?:tele)?phone|\bmobile|\bcell|\btel\b|\bfax|\bcall|\breach me|\bwhatsapp|\bcontact)"
)
_LINK: Final = (
    r"(?:\s?(?:号码|号|卡|numbers?|no\.?|nr\.?|ending|me|us|back|on|at|is|was|to|my|are))*"
    r"\s*[为是:：#＃(（]*\s*"
)

_MAIL: Final = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9_%+-][A-Za-z0-9._%+'-]*"
    r"(?:\s?@\s?|\s?[\[(]\s?at\s?[\])]\s?)"
    r"[A-Za-z0-9-]+(?:(?:\.|\s?[\[(]\s?dot\s?[\])]\s?)[A-Za-z0-9-]+)+",
    re.IGNORECASE,
)
_ID_18: Final = re.compile(_BEFORE + r"[1-9]\d{5}[ -]?\d{8}[ -]?\d{3}[\dXx]" + _AFTER)
_ID_15: Final = re.compile(
    _BEFORE
    + r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])\d{6}"
    + r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}"
    + _AFTER
)
_PASSPORT: Final = re.compile(
    _BEFORE + r"(?:[EeGg]\d{8}|[EePpDdSsHh][A-Za-z]\d{7}|[DSPHMdsphm]\d{8}(?:\d\d)?)" + _AFTER
)
_SSN: Final = re.compile(
    _BEFORE + r"\d{3}-\d{2}-\d{4}" + _AFTER + "|" + _BEFORE + r"[A-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-D]" + _AFTER
)
_LABELLED_ID: Final = re.compile(
    rf"(?:{_PASSPORT_LABEL}|{_ID_LABEL}){_LINK}"
    rf"((?=[A-Za-z-]{{0,3}}[0-9])[A-Za-z0-9](?:[ -]?[A-Za-z0-9]){{4,18}}){_AFTER}",
    re.IGNORECASE,
)
_CARD: Final = re.compile(_BEFORE + r"[2-6]\d{3}(?:[ -]?\d){9,15}" + _AFTER)
_LABELLED_CARD: Final = re.compile(rf"{_CARD_LABEL}{_LINK}(\d(?:[ -]?\d){{11,19}}){_AFTER}", re.IGNORECASE)
_IBAN: Final = re.compile(_BEFORE + r"[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?" + _AFTER)
_EXTENSION: Final = r"(?:\s?(?:转|分机|ext\.?|x|#|-)\s?\d{1,5})?"
_PHONES: Final = (
    re.compile(_BEFORE + r"(?:(?:\+|00)?86[ -]?|\(\+?86\) ?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}" + _AFTER),
    re.compile(
        _BEFORE
        + r"(?:\((?:\+?86[ -]?)?0\d{2,3}\) ?|0\d{2,3}[ -])[2-9]\d{2,3}[ -]?\d{4}"
        + _EXTENSION
        + _AFTER
    ),
    re.compile(_BEFORE + r"(?:\+|00)86[ -]?\(?0?\d{2,3}\)?[ -]?[2-9]\d{2,3}[ -]?\d{4}" + _EXTENSION + _AFTER),
    re.compile(_BEFORE + r"0(?:10|2[0-57-9]|[3-9]\d\d)[2-8]\d{6,7}" + _AFTER),
    re.compile(
        r"(?<![A-Za-z0-9])\+[1-9]\d{0,2}[ .-]?(?:\(0?\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){5,12}"
        + _EXTENSION
        + _AFTER
    ),
    re.compile(_BEFORE + r"00[1-9]\d{0,2}[ -]\d(?:[ -]?\d){6,12}" + _AFTER),
    re.compile(
        _BEFORE + r"(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}" + _EXTENSION + _AFTER
    ),
    re.compile(_BEFORE + r"\(?0\d{2,4}\)?[ -]\d{3,4}[ -]?\d{3,4}" + _AFTER),
    re.compile(_BEFORE + r"07\d{3}[ -]?\d{6}" + _AFTER),
)
_LABELLED_PHONE: Final = re.compile(
    rf"{_PHONE_LABEL}{_LINK}((?:\+|\()?\d(?:[ .()-]{{0,2}}\d){{6,14}}){_AFTER}", re.IGNORECASE
)
_DATE_LIKE: Final = re.compile(r"(?:19|20)\d\d[ .-]?(?:0?[1-9]|1[0-2])[ .-]?(?:0?[1-9]|[12]\d|3[01])")
_CHECK_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
LEAST_DIGITS: Final = 5  # of a labelled identity number
_CARD_LENGTHS: Final = range(13, 20)


def identifiers(text: str) -> Iterator[Span]:
    """Places of mail addresses, identity numbers, cards and phones, surest first; they may overlap.

    `text` has half-width signs (`spans.half_width`).
    """
    for pattern, kind, holds in _SEARCHES:
        for found in pattern.finditer(text):
            start, end = found.span(found.lastindex or 0)
            if holds(text, start, end):
                yield Span(start, end, kind)


def _always(*_: object) -> bool:
    return True


def _no_thing(text: str, start: int, _: int) -> bool:
    """No label such as "order no." stands directly in front."""
    return _THING.search(text[max(0, start - 40) : start]) is None


def _mostly_digits(text: str, start: int, end: int) -> bool:
    return sum(map(str.isdigit, text[start:end])) >= LEAST_DIGITS


def _no_date(text: str, start: int, end: int) -> bool:
    return _DATE_LIKE.fullmatch(text, start, end) is None


def _is_resident(text: str, start: int, end: int) -> bool:
    """A Chinese resident identity number: a birth date inside, and the check digit of ISO 7064 MOD 11-2."""
    digits = re.sub(r"[ -]", "", text[start:end]).upper()
    if _DATE_LIKE.fullmatch(digits, 6, 14) is None:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_CHECK_WEIGHTS, digits[:17], strict=True))
    return "10X98765432"[total % 11] == digits[17]


def _is_card(text: str, start: int, end: int) -> bool:
    """A payment card: 13 to 19 digits with the check digit of Luhn (ISO/IEC 7812-1)."""
    digits = [int(sign) for sign in text[start:end] if sign.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    total = sum(digits[-1::-2]) + sum(doubled)
    return len(digits) in _CARD_LENGTHS and total % 10 == 0 and _no_thing(text, start, end)


def _is_iban(text: str, start: int, end: int) -> bool:
    """An IBAN: rearranged and read as a number, letters as 10 to 35, it is 1 modulo 97 (ISO 13616)."""
    plain = text[start:end].replace(" ", "")
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


_SEARCHES: Final[tuple[tuple[re.Pattern[str], Kind, Callable[[str, int, int], bool]], ...]] = (
    (_MAIL, Kind.MAIL, _always),
    (_LABELLED_ID, Kind.ID, _mostly_digits),
    (_ID_18, Kind.ID, _is_resident),
    (_LABELLED_CARD, Kind.CARD, _always),
    (_CARD, Kind.CARD, _is_card),
    (_IBAN, Kind.CARD, _is_iban),
    *((pattern, Kind.ID, _no_thing) for pattern in (_ID_15, _PASSPORT, _SSN)),
    *((pattern, Kind.PHONE, _no_thing) for pattern in _PHONES),
    (_LABELLED_PHONE, Kind.PHONE, _no_date),
)
