"""Which characters of a text are a person's name?

Something must introduce a name: a label ("姓名："), a sentence ("我叫"), a title ("女士") or a closing. It
begins with a family name of one or, seldom, two characters, has one or two more, and ends before a word
that begins no given name. Names of other peoples are told by their dot ("约翰·史密斯").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from connectors.privacy.spans import Kind, Span

_DOUBLE: Final = (
    "欧阳|司马|上官|诸葛|夏侯|皇甫|尉迟|公孙|慕容|司徒|令狐|东方|南宫|独孤|长孙|宇文|端木|轩辕|西门|百里|呼延"
)
_SINGLE: Final = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳"
    "酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞"
    "熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫房裘缪解应宗丁宣邓郁单杭"
    "洪包诸左石崔吉钮龚程嵇邢裴陆荣翁荀惠甄曲封储靳段焦巴牧山谷车侯宓蓬全班仰秋仲伊宫宁仇栾甘厉祖武符刘景詹束龙叶幸司韶黎薄"
    "印宿白怀蒲邰鄂索赖卓蔺屠蒙池乔阴胥闻党翟谭贡姬申扶堵冉宰桑桂濮牛寿边扈燕冀浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易"
    "慎戈廖庾终暨居衡步都耿满弘匡国文寇广欧沃利蔚越师巩聂晁敖冷辛阚那简饶曾沙养鞠关蒯相查后荆红游竺权盖益桓公仉岳佟肖闫涂代覃"
)
_FUNCTION: Final = "于和向时成应终都那由安全相关后公利连常明解居满别简查"  # also words of their own
_TAKEN: Final = (
    "任何|各位|所有|全体|多位|那位|方便|应该|成为|明白|和我|向您|时候|后来|相关|公司|全部|都是|那个|于是"
)
# Family names that begin no common word: a label alone, without a colon, may introduce them.
_PLAIN: Final = (
    "王李张刘陈杨赵吴周徐孙朱胡郭林罗郑梁谢宋唐邓冯韩曹彭萧田董袁潘蒋蔡杜叶魏吕苏卢姜崔谭汪廖贾"
    "韦傅邹熊孟秦邱侯尹薛阎雷黎史陶贺毛郝龚邵覃武戴莫孔"
)
_CHARACTER: Final = "\u4e00-\u9fff"
_SURNAME: Final = rf"(?:{_DOUBLE}|[{_SINGLE}])"
# What can follow a name: no Chinese character, or a word that begins none of the usual given names.
_END: Final = (
    rf"(?=[^{_CHARACTER}]|$|电话|手机|身份|证件|护照|地址|住址|邮箱|微信|联系|卡号|账号|银行|性别|年龄|先生|女士|小姐|太太|同志"
    r"|我|你|您|他|她|本人|今年|今天|昨天|现在|之前|上周|上个|要|想|来|在|是|的|于|投诉|反映|反馈|咨询|申请|购买|住|家|从|因|请|已|已经"
    r"|并|就|也|说|打|用|有|没|对|和|与|跟|被|把|给|向|刚|曾|称|收|订|买|办|开)"
)
_GIVEN: Final = rf"{_SURNAME}(?:[{_CHARACTER}]{{1,2}}?{_END}|[{_CHARACTER}]{{2}})"
_FOREIGN: Final = rf"[{_CHARACTER}]{{1,7}}(?:[·•・.][{_CHARACTER}]{{1,7}}){{1,3}}"
_LATIN_IN_CHINESE: Final = r"[A-Z][A-Za-z'-]*(?: [A-Z][A-Za-z'.-]*){0,3}"
_ANY: Final = rf"({_FOREIGN}|{_GIVEN}|{_LATIN_IN_CHINESE})"
_LABEL: Final = (
    r"(?:姓名|名字|客户名称?|客户|联系人|投诉人|申请人|当事人|户名|开户名|持卡人|收件人|收货人|寄件人|用户名?|机主|负责人|报案人|乘客|患者|家长"
    r"|办理人|经办人|受理人|被投诉人|代理人|住户|户主|业主|租客|房东|会员)"
)
_CHINESE: Final = (
    re.compile(rf"(?:{_LABEL}|\b[Nn]ame)(?:姓名|名)?\s*(?:[:：]|是|为|叫)\s*{_ANY}"),
    re.compile(rf"{_LABEL}\s*(?!周[一二三四五六日末年])([{_PLAIN}][{_CHARACTER}]{{1,2}}?{_END})"),
    re.compile(rf"(?:我|本人|免贵)姓({_SURNAME})(?=[^{_CHARACTER}]|$|叫|名)"),
    re.compile(
        rf"(?:我|本人)?(?:的名字)?(?:名叫|叫做|名字叫|名字是|姓名是|姓名为|我叫|本人叫|我是|本人是|这里是)\s*{_ANY}"
    ),
    re.compile(rf"本人\s*[,，]?\s*({_FOREIGN}|{_GIVEN})(?=[\s,，(（]|身份|电话|手机|于|在)"),
    re.compile(
        rf"(?:署名|落款|此致|敬礼|谢谢)[:：!！。,，\s]*\n\s*({_FOREIGN}|{_SURNAME}[{_CHARACTER}]{{1,2}})\s*(?=$|\n|\d)"
    ),
)
_HONORIFIC: Final = (
    r"(?=\s?(?:先生|女士|小姐|太太|夫人|同志|师傅|老师|医生|大夫|主任|经理|律师|教授|阿姨|大爷|大妈|大叔"
    r"|警官|总监|总(?=[,，。说])))"
)
_TITLED: Final = re.compile(
    rf"(?!{_TAKEN})(?<!任)(?![{_FUNCTION}]{_SURNAME})({_FOREIGN}|(?:{_DOUBLE}|[{_SINGLE}])[{_CHARACTER}]{{0,2}}?){_HONORIFIC}"
)
_NOT_A_PERSON: Final = re.compile(
    rf"(?:我是|本人是|这里是|客户|用户|会员|业主|住户)[^{_CHARACTER}]{{0,2}}(?:老|新|贵|你们|您|一|个|普通|高级|金|白|黄金|全|常|单|代|那|都|国|公|文|广|明|后|时|成)"
)


def chinese_names(text: str) -> Iterator[Span]:
    """Places of names in a text with half-width signs (`spans.half_width`); they may overlap."""
    for pattern in _CHINESE:
        for found in pattern.finditer(text):
            if not _NOT_A_PERSON.match(found[0]):
                yield Span(*found.span(1), Kind.NAME)
    for found in _TITLED.finditer(text):
        yield Span(*found.span(1), Kind.NAME)
