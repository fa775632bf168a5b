from dataclasses import replace
from datetime import timedelta

import pytest
from alerting import (
    BILLING,
    NO_SIGNAL,
    NOW,
    SHANGHAI,
    change,
    escalations,
    event,
    pages,
    plan,
    signal,
    surge,
    trend,
    us,
)
from hypothesis import given
from hypothesis import strategies as st

from alerts import notices
from alerts.audit import Finding, Gap, audit_page
from alerts.page import Reason, page_line
from alerts.page_json import from_json, to_json
from alerts.plan import Level
from alerts.rendering.plain import framed, plain
from alerts.rendering.sheet import sheet
from alerts.rendering.widths import width
from alerts.respond import Context, Fold, respond
from connectors.ticket import to_us


def page_of(*signals, context=None, fold=None, **changes):
    (page,) = respond(signals, plan=plan(**changes), now=NOW, context=context, fold=fold).pages
    return page


def words(page, language="zh"):
    return sheet(page, language=language, zone=SHANGHAI)


def text(page, language="zh"):
    return plain(words(page, language))


def test_a_level_is_printed_in_the_readers_language():
    level = replace(plan().levels[-1], title={"en": "Level 3 warning"})
    page = page_of(signal(), levels=(level,))
    assert words(page, "en").headline.startswith("[Level 3 warning] ")
    assert words(page, "zh").headline.startswith("【三级预警】")


RULES = {"same-day volume": {"zh": "同日同类投诉"}, "hour over hour": {"zh": "小时环比"}}


def test_a_rule_is_printed_in_the_readers_language_and_keeps_its_name():
    page = page_of(signal(), surge(), rules=RULES)
    assert "· 同日同类投诉" in text(page, "zh")
    assert "· 小时环比" in text(page, "zh")
    assert "· same-day volume" in text(page, "en")
    assert {line["rule"] for line in page_line(page, SHANGHAI)["signals"]} == set(RULES)
    assert page_of(signal(), surge()).key == page.key
    assert text(from_json(to_json(page)), "zh") == text(page, "zh")
    alone = page_of(signal(), rules=RULES)
    assert "同日同类投诉" in text(alone, "zh")
    assert "same-day volume" not in text(alone, "zh")


def test_departments_and_planned_changes_are_printed_in_the_readers_language_and_keep_their_names():
    network, *others = plan().departments
    departments = (replace(network, title={"en": "Network"}), *others)
    work = change(title={"en": "Core network work"})
    page = page_of(signal(), departments=departments, planned_changes=(work,))
    assert "Responsible    Network, to be handled by" in text(page, "en")
    assert "- Core network work: began 44 minutes before" in text(page, "en")
    assert "announced by Network" in text(page, "en")
    assert "核心网割接：" in text(page, "zh")
    assert "网络部通报" in text(page, "zh")
    assert [duty.department for duty in page.duties] == ["网络部"]
    assert text(from_json(to_json(page)), "en") == text(page, "en")
    # What a page doesn't name, it doesn't keep.
    (billing,) = others
    assert f"departments.{billing.name}" not in dict(page.titles)


def test_several_departments_are_each_called_as_they_are_printed():
    departments = tuple(replace(one, title={"en": f"Team {i}"}) for i, one in enumerate(plan().departments))
    page = page_of(signal(node=()), departments=departments)
    assert "Team 0, Team 1" in text(page, "en")
    assert "、".join(one.name for one in departments) in text(page, "zh")


def test_a_role_may_be_called_as_a_rule_is():
    named = {"supervisor": {"zh": "小时环比"}}
    page = page_of(signal(), rules=named)
    assert "投诉主管" in text(page, "zh")
    assert "小时环比" not in text(page, "zh")


def test_a_ticket_with_a_tag_names_the_rule_as_it_is_printed():
    tagged = signal(rule="regulator", kind="tagged", subject=(("id", "4711"),))
    page = page_of(tagged, rules={"regulator": {"zh": "监管投诉"}})
    assert "工单4711命中「监管投诉」" in words(page, "zh").headline
    assert "regulator" in words(page, "en").headline


def test_what_an_audit_finds_names_the_rule_as_it_is_printed():
    found = Finding(Gap.NO_PAGE, "x", NO_SIGNAL, "三级预警", "same-day volume")
    page = audit_page([found], plan=plan(rules=RULES), now=NOW)
    assert "同日同类投诉" in text(page, "zh")
    assert "same-day volume" in text(page, "en")


