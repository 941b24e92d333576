"""見守りの同意 on screen: who gives it, who writes it down, and what a page or paper says of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.time import configuration, now
from hinomi.portal.consents import queries
from hinomi.portal.consents.models import Entrusted
from hinomi.portal.consents.paper import PAPERS, WARNING, paper
from hinomi.portal.sources.models import Source
from hinomi.respond.check import texts_check
from hinomi.store.directory import load
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from django.test import Client

    from tests.portal.town import Town


@pytest.fixture
def owner(town: Town) -> Client:
    return sign_in(town.people["owner", "own"])


@pytest.fixture
def manager(town: Town) -> Client:
    return sign_in(town.people["manager", "own"])


def address(town: Town, page: str = "") -> str:
    return f"/companies/{town.aoba.organisation.id}/consent/{page}"


def filled(**changes: object) -> dict[str, object]:
    return {
        "signer": "代表取締役 青葉太郎",
        "signed_on": "2026-11-01",
        "kinds": ["fortigate"],
        "agreed": "on",
        **changes,
    }


def waits(town: Town) -> bool:
    senders = load(data=configuration().data).sources
    return next(each.awaits_consent for each in senders if each.id == town.aoba.source.id)


def test_an_owner_signs_and_the_page_says_what_holds(town: Town, owner: Client) -> None:
    said = filled(purposes=["statistics"], days_fortigate="30")
    assert owner.post(address(town, "sign/"), said).status_code == 302
    page = owner.get(address(town)).content.decode()
    assert "見守りの同意があります" in page
    assert "見守り、統計" in page
    assert "30日残します" in page
    assert "代表取締役 青葉太郎" in page
    (newest, *_) = queries.history(town.aoba.organisation.id)
    assert newest.way == "screen"


def test_what_our_people_write_down_is_a_paper(town: Town, manager: Client) -> None:
    assert "お客様の署名があります" in manager.get(address(town, "sign/")).content.decode()
    assert manager.post(address(town, "sign/"), filled()).status_code == 302
    (newest, *_) = queries.history(town.aoba.organisation.id)
    assert (newest.way, newest.recorded_by) == ("paper", town.people["manager", "own"])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"signer": ""}, "同意した人の役職と名前を入力してください"),
        ({"kinds": []}, "1つは選んでください"),
        ({"signed_on": "2999-01-01"}, "今日か、今日より前の日付"),
        ({"signed_on": "いつか"}, "2026-11-21"),
        ({"agreed": ""}, "チェックを入れてください"),
        ({"days_fortigate": "9999"}, "1から90までの数字"),
        ({"kinds": ["nothing"]}, "一覧から選んでください"),
    ],
)
def test_a_faulty_consent_is_told_and_changes_nothing(
    town: Town, owner: Client, changes: dict[str, object], told: str
) -> None:
    before = len(queries.history(town.aoba.organisation.id))
    answer = owner.post(address(town, "sign/"), filled(**changes))
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert len(queries.history(town.aoba.organisation.id)) == before


def test_a_withdrawal_is_out_at_once_and_a_signature_brings_it_back(
    town: Town, owner: Client
) -> None:
    taken = {"what": "all", "signer": "青葉太郎"}
    assert owner.post(address(town, "withdraw/"), taken).status_code == 302
    assert waits(town)
    page = owner.get(f"/sources/{town.aoba.source.id}/").content.decode()
    assert "見守りの同意を待っています" in page
    assert "同意待ち" in owner.get("/sources/").content.decode()
    assert "記録は受け取っていません" in owner.get(address(town)).content.decode()
    owner.post(address(town, "sign/"), filled())
    assert not waits(town)


def test_kinds_that_are_meant_must_be_named(town: Town, owner: Client) -> None:
    answer = owner.post(address(town, "withdraw/"), {"what": "kinds", "signer": "青葉太郎"})
    assert answer.status_code == 422
    assert "取りやめる種類" in answer.content.decode()


def test_staff_may_register_first_and_the_source_waits(town: Town, manager: Client) -> None:
    url = f"/companies/{town.aoba.organisation.id}/sources/new/yamaha/"
    answer = manager.post(url, {"name": "倉庫のルーター", "expect_every_s": "0"})
    assert answer.status_code == 302
    source = Source.objects.of(town.aoba.organisation.id).get(name="倉庫のルーター")
    assert source.awaits_consent
    assert "ヤマハ" in manager.get(address(town)).content.decode()


@pytest.mark.parametrize("name", PAPERS)
def test_each_paper_is_marked_for_a_lawyer_on_screen_and_in_print(
    town: Town, owner: Client, name: str
) -> None:
    page = owner.get(address(town, f"papers/{name}/")).content.decode()
    assert WARNING in page
    file = owner.get(address(town, f"papers/{name}.pdf"))
    assert file["Content-Type"] == "application/pdf"
    assert file.content.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in file.content


def test_the_paper_names_the_fields_that_are_really_read(town: Town, owner: Client) -> None:
    page = owner.get(address(town, "papers/consent/")).content.decode()
    assert "FortiGate" in page
    assert "srcip" in page
    assert "メールの本文" in page


@pytest.mark.parametrize("name", PAPERS)
def test_the_words_of_the_papers_are_plain(town: Town, name: str) -> None:
    made = paper(name, town.aoba.organisation)
    lines = [line for part in made.parts for line in (*part.text, *part.points)]
    found = {fault.rule: (line, fault) for line in lines for fault in texts_check(line)}
    found.pop("文の長さの平均", None)  # of one line; of all of them is asked below
    assert not found
    assert not [each for each in texts_check("\n".join(lines)) if "平均" in each.rule]


def test_the_manager_s_list_of_subcontractors_reaches_the_paper(
    town: Town, manager: Client, owner: Client
) -> None:
    form = {"name": "夜番株式会社", "work": "夜間の見守り", "valid_from": "2026-01-01"}
    assert manager.post("/entrusted/", form).status_code == 302
    assert "夜番株式会社" in owner.get(address(town, "papers/consent/")).content.decode()
    row = Entrusted.objects.of_firm(town.firm.id).get()
    stranger = sign_in(town.people["manager", "other firm"])
    assert stranger.post("/entrusted/", {"end": str(row.pk)}).status_code == 404
    assert "夜番株式会社" not in stranger.get("/entrusted/").content.decode()
    assert manager.post("/entrusted/", {"end": str(row.pk)}).status_code == 302
    row.refresh_from_db()
    assert row.valid_to == now().date() or row.valid_to is not None


def test_a_consent_of_another_company_does_not_exist(town: Town) -> None:
    stranger = sign_in(town.people["owner", "same firm"])
    for page in ("", "sign/", "withdraw/", "papers/consent/", "papers/consent.pdf"):
        assert stranger.get(address(town, page)).status_code == 404


def test_the_list_of_kinds_offers_everything_in_japanese(town: Town, owner: Client) -> None:
    page = owner.get(address(town, "sign/")).content.decode()
    values = re.findall(r'name="(?:kinds|others)" value="(\w+)"', page)
    assert len(values) == len(set(values)) > 60
