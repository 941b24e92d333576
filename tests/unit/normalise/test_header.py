"""The syslog header, and where it ends."""

from __future__ import annotations

import pytest

from hinomi.normalise.header import read_header


@pytest.mark.parametrize(
    ("text", "time", "host", "program", "pid", "body"),
    [
        ("<34>Oct 11 22:14:15 mymachine su[12]: 'su root' failed", "Oct 11 22:14:15", "mymachine",
         "su", "12", "'su root' failed"),
        ("Nov 20 2026 09:10:00 asa01 : %ASA-6-302013: Built", "Nov 20 2026 09:10:00", "asa01", "",
         "", ": %ASA-6-302013: Built"),
        ("Mar 11 11:26:54 sshd[33]: no host here", "Mar 11 11:26:54", "", "sshd", "33",
         "no host here"),
        ("<13>1 2026-11-20T00:10:00Z fw1 app 10 ID7 - hello", "2026-11-20T00:10:00Z", "fw1", "app",
         "10", "hello"),
        ("<13>1 - - - - - -", "", "", "", "", ""),
        ("2026-11-20T09:10:00+09:00 nas01 smbd[9]: up", "2026-11-20T09:10:00+09:00", "nas01",
         "smbd", "9", "up"),
        ("<189>date=2026-11-20 time=09:00:00", "", "", "", "", "date=2026-11-20 time=09:00:00"),
        ("<174>'administrator' succeeded for SSH: 1.2.3.4 admin", "", "", "", "",
         "'administrator' succeeded for SSH: 1.2.3.4 admin"),
        ("Nov 20 09:00:00 devid=1 x=2", "Nov 20 09:00:00", "", "", "", "devid=1 x=2"),
        ("no header at all", "", "", "", "", "no header at all"),
        ("", "", "", "", "", ""),
    ],
)  # fmt: skip
def test_a_header_is_taken_off(
    text: str, time: str, host: str, program: str, pid: str, body: str
) -> None:
    header = read_header(text)
    found = (header.time, header.host, header.program, header.pid, header.body)
    assert found == (time, host, program, pid, body)


def test_structured_data_with_brackets_and_quotes_inside_is_read_whole() -> None:
    header = read_header(r'<1>1 - h a - - [x@1 k="a \"b\" \] c" n="2"][y z="]"] text')
    assert header.data == {"k": 'a "b" ] c', "n": "2", "z": "]"}
    assert header.body == "text"


def test_check_points_colon_data_is_read_although_it_is_invalid() -> None:
    header = read_header('<1>1 - h CheckPoint 1 - [action:"Drop"; src:"10.0.0.1"]')
    assert header.data == {"action": "Drop", "src": "10.0.0.1"}


def test_the_priority_is_kept() -> None:
    assert read_header("<189>x").pri == 189
