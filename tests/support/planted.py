"""Personal details planted into texts by a generator that knows no pattern of ours."""

from __future__ import annotations

import random
from dataclasses import dataclass

from connectors.privacy.redaction import redact
from connectors.privacy.spans import Kind

CASES_PER_KIND = 150
GIVEN_CHINESE = [
    "伟", "芳", "娜", "秀英", "敏", "静", "丽", "强", "磊", "洋", "艳", "勇", "建国", "志强", "桂兰",
    "子涵", "雨桐", "浩然", "欣怡", "晓东",
]  # fmt: skip
FAMILY_CHINESE = [
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭",
    "何", "林", "罗", "高", "郑", "梁", "谢", "宋", "唐", "欧阳", "司马", "诸葛",
]  # fmt: skip
GIVEN_LATIN = [
    "James", "Mary", "Wei", "Fatima", "José", "Anne-Marie", "Olga", "Björn", "Priya", "Kwame",
    "Siobhan", "Liam", "Chloë", "Hiroshi",
]  # fmt: skip
FAMILY_LATIN = [
    "Smith", "O'Connor", "García", "van der Berg", "Müller", "Zhang", "Nakamura", "Okafor", "de Souza",
    "McDonald", "Lee", "Kowalski",
]  # fmt: skip


@dataclass(frozen=True)
class Planted:
    """A text, the personal detail inside, and what kind of detail it is."""

    text: str
    secret: str
    kind: Kind


def digits(draw: random.Random, count: int) -> str:
    return "".join(str(draw.randrange(10)) for _ in range(count))


def full_width(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if sign.isdigit() else sign for sign in text)


def mainland_mobile(draw: random.Random) -> str:
    network = draw.choice(
        ["130", "135", "138", "147", "150", "158", "166", "177", "186", "189", "191", "199"]
    )
    a, b = digits(draw, 4), digits(draw, 4)
    shape = draw.choice(
        [
            "{n}{a}{b}",
            "{n}-{a}-{b}",
            "{n} {a} {b}",
            "+86 {n}{a}{b}",
            "+86-{n}-{a}-{b}",
            "0086{n}{a}{b}",
            "86{n}{a}{b}",
            "wide",
        ]
    )
    return full_width(network + a + b) if shape == "wide" else shape.format(n=network, a=a, b=b)


def landline(draw: random.Random) -> str:
    area = draw.choice(["010", "021", "0755", "0571", "028", "0532"])
    number = str(draw.randrange(2, 9)) + digits(draw, 7)
    return draw.choice(
        [
            f"{area}-{number}",
            f"({area}){number}",
            f"（{area}）{number}",
            f"{area} {number}",
            f"{area}-{number}-{digits(draw, 3)}",
            f"{area}{number}",
        ]
    )


def foreign_phone(draw: random.Random) -> str:
    return draw.choice(
        [
            f"+1 {draw.randrange(201, 990)}-{draw.randrange(201, 990)}-{digits(draw, 4)}",
            f"({draw.randrange(201, 990)}) {draw.randrange(201, 990)}-{digits(draw, 4)}",
            f"{draw.randrange(201, 990)}-{draw.randrange(201, 990)}-{digits(draw, 4)}",
            f"{draw.randrange(201, 990)}.{draw.randrange(201, 990)}.{digits(draw, 4)}",
            f"+44 7{digits(draw, 3)} {digits(draw, 6)}",
            f"07{digits(draw, 3)} {digits(draw, 6)}",
            f"+44 (0)20 7{digits(draw, 3)} {digits(draw, 4)}",
            f"+49 30 {draw.randrange(1, 9)}{digits(draw, 7)}",
            f"+49 (0) 171 {draw.randrange(1, 9)}{digits(draw, 6)}",
            f"+33 6 {digits(draw, 2)} {digits(draw, 2)} {digits(draw, 2)} {digits(draw, 2)}",
            f"+81-90-{digits(draw, 4)}-{digits(draw, 4)}",
            f"+852 {draw.randrange(5, 9)}{digits(draw, 3)} {digits(draw, 4)}",
            f"0044 7{digits(draw, 9)}",
            f"+65{draw.randrange(8, 10)}{digits(draw, 7)}",
        ]
    )


def resident_number(draw: random.Random) -> str:
    body = draw.choice(["110105", "310104", "440305", "510107", "330106"])
    body += (
        f"{draw.randrange(1945, 2012)}{draw.randrange(1, 13):02}{draw.randrange(1, 29):02}{digits(draw, 3)}"
    )
    remainder, power = 0, 1
    for sign in reversed(body):  # powers of two modulo 11, not the table of weights
        power = power * 2 % 11
        remainder += int(sign) * power
    check = (12 - remainder) % 11
    number = body + ("X" if check == 10 else str(check))
    return draw.choice(
        [number, number, number.lower(), f"{number[:6]} {number[6:14]} {number[14:]}", full_width(number)]
    )


def old_resident_number(draw: random.Random) -> str:
    area, year = draw.choice(["110105", "320102", "420106"]), draw.randrange(40, 99)
    return f"{area}{year}{draw.randrange(1, 13):02}{draw.randrange(1, 29):02}{digits(draw, 3)}"


def passport(draw: random.Random) -> str:
    return draw.choice(
        [f"E{digits(draw, 8)}", f"G{digits(draw, 8)}", f"E{draw.choice('ABCD')}{digits(draw, 7)}"]
    )


