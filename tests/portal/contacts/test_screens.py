"""P12, 合言葉 and the emergency card, by browser: who sees and changes what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.contacts import codes, queries, watchwords
from hinomi.portal.contacts.models import Address, Contact, Kind, Subject, Telling
from tests.portal.town import configured, sign_in

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.contacts.conftest import House
    from tests.portal.town import Town

Both = tuple[Contact, Contact]


@pytest.fixture
def aoi(house: House) -> Client:
    return sign_in(house.aoi)


def page_of(client: Client, house: House, rest: str = "contacts/") -> str:
    return client.get(f"/companies/{house.id}/{rest}").content.decode()


def act(
    client: Client, contact: Contact, name: str, row: Address | None = None, **more: str
) -> str:
    said = {"act": name, "address": str(row.pk) if row else "", **more}
    answer = client.post(f"/contacts/{contact.pk}/act/", said, follow=True)
    return answer.content.decode()


def test_the_first_contact_from_an_empty_page_to_a_number_in_use(house: House, aoi: Client) -> None:
    assert "連絡先がまだありません" in page_of(aoi, house)
    new = f"/companies/{house.id}/contacts/new/"
    key = re.search(r'name="form_key" value="(\w+)"', aoi.get(new).content.decode())
    assert key
    said = {"name": "葵", "user": house.aoi.pk, "kind": "voice", "form_key": key[1]}
    refused = aoi.post(new, {**said, "address": "１１０"})
    assert refused.status_code == 422
    assert "緊急の番号" in refused.content.decode()
    assert 'value="１１０"' in refused.content.decode()  # what was typed stays
    assert not Contact.objects.of(house.id).exists()
    for _ in range(2):  # a double click
        assert aoi.post(new, {**said, "address": "+81 3-1111-1111"}).status_code == 302
    contact = Contact.objects.of(house.id).get()
    row = Address.objects.of(house.id).get()
    assert "番号が違います" in act(aoi, contact, "prove", row, code="000-000")
    assert "このあて先を使います" in act(aoi, contact, "prove", row, code=house.code(row))
    page = page_of(aoi, house)
    assert "0311111111" in page
    assert "2人目の連絡先がありません" in page


def test_the_order_changes_by_buttons_once_per_click(house: House, both: Both, aoi: Client) -> None:
    first, second = both
    for _ in range(2):
        aoi.post(
            f"/companies/{house.id}/contacts/move/",
            {"contact": second.pk, "to": "up", "version": second.version},
        )
    assert [each.contact_id for each in queries.order_of(house.id)] == [second.pk, first.pk]


def test_a_person_changes_hours_and_two_at_once_are_told(
    house: House, both: Both, aoi: Client
) -> None:
    contact, other = both
    url = f"/contacts/{contact.pk}/"
    said = {
        "name": "葵", "user": house.aoi.pk, "hours": "own", "days": ["0", "5"], "opens": "22:00",
        "closes": "06:00", "now_when": "always", "today_when": "hours", "check_when": "never",
        "deputy": other.pk, "computers": "KEIRI-2、現場, GENBA", "version": contact.version,
    }  # fmt: skip
    assert aoi.post(url, said).status_code == 302
    contact.refresh_from_db()
    assert contact.computers == ["KEIRI-2", "現場", "GENBA"]
    assert contact.deputy_id == other.pk
    assert "月土の22時00分から翌日の6時00分" in page_of(aoi, house)
    late = aoi.post(url, {**said, "name": "別の名前"})
    assert late.status_code == 422
    assert "ほかの人が先に変えました" in late.content.decode()
    assert "別の名前" in late.content.decode()
    nothing = aoi.post(url, {**said, "days": [], "version": contact.version})
    assert "曜日を、1つは選んでください" in nothing.content.decode()


def test_yes_is_shown_to_the_second_person_only(house: House, both: Both) -> None:
    contact, _ = both
    yuu, aoi = sign_in(house.yuu), sign_in(house.aoi)
    yuu.post(f"/contacts/{contact.pk}/addresses/", {"kind": "voice", "address": "090-6666-6666"})
    row = Address.objects.of(house.id).get(key="09066666666")
    act(yuu, contact, "prove", row, code=house.code(row))
    url = f"/contacts/{contact.pk}/"
    assert "はい、使ってください" not in yuu.get(url).content.decode()
    assert "申し出た人とは別の" in act(yuu, contact, "agree", row)
    assert "はい、使ってください" in aoi.get(url).content.decode()
    assert "丸1日たってから使います" in act(aoi, contact, "agree", row)
    assert "11月21日（土）10時12分から使います" in aoi.get(url).content.decode()
    assert "このあて先は使いません" in act(aoi, contact, "refuse", row)


def test_removing_can_be_taken_back_by_a_button(house: House, both: Both, aoi: Client) -> None:
    contact, _ = both
    row = Address.objects.of(house.id).get(kind=Kind.VOICE)
    assert "丸1日は元に戻せます" in act(aoi, contact, "remove", row)
    assert "11月21日（土）10時12分に外します" in page_of(aoi, house)
    assert "元に戻しました" in act(aoi, contact, "keep", row)
    act(aoi, contact, "remove_contact")
    assert "元に戻しました" in act(aoi, contact, "keep_contact")
    act(aoi, contact, "remove_contact")
    house.clock.move(days=1)
    assert "もう外したあとです" in act(aoi, contact, "keep_contact")
    assert "葵" not in page_of(aoi, house).partition("<ol")[2].partition("</ol>")[0]


def test_a_test_that_fails_is_told_in_a_sentence(house: House, both: Both, aoi: Client) -> None:
    from hinomi.portal.contacts import proofs

    contact, _ = both
    row = Address.objects.of(house.id).get(kind=Kind.VOICE)
    assert "試しの連絡を送りました" in act(aoi, contact, "test", row)
    assert "1分たってから" in act(aoi, contact, "test", row)
    (proof,) = proofs.due_proofs(house.clock.now())
    proofs.mark_lost(proof.id, house.clock.now(), "number is not in use")
    page = aoi.get(f"/contacts/{contact.pk}/").content.decode()
    assert "送れませんでした" in page
    assert "届かなかったので、使っていません" in page


def test_our_desk_writes_down_whom_it_spoke_with(house: House) -> None:
    mado = sign_in(house.mado)
    contact = house.contact("葵", user=house.aoi)
    mado.post(f"/contacts/{contact.pk}/addresses/", {"kind": "voice", "address": "03-1111-1111"})
    row = Address.objects.of(house.id).get()
    vouch = f"/contacts/{contact.pk}/vouch/"
    short = mado.post(vouch, {"act": "prove", "address": row.pk, "note": ""})
    assert short.status_code == 422
    assert mado.post(vouch, {"act": "prove", "address": row.pk, "note": "契約書の番号で本人と"})
    row.refresh_from_db()
    assert row.steps.counts_from() == house.clock.now()
    assert row.proof_note
    assert sign_in(house.aoi).post(vouch, {"act": "prove"}).status_code == 403


def test_the_desk_s_list_begins_with_who_cannot_be_reached(house: House, both: Both) -> None:
    mado = sign_in(house.mado)
    assert "確かめることはありません" in mado.get("/contacts/").content.decode()
    Address.objects.of(house.id).filter(kind=Kind.VOICE).update(bounced_at=house.clock.now())
    page = mado.get("/contacts/").content.decode()
    assert "届かなくなったあて先がある" in page
    assert "見つかりませんでした" in mado.get("/contacts/?q=どこにもない").content.decode()
    assert sign_in(house.aoi).get("/contacts/")["Location"] == f"/companies/{house.id}/contacts/"


def test_an_address_of_another_contact_or_company_cannot_be_acted_on(town: Town) -> None:
    owner = sign_in(town.people["owner", "own"])
    strange = Address.objects.of(town.fumi.organisation.id).get()
    own = town.aoba.contact
    answer = owner.post(f"/contacts/{own.pk}/act/", {"act": "remove", "address": strange.pk})
    assert answer.status_code == 422
    strange.refresh_from_db()
    assert strange.ended_at is None
    assert owner.get(f"/contacts/{town.fumi.contact.pk}/").status_code == 404
    assert owner.post(f"/contacts/{town.umi.contact.pk}/act/", {}).status_code == 404


def test_looking_changes_nothing(house: House, both: Both, aoi: Client) -> None:
    before = AuditEntry.objects.count(), Telling.objects.of(house.id).count()
    for path in ("contacts/", "contacts/new/", "watchword/", "card/", "card/?size=a6"):
        assert aoi.get(f"/companies/{house.id}/{path}").status_code == 200
        assert aoi.head(f"/companies/{house.id}/{path}").status_code == 200
    assert aoi.get(f"/contacts/{both[0].pk}/").status_code == 200
    assert (AuditEntry.objects.count(), Telling.objects.of(house.id).count()) == before


def test_the_watchword_is_sealed_told_of_and_reviewed_each_year(
    house: House, both: Both, aoi: Client
) -> None:
    url = f"/companies/{house.id}/watchword/"
    for bad, why in (("山", "4字から10字"), ("123456", "数字だけ"), ("", "入力してください")):
        answer = aoi.post(url, {"word": bad})
        assert answer.status_code == 422
        assert why in answer.content.decode()
    for _ in range(2):
        assert aoi.post(url, {"word": "みかん山"}).status_code == 302
    assert "みかん山" in page_of(aoi, house, "watchword/")
    stored = [*watchwords.Watchword.objects.of(house.id).values_list("sealed", flat=True)]
    assert len(stored) == 1
    assert "みかん山" not in stored[0]
    told = Telling.objects.of(house.id).filter(subject=Subject.WATCHWORD)
    assert {row.to for row in told} == {"aoi@aoba.example", "yuu@aoba.example"}
    assert not AuditEntry.objects.filter(detail__icontains="みかん山").exists()
    moment = house.clock.move(days=366)
    assert watchwords.remind(moment) == 2
    assert watchwords.remind(moment) == 0
    assert "1年がたちました" in page_of(aoi, house)
    assert watchwords.remind(house.clock.move(days=365)) == 2


def test_the_emergency_card_leaves_the_watchword_to_the_hand(
    house: House, aoi: Client, settings: SettingsWrapper
) -> None:
    settings.HINOMI = configured(provider_phone="0120-000-000")
    watchwords.set_watchword(organisation_id=house.id, word="みかん山", user_id=None)
    page = page_of(aoi, house, "card/?size=a6")
    assert "みかん山" not in page
    assert "0120-000-000" in page
    assert "https://mimamori.example/help/" in page
    assert 'data-size="a6"' in page
    assert 'data-size="a4"' in page_of(aoi, house, "card/?size=<script>")


def test_codes_are_six_digits_and_differ() -> None:
    made = {codes.code_of(f"{number:032x}") for number in range(200)}
    assert all(re.fullmatch(r"\d{6}", code) for code in made)
    assert len(made) > 190
