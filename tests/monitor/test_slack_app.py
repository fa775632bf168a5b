"""The Slack app with the real slack-bolt and slack-sdk, over the production engine and store."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from slacking import Office, company

from alerts.incident_plan import EscalationPolicy, Step
from alerts.incidents.event import Kind
from alerts.incidents.incident import State
from alerts.notifier import Receipt
from alerts.plan import Channel
from alerts.rendering.blocks import MOST_BLOCKS
from alerts.rendering.words import words_of
from alerts.testing.slack_api import broken, throttled
from alerts.testing.slack_people import buttons

SHOWN = ("acknowledge", "handled", "silence", "assign", "exempt")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def office(tmp_path):
    with Office(tmp_path) as office:
        yield office


def heard(office, user, more=1):
    """What a person was told alone, once so much has come."""
    return office.slack.wait_for(lambda: told if len(told := office.slack.shown_to(user)) >= more else None)


def press(office, user, deed, *, where="C1", times=1, more=1, **given):
    """Press a button of the incident's message; what the person was told in the end."""
    answered = office.slack.click(user, office.message(where), f"complaint_{deed}", times=times, **given)
    assert answered.in_time
    told = heard(office, user, more)
    office.settle()
    return told[-1]


def open_form(office, user, deed):
    """Press a button that opens a form: the form."""
    before = len(office.slack.workspace.views)
    assert office.slack.click(user, office.message(), f"complaint_{deed}").in_time
    return office.slack.wait_for(lambda: office.slack.workspace.views[before:])[0]


# -- a whole incident -------------------------------------------------------------------------------------


def test_one_message_follows_an_incident_from_the_first_warning_to_its_end(office):
    office.tickets(60)
    first = office.message()
    assert first["text"] == "🔴 【二级预警】网络质量 > 无信号 今日60件（门限60）"
    assert buttons(first) == tuple(f"complaint_{d}" for d in SHOWN)
    assert office.story() == ["09:00 已通知：投诉主管 李娜、值班群"]

    office.clock.advance(20 * MINUTE)
    office.tickets(40)
    # The rise is a page: in the thread, and shown to the channel; the first message shows the level of now.
    (risen,) = [post for post in office.slack.replies("C1") if post.get("reply_broadcast")]
    assert risen["text"].startswith("【三级预警】网络质量 > 无信号 今日100件")
    assert office.message()["text"].startswith("🔴 【三级预警】")
    assert office.slack.texts("U1") == ["🔴 [三级预警] 网络质量 > 无信号: 100 tickets today (limit 100)"]

    assert press(office, "U2", "acknowledge") == "事件 #1：李娜签收"
    assert office.incident().state is State.ACKNOWLEDGED
    assert office.incident().tickets_before_acknowledgement == 100
    assert office.message()["text"].startswith("🟡 ")
    assert office.message("U1")["text"].startswith("🟡 ")
    assert any("Acknowledged by 李娜" in line for line in office.story("U1"))
    assert "complaint_acknowledge" not in buttons(office.message())

    assert press(office, "U3", "handled").startswith("事件 #1：王强")
    assert office.incident().state is State.HANDLED
    assert office.message()["text"].startswith("🔵 ")
    assert buttons(office.message()) == ("complaint_reopen", "complaint_fill", "complaint_assign")
    press(office, "U3", "reopen", more=2)
    assert office.incident().state is State.REOPENED
    press(office, "U3", "handled", more=3)
    assert office.incident().handled_by == "王强"
    # One message for each place, whatever happened.
    assert [len(office.slack.texts(where)) for where in ("C1", "U1", "U2", "U3")] == [1, 1, 1, 1]


def test_a_fix_is_verified_hour_by_hour_in_the_thread_until_the_incident_is_over(office):
    for _ in range(3):
        office.tickets(2)
        office.pass_time(HOUR)
    office.tickets(100)
    press(office, "U2", "acknowledge")
    press(office, "U3", "handled")
    office.pass_time(HOUR)
    assert "100件，前一小时2件（增减 +98，环比 +4900%）" in office.story()[-1]
    office.tickets(3)
    office.pass_time(HOUR)
    assert "3件，前一小时100件（增减 -97，环比 -97%）" in office.story()[-1]
    # Hourly figures stay in the thread; what everybody has to know is shown to the channel.
    shown = [post["text"] for post in office.slack.replies("C1") if post.get("reply_broadcast")]
    assert all("常态" not in text for text in shown)
    for _ in range(3):
        office.pass_time(HOUR)
    assert office.incident().state is State.RESOLVED
    assert office.message()["text"].startswith("🟢 【三级预警】网络质量 > 无信号")
    assert buttons(office.message()) == ("complaint_fill", "complaint_reopen")
    shown = [post["text"] for post in office.slack.replies("C1") if post.get("reply_broadcast")]
    assert any(text.startswith("【已解决】") for text in shown)
    # It comes back, and people say so.
    press(office, "U2", "reopen", more=2)
    assert office.incident().state is State.REOPENED
    assert office.message()["text"].startswith("🔴 ")
    assert "complaint_acknowledge" in buttons(office.message())
    assert len(office.slack.texts("C1")) == 1
    # The thread tells each thing once.
    lines = [line for text in office.story() for line in text.splitlines() if line[0] != "【"]
    assert len(lines) == len(set(lines))


def test_every_state_of_the_message_is_within_slacks_limits(office):
    office.tickets(100)
    for deed in ("acknowledge", "handled", "reopen"):
        press(office, "U2", deed, more=len(office.slack.shown_to("U2")) + 1)
        assert len(office.message()["blocks"]) <= MOST_BLOCKS
    # The fake refuses what Slack refuses: an edit beyond the limits would not have come through.
    assert office.slack.workspace.edits


# -- who may, and how often --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ("U7", "Slack 成员 U7 不在预案的联系人里"),
        ("U9", "访客无权签收事件 #1。有权的人：张伟、李娜、王强、值班群。"),
    ],
)
def test_who_has_no_part_in_the_plan_is_told_so_and_changes_nothing(office, user, said):
    office.tickets(100)
    assert press(office, user, "acknowledge").startswith(said)
    assert office.incident().state is State.OPEN


def test_whoever_a_step_of_the_escalation_calls_may_answer(tmp_path):
    step = Step(after=10 * MINUTE, roles=("executive",))
    plan = replace(company(), escalation=(EscalationPolicy("nobody answers", steps=(step,)),))
    with Office(tmp_path, plan) as office:
        office.tickets(60)
        # The level tells the supervisor and the group: the executive has no part in it yet.
        assert press(office, "U1", "acknowledge").startswith("张伟 may not acknowledge incident 1")
        office.pass_time(11 * MINUTE)
        assert press(office, "U1", "acknowledge", where="U1", more=2) == "Incident 1: Acknowledged by 张伟"
        assert office.incident().acknowledged_by == "张伟"


def test_somebody_of_another_workspace_is_refused(office):
    office.tickets(100)
    assert "属于其他工作区" in press(office, "U2", "acknowledge", team="T-OTHER")
    assert office.incident().state is State.OPEN


def test_a_click_that_slack_repeats_is_one_click(office):
    office.tickets(100)
    press(office, "U2", "acknowledge", times=3, more=3)
    assert len(office.incident().events(Kind.ACKNOWLEDGED)) == 1
    assert sorted(heard(office, "U2", 3)) == ["事件 #1：李娜签收", *["这一操作先前已经完成。"] * 2]


def test_of_two_who_click_at_once_one_has_it_and_the_other_is_told_who(office):
    office.tickets(100)
    clicks = [
        threading.Thread(
            target=office.slack.click, args=(user, office.message(user), "complaint_acknowledge")
        )
        for user in ("U2", "U3")
    ]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    told = {user: heard(office, user)[-1] for user in ("U2", "U3")}
    holder = office.incident().acknowledged_by
    assert holder in {"李娜", "王强"}
    (loser,) = [user for user, name in (("U2", "李娜"), ("U3", "王强")) if name != holder]
    assert holder in told[loser]
    assert len(office.incident().events(Kind.ACKNOWLEDGED)) == 1


