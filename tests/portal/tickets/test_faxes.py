"""FAXes that come back: laid beside the right incident, believed only when a person read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from hinomi.portal.access.time import now
from hinomi.portal.contacts.models import Address, Contact
from hinomi.portal.escalations.models import Escalation, Stopped
from hinomi.portal.incidents.models import Answer, Incident
from hinomi.portal.notices.models import FirmNotice, Notice
from hinomi.portal.tickets.faxes import TICKET_SUBJECT, take_fax
from hinomi.portal.tickets.models import FaxMatch, FaxReturn, Ticket
from hinomi.portal.ways.models import WayAccount
from hinomi.respond.sheets.returned import NotAFax
from tests.portal.desk_things import PIXEL
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from django.test import Client

    from tests.portal.town import Company, Town

GATEWAY = "fax@gateway.example"
SIGNED = ("gateway.example",)
PDF = b"%PDF-1.4 a page"


@pytest.fixture(autouse=True)
def way(town: Town) -> WayAccount:
    """The firm's FAX way names its gateway."""
    FaxReturn.objects.of_firm(town.firm.id).delete()
    return WayAccount.objects.of_firm(town.firm.id).create(
        firm_id=town.firm.id, kind="fax", maker="fax_mail", options={"return_from": GATEWAY}
    )


@pytest.fixture
def desk(town: Town) -> Client:
    return sign_in(town.people["desk", "own"])


def mail(
    *, subject: str = "FAX", name: str = "m1", file_name: str = "fax.pdf", sender: str = GATEWAY,
    head: str = "", file: bytes = PDF,
) -> bytes:  # fmt: skip
    return (
        f"From: {sender}\r\nSubject: {subject}\r\nMessage-ID: <{name}@gateway.example>\r\n"
        f"Auto-Submitted: auto-generated\r\n{head}MIME-Version: 1.0\r\n"
        f"Content-Type: application/pdf\r\n"
        f'Content-Disposition: attachment; filename="{file_name}"\r\n\r\n'
    ).encode() + file


def draw(raw: bytes) -> list[bytes]:
    if not raw.startswith(b"%PDF-"):
        raise NotAFax("other_kind")
    return [PIXEL]


def take(town: Town, raw: bytes, signers: tuple[str, ...] = SIGNED) -> FaxReturn:
    took = take_fax(raw, firm_id=town.firm.id, signers=signers, draw=draw)
    assert took is not None
    return took


def faxed(company: Company, incident: Incident | None = None) -> Incident:
    """Our sheet went out about the incident, to the company's proved FAX."""
    incident = incident or company.incident
    Notice.objects.create(
        organisation=company.organisation, incident_number=incident.number, channel="fax",
        to="0312345678", subject="x", body_text="x", dedupe_key=f"fax{incident.pk}", attempts=1,
        state="sent",
    )  # fmt: skip
    contact = Contact.objects.of(company.organisation.id).get()
    Address.objects.of(company.organisation.id).get_or_create(
        organisation=company.organisation, contact=contact, kind="fax", address="0312345678",
        key="0312345678", defaults={"proved_at": now()},
    )  # fmt: skip
    return incident


def ringing(incident: Incident) -> Escalation:
    return Escalation.objects.create(
        organisation_id=incident.organisation_id, incident=incident, round=1, started_at=now()
    )


def answers(incident: Incident) -> list[str]:
    rows = Answer.objects.of(incident.organisation_id).filter(incident=incident)
    return list(rows.order_by("pk").values_list("choice", flat=True))[1:]


@pytest.mark.parametrize(
    "beside",
    [
        {"subject": "FAX K-{}"},
        {"file_name": "k-{}_p1.pdf"},
        {"head": "X-Fax-Ref: K-{}\r\n"},
    ],
)
def test_our_number_beside_the_picture_leads_to_its_incident(
    town: Town, beside: dict[str, str]
) -> None:
    incident = faxed(town.aoba)
    digits = incident.number.removeprefix("K-")
    raw = mail(**{name: text.format(digits) for name, text in beside.items()})  # type: ignore[arg-type]
    for _ in range(2):  # a gateway that hands it over again
        fax = take(town, raw)
    assert (fax.incident, fax.matched, fax.pages) == (incident, FaxMatch.NUMBER, 1)
    assert FaxReturn.objects.of_firm(town.firm.id).count() == 1
    assert answers(incident) == [], "nothing on it is believed by itself"


