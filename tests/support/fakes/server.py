"""A web server on loopback that answers for a fake, and can be told to fail in the ways that services do."""

import json
import threading
from collections import deque
from contextlib import suppress
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


class Server:
    """Serves `fake.answer(method, path, query, body, headers)`, which gives (status, headers, body).

    Attributes
    ----------
    trouble : what happens to the next requests, in order: None (nothing), "reset" (the connection breaks
        within the answer), "page" (a web page for people), or a (status, headers, body)
    asked : the requests so far, as (method, path, query, body)
    """

    def __init__(self, fake) -> None:
        self.fake = fake
        self.trouble: deque = deque()
        self.asked: list = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def close(self) -> None:
        if self._thread.is_alive():
            self._http.shutdown()
            self._http.server_close()
            self._thread.join()

    def _handler(self):
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one packet, or each answer waits for an acknowledgement

            def do_GET(self):
                self._respond("GET")

            def do_POST(self):
                self._respond("POST")

            def log_message(self, *arguments):
                pass

            def date_time_string(self, timestamp=None):
                return format_datetime(server.fake.now, usegmt=True)

            def _respond(self, method):
                sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                parts = urlsplit(self.path)
                query, body = _query(parts.query), _body(sent, self.headers)
                server.asked.append((method, parts.path, query, body))
                trouble = server.trouble.popleft() if server.trouble else None
                if trouble == "page":
                    self._send(200, {"Content-Type": "text/html"}, b"<html>Please sign in</html>")
                elif isinstance(trouble, tuple):
                    self._send_json(*trouble)
                else:
                    told = server.fake.answer(method, parts.path, query, body, self.headers)
                    self._send_json(*told, broken=trouble == "reset")

            def _send_json(self, status, headers, body, *, broken=False):
                kind = {"Content-Type": "application/json;charset=UTF-8"}
                self._send(status, kind | headers, json.dumps(body).encode(), broken=broken)

            def _send(self, status, headers, text, *, broken=False):
                with suppress(ConnectionError):
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text[: len(text) // 2] if broken else text)
                    self.close_connection = self.close_connection or broken

        return Handler


def _body(sent, headers):
    if headers.get("Content-Type") == "application/x-www-form-urlencoded":
        return dict(parse_qsl(sent.decode()))
    return json.loads(sent) if sent else None


def _query(text):
    """Parameters by name; one that is there several times is a list."""
    found = {}
    for name, value in parse_qsl(text):
        found.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}