def test_a_button_of_a_resolved_incident_is_answered_with_a_sentence(office):
    office.tickets(100)
    stale = dict(office.message())
    form = open_form(office, "U2", "exempt")
    assert office.slack.submit("U2", form, {"why": "台风"}).payload is None
    heard(office, "U2")
    office.settle()
    assert office.incident().state is State.RESOLVED
    assert buttons(office.message()) == ("complaint_fill", "complaint_reopen")
    office.slack.click("U2", stale, "complaint_acknowledge")
    assert heard(office, "U2", 2)[-1].startswith("事件 #1 已解决；如又出现问题，请先重新打开。")


def test_a_forged_button_is_refused(office):
    office.tickets(100)
    for action, value in (
        ("complaint_acknowledge", "99"),
        ("complaint_launch", "1"),
        ("complaint_handled", "x"),
    ):
        forged = {
            "type": "button",
            "action_id": action,
            "value": value,
            "text": {"type": "plain_text", "text": "x"},
        }
        post = {**office.message(), "blocks": [{"type": "actions", "elements": [forged]}]}
        office.slack.click("U2", post, action)
    # Each click is worked on by itself, so that the answers come in any order.
    assert sorted(heard(office, "U2", 3)) == [
        "没有事件 #99。",
        *["监测程序不认识这个按钮：它来自其他版本。"] * 2,
    ]


# -- what needs more words --------------------------------------------------------------------------------


def test_an_incident_is_assigned_in_a_form(office):
    office.tickets(100)
    answered = office.slack.submit("U2", open_form(office, "U2", "assign"), {"to": "王强"})
    assert answered.in_time
    assert heard(office, "U2") == ["事件 #1：李娜交由王强处理"]
    office.settle()
    assert office.incident().assignee == "王强"
    assert "由 王强 处理" in str(office.message()["blocks"])


def test_the_report_is_filled_in_from_slack(office):
    office.tickets(100)
    press(office, "U2", "acknowledge")
    heard(office, "U2")
    office.settle()
    form = open_form(office, "U2", "fill")
    empty = office.slack.submit("U2", form, {"field": "cause", "value": "  "})
    assert empty.payload["errors"] == {"value": "请填写内容。"}
    office.slack.submit("U2", form, {"field": "cause", "value": "市电中断"})
    assert heard(office, "U2", 2)[-1] == "事件 #1：李娜填写原因：市电中断"
    assert office.incident().filled("cause") == "市电中断"


def test_an_exemption_needs_a_reason(office):
    office.tickets(100)
    view = open_form(office, "U2", "exempt")
    answered = office.slack.submit("U2", view, {"why": "  "})
    assert answered.payload == {"response_action": "errors", "errors": {"why": "请填写原因。"}}
    assert office.incident().state is State.OPEN


def test_a_silence_is_previewed_ends_by_itself_and_takes_an_approver_for_hard_rules(office):
    office.tickets(60)
    assert press(office, "U3", "silence") == "王强无权静默事件 #1，只有批准人可以：李娜。"
    form = open_form(office, "U2", "silence")
    assert "近24小时会因此少发 1 条通知，其下未了结事件 1 起" in str(form["blocks"][0])
    office.slack.submit("U2", form, {"until": "2", "why": "已知割接"})
    assert heard(office, "U2") == ["事件 #1：李娜静默本类目至 11:00：已知割接"]
    office.settle()
    before = len(office.slack.replies("C1"))
    office.tickets(40)
    with office.live.store.reading() as tx:
        (silence,) = tx.silences.open()
        last = tx.outbox.pages()[-1]
    assert (silence.approver, silence.tickets, last.told) == ("李娜", 60, ())
    # What was muted is in the story all the same.
    assert not [post for post in office.slack.replies("C1")[before:] if post.get("reply_broadcast")]
    office.slack.command("U1", "silence")
    assert "无信号: until 11:00, 李娜: 已知割接" in heard(office, "U1")[-1]
    office.pass_time(3 * HOUR)
    with office.live.store.reading() as tx:
        assert tx.silences.open() == []


WHERE = "移动业务 > 5G套餐 > 使用 > 网络质量 > 无信号"


