"""Syslog over real sockets: framing as senders do it, and whose record it is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.contracts.tower import tcp, udp

if TYPE_CHECKING:
    from tests.e2e.contracts.conftest import Street
    from tests.e2e.contracts.tower import Source, Tower

pytestmark = [pytest.mark.journey, pytest.mark.sockets]


def counted(*records: bytes) -> bytes:
    """RFC 6587 octet counting."""
    return b"".join(b"%d %s" % (len(record), record) for record in records)


def originals(tower: Tower, organisation: str, containing: str, *, at_least: int) -> list[str]:
    """The company's records with these letters, when there are enough or patience ends."""
    deadline = time.monotonic() + 10
    while True:
        rows = tower.events(organisation)
        found = [r["event.original"] for r in rows if containing in r["event.original"]]
        if len(found) >= at_least or time.monotonic() > deadline:
            return found
        time.sleep(0.2)


@pytest.fixture(scope="module")
def own(street: Street) -> tuple[Source, Source]:
    """A source of each company; both send from 127.0.0.1."""
    ours = street.tower.source(street.aoi, "syslog", "枠の検査", "--serial", "FGT60FTKAOI00001")
    theirs = street.tower.source(street.fumi, "syslog", "隣の機器", "--serial", "FGT60FTKFUMI0001")
    return ours, theirs


# name → segments as they are sent, how many records they hold
FRAMES: dict[str, tuple[list[bytes], int]] = {
    "lf": ([b"<13>f-lf: one\n<13>f-lf: two\r\nf-lf: no header\n"], 3),
    "nul": ([b"<13>f-nul: one\0<13>f-nul: two\0"], 2),
    "counted": ([counted(b"<13>f-counted: one", b"<13>f-counted:\ntwo", b"<13>f-counted: 3")], 3),
    "split": ([b"2", b"1 <13>f-split:", b" one ab21 <1", b"3>f-split: two cd"], 2),
    "letters": ([bytes([each]) for each in b"<13>f-letters: 1\n<13>f-letters: 2\n"], 2),
    "half": ([b"<13>f-half: one\n<13>f-half: tw"], 2),
    "half-count": ([counted(b"<13>f-half-count: one") + b"90 <13>f-half-count: cut"], 2),
    "too-small": ([b"10 <13>f-too-small: one", counted(b"<13>f-too-small: two")], 2),
    "too-large": ([b"40 <13>f-too-large: one", counted(b"<13>f-too-large: two" * 3)], 2),
    "ends": ([counted(b"<13>f-ends: one") + b"\n" + counted(b"<13>f-ends: two") + b"\n"], 2),
    "blank": ([b"\n\n\r\n<13>f-blank: one\n\n"], 1),
}


@pytest.fixture(scope="module")
def framed(tower: Tower, own: tuple[Source, Source]) -> list[str]:
    """All frames sent, each name on a connection of its own; the records they became."""
    ours, _ = own
    for parts, _ in FRAMES.values():
        tcp(ours.address, *parts, pause_s=0.02 if len(parts) < 10 else 0.001)
    every = sum(count for _, count in FRAMES.values())
    return originals(tower, ours.organisation, "f-", at_least=every)


@pytest.mark.parametrize("name", FRAMES)
def test_tcp_frames_are_found(framed: list[str], name: str) -> None:
    _, count = FRAMES[name]
    found = [each for each in framed if f"f-{name}:" in each]
    assert len(found) == count, found


def test_a_datagram_is_a_record_with_all_its_lines(
    tower: Tower, own: tuple[Source, Source]
) -> None:
    ours, _ = own
    udp(ours.address, b"<13>d-one\nsecond line\n", b"d-two", b"", b"\n", b"<13>d-\xff\x00three")
    found = originals(tower, ours.organisation, "d-", at_least=3)
    assert len(found) == 3
    assert "<13>d-one\nsecond line" in found
    assert "d-two" in found


