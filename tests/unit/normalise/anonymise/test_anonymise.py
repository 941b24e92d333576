"""A shared sample names nobody, and still reads as what it was."""

from __future__ import annotations

import ipaddress
import json
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hinomi.core.records import Event, RawRecord
from hinomi.normalise import read_record
from hinomi.normalise.anonymise import anonymise, anonymise_lines
from hinomi.normalise.anonymise.names import NOBODY
from hinomi.normalise.anonymise.stand_ins import StandIns
from hinomi.normalise.scanners.pairs import scan_pairs

if TYPE_CHECKING:
    from pathlib import Path

KEY = b"a key of the test"
FORTI = (
    'date=2026-11-20 time=10:12:05 devname="AOBA-FW01" devid="FGT60FTK20012345" '
    'logid="0001000014" eventtime=1795137125000000000 srcip=192.168.1.110 srcport=52011 '
    'srcmac="00:11:22:33:44:55" dstip=203.0.113.9 dstport=443 user="tanaka" action="deny" '
    'hostname="www.aoba-koumuten.co.jp" msg="tanaka (tanaka@aoba-koumuten.co.jp) 03-1234-5678"'
)
WHO = ("AOBA-FW01", "FGT60FTK20012345", "192.168.1.110", "00:11:22:33:44:55", "203.0.113.9",
       "tanaka", "aoba", "03-1234-5678")  # fmt: skip


def shared(text: str, **more: object) -> str:
    return anonymise(text.encode(), key=KEY, **more).text  # type: ignore[arg-type]


def test_nothing_that_names_somebody_remains() -> None:
    made = shared(FORTI)
    assert not [each for each in WHO if each.lower() in made.lower()]


def test_the_structure_and_what_happened_remain() -> None:
    before, after = scan_pairs(FORTI), scan_pairs(shared(FORTI))
    assert list(before) == list(after)
    for name in ("date", "time", "logid", "eventtime", "srcport", "dstport", "action"):
        assert after[name] == before[name]


def test_the_same_key_gives_the_same_and_another_key_another() -> None:
    assert shared(FORTI) == shared(FORTI)
    assert shared(FORTI) != anonymise(FORTI.encode(), key=b"another").text


def test_one_name_is_one_stand_in_in_all_lines_and_notations() -> None:
    text = "端末名,利用者\n経理2番,山田 太郎\n山田 太郎さんが経理2番で操作しました\n"
    lines = shared(text).splitlines()
    machine, person = lines[1].split(",")
    assert lines[2] == f"{person}さんが{machine}で操作しました"
    assert "山田" not in "".join(lines)


def test_names_hidden_behind_json_escapes_are_found() -> None:
    line = json.dumps({"userName": "山田 太郎", "path": "C:\\Users\\yamada\\x", "n": 5})
    made = json.loads(shared(line))
    assert "山田" not in str(made)
    assert "yamada" not in str(made)
    assert made["n"] == 5


def test_words_of_the_owner_are_replaced_wherever_they_stand() -> None:
    assert "青葉工務店" not in shared("青葉工務店の本社", words=["青葉工務店"])
    assert "花見屋" not in shared("株式会社花見屋の件")


def test_dates_move_together_and_keep_their_spelling() -> None:
    text = "2026-11-02 Nov  2 10:00:00 2026/1/2 20261102101010 1795137125 02/Nov/2026"
    assert shared(text, shift_days=-3) == (
        "2026-10-30 Oct 30 10:00:00 2025/12/30 20261030101010 1794877925 30/Oct/2026"
    )


def test_a_mail_is_decoded_replaced_and_still_a_mail() -> None:
    mail = EmailMessage()
    mail["From"] = "UTM <utm@aoba-koumuten.co.jp>"
    mail["To"] = "soc@example.jp"
    mail["Subject"] = "株式会社青葉工務店 ウイルスを検知しました"
    mail.set_content("端末名：KEIRI-2\n利用者：山田\n送信元IP：192.168.1.9\n")
    mail.add_attachment("日時,利用者\n2026/11/20 10:00,山田\n", filename="a.csv")
    mail.add_attachment(b"%PDF-1.4 yamada", maintype="application", subtype="pdf", filename="r.pdf")
    made = anonymise(mail.as_bytes(), key=KEY).text
    assert not [each for each in ("青葉", "aoba", "KEIRI-2", "山田", "192.168.1.9", "yamada")
                if each in made]  # fmt: skip
    assert "ウイルスを検知しました" in made
    assert "端末名：" in made


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
@settings(max_examples=200, deadline=None)
def test_addresses_share_afterwards_what_they_shared_before(one: int, two: int) -> None:
    stand_ins = StandIns(KEY)
    before = [ipaddress.IPv4Address(one), ipaddress.IPv4Address(two)]
    after = [ipaddress.IPv4Address(stand_ins.address(str(each))) for each in before]
    for old, new in zip(before, after, strict=True):
        if old.is_loopback or old.is_multicast or old.is_unspecified or (old.packed[0] == 255):
            assert old == new
            continue
        assert old != new
        for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"):
            assert (old in ipaddress.ip_network(network)) == (new in ipaddress.ip_network(network))
    kept = [ipaddress.IPv4Address("192.168.7.3"), ipaddress.IPv4Address("192.168.7.200")]
    moved = [ipaddress.IPv4Address(stand_ins.address(str(each))) for each in kept]
    assert moved[0].packed[:3] == moved[1].packed[:3]