def ask_form(office, user, words):
    """Ask for a silence by command: the form."""
    before = len(office.slack.workspace.views)
    assert office.slack.command(user, f"silence {words}").in_time
    for _ in range(500):
        if len(office.slack.workspace.views) > before:
            return office.slack.workspace.views[-1]
        threading.Event().wait(0.01)
    raise AssertionError(f"no form was opened; {user} was told {office.slack.shown_to(user)}")


def silences(office):
    with office.live.store.reading() as tx:
        return tx.silences.open()


def test_an_approver_keeps_a_category_and_its_hard_rules_quiet_by_command(office):
    office.tickets(60)
    form = ask_form(office, "U2", "无信号")
    shown = form["blocks"][0]["text"]["text"]
    assert shown.startswith(f"{WHERE.replace('>', '&gt;')}：近24小时会因此少发 0 条通知，其下未了结事件 1 起")
    assert "如连同硬性规则，再少发 1 条。\n• 09:00 【二级预警】" in shown
    office.slack.submit("U2", form, {"until": "2", "scope": "hard", "why": "已知割接"})
    assert heard(office, "U2") == [f"静默 #1：{WHERE}，至 11:00。 硬性规则一并静默，批准人：李娜。"]
    (silence,) = silences(office)
    assert (silence.author, silence.approver, silence.reason) == ("李娜", "李娜", "已知割接")
    # It ends by doubling too: today's tickets are counted.
    assert (silence.tickets, silence.doubled(119), silence.doubled(120)) == (60, False, True)
    office.settle()
    assert "李娜静默本类目至 11:00：已知割接" in office.story()[-1]
    office.tickets(40)
    with office.live.store.reading() as tx:
        assert tx.outbox.pages()[-1].told == ()


def test_who_is_no_approver_keeps_statistical_rules_quiet_and_hard_ones_go_on_paging(office):
    office.tickets(60)
    form = ask_form(office, "U3", "无信号")
    shown = form["blocks"][0]["text"]["text"]
    assert "硬性规则的通知照常发出（近24小时 1 条）；只有以下人员可以一并静默：李娜。" in shown
    assert [block["block_id"] for block in form["blocks"][1:]] == ["until", "why"]
    office.slack.submit("U3", form, {"until": "1", "why": "知道了"})
    assert heard(office, "U3")[-1].endswith("至 10:00。 硬性规则照常通知。")
    assert silences(office)[0].approver == ""
    office.tickets(40)
    assert len([post for post in office.slack.replies("C1") if post.get("reply_broadcast")]) == 1


def test_a_form_that_pretends_to_be_an_approvers_keeps_no_hard_rule_quiet(office):
    office.tickets(60)
    form = ask_form(office, "U3", "无信号")
    scope = {
        "type": "input",
        "block_id": "scope",
        "element": {"type": "plain_text_input", "action_id": "scope"},
    }
    forged = {**form, "blocks": [*form["blocks"], scope]}
    office.slack.submit("U3", forged, {"until": "1", "why": "x", "scope": "hard"})
    heard(office, "U3")
    assert silences(office)[0].approver == ""


def test_a_form_that_slack_repeats_makes_one_silence(office):
    office.tickets(60)
    form = ask_form(office, "U2", "无信号")
    for _ in range(2):
        office.slack.submit("U2", form, {"until": "2", "scope": "statistical", "why": "已知割接"})
    assert len(set(heard(office, "U2", 2))) == 1
    assert len(silences(office)) == 1


def test_somebody_elses_form_is_not_theirs_to_send(office):
    office.tickets(60)
    form = ask_form(office, "U2", "无信号")
    assert office.slack.submit("U3", form, {"until": "2", "scope": "hard", "why": "x"}).in_time
    assert silences(office) == []


def test_a_form_without_a_reason_says_so_and_stays_open(office):
    office.tickets(60)
    form = ask_form(office, "U2", "无信号")
    answered = office.slack.submit("U2", form, {"until": "2", "scope": "hard", "why": " "})
    assert answered.payload == {"response_action": "errors", "errors": {"why": "请填写原因。"}}


