import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rendering.muted import by_what
from alerts.silences import Silence


def told(**changes):
    known = {"node": (), "start": 0, "until": 1, "author": "李娜", "reason": "割接", "id": 3}
    return Silence(**{**known, **changes}).told


@pytest.mark.parametrize(
    ("muted_by", "chinese", "english"),
    [
        (told(), "李娜设置的静默 #3（割接）", "silence 3 by 李娜: 割接"),
        (told(approver="李娜"), "李娜设置的静默 #3（割接）", "silence 3 by 李娜: 割接"),
        (
            told(approver="周敏"),
            "李娜设置的静默 #3（割接；批准人：周敏）",
            "silence 3 by 李娜: 割接 (approved by 周敏)",
        ),
        (told(exempt=True, approver="李娜"), "李娜设置的豁免 #3（割接）", "exempt event 3 by 李娜: 割接"),
        (
            'exempt event "台风" (周敏: 不可抗力)',
            "豁免事件「台风」（周敏：不可抗力）",
            "exempt event “台风” by 周敏: 不可抗力",
        ),
        ("incident 7: told before", "事件 #7 此前已通知", "incident 7 was told before"),
        ("somebody else's words", "somebody else's words", "somebody else's words"),
    ],
)
def test_what_muted_a_page_is_said_in_the_readers_language(muted_by, chinese, english):
    assert (by_what(muted_by, "zh"), by_what(muted_by, "en")) == (chinese, english)


@given(author=st.text(max_size=20), reason=st.text(max_size=40), approver=st.text(max_size=20))
def test_whatever_people_wrote_there_are_words_for_it_on_one_line(author, reason, approver):
    text = by_what(told(author=author, reason=reason, approver=approver), "zh")
    assert text
    assert "\n" not in text
