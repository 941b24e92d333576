"""One press on many incidents: what is done, who was faster, what is refused, and undo."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.words import IncidentState
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import now
from hinomi.portal.incidents import casework
from hinomi.portal.incidents.desk_rows import BulkOutcome, BulkRow, BulkRun
from hinomi.portal.incidents.models import Incident, TimelineEntry
from tests.portal.screens.test_queue import make
from tests.portal.town import Town, sign_in

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client


@pytest.fixture
def analyst(town: Town) -> Client:
    return sign_in(town.people["analyst", "own"])


def press(client: Client, *rows: Incident, **fields: str) -> HttpResponse:
    asked = {
        "once": "form-1",
        "act": "close",
        "reason": "同じ更新",
        "question": "view=all",
        **fields,
    }
    chosen = [f"{row.number}:{row.version}" for row in rows]
    answer: HttpResponse = client.post("/queue/many/", {**asked, "row": chosen}, follow=True)
    return answer


def fresh(row: Incident) -> Incident:
    return Incident.objects.of(row.organisation_id).get(pk=row.pk)


def test_what_changed_meanwhile_is_left_alone_and_its_changer_is_named(
    town: Town, analyst: Client
) -> None:
    rows = [make(town.aoba.organisation, f"K-{number}") for number in (11, 12, 13)]
    other = town.people["manager", "own"]
    casework.take(incident=rows[1], from_user_id=None, user=other)
    page = press(analyst, *rows).content.decode()
    assert "2件済み" in page
    assert "1件は先に変わっていました" in page
    assert re.search(rf"{other.name}が\d+時\d+分に変えました", page)
    assert [fresh(row).state for row in rows] == ["done", "assigned", "done"]


def test_each_incident_has_its_own_history_and_audit_entry(town: Town, analyst: Client) -> None:
    rows = [make(town.aoba.organisation, "K-11"), make(town.fumi.organisation, "K-12")]
    press(analyst, *rows)
    for row in rows:
        told = TimelineEntry.objects.of(row.organisation_id).filter(incident=row)
        assert any("理由：同じ更新" in entry.text for entry in told)
        acts = AuditEntry.objects.filter(what="incidents:incident:state")
        assert [entry.detail["incident"] for entry in acts].count(row.number) == 1


def test_a_refusal_of_one_does_not_stop_the_others(town: Town, analyst: Client) -> None:
    closed = make(town.aoba.organisation, "K-11", state="false_alarm")
    opened = make(town.aoba.organisation, "K-12")
    page = press(analyst, closed, opened, act="observe").content.decode()
    assert "1件済み" in page
    assert "1件はできませんでした" in page
    assert fresh(closed).state == IncidentState.FALSE_ALARM
    assert fresh(opened).state == IncidentState.OBSERVING


def test_an_unforeseen_refusal_of_casework_is_reported_not_passed_by(
    town: Town, analyst: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NotYet(casework.HinomiError):
        words_ja = "2人目の確認が要ります"

    def refuse(**_: object) -> Incident:
        raise NotYet("a second person must look")

    monkeypatch.setattr(casework, "change_state", refuse)
    row = make(town.aoba.organisation, "K-11")
    page = press(analyst, row).content.decode()
    assert "2人目の確認が要ります" in page
    assert "0件済み" in page


def test_a_double_click_does_nothing_twice(town: Town, analyst: Client) -> None:
    row = make(town.aoba.organisation, "K-11")
    first, second = press(analyst, row), press(analyst, row)
    assert first.redirect_chain == second.redirect_chain  # type: ignore[attr-defined]
    assert BulkRow.objects.of(row.organisation_id).filter(incident=row).count() == 1
    assert fresh(row).version == row.version + 1


def test_a_press_that_was_cut_off_is_finished_by_pressing_again(
    town: Town, analyst: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [make(town.aoba.organisation, f"K-{number}") for number in (11, 12)]
    real, calls = casework.change_state, []

    def die_at_the_second(**wanted: object) -> Incident:
        calls.append(wanted)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(**wanted)  # type: ignore[arg-type]

    monkeypatch.setattr(casework, "change_state", die_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        press(analyst, *rows)
    assert sorted(fresh(row).state for row in rows) == ["done", "new"]
    page = press(analyst, *rows).content.decode()
    assert "2件済み" in page
    assert {fresh(row).state for row in rows} == {"done"}


def test_undo_puts_back_what_nobody_changed_since(town: Town, analyst: Client) -> None:
    kept, moved = (make(town.aoba.organisation, f"K-{number}") for number in (11, 12))
    before = fresh(kept)
    press(analyst, kept, moved, act="take", reason="")
    later = fresh(moved)
    other = town.people["manager", "own"]
    casework.add_note(incident=later, text="電話した", for_customer=False, user=other)
    (run,) = BulkRun.objects.of_firm(town.firm.id).filter(once="form-1")
    page = analyst.post(f"/queue/many/{run.pk}/undo/", follow=True).content.decode()
    assert "1件を元に戻しました" in page
    assert "1件は、その後に変わったため戻していません" in page
    after = fresh(kept)
    assert (after.state, after.assigned_to_id) == (before.state, before.assigned_to_id)
    assert after.due_at == before.due_at  # an undo buys nobody time
    assert fresh(moved).assigned_to == town.people["analyst", "own"]


def test_undo_of_a_close_opens_it_again_and_tells_the_customer_so(
    town: Town, analyst: Client
) -> None:
    row = make(town.aoba.organisation, "K-11", state="investigating")
    press(analyst, row)
    assert fresh(row).closed_at is not None
    (run,) = BulkRun.objects.of_firm(town.firm.id).filter(once="form-1")
    for _ in range(2):  # a double click
        analyst.post(f"/queue/many/{run.pk}/undo/")
    after = fresh(row)
    assert (after.state, after.closed_at) == ("investigating", None)
    told = TimelineEntry.objects.of(row.organisation_id).filter(
        incident=row, visible_to_customer=True
    )
    assert [entry.text for entry in told.order_by("pk")] == ["完了しました", "調べています"]


def test_after_ten_minutes_there_is_no_undo(town: Town, analyst: Client) -> None:
    row = make(town.aoba.organisation, "K-11")
    press(analyst, row)
    runs = BulkRun.objects.of_firm(town.firm.id).filter(once="form-1")
    runs.update(at=now() - timedelta(minutes=10))
    page = analyst.post(f"/queue/many/{runs.get().pk}/undo/", follow=True).content.decode()
    assert "10分を過ぎた" in page
    assert "bulk_undo" not in page
    assert fresh(row).state == IncidentState.DONE


def test_another_firm_s_incident_is_passed_over_as_if_it_did_not_exist(
    town: Town, analyst: Client
) -> None:
    theirs, ours = make(town.umi.organisation, "K-11"), make(town.aoba.organisation, "K-12")
    page = press(analyst, theirs, ours).content.decode()
    assert "1件済み" in page
    assert "K-11" not in page
    assert fresh(theirs).state == IncidentState.NEW


def test_handing_over_needs_a_colleague_of_the_firm(town: Town, analyst: Client) -> None:
    row = make(town.aoba.organisation, "K-11")
    stranger, desk = town.people["desk", "other firm"], town.people["desk", "own"]
    for to in ("", str(stranger.pk), "x"):
        answer = press(analyst, row, act="hand", to=to)
        assert answer.status_code == 422
        assert fresh(row).assigned_to is None
    press(analyst, row, act="hand", to=str(desk.pk))
    assert fresh(row).assigned_to == desk


def test_a_faulty_press_keeps_what_was_ticked_and_changes_nothing(
    town: Town, analyst: Client
) -> None:
    row = make(town.aoba.organisation, "K-11")
    answer = press(analyst, row, reason="")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "理由を入力してください" in page
    assert re.search(r'value="K-11:1"[^>]*checked', page)
    assert fresh(row).version == row.version
    assert press(analyst).status_code == 422  # nothing ticked


@pytest.mark.parametrize("chosen", ["", "K-11", "K-11:x", "K-11:-1", "'; --:1", "K-11:99999999999"])
def test_a_ticked_row_that_is_none_is_left_out(town: Town, analyst: Client, chosen: str) -> None:
    make(town.aoba.organisation, "K-11")
    asked = {"once": "form-1", "act": "take", "row": chosen}
    assert analyst.post("/queue/many/", asked).status_code == 422


def test_the_report_is_marked_by_outcome(town: Town) -> None:
    """The words the page shows are those of the stored outcomes."""
    assert set(BulkOutcome.values) >= {"done", "changed", "refused", "undone", "kept"}
