"""Sealed passwords: open for their own row on this installation, and for nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.store.sealed import NotOpened, seal, unseal

if TYPE_CHECKING:
    from pathlib import Path


def test_what_was_sealed_opens_for_its_own_row(tmp_path: Path) -> None:
    sealed = seal("合言葉 p4ss", data=tmp_path, about="mbx_1")
    assert unseal(sealed, data=tmp_path, about="mbx_1") == "合言葉 p4ss"
    assert "p4ss" not in sealed
    assert (tmp_path / "keys" / "mailboxes.key").stat().st_mode & 0o777 == 0o600


def test_no_password_is_no_password(tmp_path: Path) -> None:
    assert unseal("", data=tmp_path, about="mbx_1") == ""


def test_it_opens_neither_for_another_row_nor_elsewhere_nor_changed(tmp_path: Path) -> None:
    sealed = seal("p4ss", data=tmp_path / "one", about="mbx_1")
    seal("x", data=tmp_path / "two", about="mbx_1")
    for text, folder, about in (
        (sealed, "one", "mbx_2"),
        (sealed, "two", "mbx_1"),
        (sealed, "none", "mbx_1"),
        (sealed[:-5] + "AAAA=", "one", "mbx_1"),
        ("2" + sealed[1:], "one", "mbx_1"),
        ("1:é", "one", "mbx_1"),
        ("nonsense", "one", "mbx_1"),
    ):
        with pytest.raises(NotOpened, match="does not open"):
            unseal(text, data=tmp_path / folder, about=about)


def test_two_seals_of_one_text_differ(tmp_path: Path) -> None:
    one, other = (seal("p4ss", data=tmp_path, about="mbx_1") for _ in range(2))
    assert one != other
