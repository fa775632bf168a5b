"""A category is kept quiet by command, by whoever may, and its end is announced."""

from slacking import MINUTE, WHERE, ask_form, heard, silences

from alerts.testing.slack_api import broken


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
    announced = office.message("U3", -1)
    assert announced["text"].startswith("【静默结束】")
    assert "张伟提前结束" in str(announced["blocks"])


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
