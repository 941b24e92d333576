"""Audit records of one event become one record with Sysmon's names."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from hinomi.agent.audit_joining import Joiner, Whole
from hinomi.agent.sysmon import Sent, of_alone, of_whole, wants
from tests.unit.agent.stream import Machine, call, exec_records, record

if TYPE_CHECKING:
    from hinomi.agent.audit_records import Record


def _sent(records: list[Record]) -> list[Sent]:
    joiner, machine = Joiner(wants), Machine()
    done = [each for one in records for each in joiner.add(one)]
    return [sent for each in done if isinstance(each, Whole) for sent in of_whole(each, machine)]


def test_a_started_program_says_who_what_where_and_by_whom() -> None:
    (sent,) = _sent(exec_records(1, words=("curl", "-s", "http://203.0.113.80/x")))
    assert sent["EventID"] == "1"
    assert sent["Image"] == "/usr/bin/curl"
    assert sent["CommandLine"] == "curl -s http://203.0.113.80/x"
    assert sent["CurrentDirectory"] == "/var/www"
    assert (sent["User"], sent["LoginUser"]) == ("www-data", "sato")
    assert sent["ParentImage"] == "/usr/sbin/apache2"
    assert sent["ParentCommandLine"] == "apache2 -k"
    assert sent["Hashes"] == "SHA256=AB12"
    assert sent["UtcTime"] == "2026-11-20 09:00:00.123"
    assert sent["tty"] == "(none)"


def test_records_of_two_programs_that_start_at_once_are_not_mixed() -> None:
    first, second = (exec_records(n, words=("curl", str(n))) for n in (1, 2))
    mixed = list(itertools.chain.from_iterable(zip(first, second, strict=True)))
    assert [sent["CommandLine"] for sent in _sent(mixed)] == ["curl 1", "curl 2"]


def test_a_program_that_could_not_be_started_is_not_told() -> None:
    failed = [call(1, syscall=59, success="no", exit_code="-2"), *exec_records(1, words=("x",))[1:]]
    assert _sent(failed) == []


def test_a_program_without_its_last_record_is_told_after_two_seconds() -> None:
    joiner = Joiner(wants)
    for each in exec_records(1, words=("curl",))[:-1]:
        assert joiner.add(each) == []
    assert joiner.overdue(now_ms=1_795_165_201_000) == []
    assert len(joiner.overdue(now_ms=1_795_165_203_000)) == 1


def test_a_connection_that_is_being_made_is_told() -> None:
    records = [
        call(5, syscall=42, success="no", exit_code="-115"),
        record(1306, 5, "saddr=02000050CB0071500000000000000000"),
        record(1320, 5, ""),
    ]
    (sent,) = _sent(records)
    assert (sent["EventID"], sent["DestinationIp"], sent["DestinationPort"]) == (
        "3", "203.0.113.80", "80",
    )  # fmt: skip
    assert sent["Image"] == "/usr/bin/curl"


def test_what_stays_on_the_machine_is_no_connection() -> None:
    """Loopback, and port 0, by which a program only asks the way."""
    for saddr in ("020000507F0000010000000000000000", "02000000CB0071500000000000000000"):
        records = [call(5, syscall=42), record(1306, 5, f"saddr={saddr}"), record(1320, 5, "")]
        assert _sent(records) == []


def test_a_renamed_file_is_one_gone_and_one_made() -> None:
    records = [
        call(6, syscall=82, more='key="hinomi-file"'),
        record(1307, 6, 'cwd="/etc"'),
        record(1302, 6, 'item=0 name="cron.d/" nametype=PARENT'),
        record(1302, 6, 'item=1 name="cron.d/a" nametype=DELETE'),
        record(1302, 6, 'item=2 name="/etc/cron.d/b" nametype=CREATE'),
        record(1320, 6, ""),
    ]
    told = [(sent["EventID"], sent["TargetFilename"]) for sent in _sent(records)]
    assert told == [("23", "/etc/cron.d/a"), ("11", "/etc/cron.d/b")]


def test_reading_a_file_under_somebody_elses_rule_is_not_a_change() -> None:
    records = [
        call(7, syscall=257, more='key="their-rule"'),
        record(1302, 7, 'item=0 name="/etc/shadow" nametype=NORMAL'),
        record(1320, 7, ""),
    ]
    assert _sent(records) == []


def test_a_sign_in_keeps_the_audits_names() -> None:
    body = "pid=9 uid=0 auid=1000 ses=3 msg='op=login acct=\"sato\" addr=203.0.113.9 res=failed'"
    sent = of_alone(record(1112, 8, body), Machine())
    assert sent is not None
    assert (sent["type"], sent["acct"], sent["addr"], sent["res"]) == (
        "USER_LOGIN", "sato", "203.0.113.9", "failed",
    )  # fmt: skip


def test_what_tells_nothing_is_left_out() -> None:
    assert of_alone(record(1105, 8, "pid=9 uid=0"), Machine()) is None


def test_a_command_of_two_megabytes_is_cut() -> None:
    pieces = [record(1309, 1, f'argc=60 a{n}="{"x" * 60_000}"') for n in range(40)]
    first, *rest = exec_records(1, words=())
    (sent,) = _sent([first, *pieces, *rest])
    assert len(str(sent["CommandLine"])) <= 16 << 10
    assert "argv" not in sent
