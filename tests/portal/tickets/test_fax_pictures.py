"""What a gateway brings is drawn apart into bare pictures; our own sheet comes back readable."""

from __future__ import annotations

import pytest

from hinomi.respond.channels.channel import Message
from hinomi.respond.sheets import fax_sheet
from hinomi.respond.sheets.returned import MOST_BYTES, NotAFax, pictures_of
from tests.unit.respond.test_tiff import tiff

PNG = b"\x89PNG\r\n\x1a\n"


def test_our_own_sheet_comes_back_as_one_picture() -> None:
    message = Message(to="0", subject="件名", body_text="本文", message_id="a@b", number="K-2041")
    (picture,) = pictures_of(fax_sheet(message, service_name="まちの見守り", back="03-1111-2222"))
    assert picture.startswith(PNG)
    assert len(picture) > 5_000, "something stands on it"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"  ", "empty"),
        (b"%PDF-" + b"x" * MOST_BYTES, "too_large"),
        (b"MZ\x90", "other_kind"),
        (tiff(packing=5), "broken"),
        (b"%PDF-1.7 /JavaScript nothing else", "broken"),
    ],
)
def test_what_is_no_fax_has_its_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(NotAFax) as told:
        pictures_of(raw)
    assert told.value.reason == reason
