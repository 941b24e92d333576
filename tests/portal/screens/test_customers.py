"""顧客 and 顧客カルテ: finding a company by whatever one has, the file, the 合言葉, the note."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.contacts.models import Address, Contact
from hinomi.portal.contacts.watchwords import set_watchword
from hinomi.portal.incidents.desk_rows import PhoneNote
from hinomi.portal.incidents.models import Incident
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.organisations.services import add_organisation
from tests.portal.town import Town, sign_in

if TYPE_CHECKING:
    from django.test import Client


@pytest.fixture
def desk(town: Town) -> Client:
    return sign_in(town.people["desk", "own"])


def found(client: Client, **asked: str) -> list[str]:
    page = client.get("/customers/", asked).content.decode()
    return re.findall(r'<td class="main"><a href="/customers/[^"]+/">([^<]+)</a>', page)


def table(client: Client, **asked: str) -> list[dict[str, str]]:
    answer = client.get("/customers/", {**asked, "as": "csv"})
    raw = b"".join(answer.streaming_content)  # type: ignore[arg-type]
    assert raw.startswith(b"\xef\xbb\xbf")  # Excel takes it for Shift_JIS otherwise
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    "typed", ["03-5555-1234", "0355551234", "５５５５－１２３４", "(03) 5555 1234", "55551234"]
)
def test_a_company_is_found_by_its_telephone_however_it_is_written(
    town: Town, desk: Client, typed: str
) -> None:
    Organisation.objects.of(town.aoba.organisation.pk).update(contact_phone="03-5555-1234")
    assert found(desk, q=typed) == ["青葉工務店"]


def test_a_company_is_found_by_the_telephone_of_a_contact(town: Town, desk: Client) -> None:
    for company, digits in ((town.fumi, "09012345678"), (town.umi, "09012345679")):
        person = Contact.objects.create(organisation=company.organisation, name="受付")
        Address.objects.create(
            organisation=company.organisation,
            contact=person,
            kind="voice",
            address=digits,
            key=digits,
        )
    assert found(desk, q="090-1234-567") == ["文京歯科"]  # 海野水産 is another firm's


def test_a_company_is_found_by_name_id_and_an_incident_s_number(town: Town, desk: Client) -> None:
    company = town.aoba.organisation
    for typed in ("青葉", company.pk, town.aoba.incident.number.lower()):
        assert found(desk, q=typed) == ["青葉工務店"]
    assert found(desk, q=town.umi.incident.number) == []


@pytest.mark.parametrize("hostile", ["%", "_", "'; DROP", "\x00", "\\", "+-() ", "9" * 300])
def test_a_hostile_search_finds_nobody(town: Town, desk: Client, hostile: str) -> None:
    names = found(desk, q=hostile)
    assert names == ([] if hostile != "\x00" else ["文京歯科", "青葉工務店"])


def test_a_company_with_open_incidents_and_one_without_are_told_apart(
    town: Town, desk: Client
) -> None:
    Incident.objects.of(town.fumi.organisation.pk).update(state="done")
    assert found(desk, view="open") == ["青葉工務店"]
    assert set(found(desk)) == {"青葉工務店", "文京歯科"}
    add_organisation(name="機器のない商店", firm_id=town.firm.id)
    assert found(desk, view="bare") == ["機器のない商店"]


def test_the_file_holds_every_customer_and_nothing_that_a_spreadsheet_runs(
    town: Town, desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hinomi.portal.incidents.queries.customers._AT_ONCE", 2)
    evil = ['=HYPERLINK("http://x")', "+1", "-1", "@x", "　=1", "\t=1", "＝1", "a\r\n=1"]
    for at, name in enumerate(evil):
        made = add_organisation(name=f"会社{at}", firm_id=town.firm.id)
        Organisation.objects.of(made.pk).update(name=name)
    rows = table(desk)
    names = [row["会社"] for row in rows]
    assert len(names) == len(evil) + 2
    assert all(name.startswith("'") for name in names if name.lstrip("'　⟨")[:1] in "=+-@＝")
    assert not any(name.startswith(("=", "+", "-", "@", "＝")) for name in names)
    assert "海野水産" not in names
    assert [row["会社"] for row in table(desk, q="青葉")] == ["青葉工務店"]
    assert AuditEntry.objects.filter(what="organisations:customer:export").count() == 2


def test_the_watchword_is_shown_on_request_only_and_each_look_is_kept(
    town: Town, desk: Client
) -> None:
    company = town.aoba.organisation
    set_watchword(organisation_id=company.pk, word="ひまわり", user_id=None)
    page = f"/customers/{company.pk}/"
    looks = AuditEntry.objects.filter(what="organisations:watchword:show")
    assert "ひまわり" not in desk.get(page).content.decode()
    assert not looks.exists()
    assert desk.get(f"{page}watchword/").status_code == 405
    shown = desk.post(f"{page}watchword/")
    assert "ひまわり" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert looks.get().user == town.people["desk", "own"]
    assert "ひまわり" not in str(looks.get().detail)
    assert desk.post(f"/customers/{town.umi.organisation.pk}/watchword/").status_code == 404


def test_a_note_of_two_at_once_loses_neither_s_words(town: Town, desk: Client) -> None:
    company, other = town.aoba.organisation, sign_in(town.people["analyst", "own"])
    url = f"/customers/{company.pk}/note/"
    assert other.post(url, {"version": 0, "text": "午前中に電話"}).status_code == 302
    late = desk.post(url, {"version": 0, "text": "社長は水曜休み"})
    page = late.content.decode()
    assert late.status_code == 409
    assert "社長は水曜休み" in page
    assert 'name="version" value="1"' in page
    assert PhoneNote.objects.of(company.pk).get().text == "午前中に電話"
    assert desk.post(url, {"version": 1, "text": "水曜休み。午前中"}).status_code == 302
    note = PhoneNote.objects.of(company.pk).get()
    assert (note.text, note.version) == ("水曜休み。午前中", 2)
    desk.post(url, {"version": 1, "text": "水曜休み。午前中"})  # a double click
    assert PhoneNote.objects.of(company.pk).get().version == 2


def test_the_card_says_whom_to_ring_first(town: Town, desk: Client) -> None:
    company = town.aoba.organisation
    first = f"1. {town.aoba.canary}の係"  # who stands there already
    for position, name in enumerate(("三番の人", "二番の人")):
        Contact.objects.create(organisation=company, name=name, position=3 - position)
    page = desk.get(f"/customers/{company.pk}/").content.decode()
    assert page.index(first) < page.index("2. 二番の人") < page.index("3. 三番の人")