def test_words_that_mean_several_categories_or_none_open_no_form(office):
    office.tickets(1)
    office.tickets(1, node=("移动业务", "4G套餐", "使用", "网络质量", "无信号"))
    office.slack.command("U2", "silence 无信号")
    told = heard(office, "U2")[-1]
    assert told.startswith("有多个类目符合，请把路径写得更具体：\n• 移动业务 > 4G套餐")
    office.slack.command("U2", "silence 没有这个")
    assert heard(office, "U2", 2)[-1] == "没有名称包含“没有这个”的类目。"
    assert ask_form(office, "U2", "5G套餐 无信号")["blocks"][0]["text"]["text"].startswith("移动业务")
    assert ask_form(office, "U2", "4G套餐 > 使用")["callback_id"] == "complaint_silence"


def test_who_may_not_silence_a_category_is_told_who_may(office):
    office.tickets(60)
    office.slack.command("U9", "silence 无信号")
    assert heard(office, "U9") == ["访客无权静默这一类目。有权的人：张伟、李娜、王强、值班群。"]
    assert office.slack.workspace.views == []


def test_a_silence_is_ended_by_command_and_its_end_is_announced(office):
    office.tickets(60)
    form = ask_form(office, "U3", "无信号")
    office.slack.submit("U3", form, {"until": "24", "why": "知道了"})
    heard(office, "U3")
    office.slack.command("U9", "silence end 1")
    assert "访客无权静默" in heard(office, "U9")[-1]
    office.slack.command("U1", "silence")
    assert "#1 移动业务 > 5G套餐" in heard(office, "U1")[-1]
    office.slack.command("U1", "silence end #1")
    assert heard(office, "U1", 2)[-1] == "Silence #1 ends now; the monitor announces it."
    office.slack.command("U1", "静默 结束 1")
    assert heard(office, "U1", 3)[-1].startswith("There is no active silence 1;")
    office.pass_time(MINUTE)
    assert silences(office) == []
    assert any(text.startswith("【静默结束】") for text in office.slack.texts("U3"))


def test_a_category_that_was_renamed_meanwhile_is_said(office):
    office.tickets(60)
    form = ask_form(office, "U2", "无信号")
    stale = {**form, "private_metadata": form["private_metadata"].replace('"node": "', '"node": "0')}
    office.slack.submit("U2", stale, {"until": "2", "scope": "hard", "why": "x"})
    assert heard(office, "U2") == ["这个类目已不存在，可能改了名，请重新填写。"]


def test_a_form_that_slack_does_not_open_is_said(office):
    office.tickets(60)
    office.slack.fail_next(broken(), method="views.open")
    office.slack.command("U2", "silence 无信号")
    assert heard(office, "U2") == ["Slack 没有打开表单，请重新发送命令。"]


def test_only_an_approver_exempts(office):
    office.tickets(100)
    assert press(office, "U3", "exempt") == "王强无权豁免事件 #1，只有批准人可以：李娜。"


# -- questions -------------------------------------------------------------------------------------------


def test_leaders_ask_at_any_time(office):
    office.tickets(100)
    asked = {
        "status": "1 open incident",
        "": "#1 [三级预警] 网络质量 > 无信号 · open",
        "trend 无信号": "移动业务 > 5G套餐 > 使用 > 网络质量 > 无信号",
        "走势 5G": "Also found:",
        "trend 不存在": "No category matches",
        "incident 1": "Detected at",
        "incident 12": "There is no incident 12",
        "on-call": "executive: 张伟",
        "silence": "Nothing is silenced.",
        "what": "/complaints status · trend",
    }
    for number, (text, said) in enumerate(asked.items(), start=1):
        assert office.slack.command("U1", text).in_time
        assert said in heard(office, "U1", number)[-1], text


def test_a_report_is_sent_to_who_asks_as_a_file(office):
    office.tickets(100)
    assert office.slack.command("U1", "report 1").in_time
    files = office.slack.workspace.files
    office.slack.wait_for(lambda: files.get("F1", {}).get("channel"))
    file = files["F1"]
    assert (file["name"], file["bytes"], file["channel"]) == ("incident-1.pdf", b"%PDF", "D1")
    office.slack.command("U1", "report 9")
    assert "There is no incident 9" in heard(office, "U1")[-1]


