"""練習席: every case can be played to the end, is marked 練習, touches no company, and its results
open rights only where the firm's manager said so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.apps import apps

from hinomi.core.words import IncidentState
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.owned import OrganisationOwned
from hinomi.portal.access.time import now
from hinomi.portal.incidents import casework, composing, second_looks
from hinomi.portal.incidents.composing import Writing
from hinomi.portal.incidents.models import WordsKind
from hinomi.portal.organisations import levels
from hinomi.portal.organisations.levels import LevelTooLow, TooFewPeople
from hinomi.portal.organisations.models import EarnedLevel, Right
from hinomi.portal.practices import playing, runs, seat
from hinomi.portal.practices.library import CALL, INCIDENT, Case, cases, keys_of
from hinomi.portal.practices.run_rows import Run
from tests.portal.town import sign_in
from tests.portal.watch_things import make_incident

if TYPE_CHECKING:
    from django.test import Client

    from hinomi.portal.accounts.models import User
    from hinomi.portal.incidents.models import Incident
    from tests.portal.town import Town

GOOD = {
    "fake_support": "責めなくて大丈夫かと思います。画面の番号には電話しないでください。"
    "そのパソコンは使わないでください。",
    "lost_pc": "駅と警察に届けてください。会社の責任者にも話してください。",
    "no_customer": "警察の9110番か、IPAの相談窓口に話してください。お金は払わないでください。",
    "opened_mail": "電源は入れたままにしてください。同じメールは開かないでください。"
    "メールは消さないで残してください。",
    "ransom_note": "電源は入れたままにしてください。お金は払わないでください。"
    "画面の連絡先には連絡しないでください。",
    "triage_c2": "「総務1番」のパソコンが、攻撃者のサーバーと通信しました。"
    "こちらで、ネットワークから切り離しました。",
    "triage_forward": "別のパソコンで、パスワードを変えてください。"
    "振込先が変わるという連絡に、気をつけてください。",
    "triage_update": "動いたのは、いつものソフトの更新でした。記録で確かめました。"
    "お願いすることはありません。",
}


@pytest.fixture
def mado(town: Town) -> User:
    return town.people["desk", "own"]


@pytest.fixture
def osa(town: Town) -> User:
    return town.people["manager", "own"]


@pytest.fixture(autouse=True)
def _by_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked at night is tested elsewhere."""
    monkeypatch.setattr("hinomi.portal.incidents.second_looks.is_night", lambda *_: False)


def best(case: Case) -> list[str]:
    """The answers that are worth most."""
    found: list[str] = []
    for step in case.steps:
        if step.right:
            found += step.right
        elif step.wanted:
            found.append(GOOD[case.key])
        else:
            found.append(max(step.choices, key=lambda each: each.points).key)
    return found


def play(town: Town, user: User, key: str) -> Run:
    """The case, answered as well as can be."""
    case = cases()[key]
    made = runs.begin(firm_id=town.firm.pk, case=case, user=user)
    for at, said in enumerate(best(case)):
        assert runs.answer(run=made, at=at, said=said)
    made.refresh_from_db()
    return made


def give(town: Town, user: User, level: int) -> None:
    """The person holds the level."""
    until = now().replace(year=now().year + 1)
    levels.note_earned(
        firm_id=town.firm.pk,
        user_id=user.pk,
        until=dict.fromkeys(range(1, level + 1), until),
    )


def test_there_are_five_calls_and_three_incidents() -> None:
    assert (len(keys_of(CALL)), len(keys_of(INCIDENT))) == (5, 3)


@pytest.mark.parametrize("key", sorted(cases()))
def test_the_best_answers_of_a_case_are_worth_everything(key: str) -> None:
    case = cases()[key]
    found = playing.marks(case, best(case))
    assert [(mark.weighs, mark.why) for mark in found if mark.points < mark.most] == []
    assert not any(mark.is_grave for mark in found)


@pytest.mark.parametrize("key", sorted(cases()))
def test_every_case_has_a_mistake_that_fails_it_whatever_else_is_right(key: str) -> None:
    case = cases()[key]
    steps = [step for step in case.steps if not step.right and not step.wanted]
    assert any(choice.is_grave for step in steps for choice in step.choices)
    assert all(choice.points == 0 for step in steps for choice in step.choices if choice.is_grave)
    assert all(max(each.points for each in step.choices) == 10 for step in steps)


def test_banned_words_and_promises_cost_points_where_they_are_weighed() -> None:
    case = cases()["lost_pc"]
    said = "17時までに電話します。マルウェアかもしれません。駅と警察と責任者に話してください。"
    found = playing.marks(case, [*best(case)[:-1], said])
    words, promise = found[-2:]
    assert "マルウェア" in words.why
    assert words.points < words.most
    assert promise.points == 0
    assert "約束" in promise.why


