"""Somebody else's box, the first set-up, the survey and 設置完了確認書."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils.timezone import localdate

from hinomi.portal.access.time import now
from hinomi.portal.contacts.watchwords import watchword_of
from hinomi.portal.incidents.models import Incident, TimelineEntry
from hinomi.portal.incidents.weak_protection import tell_expired
from hinomi.portal.installations import queries
from hinomi.portal.installations.models import CallRequest, Completion, Licence, SetupStep, Survey
from hinomi.portal.notices.models import Notice
from hinomi.portal.sources.services import Wanted, register_source, revoke_source
from hinomi.portal.sources.tokens import token_of
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from django.test import Client

    from hinomi.portal.installations.models import Licence as Row
    from tests.portal.town import Town


@pytest.fixture
def owner(town: Town) -> Client:
    return sign_in(town.people["owner", "own"])


@pytest.fixture
def desk(town: Town) -> Client:
    return sign_in(town.people["desk", "own"])


def company(town: Town, page: str) -> str:
    return f"/companies/{town.aoba.organisation.id}/{page}"


def licence(town: Town, *, days: int, function: str = "virus") -> Row:
    return Licence.objects.of(town.aoba.organisation.id).create(
        organisation_id=town.aoba.organisation.id,
        source=town.aoba.source,
        function=function,
        ends_on=localdate(now()) + timedelta(days=days),
    )


def weak(town: Town) -> list[Incident]:
    rows = Incident.objects.of(town.aoba.organisation.id).filter(kind="protection_weak")
    return list(rows.order_by("pk"))


def test_what_is_known_of_a_box_is_kept_and_shown(town: Town, owner: Client) -> None:
    url = f"/sources/{town.aoba.source.id}/care/"
    said = {
        "place": "本社2階の棚",
        "system": "Windows 7",
        "password_holder": "vendor",
        "vendor": "山田通信",
        "vendor_phone": "03-0000-0000",
        "lease_end": str(localdate(now()) + timedelta(days=20)),
        "until_virus": str(localdate(now()) - timedelta(days=1)),
    }
    assert owner.post(url, said).status_code == 302
    page = owner.get(company(town, "equipment/")).content.decode()
    assert "本社2階の棚" in page
    assert "更新が、もう出ません" in page
    assert "「ウイルスを止める」の契約は、切れています" in page
    assert "山田通信" in owner.get(url).content.decode()
    assert owner.post(url, {**said, "until_virus": ""}).status_code == 302
    assert queries.licences_of(town.aoba.source) == {}


@pytest.mark.parametrize(
    "changes", [{"lease_end": "来年"}, {"vendor_mail": "x"}, {"password_holder": "nobody"}]
)
def test_a_faulty_line_is_told(town: Town, owner: Client, changes: dict[str, str]) -> None:
    url = f"/sources/{town.aoba.source.id}/care/"
    assert owner.post(url, {"password_holder": "us", **changes}).status_code == 422


def test_an_expired_licence_is_told_once_in_the_company_s_words(town: Town) -> None:
    licence(town, days=-1)
    assert tell_expired() == 1
    assert tell_expired() == 0
    (incident,) = weak(town)
    facts = TimelineEntry.objects.of(town.aoba.organisation.id).filter(incident=incident)
    assert any("ウイルスを止める" in each.text for each in facts)
    page = sign_in(town.people["owner", "own"]).get(f"/incidents/{incident.number}/")
    assert "守るしくみが弱くなっています" in page.content.decode()


def test_a_licence_that_was_renewed_and_ended_again_is_told_again(town: Town) -> None:
    row = licence(town, days=-40)
    tell_expired()
    row.ends_on = localdate(now()) - timedelta(days=1)
    row.save()
    assert tell_expired() == 1
    assert len(weak(town)) == 2


def test_nothing_is_told_before_the_end_or_of_what_was_stopped(town: Town) -> None:
    licence(town, days=0)
    licence(town, days=-1, function="web")
    revoke_source(source=town.aoba.source)
    assert tell_expired() == 0


def test_our_people_see_ends_sixty_days_before(town: Town, desk: Client) -> None:
    for days, function in ((59, "virus"), (61, "web"), (-3, "mail"), (29, "support")):
        licence(town, days=days, function=function)
    page = desk.get("/ends/").content.decode()
    assert "危険なサイトを止める" not in page
    order = [page.index(each) for each in ("迷惑メール", "修理と更新", "ウイルスを止める")]
    assert order == sorted(order)
    stranger = sign_in(town.people["desk", "other firm"]).get("/ends/").content.decode()
    assert "迷惑メール" not in stranger


def test_the_vendor_gets_this_box_s_own_address(town: Town, owner: Client) -> None:
    page = owner.get(f"/sources/{town.aoba.source.id}/vendor-letter/").content.decode()
    assert f"set port {town.aoba.source.port}" in page
    file = owner.get(f"/sources/{town.aoba.source.id}/vendor-letter.pdf")
    assert file.content.startswith(b"%PDF-")


def test_a_vendor_letter_holds_no_token_and_says_how_to_hand_it_over(
    town: Town, owner: Client
) -> None:
    made = register_source(
        organisation_id=town.aoba.organisation.id, wanted=Wanted(kind="winlogbeat", name="経理")
    )
    page = owner.get(f"/sources/{made.source.id}/vendor-letter/").content.decode()
    assert token_of(source_id=made.source.id, version=1) not in page
    assert "トークンの渡し方" in page


def test_the_first_set_up_tells_what_is_left(town: Town, owner: Client) -> None:
    url = company(town, "setup/")
    assert "あと5つです" in owner.get(url).content.decode()
    for task, value in (("contact", "03-1111-2222"), ("passphrase", "ひのみやぐら")):
        assert owner.post(url, {"task": task, "value": value}).status_code == 302
    page = owner.get(url).content.decode()
    assert "あと3つです" in page
    assert "ひのみやぐら" not in page  # sealed, and shown on its own page only
    assert watchword_of(town.aoba.organisation.id) == "ひのみやぐら"
    assert not SetupStep.objects.of(town.aoba.organisation.id).filter(value="ひのみやぐら").exists()
    town.aoba.organisation.refresh_from_db()
    assert town.aoba.organisation.contact_phone == "03-1111-2222"


@pytest.mark.parametrize(
    ("task", "value"),
    [("contact", "電話"), ("passphrase", "短い"), ("box_day", "そのうち"), ("nothing", "x")],
)
def test_an_answer_that_says_nothing_is_told(
    town: Town, owner: Client, task: str, value: str
) -> None:
    answer = owner.post(company(town, "setup/"), {"task": task, "value": value})
    assert answer.status_code == 422
    assert "エラー" in answer.content.decode()


def test_the_practice_notice_goes_to_the_company_s_own_people(town: Town, owner: Client) -> None:
    owner.post(company(town, "setup/"), {"task": "practice"})
    sent = Notice.objects.of(town.aoba.organisation.id).filter(subject__contains="【練習】")
    assert {each.to for each in sent} == {
        town.people["owner", "own"].email,
        town.people["staff", "own"].email,
    }


def test_who_does_not_know_books_a_call_and_our_people_see_it(
    town: Town, owner: Client, desk: Client
) -> None:
    asked = {"task": "computers", "phone": "03-1111-2222", "wish": "平日の午後"}
    assert owner.post(company(town, "setup/call/"), asked).status_code == 302
    owner.post(company(town, "setup/call/"), asked)
    (row,) = CallRequest.objects.of(town.aoba.organisation.id)
    assert "電話を予約しました" in owner.get(company(town, "setup/")).content.decode()
    assert "平日の午後" in desk.get("/calls/").content.decode()
    stranger = sign_in(town.people["desk", "other firm"])
    assert "平日の午後" not in stranger.get("/calls/").content.decode()
    assert stranger.post("/calls/", {"call": str(row.pk)}).status_code == 404
    assert desk.post("/calls/", {"call": str(row.pk)}).status_code == 302
    assert "平日の午後" not in desk.get("/calls/").content.decode()


def test_a_survey_is_kept_and_printed(town: Town, desk: Client) -> None:
    answers = {"router": "ヤマハ RTX1300", "power": "いいえ"}
    assert desk.post(company(town, "survey/"), answers).status_code == 302
    assert "ヤマハ RTX1300" in desk.get(company(town, "survey/")).content.decode()
    assert "ヤマハ RTX1300" in desk.get(company(town, "survey/paper/")).content.decode()
    assert desk.get(company(town, "survey/paper.pdf")).content.startswith(b"%PDF-")
    assert desk.post(company(town, "survey/"), {"power": "たぶん"}).status_code == 422
    assert Survey.objects.of(town.aoba.organisation.id).count() == 1


def test_the_completion_names_what_was_proved_and_what_was_not(town: Town, desk: Client) -> None:
    page = desk.get(company(town, "completion/")).content.decode()
    assert "1台のうち0台" in page
    assert "まだ届いていません" in page
    source = town.aoba.source
    source.started_at = source.tried_at = now()
    source.save()
    assert "1台のうち1台" in desk.get(company(town, "completion/")).content.decode()


def test_a_signed_completion_stays_as_it_was(town: Town, desk: Client, owner: Client) -> None:
    signed = {"signer": "社長 青葉太郎", "signed_on": str(localdate(now()))}
    assert desk.post(company(town, "completion/"), signed).status_code == 302
    before = owner.get(company(town, "completion.pdf")).content
    assert before.startswith(b"%PDF-")
    town.aoba.source.name = "別の名前"
    town.aoba.source.save()
    row = Completion.objects.of(town.aoba.organisation.id).get()
    assert "別の名前" not in str(row.body)
    assert "社長 青葉太郎" in str(row.body)
    assert desk.post(company(town, "completion/"), {"signer": ""}).status_code == 422


def test_a_customer_writes_no_survey_and_signs_for_nobody(town: Town, owner: Client) -> None:
    for page in ("survey/", "survey/paper/", "completion/"):
        assert owner.get(company(town, page)).status_code == 403