_NAMES = st.text("abcdefghijklmnopqrstuvwxyz", min_size=5, max_size=12)
_ADDRESSES = st.tuples(st.integers(1, 223), *[st.integers(0, 254)] * 3).map(
    lambda parts: ".".join(map(str, parts))
)


@given(
    user=_NAMES,
    host=_NAMES,
    address=_ADDRESSES,
    serial=st.from_regex(r"[A-Z]{4}[0-9]{8}", fullmatch=True),
)
@settings(max_examples=40, deadline=None)
def test_whatever_the_names_are_none_remains_and_the_fields_parse(
    user: str, host: str, address: str, serial: str
) -> None:
    assume(not {user, host} & NOBODY)
    line = f'srcip={address} user="{user}" devname="{host}" serial="{serial}" msg="x by {user}" n=7'
    made = anonymise(line.encode(), key=KEY).text
    fields = scan_pairs(made)
    assert list(fields) == list(scan_pairs(line))
    assert fields["n"] == "7"
    kept = {"127"} if address.startswith("127.") else set()
    assert user not in fields["user"]
    assert host not in fields["devname"]
    assert serial not in made
    assert kept or address not in made.split()[0]


@given(st.text(max_size=200), st.binary(max_size=200))
@settings(max_examples=40, deadline=None)
def test_no_input_breaks_it(text: str, raw: bytes) -> None:
    anonymise_lines([text], key=KEY)
    anonymise(raw, key=KEY)


@pytest.mark.parametrize("text", ["0.0.0.0", "127.0.0.1", "255.255.255.0", "::1", "224.0.0.1"])
def test_addresses_that_are_nobodys_stay(text: str) -> None:
    assert shared(f"a {text} b") == f"a {text} b"


def test_a_document_over_several_lines_is_read_as_one() -> None:
    text = json.dumps({"host": {"name": "uketsuke-pc"}, "id": 4000001, "ok": True}, indent=2)
    made = json.loads(shared(text))
    assert made["host"]["name"] != "uketsuke-pc"
    assert (made["id"], made["ok"]) == (4000001, True)


def test_a_name_is_found_in_any_case_and_a_domain_too() -> None:
    made = shared("user=tanaka msg=TANAKA came helo=<MX.AOBA.CO.JP> from mx.aoba.co.jp")
    fields = made.split()
    assert fields[0].partition("=")[2] == fields[1].partition("=")[2]
    assert "aoba" not in made.lower()


def test_numbers_that_say_what_happened_stay() -> None:
    text = 'logid="0100032003" eventid=7200001 bytes=12345678 phone=0312345678 customer=7200001'
    fields = scan_pairs(shared(text))
    assert fields["logid"] == "0100032003"
    assert (fields["eventid"], fields["bytes"]) == ("7200001", "12345678")
    assert "0312345678" not in fields.values()
    assert fields["customer"] != "7200001"


def test_samples_of_forty_vendors_are_read_in_the_same_shape_afterwards(
    logs: list[tuple[str, bytes]],
) -> None:
    """What is shared must teach the same as the original; a few lines may lose a field."""
    kept = sum(_outline(raw) == _outline(_nameless(raw)) for _, raw in logs)
    assert kept / len(logs) >= 0.95


@pytest.fixture
def logs(shared: Path) -> list[tuple[str, bytes]]:
    """Every fourth sample line."""
    folder = shared / "logs-dev"
    lines = [
        (file.stem, json.loads(line)["raw"].encode())
        for file in sorted(folder.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    return lines[::4]


def _nameless(raw: bytes) -> bytes:
    return anonymise(raw, key=KEY).text.encode()


def _outline(raw: bytes) -> tuple[str, frozenset[str]]:
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    found = read_record(RawRecord("-", "-", "-", "auto", "Asia/Tokyo", moment, raw))
    return (found.shape, frozenset(found.fields)) if isinstance(found, Event) else ("", frozenset())
