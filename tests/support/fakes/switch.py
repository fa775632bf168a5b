"""A dead-man switch on loopback: it counts who asks it, and answers as it is told."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer


class Switch(HTTPServer):
    """Attributes: `beats`, the paths that were asked for; `status` of the answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.beats: list[str] = []
        self.status = 200
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/ping/token"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.beats.append(self.path)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass
