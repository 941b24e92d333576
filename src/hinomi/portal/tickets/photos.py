"""Photographs of tickets: taken in by what they are, kept under DATA/tickets, not under static."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.portal.access.time import configuration
from hinomi.portal.tickets.models import Attachment, draw_photo_id
from hinomi.portal.tickets.pictures import MOST_BYTES, NotAPicture, picture_of
from hinomi.portal.ui.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from django import forms
    from django.core.files.uploadedfile import UploadedFile

    from hinomi.portal.tickets.models import TicketMessage

MOST_PHOTOS = 5
_NAME_MOST = 120
WHY_NOT = {
    "empty": "中身がありません。もう一度、写真を選んでください。",
    "too_large": f"大きすぎます。{MOST_BYTES // 1_048_576}MBより小さい写真を選んでください。",
    "too_many_pixels": "写真が細かすぎます。画面を写した写真を選んでください。",
    "broken": "途中で切れているか、こわれています。もう一度撮って送ってください。",
    "heic": "この種類（HEIC）の写真は開けません。JPEGにして送ってください。",
    "other_kind": "写真（JPEGかPNG）ではありません。画面を写した写真を選んでください。",
}


@dataclass(frozen=True, slots=True)
class Photograph:
    """A picture ready to keep, or what was set aside: then `raw` is empty."""

    name: str
    kind: str
    raw: bytes
    sha256: str
    size_bytes: int
    set_aside: str = ""


def photograph(name: str, raw: bytes) -> Photograph:
    """What came under this name. What is no picture is set aside with name, size and hash."""
    digest, shown = hashlib.sha256(raw).hexdigest(), one_line(name)[:_NAME_MOST] or "写真"
    try:
        picture = picture_of(raw)
    except NotAPicture as error:
        return Photograph(shown, "", b"", digest, len(raw), error.reason)
    return Photograph(shown, picture.kind, picture.raw, digest, len(picture.raw))


def checked(form: forms.Form, uploaded: Iterable[UploadedFile[bytes]]) -> list[Photograph] | None:
    """The photographs of a filled-in form; None when the form or one of them has a fault, which
    then stands at its field."""
    found: list[Photograph] = []
    files = list(uploaded)
    is_valid = form.is_valid()
    if len(files) > MOST_PHOTOS:
        form.add_error("photos", f"写真は{MOST_PHOTOS}枚までです。")
        return None
    for each in files:
        small = (each.size or 0) <= MOST_BYTES
        taken = photograph(each.name or "", each.read() if small else b"")
        fault = WHY_NOT[taken.set_aside if small else "too_large"] if not taken.kind else ""
        if fault:
            form.add_error("photos", f"「{taken.name}」：{fault}")
            is_valid = False
        found.append(taken)
    return found if is_valid else None


@transaction.atomic
def with_photos(
    act: Callable[[], TicketMessage], *, photographs: Iterable[Photograph]
) -> TicketMessage:
    """Do the act and hang the photographs on its message; a form that came twice adds none."""
    message = act()
    if not Attachment.objects.of(message.organisation_id).filter(message=message).exists():
        for each in photographs:
            keep(message, each)
    return message


def keep(message: TicketMessage, each: Photograph) -> Attachment:
    """The file first, then its row: a row never names a file that is not there."""
    name = draw_photo_id()
    if each.raw:
        _write(path_of(message.organisation_id, name), each.raw)
    return Attachment.objects.create(
        id=name,
        organisation_id=message.organisation_id,
        message=message,
        name=each.name,
        kind=each.kind,
        size_bytes=each.size_bytes,
        sha256=each.sha256,
        set_aside=each.set_aside,
    )


def path_of(organisation_id: str, name: str) -> Path:
    """Where the file of an attachment lies."""
    return configuration().data / "tickets" / organisation_id / name


def _write(path: Path, raw: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_suffix(".tmp")
    with aside.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