@pytest.mark.parametrize("key", sorted(cases()))
def test_a_case_is_played_in_the_browser_to_its_result_and_every_page_is_marked(
    town: Town, mado: User, key: str
) -> None:
    client = sign_in(mado)
    before = companies_rows()
    page = client.post("/practice/begin/", {"case": key}, follow=True)
    run = Run.objects.of_firm(town.firm.pk).get(user=mado)
    for at, said in enumerate(best(cases()[key])):
        assert_marked(page.content.decode())
        page = client.post(f"/practice/runs/{run.pk}/", {"at": at, "said": said}, follow=True)
    run.refresh_from_db()
    assert (run.percent, run.is_passed) == (100, True)
    assert "合格です" in page.content.decode()
    assert_marked(page.content.decode())
    assert companies_rows() == before


def assert_marked(page: str) -> None:
    assert "<title>【練習】" in page
    assert "【練習】ここは練習席です" in page


def companies_rows() -> dict[str, int]:
    """How many rows of companies there are, by table."""
    return {
        model.__name__: model.objects.across_all(reason="a test counts").count()  # type: ignore[attr-defined]
        for model in apps.get_models()
        if issubclass(model, OrganisationOwned)
    }


@pytest.mark.parametrize("path", ["/practice/", "/practice/people/"])
def test_the_other_pages_are_marked_too(osa: User, path: str) -> None:
    assert_marked(sign_in(osa).get(path).content.decode())


def test_a_double_click_answers_one_step_only(town: Town, mado: User) -> None:
    made = runs.begin(firm_id=town.firm.pk, case=cases()["lost_pc"], user=mado)
    assert runs.answer(run=made, at=0, said="when")
    assert not runs.answer(run=made, at=0, said="lock")
    assert runs.begin(firm_id=town.firm.pk, case=cases()["lost_pc"], user=mado) == made
    made.refresh_from_db()
    assert made.answers == ["when"]


@pytest.mark.parametrize("answer", ["", "nothing", "when\0", "0"])
def test_an_answer_that_is_no_button_changes_nothing(town: Town, mado: User, answer: str) -> None:
    made = runs.begin(firm_id=town.firm.pk, case=cases()["lost_pc"], user=mado)
    client = sign_in(mado)
    for at in ("0", "", "x", "-1", "99"):
        client.post(f"/practice/runs/{made.pk}/", {"at": at, "said": answer})
    made.refresh_from_db()
    assert made.answers in ([], ["when"] if answer == "when\0" else [])


def test_words_that_are_too_long_stay_in_the_field(town: Town, mado: User) -> None:
    case = cases()["lost_pc"]
    made = runs.begin(firm_id=town.firm.pk, case=case, user=mado)
    for at, said in enumerate(best(case)[:-1]):
        runs.answer(run=made, at=at, said=said)
    long = "駅" * 601
    page = sign_in(mado).post(f"/practice/runs/{made.pk}/", {"at": case.answers - 1, "said": long})
    assert page.status_code == 422
    assert long in page.content.decode()


def test_a_case_that_changed_meanwhile_is_begun_anew(
    town: Town, mado: User, client: Client
) -> None:
    made = runs.begin(firm_id=town.firm.pk, case=cases()["lost_pc"], user=mado)
    Run.objects.of_firm(town.firm.pk).filter(pk=made.pk).update(version=0)
    page = sign_in(mado).get(f"/practice/runs/{made.pk}/", follow=True)
    assert "新しくなりました" in page.content.decode()
    assert runs.begin(firm_id=town.firm.pk, case=cases()["lost_pc"], user=mado).version == 1


def test_the_buttons_do_not_stand_where_they_stood_last_time() -> None:
    case = cases()["ransom_note"]
    orders = {
        tuple(each.key for each in step.choices)
        for seed in map(str, range(20))
        if (step := playing.following(case, [], seed=seed))
    }
    assert len(orders) > 3


def test_a_colleague_s_result_is_the_manager_s_to_read_and_nobody_else_s(
    town: Town, mado: User, osa: User
) -> None:
    made = play(town, mado, "lost_pc")
    path = f"/practice/runs/{made.pk}/"
    assert "100点" in sign_in(osa).get(path).content.decode()
    refused = sign_in(town.people["analyst", "own"]).get(path)
    assert refused.status_code == 302
    assert sign_in(town.people["manager", "other firm"]).get(path).status_code == 404
    assert sign_in(town.people["owner", "own"]).get(path).status_code == 404


def test_results_give_levels_and_the_manager_sees_them(town: Town, mado: User, osa: User) -> None:
    for key in keys_of(CALL)[:3]:
        play(town, mado, key)
    assert seat.seat(town.firm.pk, mado.pk).level == 1
    for key in (*keys_of(CALL)[3:], *keys_of(INCIDENT)):
        play(town, mado, key)
    assert levels.levels_of(town.firm.pk)[mado.pk][0] == 3
    page = sign_in(osa).get("/practice/people/").content.decode()
    assert "レベル3（" in page
    assert AuditEntry.objects.filter(what="practices:run:finish").count() == 8


def test_without_a_rule_everybody_closes_as_before(town: Town, mado: User) -> None:
    assert close(town.aoba.incident, mado).state == IncidentState.DONE


