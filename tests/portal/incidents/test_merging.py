"""Merging and parting: what moves, what the customer reads, what the bell does with it."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from hinomi.core.words import IncidentState
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import now
from hinomi.portal.incidents import casework, merging
from hinomi.portal.incidents.answering import give_answer
from hinomi.portal.incidents.models import (
    Answer,
    Incident,
    IncidentFinding,
    Merge,
    TimelineEntry,
)
from tests.portal.incidents.cast import HOUR, Desk, again
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User
    from tests.portal.town import Town

LEVELS = ("now", "today", "check", "none")
STATES = ("new", "assigned", "investigating", "contained", "waiting", "observing")
KINDS = ("ransomware", "malware_on_pc", "attack_blocked", "unusual_login", "cloud_login")
# What a merge and its undoing leave behind for ever: that they were. The place in the queue is
# reckoned anew from the moment of parting.
_LEFT = {"version", "split_keys", "due_at", "due_for", "level_order"}


@pytest.fixture
def desk(town: Town) -> Desk:
    return Desk(town.aoba.organisation)


@pytest.fixture
def analyst(town: Town) -> User:
    return town.people["analyst", "own"]


def merge(source: Incident, target: Incident, user: User) -> Merge:
    return merging.merge(
        source=source,
        target=target,
        version=again(source).version,
        reason="同じ出来事です",
        user=user,
    )


def image(incident: Incident) -> dict[str, Any]:
    """Everything of an incident but the lines that say that it was merged and parted."""
    row = Incident.objects.of(incident.organisation_id).values().get(pk=incident.pk)
    told = TimelineEntry.objects.of(incident.organisation_id).filter(incident=incident)
    for word in ("まとめ", "分けました", "別のお知らせに戻しました"):
        told = told.exclude(text__contains=word)
    return {
        "row": {name: value for name, value in row.items() if name not in _LEFT},
        "findings": list(_rows(IncidentFinding, incident)),
        "answers": list(_rows(Answer, incident)),
        "timeline": list(told.order_by("pk").values()),
    }


def _rows(model: Any, incident: Incident) -> Any:
    return model.objects.of(incident.organisation_id).filter(incident=incident).values()


def random_incident(desk: Desk, chance: random.Random, name: str) -> Incident:
    incident = desk.incident(name, case=chance.choice(KINDS))
    for _ in range(chance.randrange(3)):
        desk.incident(name, case=incident.kind)
    moment = now() - timedelta(minutes=chance.randrange(5_000))
    Incident.objects.of(incident.organisation_id).filter(pk=incident.pk).update(
        level=chance.choice(LEVELS),
        state=chance.choice(STATES),
        late=chance.random() < 0.5,
        first_event_at=moment,
        last_event_at=moment + timedelta(minutes=chance.randrange(300)),
        slots={name: str(chance.randrange(9)) for name in ("device", "user", "file")},
    )
    return again(incident)


@pytest.mark.parametrize("seed", range(6))
def test_merge_then_part_is_as_before(town: Town, desk: Desk, analyst: User, seed: int) -> None:
    """The promise: what was merged wrongly is put back exactly."""
    chance = random.Random(seed)
    rows = [random_incident(desk, chance, f"PC-{n}") for n in range(4)]
    before = [image(row) for row in rows]
    live = [merge(row, rows[0], analyst) for row in rows[1:]]
    chance.shuffle(live)
    for each in live:
        merging.part(merge=each, reason="別の出来事でした", user=analyst)
    assert [image(row) for row in rows] == before


def test_a_chain_comes_apart_again(town: Town, desk: Desk, analyst: User) -> None:
    first, second, third = (desk.incident(f"PC-{n}") for n in range(3))
    before = [image(row) for row in (first, second, third)]
    inner, outer = merge(first, second, analyst), merge(second, third, analyst)
    moved = IncidentFinding.objects.of(third.organisation_id).filter(incident=third)
    assert set(moved.values_list("origin", flat=True)) == {"", first.number, second.number}
    with pytest.raises(merging.CannotPart):
        merging.part(merge=inner, reason="別", user=analyst)
    merging.part(merge=outer, reason="別", user=analyst)
    merging.part(merge=inner, reason="別", user=analyst)
    assert [image(row) for row in (first, second, third)] == before


def test_what_came_after_the_merge_stays_with_the_one_it_came_to(
    town: Town, desk: Desk, analyst: User
) -> None:
    one, two = desk.incident("PC-1"), desk.incident("PC-2")
    row = merge(one, two, analyst)
    assert desk.incident("PC-1").pk == two.pk, "the bell does not split what was merged"
    merging.part(merge=row, reason="別", user=analyst)
    counts = (again(one).finding_count, again(two).finding_count)
    assert counts == (1, 2)
    assert IncidentFinding.objects.of(one.organisation_id).filter(incident=one).count() == 1


def test_the_bell_does_not_join_again_what_people_parted(
    town: Town, desk: Desk, analyst: User
) -> None:
    """The same PC within an hour is one story to the machine; two people said that it is not."""
    one = desk.incident("PC-1", case="ransomware")
    two = desk.incident("PC-2", case="malware_on_pc")
    row = merge(two, one, analyst)
    merging.part(merge=row, reason="別", user=analyst)
    for _ in range(2):
        assert desk.incident("PC-2", case="malware_on_pc").pk == two.pk
        assert desk.incident("PC-1", case="ransomware").pk == one.pk


def test_the_heavier_case_leads_and_the_level_never_falls(
    town: Town, desk: Desk, analyst: User
) -> None:
    heavy, light = desk.incident("PC-1"), desk.incident("PC-2", case="unusual_login")
    merge(heavy, light, analyst)
    row = again(light)
    assert (row.kind, row.level, row.finding_count) == ("ransomware", "now", 2)
    assert again(heavy).merged_into_id == light.pk
    assert not IncidentState(again(heavy).state).is_open


def test_answers_move_with_their_origin(town: Town, desk: Desk, analyst: User) -> None:
    one, two = desk.incident("PC-1"), desk.incident("PC-2")
    owner = town.people["owner", "own"]
    answer = give_answer(incident=one, choice="help", user=owner)
    merge(one, two, analyst)
    answer.refresh_from_db()
    assert (answer.incident_id, answer.origin) == (two.pk, one.number)


def test_pressed_twice_it_is_one_merge_and_one_parting(
    town: Town, desk: Desk, analyst: User
) -> None:
    one, two = desk.incident("PC-1"), desk.incident("PC-2")
    row = merge(one, two, analyst)
    assert merge(one, two, analyst).pk == row.pk
    for _ in range(2):
        merging.part(merge=row, reason="別", user=analyst)
    acts = AuditEntry.objects.filter(
        what__in=("incidents:incident:merge", "incidents:incident:part")
    )
    assert acts.count() == 2


def test_a_closed_or_foreign_incident_is_not_merged(town: Town, desk: Desk, analyst: User) -> None:
    one, two = desk.incident("PC-1"), desk.incident("PC-2")
    casework.change_state(
        incident=two, version=two.version, state=IncidentState.FALSE_ALARM, reason="x", user=analyst
    )
    for target in (two, town.fumi.incident, one):
        with pytest.raises(merging.CannotMerge):
            merge(one, target, analyst)


def test_a_merged_incident_is_not_opened_by_a_new_state(
    town: Town, desk: Desk, analyst: User
) -> None:
    one, two = desk.incident("PC-1"), desk.incident("PC-2")
    merge(one, two, analyst)
    with pytest.raises(casework.WentIntoAnother):
        casework.change_state(
            incident=one,
            version=again(one).version,
            state=IncidentState.INVESTIGATING,
            reason="x",
            user=analyst,
        )


def test_the_old_page_and_number_still_work_for_the_customer(
    town: Town, desk: Desk, analyst: User
) -> None:
    one, two = desk.incident("PC-1"), desk.incident("PC-2")
    merge(one, two, analyst)
    client = sign_in(town.people["owner", "own"])
    page = client.get(f"/incidents/{one.number}/").content.decode()
    assert f"<title>{one.number}は {two.number} とまとめました" in page
    assert f'href="/incidents/{two.number}/"' in page
    assert 'name="choice"' not in page
    target = client.get(f"/incidents/{two.number}/").content.decode()
    assert f"{one.number}を、このお知らせにまとめました" in target
    listed = client.get("/incidents/").content.decode()
    assert f"/incidents/{two.number}/" in listed
    assert f"/incidents/{one.number}/" not in listed
    assert f"/incidents/{one.number}/" in client.get(f"/incidents/?q={one.number}").content.decode()


def test_on_screen_the_most_alike_stands_first_and_a_reason_is_needed(
    town: Town, desk: Desk, analyst: User
) -> None:
    desk.incident("PC-9", case="cloud_login", event_time=now() - 30 * HOUR)
    two, one = desk.incident("PC-2"), desk.incident("PC-1")
    client = sign_in(analyst)
    url = f"/queue/{one.number}/merge/"
    page = client.get(url).content.decode()
    assert page.index(f'value="{two.number}"') < page.index(f'value="{town.aoba.incident.number}"')
    assert "同じ種類" in page
    form = {"version": one.version, "into": two.number, "reason": ""}
    refused = client.post(url, form)
    assert refused.status_code == 422
    assert "理由を入力してください" in refused.content.decode()
    done = client.post(url, {**form, "reason": "同じ攻撃"}, follow=True).content.decode()
    assert f"{one.number}を{two.number}にまとめました" in done
    row = Merge.objects.of(one.organisation_id).get()
    assert "同じ種類" in row.why
    client.post(f"/queue/{two.number}/part/", {"merge": row.pk, "reason": "別でした"})
    assert again(one).merged_into_id is None


@pytest.mark.parametrize("into", ["K-999999", "<b>", "fumi"])
def test_only_an_open_incident_of_the_same_company_can_be_named(
    town: Town, desk: Desk, analyst: User, into: str
) -> None:
    one = desk.incident("PC-1")
    into = town.fumi.incident.number if into == "fumi" else into
    form = {"version": one.version, "into": into, "reason": "x"}
    answer = sign_in(analyst).post(f"/queue/{one.number}/merge/", form)
    assert answer.status_code == 422
    assert "その受付番号の開いている案件はありません" in answer.content.decode()


def test_who_merges_what_another_changed_meanwhile_is_told(
    town: Town, desk: Desk, analyst: User
) -> None:
    one, two = desk.incident("PC-1"), desk.incident("PC-2")
    casework.take(incident=one, from_user_id=None, user=town.people["manager", "own"])
    form = {"version": one.version, "into": two.number, "reason": "同じ攻撃です"}
    answer = sign_in(analyst).post(f"/queue/{one.number}/merge/", form)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "に先に変更しました" in page
    assert "同じ攻撃です" in page
    assert not Merge.objects.of(one.organisation_id).exists()
