"""Photographs are what their bytes say, without what a camera wrote beside them."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from hinomi.portal.tickets.models import Attachment, Ticket
from hinomi.portal.tickets.photos import path_of
from hinomi.portal.tickets.pictures import MOST_BYTES, NotAPicture, picture_of
from tests.portal.desk_things import PIXEL
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from tests.portal.town import Town

SECRET = "35.6895N 青葉工務店の裏".encode()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def jpeg(*, turned: int = 1, progressive: str = "") -> bytes:
    """A photograph as a telephone makes it: orientation, place and comment inside."""
    image, out = Image.new("RGB", (40, 20), "red"), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = turned
    exif[0x010E] = "35.6895N"
    image.save(out, "JPEG", exif=exif, comment=SECRET, progressive=bool(progressive))
    return out.getvalue()


@pytest.mark.parametrize("kind", ["", "progressive"])
def test_a_jpeg_loses_place_and_comment_and_keeps_picture_and_turn(kind: str) -> None:
    raw = jpeg(turned=6, progressive=kind) + b"PK\x03\x04" + SECRET
    bare = picture_of(raw)
    assert bare.kind == "jpeg"
    assert SECRET not in bare.raw
    assert b"35.6895N" not in bare.raw
    assert b"PK\x03\x04" not in bare.raw
    before, after = Image.open(io.BytesIO(raw)), Image.open(io.BytesIO(bare.raw))
    assert after.getexif()[0x0112] == 6
    assert dict(after.getexif()) == {0x0112: 6}
    assert after.convert("RGB").tobytes() == before.convert("RGB").tobytes()


def test_nothing_rides_along_in_what_jfif_and_adobe_say() -> None:
    """A polyglot: a page or an archive between the marks of a photograph that is really one."""
    stowaway = b"<script>alert(1)</script>PK\x03\x04"
    whole = jpeg()
    adobe = b"Adobe" + b"\0" * 7 + stowaway
    jfxx = b"JFXX\0" + stowaway
    segments = b"".join(
        b"\xff" + mark + struct.pack(">H", len(body) + 2) + body
        for mark, body in (
            (b"\xee", adobe),
            (b"\xe0", jfxx),
            (b"\xe0", b"JFIF\0" + b"\1" * 9 + stowaway),
        )
    )
    bare = picture_of(whole[:2] + segments + whole[2:]).raw
    assert stowaway not in bare
    assert Image.open(io.BytesIO(bare)).convert("RGB").size == (40, 20)


def test_a_png_loses_its_texts_and_what_hangs_behind_it() -> None:
    raw = PIXEL[:33] + chunk(b"tEXt", b"Author\0" + SECRET) + PIXEL[33:] + b"<script>"
    bare = picture_of(raw)
    assert bare.kind == "png"
    assert SECRET not in bare.raw
    assert bare.raw.endswith(chunk(b"IEND", b""))
    assert Image.open(io.BytesIO(bare.raw)).size == (1, 1)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty"),
        (b"<svg onload=alert(1)>", "other_kind"),
        (b"%PDF-1.7", "other_kind"),
        (b"GIF89a<script>", "other_kind"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "heic"),
        (b"\xff\xd8\xff", "broken"),
        (b"\xff\xd8\xff\xe0\xff\xff" + b"x" * 20, "broken"),
        (b"\xff\xd8\xff\xda\x00\x02" + b"x" * 50, "broken"),
        (PIXEL[:40], "broken"),
        (PIXEL[:8] + chunk(b"IHDR", struct.pack(">II", 60_000, 60_000) + b"\x08\0\0\0\0"),
         "too_many_pixels"),
        (PIXEL[:8] + chunk(b"IEND", b""), "broken"),
        (b"\xff\xd8\xff\xc0\x00\x0b\x08\xff\xdc\xff\xdc\x01\x01\x11\x00", "too_many_pixels"),
        (b"MZ\x90\x00", "other_kind"),
        (b"PK\x03\x04", "other_kind"),
        (b"\xff\xd8\xff" + b"\0" * MOST_BYTES, "too_large"),
    ],
)  # fmt: skip
def test_what_is_no_photograph_is_refused_with_its_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(NotAPicture) as caught:
        picture_of(raw)
    assert caught.value.reason == reason


def test_every_cut_of_a_real_photograph_is_refused_or_read_and_never_raises_otherwise() -> None:
    whole = jpeg(turned=3)
    for length in range(len(whole) - 2):
        try:
            picture_of(whole[:length])
        except NotAPicture:
            continue
        pytest.fail(f"{length} bytes of {len(whole)} passed for a photograph")


def test_a_photograph_is_stored_bare_and_shown_to_its_own_people_only(town: Town) -> None:
    owner = sign_in(town.people["owner", "own"])
    data = {"subject": "画面", "text": "写真です", "photos": [file(jpeg(), "C:\\fakepath\\a.exe")]}
    owner.post("/consultations/", data)
    ticket = Ticket.objects.of(town.aoba.organisation.id).get(subject="画面")
    (found,) = Attachment.objects.of(ticket.organisation_id).filter(message__ticket=ticket)
    stored = path_of(ticket.organisation_id, found.pk).read_bytes()
    assert SECRET not in stored
    answer = owner.get(f"/photos/{found.pk}/")
    assert answer.content == stored
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "exe" not in answer["Content-Disposition"]
    assert "sandbox" in answer["Content-Security-Policy"]
    for person in (("owner", "same firm"), ("owner", "other firm"), ("desk", "other firm")):
        assert sign_in(town.people[person]).get(f"/photos/{found.pk}/").status_code == 404
    assert sign_in(town.people["desk", "own"]).get(f"/photos/{found.pk}/").status_code == 200


def test_a_fault_keeps_the_words_and_says_what_to_do(town: Town) -> None:
    owner = sign_in(town.people["owner", "own"])
    data = {"subject": "題", "text": "長い説明", "photos": [file(b"MZ\x90", "virus.jpg")]}
    answer = owner.post("/consultations/", data)
    assert answer.status_code == 422
    assert "長い説明" in answer.content.decode()
    assert "写真（JPEGかPNG）ではありません" in answer.content.decode()
    many = {"subject": "題", "text": "説明", "photos": [file(PIXEL, "a.png") for _ in range(6)]}
    assert owner.post("/consultations/", many).status_code == 422
    assert not Ticket.objects.of(town.aoba.organisation.id).filter(subject="題").exists()


def test_the_same_form_twice_is_one_ticket_with_one_photograph(town: Town) -> None:
    owner = sign_in(town.people["owner", "own"])
    for _ in range(2):
        data = {"subject": "2回", "text": "x", "once": "same", "photos": [file(PIXEL, "a.png")]}
        owner.post("/consultations/", data)
    ticket = Ticket.objects.of(town.aoba.organisation.id).get(subject="2回")
    rows = Attachment.objects.of(ticket.organisation_id).filter(message__ticket=ticket)
    assert rows.count() == 1


def file(raw: bytes, name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, raw, content_type="image/jpeg")
