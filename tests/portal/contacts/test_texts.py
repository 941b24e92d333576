"""Every message of contacts in every length: the word rules, what it holds and what never."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.portal.contacts import letters, watchwords
from hinomi.portal.contacts.models import Address, Contact, Kind, Subject, Telling
from hinomi.respond.check import texts_check

if TYPE_CHECKING:
    from tests.portal.contacts.conftest import House

Both = tuple[Contact, Contact]


@pytest.fixture
def row(house: House, both: Both) -> Telling:
    """A telling about 葵's telephone, for 悠."""
    address = Address.objects.of(house.id).get(kind=Kind.VOICE)
    address.removed_at = house.clock.now()
    address.save()
    return Telling.objects.create(
        organisation=house.company, kind=Kind.MAIL, to="yuu@aoba.example", about=both[0],
        address=address, voter_contact=both[1], nonce="0" * 32, dedupe_key="x",
    )  # fmt: skip


class Marked(dict[str, str]):
    """Slot values between << >>: the word rules judge our words only."""

    def __missing__(self, name: str) -> str:
        return f"<<{name}>>"


@pytest.mark.parametrize("subject", list(Subject))
@pytest.mark.parametrize("length", ["title", "body", "short", "spoken"])
def test_a_message_keeps_the_word_rules_in_every_length(subject: Subject, length: str) -> None:
    assert texts_check(letters.texts()[subject][length].format_map(Marked())) == []


@pytest.mark.parametrize("subject", list(Subject))
def test_every_slot_of_a_message_is_a_field(row: Telling, subject: Subject) -> None:
    row.subject = subject
    said = letters.write(row)
    for text in (said.title, said.body, said.short, said.spoken):
        assert "{" not in text
        assert "  " not in text.replace("\n", "")
    assert "パスワードや暗証番号、合言葉は聞きません" in said.body


@pytest.mark.parametrize("subject", list(Subject))
def test_a_short_message_has_70_characters_the_watchword_and_no_address(
    house: House, row: Telling, subject: Subject
) -> None:
    watchwords.set_watchword(organisation_id=house.id, word="みかん山のてっぺん", user_id=None)
    row.subject = subject
    said = letters.write(row)
    assert len(said.short) <= letters.SMS_LONGEST
    assert "http" not in said.short
    assert said.short.endswith("合言葉：みかん山のてっぺん") is (subject != Subject.CODE)
    text = letters.texts()[subject]["short"]
    whole = text.replace("{code}", "123456")
    assert whole in said.short or subject == Subject.CODE  # nothing of ours was cut off


def test_who_is_at_an_unproved_address_learns_no_watchword_and_no_number(
    house: House, row: Telling
) -> None:
    watchwords.set_watchword(organisation_id=house.id, word="みかん山", user_id=None)
    row.subject, row.voter_contact = Subject.CODE, None
    said = letters.write(row)
    for text in (said.title, said.body, said.short, said.spoken):
        assert "みかん山" not in text
        assert "0311111111" not in text


def test_a_hostile_name_stays_one_line_and_fills_no_other_slot(house: House, row: Telling) -> None:
    contact = row.about
    assert contact
    contact.name = "葵{code}\r\nBcc: x@evil.example\u202e"
    row.subject = Subject.ASKED
    said = letters.write(row)
    assert "\r" not in said.title + said.body
    assert "葵{code}Bcc: x@evil.exampleさん" in said.body
