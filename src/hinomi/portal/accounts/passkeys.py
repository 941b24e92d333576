"""Adding, renaming, removing and using passkeys: one transaction each, with the trail, and a mail
to the account's address when one came or went."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import get_adapter
from django.db import IntegrityError, transaction

from hinomi.portal.access import audit
from hinomi.portal.access.time import configuration, now
from hinomi.portal.accounts import ceremonies
from hinomi.portal.accounts.ceremonies import Purpose
from hinomi.portal.accounts.models import Passkey, User
from hinomi.portal.accounts.refusals import PasskeyRefused, Reason
from hinomi.portal.accounts.relying import Place, place
from hinomi.portal.accounts.second_factor import has_second_factor

if TYPE_CHECKING:
    from django.http import HttpRequest

MOST = 10
_KIND = "passkey"  # as the trail calls it, beside "totp"


def ask_to_add(request: HttpRequest, *, user: User) -> dict[str, Any]:
    """The question for a new passkey of this person."""
    rows = list(user.passkeys.all())
    handle = bytes(rows[0].user_handle) if rows else secrets.token_bytes(32)
    known = [ceremonies.id_of(bytes(row.credential)) for row in rows]
    return ceremonies.ask_to_add(request, place=_place(), user=user, handle=handle, known=known)


def check_room(*, user: User, name: str) -> None:
    """Raises PasskeyRefused when no more passkeys fit, or the name is taken."""
    names = list(user.passkeys.values_list("name", flat=True))
    if len(names) >= MOST:
        raise PasskeyRefused(Reason.FULL)
    if name in names:
        raise PasskeyRefused(Reason.NAME)


def ask_to_sign_in(request: HttpRequest) -> dict[str, Any]:
    """The question at the door."""
    return ceremonies.ask_to_sign_in(request, place=_place())


def add(request: HttpRequest, *, user: User, name: str, answer: str) -> Passkey:
    """Keep what the device made. Raises PasskeyRefused; then nothing is kept."""
    question = ceremonies.take_question(request, Purpose.ADD)
    new = ceremonies.check_new(ceremonies.read_new(answer), place=_place(), question=question)
    passkey = Passkey(
        user=user,
        name=name,
        credential_sha256=_sha256(new.id),
        credential=new.credential,
        user_handle=ceremonies.handle_of(question),
        sign_count=new.count,
        counts_fully=has_second_factor(request),
    )
    _keep(passkey)
    _tell(request, passkey, "added")
    return passkey


@transaction.atomic
def rename(*, passkey: Passkey, name: str) -> None:
    """Raises PasskeyRefused when another passkey of the person has the name."""
    if passkey.name == name:
        return
    passkey.name = name
    _save(passkey)
    audit.record(what="accounts:factor:rename", user_id=passkey.user_id, kind=_KIND, name=name)


@transaction.atomic
def remove(request: HttpRequest, *, passkey: Passkey) -> bool:
    """False when somebody was faster; then nobody is told twice."""
    if not Passkey.objects.filter(pk=passkey.pk).delete()[0]:
        return False
    audit.record(
        what="accounts:factor:remove", user_id=passkey.user_id, kind=_KIND, name=passkey.name
    )
    _tell(request, passkey, "removed")
    return True


def use(request: HttpRequest, *, answer: str) -> Passkey:
    """Whose passkey answered; its use is counted. Raises PasskeyRefused; when it was about a
    passkey we know, the trail has it."""
    question = ceremonies.take_question(request, Purpose.SIGN_IN)
    used = ceremonies.read_used(answer)
    rows = Passkey.objects.select_related("user")
    passkey = rows.filter(credential_sha256=_sha256(used.raw_id), user__is_active=True).first()
    if passkey is None or used.response.user_handle != bytes(passkey.user_handle):
        raise PasskeyRefused(Reason.UNKNOWN)
    try:
        count = ceremonies.check_used(
            used, place=_place(), question=question, credential=bytes(passkey.credential)
        )
        _count(passkey, count)
    except PasskeyRefused as refused:
        _note_refused(passkey, refused.reason)
        raise
    return passkey


@transaction.atomic
def _note_refused(passkey: Passkey, reason: Reason) -> None:
    audit.record(
        what="accounts:factor:refuse",
        user_id=passkey.user_id,
        kind=_KIND,
        name=passkey.name,
        reason=reason,
    )


def _count(passkey: Passkey, count: int) -> None:
    """A device that counts must count up; one that does not says 0 for ever. Of two answers with
    the same count at the same moment one wins."""
    is_ahead = count > passkey.sign_count or count == passkey.sign_count == 0
    unchanged = Passkey.objects.filter(pk=passkey.pk, sign_count=passkey.sign_count)
    if not is_ahead or not unchanged.update(sign_count=count, last_used_at=now()):
        raise PasskeyRefused(Reason.COUNTER)


@transaction.atomic
def _keep(passkey: Passkey) -> None:
    user = User.objects.select_for_update().get(pk=passkey.user_id)  # of two, one is the tenth
    check_room(user=user, name=passkey.name)
    if Passkey.objects.filter(credential_sha256=passkey.credential_sha256).exists():
        raise PasskeyRefused(Reason.KNOWN)
    _save(passkey)
    audit.record(what="accounts:factor:add", user_id=passkey.user_id, kind=_KIND, name=passkey.name)


def _save(passkey: Passkey) -> None:
    same = Passkey.objects.filter(user_id=passkey.user_id, name=passkey.name)
    if same.exclude(pk=passkey.pk).exists():
        raise PasskeyRefused(Reason.NAME)
    try:
        with transaction.atomic():
            passkey.save()
    except IntegrityError as error:  # somebody was faster
        raise PasskeyRefused(Reason.NAME) from error


def _tell(request: HttpRequest, passkey: Passkey, what: str) -> None:
    phone = configuration().provider_phone
    context = {"name": passkey.name, "timestamp": now(), "provider_phone": phone}
    user, adapter = passkey.user, get_adapter(request)
    transaction.on_commit(
        lambda: adapter.send_notification_mail(
            f"accounts/email/passkey_{what}", user, context, email=user.email
        )
    )


def _place() -> Place:
    ours = place()
    if ours is None:
        raise PasskeyRefused(Reason.ELSEWHERE)
    return ours


def _sha256(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()