def card(draw: random.Random) -> str:
    length = draw.choice([16, 19])
    body = draw.choice(["621700", "622848", "4532", "5412", "6228"])
    body += digits(draw, length - 1 - len(body))
    for check in "0123456789":
        total = 0
        for place, sign in enumerate(reversed(body + check)):
            value = int(sign) * (2 if place % 2 else 1)
            total += value // 10 + value % 10
        if total % 10 == 0:
            number = body + check
            break
    spaced = " ".join(number[at : at + 4] for at in range(0, length, 4))
    return draw.choice([number, spaced, spaced.replace(" ", "-"), full_width(number)])


def mail(draw: random.Random) -> str:
    name = draw.choice(
        ["li.wei", "j_smith88", "anna+bank", "13912345678", "o'hara", "x", "first.last.name", "ZHANG_San"]
    )
    return (
        name
        + draw.choice(["@", "@", "＠"])
        + draw.choice(["qq.com", "163.com", "mail.example.co.uk", "example.com.cn", "sub-domain.example.org"])
    )


def chinese_person(draw: random.Random) -> str:
    return draw.choice(FAMILY_CHINESE) + draw.choice(GIVEN_CHINESE)


def latin_person(draw: random.Random) -> str:
    return f"{draw.choice(GIVEN_LATIN)} {draw.choice(FAMILY_LATIN)}"


PHONE_PLACES = [
    "请打{}联系我",
    "我的电话是{}，谢谢",
    "手机：{}",
    "call me on {} after six",
    "My number is {}.",
    "tel: {}\nthanks",
    "联系方式 {}",
    "({})",
    "电话{}，尽快回复",
    "You can reach me at {}, please",
    "{}",
    "打了三次{}没人接",
]
ID_PLACES = [
    "身份证号{}",
    "身份证：{}，请核实",
    "my ID number is {}",
    "证件号码 {} 无法识别",
    "ID: {}",
    "用{}注册失败",
    "{}",
    "I entered {} and it was rejected",
]
PASSPORT_PLACES = [
    "护照号{}",
    "护照号码：{}",
    "passport number {}",
    "my passport is {}",
    "Passport: {}",
    "持护照{}入境",
]
CARD_PLACES = [
    "卡号{}",
    "银行卡号：{}",
    "my card number is {}",
    "card {} was charged twice",
    "尾号不对，完整卡号是{}。",
    "从{}扣款两次",
    "{}",
    "refund to {} please",
]
MAIL_PLACES = [
    "邮箱{}",
    "邮箱：{}。",
    "write to {} please",
    "<{}>",
    "my mail is {}, thanks",
    "请发到{}，谢谢",
    "{}",
    "Contact {}; urgent",
]
CHINESE_NAME_PLACES = [
    "我叫{}，要投诉你们",
    "联系人 {} 电话不变",
    "姓名：{}",
    "姓名:{} 电话见上",
    "联系人：{}，上午在家",
    "{}先生来电反映宽带断线",
    "客服接待了{}女士",
    "我叫{}我要退款",
    "投诉人：{}\n内容：漏水",
    "户名：{}，余额不符",
    "请联系{}先生处理",
    "我的名字是{}。",
    "收件人：{}，地址不详",
    "我是{}，昨天来过",
    "持卡人{}女士要求退款",
]
LATIN_NAME_PLACES = [
    "My name is {} and I want a refund",
    "my name's {}.",
    "Dear {},\nyour parcel is late",
    "It does not work.\nKind regards,\n{}",
    "Please help.\n\nBest,\n{}",
    "Mr {} called twice",
    "Contact: {}",
    "Caller {} was cut off",
    "Mrs. {} was very angry",
    "Name: {}",
    "Customer name: {}\nIssue: none",
    "I spoke with Dr {} yesterday",
    "Sincerely, {}",
    "Thanks,\n{}\n",
    "This is {}, calling about my bill",
    "I am {} from Leeds",
    "on behalf of {}, I complain",
]


def planted_corpus() -> list[Planted]:
    draw = random.Random(20261122)

    def some(kind: Kind, places: list[str], *makers) -> list[Planted]:
        found = []
        for case in range(CASES_PER_KIND):
            secret = makers[case % len(makers)](draw)
            found.append(Planted(places[case % len(places)].format(secret), secret, kind))
        return found

    return [
        *some(
            Kind.PHONE, PHONE_PLACES, mainland_mobile, landline, foreign_phone, mainland_mobile, foreign_phone
        ),
        *some(Kind.ID, ID_PLACES, resident_number, resident_number, old_resident_number),
        *some(Kind.ID, PASSPORT_PLACES, passport),
        *some(Kind.CARD, CARD_PLACES, card),
        *some(Kind.MAIL, MAIL_PLACES, mail),
        *some(Kind.NAME, CHINESE_NAME_PLACES, chinese_person),
        *some(Kind.NAME, LATIN_NAME_PLACES, latin_person),
    ]


def leaks(case: Planted) -> bool:
    """Is a telling part of the secret still there?"""
    left = redact(case.text).text
    if case.kind is Kind.NAME:
        parts = (
            [part for part in case.secret.split() if part[0].isupper()]
            if case.secret[0].isascii()
            else [case.secret]
        )
        return any(part in left for part in parts)
    signs = [sign for sign in left if sign.isdigit()]
    return case.secret in left or (case.kind is not Kind.MAIL and len(signs) >= 4)
