"""お客様への文面: the check, the override by name, words kept as sent, the correction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.incidents import composing
from hinomi.portal.incidents.addressees import plan_of
from hinomi.portal.incidents.composed import basis_of
from hinomi.portal.incidents.models import CustomerWords, Incident, WordsKind
from hinomi.portal.incidents.wording import automatic_text_of, text_of, titles_of
from hinomi.portal.notices.models import Notice
from tests.portal.incidents.cast import Desk, again
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from django.test import Client

    from hinomi.portal.accounts.models import User
    from tests.portal.town import Town

GOOD, RED = "パソコンを調べています", "端末のマルウェアを検知しました！"


@pytest.fixture
def incident(town: Town) -> Incident:
    return Desk(town.aoba.organisation).incident("PC-1")


@pytest.fixture
def analyst(town: Town) -> User:
    return town.people["analyst", "own"]


def writing(title: str, kind: WordsKind = WordsKind.NOTICE) -> composing.Writing:
    return composing.Writing(kind=kind, changes={"title": title})


def send(incident: Incident, user: User, title: str = GOOD, **changes: Any) -> CustomerWords:
    return composing.send(
        incident=incident,
        version=again(incident).version,
        writing=writing(title, **changes),
        user=user,
    )


def form(incident: Incident, **changes: Any) -> dict[str, Any]:
    text = text_of(incident)
    lines = ("what", "steps", "donts", "risk", "done", "next")
    plan = plan_of(again(incident), WordsKind(changes.get("kind", "notice")))
    return {
        "seal": plan.seal,
        "to": [each.key for each in plan.lines],
        "version": again(incident).version,
        "revision": 0,
        "kind": "notice",
        "title": text.title,
        "sms": text.sms,
        **{name: "\n".join(getattr(text, name)) for name in lines},
        **changes,
    }


def test_what_the_facts_say_is_green_as_it_stands(incident: Incident) -> None:
    assert composing.faults_of(incident, automatic_text_of(incident)) == []


def test_sent_words_stand_on_the_page_in_lists_and_in_the_mail(
    town: Town, incident: Incident, analyst: User
) -> None:
    send(incident, analyst)
    owner = sign_in(town.people["owner", "own"])
    assert GOOD in owner.get(f"/incidents/{incident.number}/").content.decode()
    assert titles_of([again(incident)])[incident.pk] == GOOD
    mail = Notice.objects.of(incident.organisation_id).filter(incident_number=incident.number)
    last = mail.order_by("pk").last()
    assert last is not None
    assert GOOD in last.subject
    assert GOOD in last.body_text


def test_the_stored_words_are_those_that_went_out(incident: Incident, analyst: User) -> None:
    words = send(incident, analyst)
    mail = Notice.objects.of(incident.organisation_id).order_by("pk").last()
    assert mail is not None
    for line in words.text.split("\n\n")[0].splitlines():
        assert line in mail.body_text


def test_a_case_that_became_something_else_speaks_for_itself_again(
    town: Town, incident: Incident, analyst: User
) -> None:
    send(incident, analyst)
    Incident.objects.of(incident.organisation_id).filter(pk=incident.pk).update(state="recovering")
    row = again(incident)
    assert text_of(row).title == automatic_text_of(row).title != GOOD
    assert basis_of(row).endswith("release")


def test_pressed_twice_it_is_sent_once(incident: Incident, analyst: User) -> None:
    first = send(incident, analyst)
    before = Notice.objects.of(incident.organisation_id).count()
    assert send(incident, analyst).pk == first.pk
    assert Notice.objects.of(incident.organisation_id).count() == before


def test_red_words_are_not_sent_and_a_manager_may_by_name(
    town: Town, incident: Incident, analyst: User
) -> None:
    with pytest.raises(composing.RedWords):
        send(incident, analyst, RED)
    url = f"/queue/{incident.number}/compose/"
    client = sign_in(analyst)
    refused = client.post(url, form(incident, title=RED, act="send"))
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "disabled" in page
    assert "使わない言葉" in page
    assert RED in page
    assert client.post(f"{url}override/", form(incident, title=RED)).status_code == 403
    manager = sign_in(town.people["manager", "own"])
    given = form(incident, title=RED)
    assert manager.post(f"{url}override/", given).status_code == 422
    manager.post(f"{url}override/", {**given, "override_reason": "警察の言葉のまま"})
    words = CustomerWords.objects.of(incident.organisation_id).get(kind=WordsKind.NOTICE)
    assert (words.sent_by, words.override_reason) == (
        town.people["manager", "own"],
        "警察の言葉のまま",
    )
    assert words.faults
    entry = AuditEntry.objects.get(what="incidents:text:override")
    assert entry.detail["reason"] == "警察の言葉のまま"


def test_what_nobody_was_told_cannot_be_corrected(incident: Incident, analyst: User) -> None:
    mails = Notice.objects.of(incident.organisation_id).filter(incident_number=incident.number)
    mails.update(incident_number="")
    with pytest.raises(composing.NothingToCorrect):
        send(incident, analyst, kind=WordsKind.CORRECTION)


def test_a_correction_leaves_both_to_read(town: Town, incident: Incident, analyst: User) -> None:
    send(incident, analyst, "ウイルスが動いています")
    words = send(incident, analyst, "社員の操作と分かりました", kind=WordsKind.CORRECTION)
    assert words.corrects is not None
    page = sign_in(town.people["owner", "own"]).get(f"/incidents/{incident.number}/")
    shown = page.content.decode()
    for word in ("お知らせの訂正です", "社員の操作と分かりました", "ウイルスが動いています"):
        assert word in shown
    mail = Notice.objects.of(incident.organisation_id).order_by("pk").last()
    assert mail is not None
    assert "】お知らせの訂正：社員の操作と分かりました" in mail.subject
    assert ":correction:" in mail.dedupe_key, "no campaign may hold a correction back"


def test_the_automatic_notice_can_be_corrected_and_is_written_down(
    town: Town, analyst: User
) -> None:
    incident = Desk(town.aoba.organisation).incident("PC-5")
    mail = Notice.objects.of(incident.organisation_id).get(
        incident_number=incident.number, to=town.people["owner", "own"].email
    )
    words = send(incident, analyst, "社員の操作と分かりました", kind=WordsKind.CORRECTION)
    assert words.corrects is not None
    assert words.corrects.kind == WordsKind.AUTOMATIC
    assert automatic_text_of(incident).title in words.corrects.text
    assert mail.body_text.splitlines()[0] == words.corrects.text.splitlines()[0]
    assert words.corrects.version < words.version


def test_a_draft_waits_for_a_colleague_and_is_not_lost_to_one(
    town: Town, incident: Incident, analyst: User
) -> None:
    url = f"/queue/{incident.number}/compose/"
    client, other = sign_in(analyst), sign_in(town.people["manager", "own"])
    client.post(url, form(incident, title="書きかけの見出し", act="save"))
    assert "書きかけの見出し" in other.get(url).content.decode()
    assert GOOD not in sign_in(town.people["owner", "own"]).get("/incidents/").content.decode()
    answer = other.post(url, form(incident, title="別の見出し", act="save", revision=0))
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "先に下書きを変えました" in page
    assert "別の見出し" in page


def test_the_preview_is_live_and_stores_nothing(client_of: Client, incident: Incident) -> None:
    url = f"/queue/{incident.number}/compose/"
    part = client_of.post(url, form(incident, title=RED), headers={"HX-Request": "true"})
    page = part.content.decode()
    assert "<html" not in page
    assert RED in page
    assert "赤が" in page
    assert not CustomerWords.objects.of(incident.organisation_id).exists()


def test_who_sends_what_another_moved_is_told_and_keeps_the_words(
    client_of: Client, incident: Incident, town: Town
) -> None:
    given = form(incident, title="気をつけてください", act="send")
    Incident.objects.of(incident.organisation_id).filter(pk=incident.pk).update(version=99)
    answer = client_of.post(f"/queue/{incident.number}/compose/", given)
    assert answer.status_code == 409
    assert "気をつけてください" in answer.content.decode()
    assert 'value="99"' in answer.content.decode()


@pytest.fixture
def client_of(analyst: User) -> Client:
    return sign_in(analyst)
