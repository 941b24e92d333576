"""What a customer only told becomes an incident: read first, opened once, told to the company."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.core.words import ActionLevel
from hinomi.portal.incidents.models import Incident
from hinomi.portal.incidents.reported import TOLD_JA
from hinomi.portal.notices.models import Notice
from hinomi.portal.tickets.models import Ticket
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from django.test import Client

    from tests.portal.town import Town


@pytest.fixture
def staff(town: Town) -> Client:
    Ticket.objects.of(town.aoba.organisation.id).update(incident=None)
    return sign_in(town.people["desk", "own"])


def page(town: Town) -> str:
    return f"/tickets/{town.aoba.ticket.number}/incident/"


def told(town: Town) -> list[Incident]:
    rows = Incident.objects.of(town.aoba.organisation.id)
    return list(rows.filter(group_key__contains=":reported="))


@pytest.mark.parametrize("kind", TOLD_JA)
def test_the_text_is_read_before_it_is_sent_and_claims_no_record(
    town: Town, staff: Client, kind: str
) -> None:
    form = {"kind": kind, "device": "受付のパソコン", "act": "preview"}
    shown = staff.post(page(town), form).content.decode()
    assert "この文面で知らせて、案件を開く" in shown
    assert "の記録です" not in shown
    assert told(town) == []


def test_it_opens_once_however_often_it_is_pressed(town: Town, staff: Client) -> None:
    before = Notice.objects.of(town.aoba.organisation.id).count()
    form = {"kind": "fake_warning", "device": "受付のパソコン", "act": "open"}
    for _ in range(2):
        answer = staff.post(page(town), form)
        assert answer.status_code == 302
    (opened,) = told(town)
    assert opened.level == ActionLevel.NOW
    assert Notice.objects.of(town.aoba.organisation.id).count() > before
    ticket = Ticket.objects.of(town.aoba.organisation.id).get(pk=town.aoba.ticket.pk)
    assert ticket.incident_id == opened.pk
    assert answer["Location"] == f"/queue/{opened.number}/"
    owner = sign_in(town.people["owner", "own"])
    assert "にせの警告画面" in owner.get(f"/incidents/{opened.number}/").content.decode()


def test_a_press_without_a_choice_says_what_is_missing(town: Town, staff: Client) -> None:
    answer = staff.post(page(town), {"act": "open"})
    assert answer.status_code == 422
    assert "1つ選んでください" in answer.content.decode()
    assert told(town) == []


def test_another_firms_ticket_does_not_exist(town: Town) -> None:
    other = sign_in(town.people["desk", "ended"])
    assert other.get(page(town)).status_code == 404