def close(incident: Incident, user: User) -> Incident:
    type(incident).objects.of(incident.organisation_id).filter(pk=incident.pk).update(
        state=IncidentState.INVESTIGATING
    )
    incident.refresh_from_db()
    return casework.change_state(
        incident=incident,
        version=incident.version,
        state=IncidentState.DONE,
        reason="確かめました",
        user=user,
    )


def test_below_the_level_a_close_of_now_waits_for_a_second_person_who_holds_it(
    town: Town, mado: User, osa: User
) -> None:
    mamoru = town.people["analyst", "own"]
    for user in (mamoru, osa):
        give(town, user, 2)
    levels.require_level(firm_id=town.firm.pk, right=Right.CLOSE_NOW, level=2, user_id=osa.pk)
    row = close(town.aoba.incident, mado)
    assert IncidentState(row.state).is_open
    assert second_looks.pending(row) is not None
    EarnedLevel.objects.of_firm(town.firm.pk).filter(user=osa, level=2).delete()
    with pytest.raises(LevelTooLow):
        casework.confirm_close(incident=row, version=row.version, note="見ました", user=osa)
    row = casework.confirm_close(incident=row, version=row.version, note="見ました", user=mamoru)
    assert row.state == IncidentState.DONE


def test_with_the_level_one_closes_alone_and_other_levels_are_not_asked(
    town: Town, mado: User, osa: User
) -> None:
    for user in (mado, osa):
        give(town, user, 1)
    levels.require_level(firm_id=town.firm.pk, right=Right.CLOSE_NOW, level=1, user_id=osa.pk)
    assert close(town.aoba.incident, mado).state == IncidentState.DONE
    other = make_incident(town.fumi.organisation, canary="急がない")
    type(other).objects.of(other.organisation_id).filter(pk=other.pk).update(level="today")
    assert close(other, town.people["analyst", "own"]).state == IncidentState.DONE


def test_a_level_that_ran_out_opens_nothing(town: Town, mado: User, osa: User) -> None:
    for user in (mado, osa):
        give(town, user, 1)
    levels.require_level(firm_id=town.firm.pk, right=Right.CLOSE_NOW, level=1, user_id=osa.pk)
    EarnedLevel.objects.of_firm(town.firm.pk).update(until=now())
    company = town.aoba.organisation.id
    assert not levels.holds(organisation_id=company, right=Right.CLOSE_NOW, user_id=mado.pk)
    (rule,) = [each for each in seat.rules(town.firm.pk) if each.level]
    assert rule.is_thin


def test_the_rule_of_one_firm_does_not_hold_at_another(town: Town, osa: User) -> None:
    give(town, osa, 1)
    levels.require_level(firm_id=town.firm.pk, right=Right.OVERRIDE, level=1, user_id=osa.pk)
    stranger = town.people["manager", "other firm"]
    company = town.umi.organisation.id
    assert levels.holds(organisation_id=company, right=Right.OVERRIDE, user_id=stranger.pk)


def test_red_words_are_sent_by_name_only_from_the_level_on(town: Town, osa: User) -> None:
    mamoru = town.people["analyst", "own"]
    give(town, mamoru, 1)
    levels.require_level(firm_id=town.firm.pk, right=Right.OVERRIDE, level=1, user_id=osa.pk)
    incident = town.aoba.incident
    writing = Writing(kind=WordsKind.NOTICE, changes={"title": "マルウェアを検知"})

    def send() -> None:
        composing.send_red(
            incident=incident, version=incident.version, writing=writing, reason="急ぐ", user=osa
        )

    with pytest.raises(LevelTooLow):
        send()
    assert composing.told(incident) is None
    give(town, osa, 1)
    send()
    assert composing.told(incident) is not None


def test_a_rule_that_would_lock_everybody_out_is_refused(town: Town, mado: User, osa: User) -> None:
    give(town, mado, 2)
    with pytest.raises(TooFewPeople):
        levels.require_level(firm_id=town.firm.pk, right=Right.CLOSE_NOW, level=2, user_id=osa.pk)
    client = sign_in(osa)
    page = client.post("/practice/levels/", {"right": "close_now", "level": "2"}, follow=True)
    assert "2人そろうまで" in page.content.decode()
    assert levels.required(town.firm.pk) == {}


def test_the_manager_sets_a_level_and_takes_it_back(town: Town, mado: User, osa: User) -> None:
    for user in (mado, osa):
        give(town, user, 2)
    client = sign_in(osa)
    for _ in range(2):
        client.post("/practice/levels/", {"right": "close_now", "level": "2"})
    assert levels.required(town.firm.pk) == {Right.CLOSE_NOW: 2}
    for wrong in ({"right": "x", "level": "1"}, {"right": "override", "level": "9"}, {}):
        client.post("/practice/levels/", wrong)
    assert sign_in(mado).post("/practice/levels/", {}).status_code == 403
    client.post("/practice/levels/", {"right": "close_now", "level": "0"})
    assert levels.required(town.firm.pk) == {}
    assert AuditEntry.objects.filter(what="organisations:level:require").count() == 2