def test_more_than_64_kib_is_cut_and_the_rest_goes_on(
    tower: Tower, own: tuple[Source, Source]
) -> None:
    ours, _ = own
    tcp(ours.address, b"<13>big-line " + b"a" * 200_000 + b"\n<13>big-line after\n")
    tcp(ours.address, counted(b"<13>big-count " + b"b" * 200_000, b"<13>big-count after"))
    found = originals(tower, ours.organisation, "big-", at_least=4)
    assert sorted(map(len, found)) == [18, 19, 65536, 65536]


def test_two_companies_behind_one_address_are_never_confused(
    tower: Tower, own: tuple[Source, Source]
) -> None:
    """Own ports decide, whatever serial the line carries: text is chosen by who sends it."""
    ours, theirs = own
    lie = b'<189>devid="FGT60FTKFUMI0001" devname="mix-up" msg="from ours"'
    udp(ours.address, lie)
    tcp(ours.address, lie + b"\n")
    udp(theirs.address, b"<13>mix-up from theirs")
    assert tower.post(lie, ours.token).status == 200
    mine = originals(tower, ours.organisation, "mix-up", at_least=3)
    assert mine == [lie.decode()] * 3
    assert originals(tower, theirs.organisation, "mix-up", at_least=1) == ["<13>mix-up from theirs"]


def test_on_the_shared_port_a_registered_serial_decides_and_others_belong_to_nobody(
    tower: Tower, street: Street, own: tuple[Source, Source]
) -> None:
    host, _, port = tower.endpoints["syslog"].rpartition(":")
    shared = (host, int(port))
    head = '<189>date=2026-11-20 time=10:00:00 devname="shared" '
    lines = {
        "ours": head + 'devid="FGT60FTKAOI00001" msg="by serial ours"',
        "theirs": head + 'devid="FGT60FTKFUMI0001" msg="by serial theirs"',
        "nobody": head + 'devid="FGT60FTKNOBODY01" msg="by serial nobody"',
        "none": "<13>by serial without any serial",
        "quoted": head + 'msg="by serial quoted: devid=FGT60FTKFUMI0001"',
    }
    for line in lines.values():
        udp(shared, line.encode())
        tcp(shared, line.encode() + b"\n")
    for company, name in ((street.aoi, "ours"), (street.fumi, "theirs")):
        assert originals(tower, company, "by serial", at_least=2) == [lines[name]] * 2


@pytest.mark.usefixtures("own")
def test_on_the_shared_port_a_declared_address_decides(tower: Tower, street: Street) -> None:
    host, _, port = tower.endpoints["syslog"].rpartition(":")
    shared = (host, int(port))
    tower.source(street.aoi, "syslog", "二番地", "--address", "127.0.0.2")
    tower.source(street.fumi, "syslog", "三番地", "--address", "127.0.0.3")
    for last in (2, 3, 4):
        udp(shared, b"<13>street number %d" % last, sender=f"127.0.0.{last}")
    # A serial that says one company and an address that says another: nobody's.
    udp(shared, b'<13>devid="FGT60FTKFUMI0001" street number lie', sender="127.0.0.2")
    assert originals(tower, street.aoi, "street number", at_least=1) == ["<13>street number 2"]
    assert originals(tower, street.fumi, "street number", at_least=1) == ["<13>street number 3"]


def test_claims_of_another_companys_address_or_serial_are_refused(
    tower: Tower, street: Street, own: tuple[Source, Source]
) -> None:
    add = ["source", "add", "--organisation", street.aoi, "--kind", "syslog", "横取り"]
    tower.source(street.fumi, "syslog", "五番地", "--address", "127.0.0.5")
    for claim in (["--address", "127.0.0.5"], ["--serial", "FGT60FTKFUMI0001"]):
        refused = tower.command(*add, *claim)
        assert refused.returncode == 1, refused.stdout
        assert refused.stderr.strip()
        assert "文書店" not in refused.stderr  # who owns it is not told
