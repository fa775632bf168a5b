"""A web server on loopback that keeps what it is sent, byte for byte, and answers or fails as it is told."""

import json
import threading
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Sent:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Trouble:
    """What happens to a request once it was taken: another answer, none until its sender ends, or a cut."""

    status: int = 0
    body: Any = None
    headers: tuple = ()
    cut: bool = False
    hang: bool = False


class Receiver:
    """Answers with `answer(sent) -> (status, body)`.

    Attributes
    ----------
    sent : what has come, also what was answered with trouble
    trouble : what happens to the next requests
    """

    def __init__(self, answer=lambda _: (200, {})) -> None:
        self.answer = answer
        self.sent: list[Sent] = []
        self.trouble: deque[Trouble] = deque()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self.port = self._http.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _handler(self):
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                sent = Sent(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                receiver.sent.append(sent)
                trouble = receiver.trouble.popleft() if receiver.trouble else None
                status, told = receiver.answer(sent)
                if trouble is not None:
                    if trouble.hang:
                        self.rfile.read(1)
                    if trouble.hang or trouble.cut:
                        self.close_connection = True
                        self.connection.close()
                        return
                    status, told = trouble.status, trouble.body
                text = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                for name, value in trouble.headers if trouble else ():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *arguments):
                pass

        return Handler
