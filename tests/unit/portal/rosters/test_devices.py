"""Which kind of source a cell of a list means."""

from __future__ import annotations

import pytest

from hinomi.portal.rosters.devices import kind_of
from hinomi.portal.sources.kinds import all_kinds


@pytest.mark.parametrize(
    ("device", "kind"),
    [
        ("FortiGate 60F（本社）", "fortigate"),
        ("ＦＧ－４０Ｆ", "fortigate"),
        ("フォーティゲート", "fortigate"),
        ("Sophos XGS 87", "sophos_xgs"),
        ("Sophos Intercept X", "sophos_central"),
        ("ヤマハのルーター", "yamaha"),
        ("RTX830", "rtx"),
        ("Linuxサーバー", "linux"),
        ("ウィンドウズ", "windows"),
        ("サクサ SS6000", ""),
        ("Studios Enterprise", ""),
        ("UTM", ""),
        ("メール", ""),
        ("mail", ""),
        ("", ""),
    ],
)
def test_a_device_is_known_by_its_name(device: str, kind: str) -> None:
    assert kind_of(device) == kind


def test_every_kind_found_can_be_registered() -> None:
    found = {kind_of(kind.replace("_", " ")) for kind in all_kinds()} - {""}
    assert found <= set(all_kinds())
