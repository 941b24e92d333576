"""WebAuthn's two conversations: what the browser is asked, and whether its answer holds.

Each question is drawn for one session and one purpose, lives five minutes and is answered once.
Reading and checking is the fido2 library's; what it leaves to us (who asked, once only, no page
inside another page, kinds of keys) is here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
import struct
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.cache import cache
from fido2.cose import ES256, RS256, EdDSA
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    RegistrationResponse,
    UserVerificationRequirement,
)

from hinomi.portal.access.time import configuration
from hinomi.portal.accounts.refusals import PasskeyRefused, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest
    from fido2.webauthn import AuthenticatorData, CollectedClientData

    from hinomi.portal.accounts.models import User
    from hinomi.portal.accounts.relying import Place

VALID_S = 300
_KINDS = (ES256.ALGORITHM, EdDSA.ALGORITHM, RS256.ALGORITHM)
_LONGEST_ID = 1023  # WebAuthn's own limit
# All that the library raises on bytes which are no answer.
_UNREADABLE = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError,
    struct.error, RecursionError, OverflowError, binascii.Error,
)  # fmt: skip
_Answer = TypeVar("_Answer", RegistrationResponse, AuthenticationResponse)


class Purpose(StrEnum):
    """What a question is for; an answer to one is no answer to the other."""

    ADD = "passkey-add"
    SIGN_IN = "passkey-sign-in"


@dataclass(frozen=True, slots=True)
class New:
    """What a device made: all of it as bytes, its id, and how often it has signed."""

    credential: bytes
    id: bytes
    count: int


def ask_to_add(
    request: HttpRequest, *, place: Place, user: User, handle: bytes, known: Iterable[bytes]
) -> dict[str, Any]:
    """What the browser hands to the device; `known` are the ids that need not come twice."""
    challenge = _draw(request, Purpose.ADD, handle=_text(handle))
    return {
        "challenge": challenge,
        "rp": {"id": place.name, "name": configuration().service_name},
        "user": {"id": _text(handle), "name": user.email, "displayName": user.shown_name},
        "pubKeyCredParams": [{"type": "public-key", "alg": kind} for kind in _KINDS],
        "timeout": VALID_S * 1000,
        "excludeCredentials": [{"type": "public-key", "id": _text(each)} for each in known],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    }


def ask_to_sign_in(request: HttpRequest, *, place: Place) -> dict[str, Any]:
    """No names: the device knows whose passkeys it holds, and nobody learns who is known here."""
    return {
        "challenge": _draw(request, Purpose.SIGN_IN),
        "rpId": place.name,
        "timeout": VALID_S * 1000,
        "userVerification": "required",
        "allowCredentials": [],
    }


def take_question(request: HttpRequest, purpose: Purpose) -> dict[str, Any]:
    """The open question of this session, used up. LATE when there is none."""
    question = request.session.pop(purpose.value, None)
    if question is None or not 0 <= time.time() - question["at"] <= VALID_S:
        raise PasskeyRefused(Reason.LATE)
    # The session is read and written apart; of two requests at the same moment one wins here.
    once = hashlib.sha256(question["challenge"].encode()).hexdigest()
    if not cache.add(f"passkey-question:{once}", 1, VALID_S):
        raise PasskeyRefused(Reason.LATE)
    return dict(question)


def read_new(text: str) -> RegistrationResponse:
    """The browser's answer to `ask_to_add`."""
    return _read(RegistrationResponse, text)


def read_used(text: str) -> AuthenticationResponse:
    """The browser's answer to `ask_to_sign_in`."""
    return _read(AuthenticationResponse, text)


def check_new(answer: RegistrationResponse, *, place: Place, question: dict[str, Any]) -> New:
    """What the device made, once everything about it holds."""
    told, made = answer.response.client_data, answer.response.attestation_object.auth_data
    credential = made.credential_data
    if credential is None or len(credential.credential_id) > _LONGEST_ID:
        raise PasskeyRefused(Reason.UNREADABLE)
    if credential.public_key.ALGORITHM not in _KINDS:
        raise PasskeyRefused(Reason.UNREADABLE)
    try:
        _server(place).register_complete(_state(question), answer)
    except _UNREADABLE as error:
        raise PasskeyRefused(_why(told, made, place, question)) from error
    _refuse_framed(told)
    return New(bytes(credential), credential.credential_id, made.counter)


def check_used(
    answer: AuthenticationResponse, *, place: Place, question: dict[str, Any], credential: bytes
) -> int:
    """How often the device says it has signed, once everything about the answer holds."""
    told, signed = answer.response.client_data, answer.response.authenticator_data
    known = AttestedCredentialData(credential)
    try:
        _server(place).authenticate_complete(_state(question), [known], answer)
    except _UNREADABLE as error:
        raise PasskeyRefused(_why(told, signed, place, question)) from error
    _refuse_framed(told)
    return int(signed.counter)


def id_of(credential: bytes) -> bytes:
    """What the device calls the passkey."""
    return bytes(AttestedCredentialData(credential).credential_id)


def handle_of(question: dict[str, Any]) -> bytes:
    """What the device was told to call the person."""
    return _bytes(question["handle"])


def _draw(request: HttpRequest, purpose: Purpose, **kept: str) -> str:
    challenge = _text(secrets.token_bytes(32))
    request.session[purpose.value] = {"challenge": challenge, "at": time.time(), **kept}
    return challenge


def _read(kind: type[_Answer], text: str) -> _Answer:
    try:
        answer: _Answer | None = kind.from_dict(json.loads(text))
    except _UNREADABLE as error:
        raise PasskeyRefused(Reason.UNREADABLE) from error
    if answer is None:  # what the library makes of `null`
        raise PasskeyRefused(Reason.UNREADABLE)
    return answer


def _server(place: Place) -> Fido2Server:
    entity = PublicKeyCredentialRpEntity(id=place.name, name=configuration().service_name)
    return Fido2Server(entity, verify_origin=place.is_ours)


def _state(question: dict[str, Any]) -> dict[str, Any]:
    return {
        "challenge": question["challenge"],
        "user_verification": UserVerificationRequirement.REQUIRED,
    }


def _why(
    told: CollectedClientData, data: AuthenticatorData, place: Place, question: dict[str, Any]
) -> Reason:
    """Words only: the library has refused already, and does not tell by type what it was."""
    name_hash = hashlib.sha256(place.name.encode()).digest()
    checks = (
        (place.is_ours(told.origin) and data.rp_id_hash == name_hash, Reason.ELSEWHERE),
        (told.challenge == _bytes(question["challenge"]), Reason.LATE),
        (data.is_user_present() and data.is_user_verified(), Reason.NOBODY_THERE),
    )
    return next((reason for holds, reason in checks if not holds), Reason.SIGNATURE)


def _refuse_framed(told: CollectedClientData) -> None:
    if told.cross_origin:
        raise PasskeyRefused(Reason.ELSEWHERE)


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
