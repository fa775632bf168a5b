"""Personal details planted into texts by a generator that knows no pattern of ours; and texts without any."""

from __future__ import annotations

import random
from dataclasses import dataclass

from connectors.privacy.redaction import redact
from connectors.privacy.spans import Kind

CASES_PER_KIND = 150
GIVEN_CHINESE = [
    "伟",
    "芳",
    "娜",
    "秀英",
    "敏",
    "静",
    "丽",
    "强",
    "磊",
    "洋",
    "艳",
    "勇",
    "建国",
    "志强",
    "桂兰",
    "子涵",
    "雨桐",
    "浩然",
    "欣怡",
    "晓东",
]
FAMILY_CHINESE = [
    "王",
    "李",
    "张",
    "刘",
    "陈",
    "杨",
    "黄",
    "赵",
    "吴",
    "周",
    "徐",
    "孙",
    "马",
    "朱",
    "胡",
    "郭",
    "何",
    "林",
    "罗",
    "高",
    "郑",
    "梁",
    "谢",
    "宋",
    "唐",
    "欧阳",
    "司马",
    "诸葛",
]
GIVEN_LATIN = [
    "James",
    "Mary",
    "Wei",
    "Fatima",
    "José",
    "Anne-Marie",
    "Olga",
    "Björn",
    "Priya",
    "Kwame",
    "Siobhan",
    "Liam",
    "Chloë",
    "Hiroshi",
]
FAMILY_LATIN = [
    "Smith",
    "O'Connor",
    "García",
    "van der Berg",
    "Müller",
    "Zhang",
    "Nakamura",
    "Okafor",
    "de Souza",
    "McDonald",
    "Lee",
    "Kowalski",
]


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


CLEAN = """客户支持太差
用户许可协议看不懂
客户方便的时候没人来
客户端打不开
客户要求退款
用户周末不能用
联系人和地址都改了，没有生效
收件人信息不能修改
姓名和手机号都填了还是失败
订单号202611221234567890一直没有发货
订单 20261122-000815 状态不对
工单编号：CS2026112200123 处理太慢
快递单号SF1234567890123三天没动
我在2026-11-22 14:30:05提交过申请
2026年11月22日扣款1,299.00元，应为1,199.00元
金额 12345678.90 对不上
版本 1.2.3 升级到 10.0.19045.2006 之后闪退
App 版本号v5.16.2(20261101)打不开
流水号 20261122153000123456
等了30分钟，前面还有128个人
IP 地址 192.168.100.200 连不上
温度 36.5 度，湿度 60%
合同编号 HT-2026-0815-001
客服热线打不通，一直占线
我是老客户了，你们就这样对待我
我是昨天办理的业务
这位先生说不能退
任何女士都不应该被这样对待
尊敬的先生您好，请问什么时候发货
网点的工作人员态度很差
高速上堵了三个小时
时间都浪费在排队上
请问这个产品什么时候有货
发票号码 04412345 金额不符
房间号 1808，空调不制冷
商品编码 6901234567892 缺货
Order no. 4532015112830366 has not arrived
Order number: 20261122123456
Order #100-2233445 was cancelled
My order 8812345678 never shipped
I was charged $1,299.00 on 2026-11-22
Charged 45.00 EUR twice on 22/11/2026 at 14:30
The version 16.4.1 (build 20E252) crashes
Windows 10.0.19045.2006 shows error 0x80070057
Tracking number 1Z999AA10123456784 shows nothing
Invoice INV-2026-004512 is wrong
Ticket 1234567 was closed without an answer
Flight CA1234 on 5 June was late by 180 minutes
Dear customer service, nothing works
Dear Sir or Madam, I want to complain
Dear Team, please look into it
Hi there, any news?
Thanks, still waiting for an answer
Best regards
Kind regards,
Your loyal customer
I am Very Angry about this
I am waiting since Monday
This is The Worst Bank Ever
Please call me back
The Main Street branch is closed
I want to speak with a manager
The ISO 8601 time was 2026-11-22T14:30:00+08:00
ISBN 978-3-16-148410-0 is sold out
The ratio fell from 1.250 to 0.875 within 24 h
Batch 20261122 has 5000 items
It has been 12 days and 14 hours
Reference: 2026112212345678
Card payments do not work in Paris
Is there a limit of 10000 per month?
Mr or Mrs, I do not care, just fix it
Room 404, 3rd floor, no heating
The meter reads 0012345 kWh
Policy number 55500012345 was not found
My name is misspelled on the card
my name is wrong on the invoice
Serial no. 356938035643809 is registered twice
Exchange rate 7.1234 instead of 7.0987
Top up of 500 failed at 09:15 on 3 March 2026""".splitlines()
