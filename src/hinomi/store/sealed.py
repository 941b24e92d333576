"""Passwords of other people's servers as sealed text: AES-GCM with an installation key.

The portal seals, collect opens. Sealing draws DATA/keys/mailboxes.key on first use; who copies
the database alone learns nothing. The text says which key it was sealed with, so that keys can be
changed one day.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import TYPE_CHECKING

from hinomi.core.errors import Place, StoreDamaged
from hinomi.store.key_files import drawn, path_of

if TYPE_CHECKING:
    from pathlib import Path

KEY_NAME = "mailboxes"
_KEY_ID = "1"
_NONCE_BYTES = 12


class NotOpened(StoreDamaged):
    """The key is missing or another, or the sealed text was changed."""


def seal(text: str, *, data: Path, about: str) -> str:
    """`<key id>:<base64>`. `about` (the row's id) is bound to it: moved to another row, the text
    does not open."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(drawn(data, name=KEY_NAME)).encrypt(
        nonce, text.encode(), _bound(_KEY_ID, about)
    )
    return f"{_KEY_ID}:{base64.b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, *, data: Path, about: str) -> str:
    """What was sealed for `about`; "" for "". Raises NotOpened."""
    if not sealed:
        return ""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key_id, _, body = sealed.partition(":")
    try:
        raw = base64.b64decode(body, validate=True)
        opened = AESGCM(path_of(data, name=KEY_NAME).read_bytes()).decrypt(
            raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound(key_id, about)
        )
    except (InvalidTag, OSError, ValueError, binascii.Error) as error:
        raise NotOpened(
            "A stored password does not open with this installation's key.",
            place=Place(str(path_of(data, name=KEY_NAME))),
            advice="Restore the key folder, or enter the password again.",
        ) from error
    return opened.decode()


def _bound(key_id: str, about: str) -> bytes:
    return f"{key_id}\0{about}".encode()