def test_whoever_answers_for_the_firm_is_told_once_where_to_read_it(town: Town) -> None:
    incident = faxed(town.aoba)
    for _ in range(2):
        fax = take(town, mail(subject=f"FAX {incident.number}"))
    (told,) = FirmNotice.objects.of_firm(town.firm.id).filter(dedupe_key__startswith="fax:")
    assert told.to == town.people["manager", "own"].email
    assert (told.level, incident.number in told.subject) == ("now", True)
    page = sign_in(town.people["manager", "own"]).get(reverse("fax", args=[fax.pk]))
    assert page.status_code == 200


def test_while_one_lies_unread_nobody_is_told_of_the_next(town: Town) -> None:
    """A flood in the gateway's name must not become a flood of mails."""
    incident = faxed(town.aoba)
    first = take(town, mail(subject=f"FAX {incident.number}"))
    for number in range(3):
        take(town, mail(subject=f"FAX {incident.number}", name=f"more{number}"))
    told = FirmNotice.objects.of_firm(town.firm.id).filter(dedupe_key__startswith="fax:")
    assert told.count() == 1
    FaxReturn.objects.of_firm(town.firm.id).update(read_at=now())
    assert first.pk != take(town, mail(subject=f"FAX {incident.number}", name="later")).pk
    assert told.count() == 2


def test_what_has_no_proof_silences_no_fax_that_has_one(town: Town) -> None:
    """A forger's sheet that nobody marks as read must not hide the customer's own."""
    subject = f"FAX {faxed(town.aoba).number}"
    told = FirmNotice.objects.of_firm(town.firm.id).filter(dedupe_key__startswith="fax:")
    for number in range(3):
        take(town, mail(subject=subject, name=f"forged{number}"), signers=())
    assert told.count() == 1
    take(town, mail(subject=subject, name="own"))
    take(town, mail(subject=subject, name="own again"))
    take(town, mail(subject=subject, name="forged again"), signers=())
    assert told.count() == 2


def test_a_fax_that_belongs_nowhere_wakes_nobody(town: Town) -> None:
    take(town, mail(subject="FAX"), signers=())
    assert (
        not FirmNotice.objects.of_firm(town.firm.id).filter(dedupe_key__startswith="fax:").exists()
    )


def test_the_number_it_came_from_leads_to_the_newest_open_incident_we_faxed_about(
    town: Town,
) -> None:
    incident = faxed(town.aoba)
    fax = take(town, mail(subject="03-1234-5678 から受信 20261122"))
    assert (fax.incident, fax.matched) == (incident, FaxMatch.PHONE)
    assert not Ticket.objects.of(town.aoba.organisation.id).filter(subject=TICKET_SUBJECT).exists()


def test_a_number_we_never_faxed_about_is_not_believed(town: Town) -> None:
    fax = take(town, mail(subject=f"FAX {town.aoba.incident.number}"))
    assert (fax.incident, fax.organisation) == (None, None)


def test_one_company_s_paper_from_another_s_machine_waits_for_a_person(town: Town) -> None:
    faxed(town.aoba)
    fumi = town.fumi.incident
    Notice.objects.create(
        organisation=town.fumi.organisation, incident_number=fumi.number, channel="fax", to="0",
        subject="x", body_text="x", dedupe_key="f", attempts=1,
    )  # fmt: skip
    fax = take(town, mail(subject=f"{fumi.number} 0312345678"))
    assert (fax.incident, fax.organisation) == (None, None)


def test_without_an_open_incident_it_is_a_ticket_with_the_picture_where_the_gateway_is_proved(
    town: Town,
) -> None:
    incident = faxed(town.aoba)
    Incident.objects.of(incident.organisation_id).update(state="done", closed_at=now())
    fax = take(town, mail(subject="0312345678"))
    assert fax.ticket is not None
    assert fax.ticket.subject == TICKET_SUBJECT
    assert fax.ticket.organisation_id == town.aoba.organisation.id
    photo = fax.ticket.messages.get().attachments.get()
    assert (photo.kind, photo.set_aside) == ("png", "")
    forged = take(town, mail(subject="0312345678", name="m2"), ())
    assert forged.ticket is None, "no stranger's picture in a customer's thread"
    assert forged.organisation == town.aoba.organisation