@pytest.mark.parametrize(
    ("given_signal", "zh", "en"),
    [
        (
            signal(),
            "【三级预警】网络质量 > 无信号 今日104件（门限100）",
            "[三级预警] 网络质量 > 无信号: 104 tickets today (limit 100)",
        ),
        (
            signal(
                node=(
                    *NO_SIGNAL[:3],
                    "一个非常非常长的问题分类名称",
                    "另一个非常非常长而且没完没了的细目名称",
                )
            ),
            "【三级预警】另一个非常非常长而且没完没… 今日104件（门限100）",
            "[三级预警] 另一个非常非常长…: 104 tickets today (limit 100)",
        ),
        (
            signal(exact=True, node=NO_SIGNAL[:4]),
            "【三级预警】使用 > 网络质量（未细分） 今日104件（门限100）",
            "[三级预警] 网络质量: 104 tickets today (limit 100)",
        ),
        (
            signal(node=()),
            "【三级预警】全部 今日104件（门限100）",
            "[三级预警] Everything: 104 tickets today (limit 100)",
        ),
        (
            signal(node=(), exact=True),
            "【三级预警】未归类工单 今日104件（门限100）",
            "[三级预警] Tickets without a category: 104 tickets today (limit 100)",
        ),
        (
            surge(),
            "【一级预警】无信号 14:00–15:00 43件（前一小时12件）",
            "[一级预警] 无信号: 43 tickets 14:00–15:00 (hour before: 12)",
        ),
        (
            escalations(),
            "【三级预警】网络质量 > 无信号 本月升级投诉5件（门限5）",
            "[三级预警] 无信号: 5 escalations this month (limit 5)",
        ),
        (
            signal(kind="overdue", subject=(("id", "T-17"), ("source", "crm"))),
            "【三级预警】网络质量 > 无信号 工单T-17逾期未办结",
            "[三级预警] 网络质量 > 无信号: ticket T-17 is overdue",
        ),
        (
            signal(kind="tagged", rule="监管投诉", subject=(("id", "T-17"), ("source", "crm"))),
            "【三级预警】网络质量 > 无信号 工单T-17命中「监管投诉」",
            "[三级预警] 网络质量 > 无信号: ticket T-17 matches 监管投诉",
        ),
    ],
    ids=[
        "volume",
        "long names",
        "exact",
        "everything",
        "uncategorised",
        "hour",
        "escalated",
        "overdue",
        "tagged",
    ],
)
def test_the_first_line_is_what_a_locked_phone_has_to_say(given_signal, zh, en):
    page = page_of(given_signal)
    assert words(page).headline == zh
    assert words(page, "en").headline == en


def test_a_page_says_what_where_since_when_and_what_to_do():
    context = Context(lambda _: trend(2, None, 12, 43))
    page = page_of(signal(), context=context, planned_changes=(change(),))
    assert text(page) == (
        "【三级预警】网络质量 > 无信号 今日104件（门限100）\n"
        "\n"
        "类目      移动业务 > 5G套餐 > 使用 > 网络质量 > 无信号\n"
        "数量      104件，超过门限100件（多4件）\n"
        "统计时段  2026-11-22（周日）00:00 起\n"
        "达到门限  2026-11-22（周日）15:04（该工单创建于 15:03）\n"
        "走势      ▂?▃█  ? 未知 → 12 → 43\n"
        "责任部门  网络部（须在 21:04 前办结）\n"
        "规则      same-day volume\n"
        "\n"
        "同期计划变更\n"
        "  - 核心网割接：达到门限前44分钟开始（14:20），进行中，网络部通报\n"
        "\n"
        "接下来\n"
        "  1. 16:04 前：邮件通报投诉团队、公关和领导，写明问题、影响范围和数量\n"
        "  2. 17:04 前：责任部门给出用户解决方案，公关给出统一解释口径\n"
        "  3. 处理之后逐小时对照走势，确认投诉量确实回落："
        "complaint-monitor trend --node '移动业务 > 5G套餐 > 使用 > 网络质量 > 无信号'\n"
        "\n"
        "已通知\n"
        "  - 高层分管领导 张伟\n"
        "  - 责任部门领导 王强\n"
        "  - 投诉主管 李娜\n"
        "\n"
        "每小时工单（件）\n"
        "  11:00  ▇ 2\n"
        "  12:00  ? 未知\n"
        "  13:00  ▇▇▇ 12\n"
        "  14:00  ▇▇▇▇▇▇▇▇▇▇ 43\n"
        "\n"
        f"时间为 Asia/Shanghai（UTC+08:00） · 事件 #1 · 编号 {page.key[:8]}\n"
    )


def test_sample_data_is_labelled_before_anything_else():
    page = page_of(signal(), context=Context(sample=True))
    assert words(page).headline.startswith("〔示例〕【三级预警】")
    assert words(page, "en").headline.startswith("[SAMPLE] [三级预警]")
    assert "These are not real complaints." in text(page, "en")


def test_late_data_says_how_late():
    page = page_of(
        signal(
            window_start=us("2026-11-20 00:00"),
            window_end=us("2026-11-21 00:00"),
            created_at=us("2026-11-20 23:59"),
        )
    )
    assert "11月20日104件" in words(page).headline
    assert "时段已结束39小时后才收到数据" in text(page)
    assert "the data came in 39 hours after the window had ended" in text(page, "en")


