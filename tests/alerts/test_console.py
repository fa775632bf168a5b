import io

import pytest
from alerting import NOW, SHANGHAI, plan, signal

from alerts.console import Notifier, Options
from alerts.notifier import DeliveryError, messages
from alerts.respond import respond


def message():
    (page,) = respond([signal()], plan=plan(), now=NOW).pages
    return messages(page, language="zh", zone=SHANGHAI)[-1]


def test_a_page_stands_out_between_two_rules():
    stream = io.StringIO()
    receipt = Notifier("console", Options(), stream=stream).deliver(message())
    lines = stream.getvalue().splitlines()
    assert lines[2] == " 【三级预警】网络质量 > 无信号 今日104件（门限100）"
    assert lines.count("━" * 64) == 3
    assert receipt.reference == message().key


def test_a_terminal_without_chinese_gets_the_page_all_the_same():
    raw = io.BytesIO()
    terminal = io.TextIOWrapper(raw, encoding="ascii")
    Notifier("console", Options(), stream=terminal).deliver(message())
    assert b"104" in raw.getvalue()


def test_standard_output_is_the_default(capsys):
    Notifier("console", Options()).deliver(message())
    assert "【三级预警】" in capsys.readouterr().out


def test_a_closed_stream_is_tried_again():
    stream = io.StringIO()
    stream.close()
    with pytest.raises(DeliveryError, match="the console cannot be written") as caught:
        Notifier("console", Options(), stream=stream).deliver(message())
    assert caught.value.retryable
