"""A software authenticator: makes and uses passkeys as a telephone does, and can be told to lie."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256

from hinomi.portal.accounts.models import Passkey, User

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass(frozen=True)
class Told:
    """What an honest browser says; a test changes one thing."""

    origin: str = "https://testserver"
    rp_id: str = ""
    challenge: str = ""
    kind: str = ""
    flags: int = PRESENT | VERIFIED
    is_framed: bool = False
    algorithm: int = ES256.ALGORITHM


HONEST = Told()


@dataclass
class Authenticator:
    """Holds one passkey. `count` None: a device that never counts, as synced passkeys do."""

    count: int | None = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    handle: bytes = b""

    def __post_init__(self) -> None:
        """A new key pair."""
        self._key = ec.generate_private_key(ec.SECP256R1())

    def make(self, options: dict[str, Any], told: Told = HONEST) -> str:
        """The browser's answer to a question for a new passkey."""
        self.handle = plain(options["user"]["id"])
        data = self._data(told.rp_id or options["rp"]["id"], told.flags | ATTESTED)
        data += self.credential(told.algorithm)
        attested = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        client = _client("webauthn.create", options, told)
        return self._answer(clientDataJSON=client, attestationObject=attested)

    def credential(self, algorithm: int = ES256.ALGORITHM) -> bytes:
        """Model, id and public half, as a portal keeps them."""
        public = {**ES256.from_cryptography_key(self._key.public_key()), 3: algorithm}
        return bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor.encode(public)

    def use(
        self, options: dict[str, Any], told: Told = HONEST, *, signature: bytes | None = None
    ) -> str:
        """The browser's answer at the door."""
        if self.count is not None:
            self.count += 1
        data = self._data(told.rp_id or options["rpId"], told.flags)
        client = _client("webauthn.get", options, told)
        signed = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            clientDataJSON=client,
            authenticatorData=data,
            signature=signed if signature is None else signature,
            userHandle=self.handle,
        )

    def _data(self, rp_id: str, flags: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self.count or 0)

    def _answer(self, **parts: bytes) -> str:
        return json.dumps(
            {
                "id": text(self.id),
                "rawId": text(self.id),
                "type": "public-key",
                "response": {name: text(part) for name, part in parts.items()},
                "clientExtensionResults": {},
            }
        )


def passkey_of(user: User, *, name: str) -> Passkey:
    """A passkey that lies in some device."""
    device = Authenticator()
    return Passkey.objects.create(
        user=user,
        name=name,
        credential=device.credential(),
        credential_sha256=hashlib.sha256(device.id).hexdigest(),
        user_handle=secrets.token_bytes(32),
    )


def text(value: bytes) -> str:
    """As WebAuthn writes bytes in JSON."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def plain(value: str) -> bytes:
    """The bytes of it."""
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


def _client(kind: str, options: dict[str, Any], told: Told) -> bytes:
    return json.dumps(
        {
            "type": told.kind or kind,
            "challenge": told.challenge or options["challenge"],
            "origin": told.origin,
            "crossOrigin": told.is_framed,
        }
    ).encode()
