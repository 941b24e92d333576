"""Writes what people know of a company's equipment; one transaction each, with audit entry."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from hinomi.portal.access import audit
from hinomi.portal.access.time import configuration, now
from hinomi.portal.contacts.watchwords import set_watchword
from hinomi.portal.installations.models import (
    CallRequest,
    Care,
    Completion,
    Licence,
    SetupStep,
    Survey,
    Task,
)
from hinomi.portal.notices.services import Letter, queue_mails
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.organisations.services import set_contact_phone
from hinomi.portal.ui.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from hinomi.pipeline.report.paper import Paper
    from hinomi.portal.sources.models import Source

_PRACTICE = """【練習】これは練習です。何もしなくてかまいません。

本当のお知らせも、このアドレスに届きます。
届いたら、画面の「はじめの設定」に戻ってください。

こちらからパスワードや暗証番号は聞きません。
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What a person says of a box."""

    place: str
    system: str
    password_holder: str
    vendor: str
    vendor_phone: str
    vendor_mail: str
    lease_end: date | None


@transaction.atomic
def say_of(
    *, source: Source, known: Known, licences: Mapping[str, date | None], user_id: int | None
) -> None:
    """Replace what is known of the source's box and its licences."""
    Care.objects.of(source.organisation_id).update_or_create(
        organisation_id=source.organisation_id,
        source=source,
        defaults={**_printable(asdict(known)), "changed_at": now()},
    )
    rows = Licence.objects.of(source.organisation_id).filter(source=source)
    for function, day in licences.items():
        if day is None:
            rows.filter(function=function).delete()
            continue
        Licence.objects.of(source.organisation_id).update_or_create(
            organisation_id=source.organisation_id,
            source=source,
            function=function,
            defaults={"ends_on": day},
        )
    _audit("care:write", source.organisation_id, user_id=user_id, source=source.id)


@transaction.atomic
def finish(*, organisation_id: str, task: Task, value: str, user_id: int | None) -> None:
    """A task of はじめの設定 is done. The telephone goes where telephones are kept, 合言葉 where it
    is sealed. A telephone that is set already stays: our desk calls it back to make sure, so who
    reads one mailbox must not change it here."""
    if task is Task.CONTACT:
        company = Organisation.objects.of(organisation_id).get()
        if not company.contact_phone:
            set_contact_phone(organisation_id=organisation_id, phone=value, user_id=user_id)
        value = ""
    if task is Task.PASSPHRASE:
        set_watchword(organisation_id=organisation_id, word=value, user_id=user_id)
        value = ""
    SetupStep.objects.of(organisation_id).update_or_create(
        organisation_id=organisation_id,
        task=task.value,
        defaults={"value": value, "done_at": now()},
    )
    if task is Task.PRACTICE:
        queue_mails(organisation_id=organisation_id, letter=_practice())
    _audit("setup:finish", organisation_id, user_id=user_id, about=task.value)


@transaction.atomic
def ask_for_call(
    *, organisation_id: str, task: Task, phone: str, wish: str, user_id: int | None
) -> bool:
    """One open request per task; False when there is one already."""
    rows = CallRequest.objects.of(organisation_id)
    if rows.filter(task=task.value, called_at=None).exists():
        return False
    rows.create(
        organisation_id=organisation_id,
        task=task.value,
        phone=one_line(phone),
        wish=one_line(wish),
        made_by_id=user_id,
    )
    _audit("call:ask", organisation_id, user_id=user_id, about=task.value)
    return True


@transaction.atomic
def called(*, request: CallRequest, user_id: int | None) -> None:
    """Somebody called."""
    if request.called_at is not None:
        return
    request.called_at, request.called_by_id = now(), user_id
    request.save(update_fields=["called_at", "called_by"])
    _audit("call:done", request.organisation_id, user_id=user_id, about=str(request.pk))


@transaction.atomic
def write_survey(*, organisation_id: str, answers: Mapping[str, str], user_id: int | None) -> None:
    """One more survey; the newest counts."""
    Survey.objects.of(organisation_id).create(
        organisation_id=organisation_id, answers=_printable(answers), by_id=user_id
    )
    _audit("survey:write", organisation_id, user_id=user_id)


@transaction.atomic
def complete(
    *, organisation_id: str, signer: str, signed_on: date, paper: Paper, user_id: int | None
) -> Completion:
    """Keep the 設置完了確認書 as it was signed."""
    row = Completion.objects.of(organisation_id).create(
        organisation_id=organisation_id,
        signer=one_line(signer),
        signed_on=signed_on,
        body=asdict(paper),
        by_id=user_id,
    )
    _audit("completion:sign", organisation_id, user_id=user_id, about=str(row.pk))
    return row


def _printable(said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: one_line(value) if isinstance(value, str) else value for name, value in said.items()
    }


def _practice() -> Letter:
    moment = now()
    return Letter(
        incident_number="",
        reason=f"practice:{moment:%Y%m%d%H%M}",
        subject=f"【{configuration().service_name}】【練習】お知らせが届くか確かめています",
        body_text=_PRACTICE,
    )


def _audit(
    act: str, organisation_id: str, *, user_id: int | None, source: str = "", about: str = ""
) -> None:
    audit.record(
        what=f"installations:{act}",
        user_id=user_id,
        organisation_id=organisation_id,
        source=source,
        about=about,
    )
