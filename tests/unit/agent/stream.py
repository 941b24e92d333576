"""Records of an invented server as the kernel multicasts them, and what it would answer."""

from __future__ import annotations

import struct

from hinomi.agent.audit_records import Record, record_of


def datagram(number: int, text: str) -> bytes:
    body = text.encode()
    return struct.pack("=IHHII", 16 + len(body), number, 0, 0, 0) + body


def record(number: int, serial: int, body: str) -> Record:
    made = record_of(datagram(number, f"audit(1795165200.123:{serial}): {body}"))
    assert made is not None
    return made


def call(
    serial: int, *, syscall: int, exit_code: str = "0", success: str = "yes", more: str = ""
) -> Record:
    body = (
        f"arch=c000003e syscall={syscall} success={success} exit={exit_code} a0=55 a1=56 items=2"
        " ppid=2210 pid=2301 auid=1000 uid=33 gid=33 euid=33 tty=(none) ses=3 "
        f'comm="curl" exe="/usr/bin/curl" {more}'
    )
    return record(1300, serial, body)


def exec_records(serial: int, *, words: tuple[str, ...]) -> list[Record]:
    listed = " ".join(f'a{place}="{word}"' for place, word in enumerate(words))
    return [
        call(serial, syscall=59, more='key="hinomi-exec"'),
        record(1309, serial, f"argc={len(words)} {listed}"),
        record(1307, serial, 'cwd="/var/www"'),
        record(1302, serial, 'item=0 name="/usr/bin/curl" inode=7 dev=fe:00 nametype=NORMAL'),
        record(1327, serial, "proctitle=6375726C002D73"),
        record(1320, serial, ""),
    ]


class Machine:
    """A machine with two users, whose parents and hashes are known."""

    def __init__(self) -> None:
        self.noted: dict[str, tuple[str, str]] = {"2210": ("/usr/sbin/apache2", "apache2 -k")}

    def user(self, uid: str) -> str:
        return {"33": "www-data", "1000": "sato"}.get(uid, uid)

    def parent(self, ppid: str) -> tuple[str, str]:
        return self.noted.get(ppid, ("", ""))

    def note(self, pid: str, image: str, command: str) -> None:
        self.noted[pid] = (image, command)

    def sha256(self, path: str) -> str:
        return "AB12" if path == "/usr/bin/curl" else ""
