"""Ed25519 keys of rule packs: one that signs, and those this installation trusts.

Plain PEM, so that openssl and a hardware token's tools can make them too. Trusted keys are
`DATA/keys/packs/*.pub`; the file's name is what a person calls the signer.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError, Place, UsageError

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )
except ImportError as error:  # the core works without it; only who makes or installs packs needs it
    raise HinomiError(
        "Signatures need the package `cryptography`.",
        advice="pip install 'hinomi[portal]' brings it.",
    ) from error

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "keys/packs"  # in DATA


@dataclass(frozen=True, slots=True)
class Signer:
    """A public key and what it is called here."""

    name: str
    id: str
    key: Ed25519PublicKey

    def has_signed(self, signature: bytes, message: bytes) -> bool:
        """True when the signature is this key's over exactly these bytes."""
        try:
            self.key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


def draw_key(path: Path) -> Signer:
    """A new pair: `path` (mode 0600, never overwritten) and `path`.pub."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise UsageError("There is a key already.", place=Place(str(path))) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(private)
    path.with_name(path.name + ".pub").write_bytes(public)
    return Signer(path.name, _id_of(key.public_key()), key.public_key())


def read_private(path: Path) -> Ed25519PrivateKey:
    """Raises HinomiError when it is no unencrypted Ed25519 private key in PEM."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise _no_key(path, "private") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(path, "private")
    return key


def signed_by(key: Ed25519PrivateKey, message: bytes) -> tuple[str, bytes]:
    """The key's id and its signature."""
    return _id_of(key.public_key()), key.sign(message)


def trusted_keys(data: Path) -> list[Signer]:
    """Every key of DATA. Raises HinomiError that names a file that holds none: a key that is
    silently not used would make good packs look strange."""
    found = []
    for path in sorted((data / FOLDER).glob("*.pub")):
        try:
            key = serialization.load_pem_public_key(path.read_bytes())
        except (OSError, ValueError, TypeError) as error:
            raise _no_key(path, "public") from error
        if not isinstance(key, Ed25519PublicKey):
            raise _no_key(path, "public")
        found.append(Signer(path.stem, _id_of(key), key))
    return found


def _id_of(key: Ed25519PublicKey) -> str:
    """16 hex digits, to find the key by; the signature is what proves it."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def _no_key(path: Path, kind: str) -> HinomiError:
    return HinomiError(
        f"That is no Ed25519 {kind} key in PEM.",
        place=Place(str(path)),
        advice="`hinomi rules pack key FILE` makes a pair.",
    )