def test_a_judged_hour_is_not_called_late_for_being_over():
    assert "才收到" not in text(page_of(surge(crossed_at=us("2026-11-22 15:02"))))
    assert "才收到" in text(page_of(surge(crossed_at=us("2026-11-22 17:02"))))


def test_a_revised_count_is_said():
    assert "后经更正为97件" in text(page_of(signal(revised_to=97)))


def test_all_signals_of_a_page_are_listed_with_their_counts():
    said = text(page_of(signal(), surge(), signal(exact=True, observed=100)))
    assert "本次预警（3项）" in said
    assert "  - 【三级预警】无信号：今日104件（门限100） · same-day volume" in said
    assert "  - 【三级预警】无信号（未细分）：今日100件（门限100） · same-day volume" in said
    assert "  - 【一级预警】无信号：14:00–15:00 43件（前一小时12件） · hour over hour" in said


def test_a_folded_page_names_each_signal_with_its_whole_path():
    fold = Fold(Reason.BULK_IMPORT, (("source", "crm"), ("tickets", "5200")))
    page = page_of(signal(), signal(node=BILLING), fold=fold)
    assert words(page).headline == "【三级预警】批量导入：2项预警合并通知"
    said = text(page)
    assert "涉及范围  全部" in said
    assert "导入工单  5,200件" in said
    assert "责任部门  网络部、宽带部" in said
    assert "【三级预警】宽带业务 > 光纤 > 计费 > 账单 > 金额不符：今日104件（门限100）" in said


def test_blind_sources_are_named_beside_the_count():
    assert "数据源 crm 目前中断，实际数量可能更多。" in text(
        page_of(signal(), context=Context(blind=("crm",)))
    )


def test_where_it_is_unclear_who_answers_that_comes_first():
    said = text(page_of(signal(node=())), "en")
    assert "Not clear yet; to work on it together: 网络部, 宽带部" in said
    assert "Settle which department is responsible" in said


def test_a_plan_may_say_in_its_own_words_what_to_do():
    levels = (
        Level("三级预警", ("supervisor",), steps={"zh": ("拨打值班电话",), "en": ("Call the duty phone",)}),
    )
    assert "  1. 拨打值班电话\n" in text(page_of(signal(), levels=levels))
    assert "  1. Call the duty phone\n" in text(page_of(signal(), levels=levels), "en")


def test_a_muted_page_says_by_what_and_that_nobody_was_told():
    said = text(page_of(signal(), exempt_events=(event(),)))
    assert "未通知任何人：豁免事件「台风」（周总：自然灾害）" in said
    assert "没有通知任何人" in said


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_about_the_monitor_itself_says_what_happened(language):
    since = NOW - timedelta(minutes=20)
    blind = notices.source_blind("crm", since=since, error="connection refused", plan=plan(), now=NOW)
    assert (
        words(blind, language).headline
        == {
            "zh": "【监测中断】数据源 crm 已20分钟读不到数据",
            "en": "[Monitoring blind] No data from crm for 20 minutes",
        }[language]
    )
    assert "connection refused" in text(blind, language)
    recovered = notices.source_recovered("crm", since=since, plan=plan(), now=NOW)
    assert "crm" in words(recovered, language).headline
    page = page_of(signal())
    lost = notices.undeliverable(page, page.told[0], error="Slack knows no U1", plan=plan(), now=NOW)
    assert "张伟" in words(lost, language).headline
    assert words(page, language).headline in text(lost, language)
    trial = notices.trial("supervisor", plan=plan(), now=NOW, author="root")
    assert words(trial, language).headline.startswith({"zh": "【测试】", "en": "[TEST]"}[language])


@given(pages(), st.sampled_from(["zh", "en"]))
def test_any_page_can_be_said_with_every_row_on_one_line(page, language):
    said = words(page, language)
    assert "\n" not in said.headline
    assert width(said.headline) <= 160
    for section in said.sections:
        for label, row in section.rows:
            assert "\n" not in label + row
    listed = [row for section in said.sections for _, row in section.rows]
    if len(page.signals) > 1:
        assert sum(row.startswith(("【", "[")) and " · " in row for row in listed) >= len(page.signals)
    assert framed(said).count("━" * 64) == 3


def test_with_buttons_a_page_says_which_to_press_and_asks_in_slack():
    page = page_of(signal())
    by_button = plain(sheet(page, language="zh", zone=SHANGHAI, buttons=True))
    assert "/complaints 走势 移动业务 > 5G套餐 > 使用 > 网络质量 > 无信号" in by_button
    assert "complaint-monitor" not in by_button
    assert "complaint-monitor trend --node" in text(page)


def test_a_deadline_that_is_over_when_a_page_goes_out_is_called_overdue():
    late = replace(page_of(signal()), report_by=to_us(NOW) - 60_000_000, solution_by=to_us(NOW) - 60_000_000)
    assert "已逾期（应于 15:03 前完成）：邮件通报" in text(late)
    assert "Overdue since 15:03: the responsible department" in text(late, "en")
