"""What a person sees of a mail: text, whatever the mail is."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hinomi.core.mail import MailState, Piece, PieceKind
from hinomi.portal.mailboxes.keys import key_of
from hinomi.portal.mailboxes.letters import SHOWN, mail_text, piece_text
from hinomi.store.mailroom import KeptPiece


def mail(*parts: bytes, head: bytes = b"") -> bytes:
    joined = b"".join(b"--x\r\n" + part + b"\r\n" for part in parts)
    return b"Content-Type: multipart/mixed; boundary=x\r\n" + head + b"\r\n" + joined + b"--x--\r\n"


def part(text: str, kind: str = "text/plain", charset: str = "utf-8", more: str = "") -> bytes:
    head = f'Content-Type: {kind}; charset="{charset}"\r\n{more}\r\n'
    return head.encode() + text.encode(charset, "replace")


@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp", "shift_jis", "euc-jp"])
def test_japanese_is_read_in_its_charset(charset: str) -> None:
    assert (
        mail_text(mail(part("ウイルスを見つけました", charset=charset))) == "ウイルスを見つけました"
    )


def test_plain_text_is_shown_before_html_and_attachments_never() -> None:
    attachment = part("秘密", more="Content-Disposition: attachment; filename=a.txt\r\n")
    assert mail_text(mail(attachment, part("<p>二</p>", kind="text/html"), part("一"))) == "一"
    assert mail_text(mail(attachment, part("<p>二</p>", kind="text/html"))) == "二"
    assert mail_text(mail(attachment)) == ""


def test_html_leaves_only_its_words() -> None:
    page = (
        '<script>alert(1)</script><style>x{}</style><img src="http://evil.example/x.png">読めます'
    )
    assert mail_text(mail(part(page, kind="text/html"))) == "読めます"


def test_a_long_mail_is_cut_and_a_missing_one_is_empty() -> None:
    shown = mail_text(mail(part("あ" * 50_000)))
    assert len(shown) <= SHOWN + 2
    assert shown.endswith("…")
    assert mail_text(None) == ""
    assert mail_text(b"x" * 3_000_000) == ""


@given(st.binary(max_size=600))
@settings(max_examples=300)
def test_any_bytes_give_text_without_hidden_letters(raw: bytes) -> None:
    for text in (mail_text(raw), mail_text(mail(raw)), piece_text(_piece(raw))):
        assert not {unicodedata.category(c) for c in text} & {"Cf", "Cs", "Co"}
        assert not set(text) & set("\x00\x1b\r")


@pytest.mark.parametrize("raw", [b"", b"[]", b"1", b'{"labels": 1}', b'{"labels": [1, [2]]}'])
def test_an_envelope_that_is_none_shows_the_summary(raw: bytes) -> None:
    assert piece_text(_piece(raw)) == "要約"


def test_an_envelope_shows_labels_then_text() -> None:
    raw = json.dumps({"labels": [["会社", "甲"], ["処理", "隔離"]], "text": "本文"}).encode()
    assert piece_text(_piece(raw)) == "会社：甲\n処理：隔離\n\n本文"


def _piece(raw: bytes) -> KeptPiece:
    return KeptPiece("m", Piece(1, PieceKind.ALERT, "要約", (), raw), MailState.WAITING)


@pytest.mark.parametrize(
    ("kind", "one", "other", "same"),
    [
        ("tenant", "㈱青葉工務店", "株式会社 青葉工務店", True),
        ("tenant", "有限会社青葉工務店", "株式会社青葉工務店", False),
        ("serial", "ＳＮ １", "sn1", True),
        ("host", "PC-01", "pc-01", True),
        ("address", "A@B.example", "a@b.example", True),
    ],
)
def test_what_is_compared_alike_is_learned_once(
    kind: str, one: str, other: str, same: bool
) -> None:
    assert (key_of(kind, one) == key_of(kind, other)) is same
