import errno
import http.client
import smtplib
import socket
import ssl
from urllib.error import URLError

import httpx
import pytest

from alerts.catalogue import in_language
from alerts.network_errors import meaning, own_words


def raised(cause, error):
    """The error as it is when it was raised from another."""
    try:
        raise error from cause
    except type(error) as found:
        return found


@pytest.mark.parametrize(
    ("error", "said", "chinese"),
    [
        (TimeoutError("timed out"), "no answer in time", "超时未应答"),
        (URLError(TimeoutError()), "no answer in time", "超时未应答"),
        (httpx.ReadTimeout("slow"), "no answer in time", "超时未应答"),
        (ConnectionRefusedError(111, "Connection refused"), "connection refused", "连接被拒绝"),
        (URLError(socket.gaierror(-2, "Name or service not known")), "no host of that name", "域名无法解析"),
        (ConnectionResetError(104, "reset"), "connection broken off", "连接中断"),
        (http.client.RemoteDisconnected("closed"), "connection broken off", "连接中断"),
        (http.client.IncompleteRead(b""), "connection broken off", "连接中断"),
        (smtplib.SMTPServerDisconnected("closed"), "connection broken off", "连接中断"),
        (httpx.RemoteProtocolError("cut"), "connection broken off", "连接中断"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "no way through the network", "网络不通"),
        (ssl.SSLCertVerificationError("self-signed"), "certificate not trusted", "证书不受信任"),
        (ssl.SSLError("wrong version number"), "no encrypted connection", "无法建立加密连接"),
        (ValueError("odd"), "ValueError", "ValueError"),
    ],
)
def test_an_error_of_the_network_is_a_few_words_in_the_readers_language(error, said, chinese):
    assert meaning(error) == said
    assert in_language(meaning(error), "zh") == chinese


def test_what_an_error_was_raised_from_says_what_it_means():
    outer = raised(ConnectionRefusedError(111, "Connection refused"), httpx.ConnectError("all failed"))
    assert meaning(outer) == "connection refused"
    assert own_words(outer) == "ConnectionRefusedError: [Errno 111] Connection refused"


def test_real_failures_of_httpx_are_known():
    with pytest.raises(httpx.ConnectError) as nobody:
        httpx.get("http://127.0.0.1:1")
    assert meaning(nobody.value) == "connection refused"
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(httpx.ReadTimeout) as slow:
            httpx.get(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2)
    assert meaning(slow.value) == "no answer in time"


def test_an_error_without_words_is_told_by_its_name():
    assert own_words(TimeoutError()) == "TimeoutError"
