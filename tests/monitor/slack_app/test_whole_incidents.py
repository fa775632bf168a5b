"""One message follows an incident to its end, its story in the thread."""

from slacking import HOUR, MINUTE, SHOWN, press

from alerts.incidents.incident import State
from alerts.rendering.blocks import MOST_BLOCKS
from alerts.testing.slack_people import buttons


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