def test_mails_of_others_are_questions_and_bounces_are_none(town: Town) -> None:
    for raw in (
        mail(sender="fax@gateway.example.evil.test"),
        mail(head="Return-Path: <>\r\n"),
    ):
        assert take_fax(raw, firm_id=town.firm.id, draw=draw) is None
    WayAccount.objects.of_firm(town.firm.id).filter(kind="fax").update(
        options={"return_from": "@gateway.example"}
    )
    assert take(town, mail(sender="0312345678@gateway.example"))


def test_what_cannot_be_drawn_is_set_aside_with_its_reason_and_answers_nothing(
    town: Town, desk: Client
) -> None:
    incident = faxed(town.aoba)
    fax = take(town, mail(subject=incident.number, file=b"MZ not a fax"))
    assert (fax.set_aside, fax.pages, len(fax.sha256)) == ("other_kind", 0, 64)
    page = desk.get(f"/tickets/faxes/{fax.pk}/").content.decode()
    assert "FAXの紙（PDFかTIFF）ではありません" in page
    assert 'value="done"' not in page


def test_the_ticks_a_person_read_move_the_incident_and_end_the_ladder_once(
    town: Town, desk: Client
) -> None:
    incident = faxed(town.aoba)
    ladder = ringing(incident)
    fax = take(town, mail(subject=incident.number))
    at = f"/tickets/faxes/{fax.pk}/"
    page = desk.get(at).content.decode()
    assert f"{at}pages/1/" in page
    picture = desk.get(f"{at}pages/1/")
    assert (picture.content, picture["Content-Type"]) == (PIXEL, "image/png")
    assert "sandbox" in picture["Content-Security-Policy"]
    for _ in range(2):
        desk.post(f"{at}read/", {"reading": "help", "written_by": "葵"})
    assert answers(incident) == ["help"]
    ladder.refresh_from_db()
    assert (ladder.how, ladder.who, ladder.said) == (
        Stopped.DESK, "葵", "返信FAXの「できない・わからない」",
    )  # fmt: skip
    fax.refresh_from_db()
    assert (fax.reading, fax.read_by) == ("help", town.people["desk", "own"])


def test_a_sheet_without_a_tick_answers_nothing(town: Town, desk: Client) -> None:
    incident = faxed(town.aoba)
    ladder = ringing(incident)
    fax = take(town, mail(subject=incident.number))
    desk.post(f"/tickets/faxes/{fax.pk}/read/", {"reading": "nothing"})
    ladder.refresh_from_db()
    assert ladder.stopped_at is None
    assert answers(incident) == []


def test_a_person_lays_it_beside_an_incident_in_reach_only(town: Town, desk: Client) -> None:
    fax = take(town, mail())
    at = f"/tickets/faxes/{fax.pk}/"
    refused = desk.post(f"{at}read/", {"reading": "done"})
    assert refused.status_code == 422
    assert "先に、どの案件への返事か" in refused.content.decode()
    assert desk.post(at, {"number": town.umi.incident.number}).status_code == 422
    assert desk.post(at, {"number": town.aoba.incident.number.lower()}).status_code == 302
    fax.refresh_from_db()
    assert (fax.incident, fax.matched) == (town.aoba.incident, FaxMatch.HAND)
    desk.post(f"{at}read/", {"reading": "help"})
    assert answers(town.aoba.incident) == ["help"]


def test_another_firm_s_desk_and_a_customer_see_none_of_it(town: Town) -> None:
    fax = take(town, mail(subject=faxed(town.aoba).number))
    for person in (("desk", "other firm"), ("owner", "own")):
        client = sign_in(town.people[person])
        assert client.get(f"/tickets/faxes/{fax.pk}/").status_code in (403, 404)
        assert client.get(f"/tickets/faxes/{fax.pk}/pages/1/").status_code in (403, 404)


def test_a_flood_in_the_gateway_s_name_draws_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hinomi.portal.tickets.faxes.MOST_AN_HOUR", 2)
    drawn: list[Any] = [take(town, mail(name=f"n{place}")).set_aside for place in range(3)]
    assert drawn == ["", "", "too_many"]
