"""Near-duplicates: one customer ten times, a template, and complaints that are only about the same thing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connectors.clustering.duplicates import Duplicates

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_one_customer_sending_the_same_complaint_ten_times_is_one_original_with_ten_copies():
    duplicates = Duplicates()
    texts = [
        f"My heating has been broken for {day} days!! Nobody comes. Please  HELP" for day in range(1, 11)
    ]
    found = [duplicates.observe(f"T{n}", text, NOW + timedelta(minutes=n)) for n, text in enumerate(texts)]
    assert found[0] is None
    assert all(original is not None and original.key == "T0" for original in found[1:])
    assert found[-1] is not None
    assert found[-1].copies == 9


def test_a_template_is_recognised_whatever_numbers_are_filled_in():
    duplicates = Duplicates()
    template = (
        "【投诉模板】本人于{}月{}日在贵公司办理业务，订单号{}，至今未收到退款，请尽快处理并给予书面答复。"
    )
    assert duplicates.observe("a", template.format(11, 3, 20261103778), NOW) is None
    again = duplicates.observe("b", template.format(9, 28, 8841), NOW)
    assert again is not None
    assert again.key == "a"
    assert again.alike > 0.9


def test_complaints_about_the_same_thing_in_other_words_are_no_duplicates():
    duplicates = Duplicates()
    assert duplicates.observe("a", "My card still has not arrived after two weeks", NOW) is None
    assert duplicates.observe("b", "I ordered a new card and I am waiting for it since October", NOW) is None
    assert duplicates.observe("c", "宽带又断了，晚上没法上网", NOW) is None
    assert duplicates.observe("d", "每天晚上八点网络就很慢", NOW) is None


def test_what_is_older_than_the_window_is_forgotten():
    duplicates = Duplicates(within=timedelta(days=1))
    text = "The lift in our house is stuck again"
    assert duplicates.observe("a", text, NOW) is None
    assert duplicates.observe("b", text, NOW + timedelta(hours=23)) is not None
    assert duplicates.observe("c", text, NOW + timedelta(hours=25)) is None
    assert duplicates.observe("d", text, NOW + timedelta(hours=26)) is not None


def test_no_more_originals_are_kept_than_asked_for():
    duplicates = Duplicates(most=100)
    for number in range(300):
        duplicates.observe(
            number, "".join(chr(0x4E00 + (number * 97 + place * 31) % 20_000) for place in range(40)), NOW
        )
    assert len(duplicates._signatures) <= 100
    assert len(duplicates._bands) <= 100 * 16


def test_texts_without_a_sign_are_nobodys_copies():
    duplicates = Duplicates()
    assert duplicates.observe("a", "", NOW) is None
    assert duplicates.observe("b", " \n ", NOW) is None
    assert duplicates.observe("c", "\U0001f600", NOW) is None
    assert duplicates.observe("d", "\U0001f600", NOW) is not None