def test_a_stranger_is_not_answered(office):
    office.slack.command("U7", "status")
    assert "不在预案的联系人里" in heard(office, "U7")[-1]


# -- when Slack is slow ------------------------------------------------------------------------------------


def test_when_slack_asks_to_wait_edits_are_fewer_and_pages_are_not(office):
    office.tickets(60)
    office.slack.fail_next(*[throttled(60)] * 4, method="chat.update")
    press(office, "U2", "acknowledge")
    edits = len(office.slack.workspace.edits)
    office.tickets(40)
    assert len([post for post in office.slack.replies("C1") if post.get("reply_broadcast")]) == 1
    assert len(office.slack.workspace.edits) == edits
    for _ in range(12):
        office.pass_time(2 * MINUTE)
    assert office.message()["text"].startswith("🔴 【三级预警】") or office.message()["text"].startswith("🟡")
    # The thread tells each thing once.
    assert len(office.story()) == len(set(office.story()))


def with_mail():
    """The executive and the group have a second channel."""
    known = company()
    changed = {"张伟": {"slack": "U1", "second": "boss"}, "值班群": {"slack": "C1", "second": "group"}}
    contacts = (
        replace(one, addresses=changed[one.name]) if one.name in changed else one for one in known.contacts
    )
    channels = (*known.channels, Channel("second", "console"))
    return replace(known, contacts=tuple(contacts), channels=channels)


def story_is_told(office):
    """There is nothing left to tell anywhere."""
    with office.live.store.reading() as tx:
        return tx.threads.next_due("slack") is None


class Second:
    """A second channel that keeps what it is given."""

    def __init__(self):
        self.messages = []

    def deliver(self, message):
        self.messages.append(message)
        return Receipt(str(len(self.messages)))

    def examine(self):
        return []


@pytest.fixture
def two(tmp_path):
    second = Second()
    with Office(tmp_path, with_mail(), second=second) as office:
        office.second = second
        yield office


def test_slack_is_down_for_two_hours_people_know_within_minutes_and_nothing_is_lost(two):
    two.tickets(60)
    two.slack.down = broken(503)
    began = two.clock.now()
    two.tickets(40)
    told_at = None
    while two.clock.now() < began + 2 * HOUR:
        two.pass_time(MINUTE if told_at is None else 10 * MINUTE)
        if told_at is None and any(message.address == "boss" for message in two.second.messages):
            told_at = two.clock.now()
    assert told_at is not None
    assert told_at - began <= 5 * MINUTE
    risen = [m for m in two.second.messages if m.page.level == "三级预警" and m.page.signals]
    assert {message.instead.channel for message in risen} == {"slack"}
    two.slack.down = None
    for _ in range(6):
        two.pass_time(5 * MINUTE)
    # All that was decided stands in Slack now, each once, and the first message shows the level of now.
    assert two.message()["text"].startswith("🔴 【三级预警】")
    texts = [post["text"] for post in two.slack.replies("C1") if post.get("reply_broadcast")]
    assert len([text for text in texts if "今日100件" in text]) == 1
    assert len(two.slack.texts("C1")) == 1
    assert story_is_told(two)
    for _ in range(500):
        if two.app.connected:
            break
        threading.Event().wait(0.02)
    assert press(two, "U2", "acknowledge") == "事件 #1：李娜签收"


def test_a_channel_is_archived_in_the_middle_of_an_incident(two):
    two.tickets(60)
    two.slack.archive("C1")
    two.tickets(40)
    two.pass_time(MINUTE)
    (told,) = [m for m in two.second.messages if m.address == "group" and m.page.level == "三级预警"]
    # The page says so to its reader in Chinese: the store kept the sentence, and not only its English.
    (notice, *_) = words_of(told).notices
    assert notice.startswith("slack 未能送达，改由本渠道通知。原因：Slack 频道 C1 已归档；请取消归档")
    # Whoever has a place of their own goes on as before, and the incident too.
    assert press(two, "U2", "acknowledge", where="U2") == "事件 #1：李娜签收"
    assert two.message("U2")["text"].startswith("🟡 ")
