"""An IMAP server for one account, as far as a reader needs one, with the traps that a real Dovecot has.

A range up to * holds the last mail even when nothing is newer. A search for a header finds parts of it. Only
a folder that is open can be searched. Numbers of mails stay while UIDVALIDITY does.
"""

import re
import socketserver
import threading
from email import message_from_bytes
from email.policy import compat32

LITERAL = re.compile(rb"\{(\d+)\}\r\n$")


class FakeImap:
    """Folders of mails: `folders[name]` is a list of (uid, received, flags, bytes)."""

    def __init__(self) -> None:
        self.folders = {"INBOX": []}
        self.validity = {"INBOX": 1}
        self.password = "secret"
        self.breaks_after = None
        self._server = _Threading(("127.0.0.1", 0), _Conversation)
        self._server.fake = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.port = self._server.server_address[1]

    def close(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def put(self, raw, received, *, folder="INBOX", flags=()) -> int:
        """A mail comes; its number."""
        mails = self.folders.setdefault(folder, [])
        self.validity.setdefault(folder, 1)
        uid = mails[-1][0] + 1 if mails else 1
        mails.append((uid, received, flags, raw))
        return uid

    def renumber(self, folder="INBOX") -> None:
        """The server lost its numbers, and gives new ones."""
        self.validity[folder] += 1
        self.folders[folder] = [(n, *mail[1:]) for n, mail in enumerate(self.folders[folder], 1)]


class _Threading(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class _Conversation(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.fake, self.open, self.asked = self.server.fake, None, 0
        self._say(b"* OK ready")
        while line := self._line():
            tag, _, command = line.partition(b" ")
            name, _, rest = command.partition(b" ")
            if name.upper() == b"UID":
                name, _, rest = rest.partition(b" ")
            self.asked += 1
            if self.fake.breaks_after is not None and self.asked > self.fake.breaks_after:
                return
            told = getattr(self, f"do_{name.decode().lower()}", self.unknown)(rest)
            self._say(tag + b" " + told)
            if name.upper() == b"LOGOUT":
                return

    def unknown(self, rest):
        return b"BAD unknown command"

    def do_capability(self, rest):
        self._say(b"* CAPABILITY IMAP4rev1")
        return b"OK done"

    def do_login(self, rest):
        words = [word.strip(b'"') for word in rest.split(b" ")]
        right = words[-1] == self.fake.password.encode()
        return b"OK in" if right else b"NO [AUTHENTICATIONFAILED] Authentication failed."

    def do_logout(self, rest):
        self._say(b"* BYE")
        return b"OK out"

    def do_list(self, rest):
        for name in self.fake.folders:
            self._say(b'* LIST (\\HasNoChildren) "/" "' + name.encode() + b'"')
        return b"OK listed"

    def do_select(self, rest):
        raise AssertionError("a folder is opened by EXAMINE, so that nothing is marked as read")

    def do_examine(self, rest):
        name = rest.strip(b'"').decode()
        if name not in self.fake.folders:
            return b"NO Mailbox doesn't exist: " + name.encode()
        self.open, mails = name, self.fake.folders[name]
        self._say(b"* %d EXISTS" % len(mails))
        self._say(b"* OK [UIDVALIDITY %d] valid" % self.fake.validity[name])
        self._say(b"* OK [UIDNEXT %d] next" % (mails[-1][0] + 1 if mails else 1))
        return b"OK [READ-ONLY] open"

    def do_search(self, rest):
        mails = self.fake.folders[self.open]
        numbers = [mail[0] for mail in mails]
        rising = re.fullmatch(rb"UID (\d+):\*", rest)
        header = re.fullmatch(rb'HEADER "?Message-ID"? "?([^"]*)"?', rest, re.IGNORECASE)
        if rising:
            first = min(int(rising[1]), numbers[-1]) if numbers else 0
            found = [number for number in numbers if number >= first]
        else:
            wanted = header[1].decode()
            found = [
                mail[0]
                for mail in mails
                if wanted in str(message_from_bytes(mail[3], policy=compat32).get("Message-ID", ""))
            ]
        self._say(b" ".join([b"* SEARCH", *(b"%d" % number for number in found)]))
        return b"OK searched"

    def do_fetch(self, rest):
        numbers = [int(number) for number in rest.partition(b" ")[0].split(b",")]
        size = int(re.search(rb"BODY\.PEEK\[\]<0\.(\d+)>", rest)[1])
        for place, (uid, received, flags, raw) in enumerate(self.fake.folders[self.open], 1):
            if uid in numbers:
                told = b"UID %d FLAGS (%s)" % (uid, b" ".join(flag.encode() for flag in flags))
                told += b' INTERNALDATE "%s"' % received.strftime("%d-%b-%Y %H:%M:%S %z").encode()
                part = raw[:size]
                self._say(b"* %d FETCH (%s BODY[]<0> {%d}\r\n%s)" % (place, told, len(part), part))
        return b"OK fetched"

    def _line(self):
        line = self.rfile.readline()
        while literal := LITERAL.search(line):
            self._say(b"+ go on")
            line = line[: literal.start()] + self.rfile.read(int(literal[1])) + self.rfile.readline()
        return line.rstrip(b"\r\n")

    def _say(self, line) -> None:
        self.wfile.write(line + b"\r\n")
