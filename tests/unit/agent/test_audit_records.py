"""One record of the audit from the bytes of one datagram."""

from __future__ import annotations

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hinomi.agent.audit_joining import MOST_OPEN, Joiner, Whole
from hinomi.agent.audit_records import Record, arguments, chosen_text, record_of
from hinomi.agent.sysmon import address_of, of_alone, of_whole, wants
from tests.unit.agent.stream import Machine, datagram, exec_records


def test_a_record_has_its_kind_its_serial_and_its_time() -> None:
    record = record_of(datagram(1307, 'audit(1795165200.123:4512): cwd="/tmp"'))
    assert record is not None
    assert (record.kind, record.serial) == ("CWD", "1795165200.123:4512")
    assert record.at_ms == 1_795_165_200_123
    assert record.fields() == {"cwd": "/tmp"}


def test_the_length_that_the_kernel_writes_is_not_believed() -> None:
    """Old kernels leave the header's own sixteen bytes out of it."""
    text = 'audit(1795165200.123:4512): cwd="/var/www/html"'
    short = struct.pack("=IHHII", len(text), 1307, 0, 0, 0) + text.encode()
    record = record_of(short)
    assert record is not None
    assert record.fields()["cwd"] == "/var/www/html"


def test_a_record_of_user_space_gives_what_stands_in_its_message() -> None:
    text = (
        'audit(1795165202.000:4514): pid=77 uid=0 auid=1000 ses=9 msg=\'op=login acct="sato"'
        ' exe="/usr/sbin/sshd" hostname=? addr=203.0.113.9 terminal=ssh res=failed\''
    )
    record = record_of(datagram(1112, text) + b"\x00")
    assert record is not None
    fields = record.fields()
    assert (fields["acct"], fields["addr"], fields["res"]) == ("sato", "203.0.113.9", "failed")
    assert "hostname" not in fields


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('"plain"', "plain"),
        ("2F746D702F6120C3BC", "/tmp/a ü"),
        ("(null)", ""),
        ("xyz", "xyz"),
        ("FF41", "\\xffA"),
        ("", ""),
    ],
)
def test_texts_that_anybody_chooses_are_read_as_the_kernel_writes_them(
    written: str, meant: str
) -> None:
    assert chosen_text(written) == meant


def test_a_long_argument_comes_in_pieces() -> None:
    body = 'argc=2 a0="x" a1_len=8 a1[0]=41424344 a1[1]="EFGH"'
    assert arguments(body) == [(0, "x"), (1, "ABCD"), (1, "EFGH")]


@pytest.mark.parametrize(
    ("saddr", "found"),
    [
        ("02000050CB0071500000000000000000", ("203.0.113.80", 80)),
        ("0A0001BB0000000020010DB800000000000000000000000100000000", ("2001:db8::1", 443)),
        ("0A0001BB0000000000000000000000000000FFFFC000020100000000", ("192.0.2.1", 443)),
        ("01002F72756E2F782E736F636B00", None),
        ("02", None),
        ("", None),
        ("zz", None),
    ],
)
def test_an_address_is_read_from_the_bytes_of_the_socket(
    saddr: str, found: tuple[str, int] | None
) -> None:
    read = address_of(saddr)
    assert (read and (str(read[0]), read[1])) == found


@given(st.binary(max_size=600), st.sampled_from([1300, 1302, 1305, 1306, 1309, 1112, 1320, 9]))
@example(b"audit(1.123:1): a0=", 1309)
@example(b"audit(1795165200.123:1): arch=c000003e syscall=59 success=yes", 1300)
def test_no_bytes_of_the_kernel_or_of_anybody_end_the_reader(body: bytes, number: int) -> None:
    for raw in (body, datagram(number, ""), struct.pack("=IHHII", 0, number, 0, 0, 0) + body):
        record = record_of(raw)
        if record is not None:
            record.fields()
            arguments(record.body)


_PIECES = st.sampled_from(
    [
        "arch=c000003e ", "syscall=59 ", "syscall=42 ", "syscall=257 ", "success=yes ", "pid=7 ",
        "exit=-115 ", "ppid=99999999999999 ", "uid=-1 ", 'exe="/bin/x" ', "exe=2F6 ",
        'key="hinomi-file" ', "saddr=0200 ", "saddr=02000050CB00715000 ", "nametype=CREATE ",
        'name="../../etc/x" ', "a0=41 ", 'a1[7]="b" ', "argc=99999999 ", "cwd=FF ",
        "msg='op=login acct=00 ' ",
    ]
)  # fmt: skip


@given(
    st.lists(
        st.tuples(
            st.sampled_from([1300, 1302, 1306, 1307, 1309, 1327, 1320, 1112, 1305, 1700]),
            st.integers(0, 3),
            st.lists(_PIECES, max_size=8).map("".join),
        ),
        max_size=40,
    )
)
def test_records_in_any_order_and_of_any_kind_end_nothing(
    records: list[tuple[int, int, str]],
) -> None:
    joiner, machine = Joiner(wants), Machine()
    done: list[Whole | Record] = []
    for number, serial, body in records:
        record = record_of(datagram(number, f"audit(1795165200.{serial:03d}:{serial}): {body}"))
        if record is not None:
            done += joiner.add(record)
    done += joiner.overdue(now_ms=1_895_165_200_000)
    for each in done:
        if isinstance(each, Whole):
            of_whole(each, machine)
        else:
            of_alone(each, machine)


def test_a_flood_of_calls_without_end_does_not_grow_the_memory() -> None:
    joiner = Joiner(wants)
    finished = 0
    for serial in range(3 * MOST_OPEN):
        for record in exec_records(serial, words=("true",))[:-1]:
            finished += len(joiner.add(record))
    assert finished == 2 * MOST_OPEN
    assert len(joiner.overdue(now_ms=1_895_165_200_000)) == MOST_OPEN
