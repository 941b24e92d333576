"""Passwords of other people's servers as sealed text: AES-GCM with an installation key.

The portal seals, collect opens. Sealing draws DATA/keys/mailboxes.key on first use; who copies
the database alone learns nothing. The text says which key it was sealed with, so that keys can be
changed one day.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from typing import TYPE_CHECKING

from hinomi.core.errors import Place, StoreDamaged

if TYPE_CHECKING:
    from pathlib import Path

KEY_NAME = "mailboxes"
_KEY_ID = "1"
_KEY_BYTES, _NONCE_BYTES = 32, 12


class NotOpened(StoreDamaged):
    """The key is missing or another, or the sealed text was changed."""


def seal(text: str, *, data: Path, about: str) -> str:
    """`<key id>:<base64>`. `about` (the row's id) is bound to it: moved to another row, the text
    does not open."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(_drawn_key(data)).encrypt(nonce, text.encode(), _bound(_KEY_ID, about))
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
        opened = AESGCM(_path(data).read_bytes()).decrypt(
            raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound(key_id, about)
        )
    except (InvalidTag, OSError, ValueError, binascii.Error) as error:
        raise NotOpened(
            "A stored password does not open with this installation's key.",
            place=Place(str(_path(data))),
            advice="Restore the key folder, or enter the password again.",
        ) from error
    return opened.decode()


def _bound(key_id: str, about: str) -> bytes:
    return f"{key_id}\0{about}".encode()


def _path(data: Path) -> Path:
    return data / "keys" / f"{KEY_NAME}.key"


def _drawn_key(data: Path) -> bytes:
    path = _path(data)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _store_once(path)
    return path.read_bytes()


def _store_once(path: Path) -> None:
    """Write aside, then link: two processes at once agree on the first one's key."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(_KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(aside, path)
    except FileExistsError:
        pass  # another process was first; its key is the one
    finally:
        aside.unlink()
