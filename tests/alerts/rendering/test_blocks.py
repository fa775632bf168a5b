import json

from alerting import NO_SIGNAL, NOW, SHANGHAI, pages, plan, signal, trend
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.page import Reason
from alerts.rendering.blocks import blocks, escaped, fits
from alerts.rendering.sheet import sheet
from alerts.respond import Context, Fold, respond
from alerts.testing.slack_limits import broken_limits


def parts_of(page, language="zh"):
    return blocks(sheet(page, language=language, zone=SHANGHAI))


def storm(count):
    many = [signal(node=(*NO_SIGNAL[:4], f"细目 {i:04}"), observed=100 + i) for i in range(count)]
    (page,) = respond(many, plan=plan(), now=NOW, fold=Fold(Reason.CAUGHT_UP)).pages
    return page


def all_text(part):
    return json.dumps(part, ensure_ascii=False)


def test_an_ordinary_page_is_one_message():
    context = Context(lambda _: trend(*range(12)))
    (page,) = respond([signal()], plan=plan(), now=NOW, context=context).pages
    (part,) = parts_of(page)
    assert [block["type"] for block in part] == [
        "header",
        "section",
        "section",
        "section",
        "section",
        "context",
    ]
    assert part[0]["text"]["text"] == "【三级预警】网络质量 > 无信号 今日104件（门限100）"


@settings(max_examples=150, deadline=None)
@given(pages(), st.sampled_from(["zh", "en"]))
def test_any_page_is_within_slacks_limits(page, language):
    for part in parts_of(page, language):
        assert broken_limits({"text": "x", "blocks": list(part)}) == ("", [])


def test_a_storm_names_every_signal_and_the_first_message_says_where_the_rest_is():
    page = storm(2_000)
    first, *others = parts_of(page)
    for part in (first, *others):
        assert broken_limits({"text": "x", "blocks": list(part)}) == ("", [])
    said = "".join(map(all_text, (first, *others)))
    assert all(f"细目 {i:04}" in said for i in range(2_000))
    assert "细目 1999" in all_text(first)
    assert "其余1,980项见本消息的回复" in all_text(first) or "其余1980项见本消息的回复" in all_text(first)
    assert "接下来" in all_text(first)
    assert f"续（2/{len(others) + 1}）" in all_text(others[0])


def test_labels_cannot_call_everybody():
    (page,) = respond([signal(node=("<!channel>", "a & b"))], plan=plan(), now=NOW).pages
    said = all_text(parts_of(page)[0][1:])
    assert "<!channel>" not in said
    assert "&lt;!channel&gt;" in said
    assert "a &amp; b" in said


def test_a_chart_keeps_its_frame():
    (page,) = respond([signal()], plan=plan(), now=NOW, context=Context(lambda _: trend(1, None))).pages
    chart = parts_of(page)[0][-2]["text"]["text"]
    assert chart == "*每小时工单（件）*\n```13:00  ▇▇▇▇▇▇▇▇▇▇ 1\n14:00  ? 未知```"


@given(st.text(), st.integers(10, 200))
def test_escaping_never_cuts_an_escape_in_two(text, limit):
    cut = escaped(text, limit)
    assert len(cut.encode("utf-16-le")) // 2 <= limit
    rest = cut.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert not set(rest) & set("&<>")


def test_fifty_one_blocks_do_not_fit():
    divider = {"type": "divider"}
    assert fits([divider] * 50)
    assert not fits([divider] * 51)
