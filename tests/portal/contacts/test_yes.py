"""The page behind the link: opening it does nothing, and each link is for one reader."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.test import Client

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.contacts import addresses, proofs
from hinomi.portal.contacts.models import Address, Contact, Kind

if TYPE_CHECKING:
    from tests.portal.contacts.conftest import House

Both = tuple[Contact, Contact]


def asked(house: House, both: Both) -> tuple[Address, str]:
    """悠 asks for a telephone of 葵's; the link in 葵's mail."""
    row = addresses.ask_for(
        contact=both[0], kind=Kind.VOICE, text="090-2222-2222", replaces=None, user_id=house.yuu.pk
    )
    (mail,) = (
        proof.body_text
        for proof in proofs.due_proofs(house.clock.now())
        if proof.address == "aoi@aoba.example" and proof.kind == "mail"
    )
    found = re.search(r"https://mimamori\.example(/contacts/yes/\S+)", mail)
    assert found
    return row, found[1]


def test_a_scanner_that_opens_the_link_changes_nothing(house: House, both: Both) -> None:
    row, link = asked(house, both)
    before = AuditEntry.objects.count()
    for method in ("get", "head"):
        assert getattr(Client(), method)(link).status_code == 200
    row.refresh_from_db()
    assert row.agreed_at is None
    assert AuditEntry.objects.count() == before


def test_yes_and_a_changed_mind(house: House, both: Both) -> None:
    row, link = asked(house, both)
    page = Client().post(link, {"answer": "yes"}).content.decode()
    assert "「はい」と答えてあります" in page
    Client().post(link, {"answer": "yes"})
    row.refresh_from_db()
    assert row.agreed_contact_id == both[0].pk
    assert AuditEntry.objects.filter(what="contacts:address:agree").count() == 1
    assert "この連絡先は使いません" in Client().post(link, {"answer": "no"}).content.decode()
    page = Client().post(link, {"answer": "yes"}).content.decode()
    assert "この連絡先は使いません" in page
    row.refresh_from_db()
    assert row.ended_at is not None


def test_the_page_shows_no_number_whole(house: House, both: Both) -> None:
    _, link = asked(house, both)
    page = Client().get(link).content.decode()
    assert "…2222" in page
    assert "0902222" not in page


def test_a_link_that_is_not_ours_or_of_another_message_does_not_exist(
    house: House, both: Both
) -> None:
    _, link = asked(house, both)
    number, _, rest = link.removeprefix("/contacts/yes/").partition(":")
    forged = (f"/contacts/yes/{int(number) + 1}:{rest}", "/contacts/yes/1/", "/contacts/yes/x:y/")
    for path in forged:
        assert Client().get(path).status_code == 404
        assert Client().post(path, {"answer": "yes"}).status_code == 404


def test_neither_yes_nor_no_says_what_to_do(house: House, both: Both) -> None:
    _, link = asked(house, both)
    answer = Client().post(link, {"answer": "?"})
    assert answer.status_code == 422
    assert "押してください" in answer.content.decode()
