"""A small IMAP server over real sockets that can cut the line and renumber its folder."""

from __future__ import annotations

import re
import socketserver
import threading
from dataclasses import dataclass, field


@dataclass(slots=True)
class Folder:
    """What it holds and how it behaves. `cut_at`: the connection ends after so many bytes."""

    mails: dict[int, bytes] = field(default_factory=dict)
    done: dict[int, bytes] = field(default_factory=dict)
    validity: int = 7
    password: str = "open"
    cut_at: int = 0
    can_move: bool = True
    commands: list[str] = field(default_factory=list)
    huge_literal: bool = False

    def add(self, body: bytes) -> int:
        uid = max([0, *self.mails, *self.done]) + 1
        self.mails[uid] = body
        return uid

    def renumber(self) -> None:
        self.validity += 1
        bodies = list(self.mails.values())
        self.mails = {100 + number: body for number, body in enumerate(bodies)}


class Cut(Exception):
    """The connection ends here."""


class _Session(socketserver.StreamRequestHandler):
    server: FakeImap

    def handle(self) -> None:
        self._sent = 0
        try:
            self._say(b"* OK ready\r\n")
            while line := self.rfile.readline():
                if not self._command(line.decode().rstrip("\r\n")):
                    return
        except (Cut, OSError):
            return

    def _say(self, data: bytes) -> None:
        cut = self.server.folder.cut_at
        if cut and self._sent + len(data) > cut:
            self.wfile.write(data[: max(0, cut - self._sent)])
            self.wfile.flush()
            raise Cut
        self._sent += len(data)
        self.wfile.write(data)

    def _command(self, line: str) -> bool:
        folder = self.server.folder
        tag, name, rest = (*line.split(" ", 2), "")[:3]
        name = name.upper()
        if name == "UID":
            name, _, rest = rest.partition(" ")
            name = f"UID {name.upper()}"
        folder.commands.append(f"{name} {rest}".strip())
        answer = getattr(self, "_" + name.lower().replace(" ", "_"), None)
        if answer is None:
            self._say(f"{tag} BAD unknown\r\n".encode())
            return True
        with self.server.lock:
            told = answer(rest)
        self._say(f"{tag} {told}\r\n".encode())
        return name != "LOGOUT"

    def _capability(self, _: str) -> str:
        move = " MOVE" if self.server.folder.can_move else ""
        self._say(f"* CAPABILITY IMAP4rev1{move}\r\n".encode())
        return "OK done"

    def _login(self, rest: str) -> str:
        wanted = f'"{self.server.folder.password}"'
        return "OK in" if rest.endswith(wanted) else "NO [AUTHENTICATIONFAILED] wrong password"

    def _select(self, _: str) -> str:
        folder = self.server.folder
        self._say(f"* {len(folder.mails)} EXISTS\r\n".encode())
        self._say(f"* OK [UIDVALIDITY {folder.validity}] here\r\n".encode())
        return "OK [READ-WRITE] selected"

    def _examine(self, rest: str) -> str:
        self._select(rest)
        return "OK [READ-ONLY] selected"

    def _uid_search(self, rest: str) -> str:
        uids = sorted(self.server.folder.mails)
        if found := re.match(r"UID (\d+):\*", rest):
            # As the standard has it, "9:*" names the last message even when its number is lower.
            uids = [uid for uid in uids if uid >= int(found[1])] or uids[-1:]
        self._say(f"* SEARCH {' '.join(map(str, uids))}\r\n".encode())
        return "OK found"

    def _uid_fetch(self, rest: str) -> str:
        number, _, parts = rest.partition(" ")
        body = self.server.folder.mails.get(int(number))
        if body is None:
            return "OK nothing"
        self._say(b"* 1 FETCH (FLAGS () UID 1)\r\n")  # unasked, as servers like to
        if "RFC822.SIZE" in parts:
            self._say(f"* 2 FETCH (UID {number} RFC822.SIZE {len(body)})\r\n".encode())
            return "OK size"
        wanted = body.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if "HEADER" in parts else body
        size = 10**9 if self.server.folder.huge_literal else len(wanted)
        self._say(f"* 2 FETCH (UID {number} {parts.strip('()')} {{{size}}}\r\n".encode())
        self._say(wanted + b")\r\n")
        return "OK fetched"

    def _uid_move(self, rest: str) -> str:
        folder = self.server.folder
        uid = int(rest.split(" ")[0])
        if uid in folder.mails:
            folder.done[uid] = folder.mails.pop(uid)
        return "OK moved"

    def _logout(self, _: str) -> str:
        self._say(b"* BYE\r\n")
        return "OK out"


class FakeImap(socketserver.ThreadingTCPServer):
    """Serves one folder on a free port until the end of the `with`."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, folder: Folder) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.folder = folder
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        super().__exit__(*error)
