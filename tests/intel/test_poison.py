"""One poisoned feed in every form: all of it is held, and a person may still use a part."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.cli.main import main
from hinomi.detect.intel import PackedSet
from hinomi.store.directory import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REAL = "45.155.205.233"
POISON = {
    "ipv4-addr": ["0.0.0.0/0", "10.0.0.0/8", "192.168.1.1", "127.0.0.1", "8.8.8.8", "1.1.0.0/16"],
    "ipv6-addr": ["::/0", "fe80::1", "fd00::/8", "2001:4860:4860::8888"],
    "domain-name": ["google.com", "www.google.com", "com", "co.jp", "amazonaws.com", "t.co"],
    "url": ["https://www.google.com/", "http://192.168.1.1/admin", "https://8.8.8.8/"],
    "md5": ["d41d8cd98f00b204e9800998ecf8427e", "0" * 32],
}
_MISP = {"ipv4-addr": "ip-dst", "ipv6-addr": "ip-dst", "domain-name": "domain"}
_IMPORT = ("intel", "import", "--source", "poison")
COUNT = sum(map(len, POISON.values()))


def _list() -> str:
    return "\n".join([REAL, *(value for values in POISON.values() for value in values)])


def _csv() -> str:
    rows = [f"{value},90" for values in POISON.values() for value in values]
    return "\n".join(["indicator,confidence", f"{REAL},90", *rows])


def _misp() -> str:
    attributes = [
        {"type": _MISP.get(kind, kind), "value": value, "to_ids": True}
        for kind, values in {**POISON, "ip-dst": [REAL]}.items()
        for value in values
    ]
    return json.dumps({"Event": {"info": "x", "Attribute": attributes}})


def _stix() -> str:
    patterns = [
        f"[file:hashes.MD5 = '{value}']" if kind == "md5" else f"[{kind}:value = '{value}']"
        for kind, values in POISON.items()
        for value in values
    ]
    objects = [
        {
            "type": "indicator",
            "spec_version": "2.1",
            "id": f"indicator--00000000-0000-4000-8000-{number:012}",
            "created": "2026-11-01T00:00:00Z",
            "modified": "2026-11-01T00:00:00Z",
            "valid_from": "2026-11-01T00:00:00Z",
            "pattern_type": "stix",
            "pattern": pattern,
        }
        for number, pattern in enumerate([f"[ipv4-addr:value = '{REAL}']", *patterns])
    ]
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects})


def in_use(data: Path) -> set[str]:
    name = load(data=data).indicators
    return {value for _, value in (one.key for one in PackedSet(data / "intel" / name))}


@pytest.mark.parametrize("form", [_list, _csv, _misp, _stix], ids=["list", "csv", "misp", "stix"])
def test_a_poisoned_feed_is_held_until_a_person_says_otherwise(
    form: Callable[[], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    path = tmp_path / "feed"
    path.write_text(form(), encoding="utf-8")
    code = main([*_IMPORT, str(path), "--data", str(data), "--output-format", "json"])
    (row,) = json.loads(capsys.readouterr().out)
    assert (code, row["held"] + row["refused"], row["in_use"]) == (1, COUNT, 1)
    assert in_use(data) == {REAL}

    until = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
    allow = ["intel", "allow", "8.8.8.8", "--data", str(data), "--until", until]
    assert main([*allow, "--reason", " "]) == 2
    assert in_use(data) == {REAL}
    assert main([*allow, "--reason", "our sinkhole"]) == 0
    assert in_use(data) == {REAL, "8.8.8.8"}
