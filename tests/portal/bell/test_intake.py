"""Findings become incidents and notices: together, once, and for the right company only."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.words import Disposition, Level
from hinomi.portal.access.time import now
from hinomi.portal.bell import read_findings
from hinomi.portal.incidents import opening
from hinomi.portal.incidents.decisions import broken_at
from hinomi.portal.incidents.housekeeping import tidy
from hinomi.portal.incidents.intake import take_in
from hinomi.portal.incidents.models import (
    BellCursor,
    DecisionRecord,
    Incident,
    IncidentFinding,
    TimelineEntry,
    WaitingFinding,
)
from hinomi.portal.notices.models import Notice, NoticeState
from hinomi.portal.organisations.models import Membership

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from hinomi.core.findings import Finding
    from tests.portal.bell.conftest import Findings
    from tests.portal.town import Town


def incidents(organisation: str) -> QuerySet[Incident]:
    """What the bell opened; the town's own incidents have a kind of their own key."""
    rows = Incident.objects.of(organisation)
    return rows.exclude(group_key__startswith="malware_on_pc|").order_by("pk")


def notices(organisation: str) -> QuerySet[Notice]:
    return Notice.objects.of(organisation).exclude(dedupe_key="opened").order_by("pk")


class Reader:
    """The pipeline's findings of one partition, in memory."""

    def __init__(self, rows: list[tuple[int, Finding]]) -> None:
        self.rows = rows

    def last_seqs(self) -> dict[int, int]:
        return {3: max((seq for seq, _ in self.rows), default=0)}

    def findings_after(self, partition: int, seq: int, limit: int) -> list[tuple[int, Finding]]:
        assert partition == 3
        return [row for row in self.rows if row[0] > seq][:limit]


def test_a_finding_becomes_an_incident_that_writes_to_its_own_people_only(
    town: Town, findings: Findings
) -> None:
    aoba = town.aoba.organisation
    read_findings(Reader([findings.row(aoba.id)]))
    incident = incidents(aoba.id).get()
    assert (incident.level, incident.state, incident.kind) == ("now", "new", "ransomware")
    assert incident.number.startswith("K-")
    assert incident.finding_count == 1
    stored = IncidentFinding.objects.of(aoba.id).get(incident=incident)
    assert stored.body["rule_title"] == "Shadow copies deleted"
    own = {town.people[role, "own"].email for role in ("owner", "staff")}
    assert {notice.to for notice in notices(aoba.id)} == own
    for other in (town.fumi, town.umi):
        assert not incidents(other.organisation.id).exists()
        assert not notices(other.organisation.id).exists()


def test_a_silenced_finding_opens_no_incident_and_the_one_behind_it_does(
    town: Town, findings: Findings
) -> None:
    aoba = town.aoba.organisation
    rows = [findings.row(aoba.id, silenced_by="held"), findings.row(aoba.id, device="KEIRI1")]
    read_findings(Reader(rows))
    assert [incident.device for incident in incidents(aoba.id)] == ["KEIRI1"]
    assert BellCursor.objects.get(partition=3).seq == rows[-1][0]


def test_what_an_exception_silenced_is_on_record_for_its_company_only(
    town: Town, findings: Findings
) -> None:
    aoba = town.aoba.organisation
    rows = [findings.row(aoba.id, silenced_by="exception:exc_1") for _ in range(3)]
    read_findings(Reader([*rows, findings.row(town.fumi.organisation.id)]))
    (record,) = DecisionRecord.objects.of(aoba.id).filter(kind="finding_silenced")
    assert record.body["silenced_by"] == "exception:exc_1"
    assert record.body["findings"] == 3
    assert set(record.body["first"]) == {finding.id for _, finding in rows}
    assert broken_at(aoba.id) is None
    other = DecisionRecord.objects.of(town.fumi.organisation.id)
    assert not other.filter(kind="finding_silenced").exists()


def test_the_mail_says_what_the_page_says_with_the_companys_name(
    town: Town, findings: Findings
) -> None:
    aoba = town.aoba.organisation
    take_in(partition=3, rows=[findings.row(aoba.id)])
    notice = notices(aoba.id)[0]
    assert (
        notice.subject
        == "【まちの見守り】今すぐ：ランサムウェアが動いていると見ています｜青葉工務店"
    )
    assert "「SOUMU1」" in notice.body_text
    assert incidents(aoba.id).get().number in notice.body_text
    assert notice.state == NoticeState.QUEUED
    assert "@" in notice.message_id


def test_a_batch_of_two_companies_mixes_nothing(town: Town, findings: Findings) -> None:
    aoba, fumi = town.aoba.organisation, town.fumi.organisation
    rows = [findings.row(aoba.id, device="AOBA"), findings.row(fumi.id, device="FUMI")]
    read_findings(Reader(rows))
    assert incidents(aoba.id).get().device == "AOBA"
    assert incidents(fumi.id).get().device == "FUMI"
    assert all("FUMI" not in notice.body_text for notice in notices(aoba.id))
    assert all("AOBA" not in notice.body_text for notice in notices(fumi.id))


def test_the_same_findings_again_change_nothing(town: Town, findings: Findings) -> None:
    """A bell whose cursor was lost reads from the start."""
    aoba = town.aoba.organisation
    reader = Reader([findings.row(aoba.id), findings.row(aoba.id, case="emotet")])
    read_findings(reader)
    BellCursor.objects.all().delete()
    before = (incidents(aoba.id).count(), notices(aoba.id).count())
    read_findings(reader)
    assert (incidents(aoba.id).count(), notices(aoba.id).count()) == before
    assert incidents(aoba.id).get().finding_count == 2
    assert BellCursor.objects.get(partition=3).seq == 2


def test_a_failure_half_way_leaves_nothing_behind(
    town: Town, findings: Findings, monkeypatch: pytest.MonkeyPatch
) -> None:
    aoba = town.aoba.organisation

    def fails(*_: object, **__: object) -> int:
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr(opening, "write_to_company", fails)
    with pytest.raises(RuntimeError):
        take_in(partition=3, rows=[findings.row(aoba.id)])
    assert not incidents(aoba.id).exists()
    assert not BellCursor.objects.exists()


def test_a_finding_that_cannot_be_taken_in_does_not_silence_the_next(
    town: Town, findings: Findings, monkeypatch: pytest.MonkeyPatch
) -> None:
    aoba = town.aoba.organisation
    real = opening.new_incident

    def stumbles(company: object, decision: object) -> Incident:
        if decision.judgement.device == "POISON":  # type: ignore[attr-defined]
            raise ValueError("poison")
        return real(company, decision)  # type: ignore[arg-type]

    monkeypatch.setattr(opening, "new_incident", stumbles)
    rows = [findings.row(aoba.id, device="POISON"), findings.row(aoba.id, device="FINE")]
    read_findings(Reader(rows))
    assert incidents(aoba.id).get().device == "FINE"
    assert BellCursor.objects.get(partition=3).seq == 2


def test_more_of_the_same_joins_without_a_second_mail(town: Town, findings: Findings) -> None:
    aoba = town.aoba.organisation
    take_in(partition=3, rows=[findings.row(aoba.id)])
    version, mails = incidents(aoba.id).get().version, notices(aoba.id).count()
    take_in(partition=3, rows=[findings.row(aoba.id), findings.row(aoba.id)])
    incident = incidents(aoba.id).get()
    assert incident.finding_count == 3
    assert incident.version == version, "a running attack must not make an analyst's form stale"
    assert notices(aoba.id).count() == mails


def test_a_heavier_case_writes_again_and_says_so(town: Town, findings: Findings) -> None:
    aoba = town.aoba.organisation
    take_in(partition=3, rows=[findings.row(aoba.id, case="log_erased")])
    notices(aoba.id).update(state=NoticeState.SENT)
    take_in(partition=3, rows=[findings.row(aoba.id, case="ransomware")])
    incident = incidents(aoba.id).get()
    assert (incident.kind, incident.level) == ("ransomware", "now")
    assert notices(aoba.id).count() == 4
    assert notices(aoba.id).last().subject.startswith("【再送】【まちの見守り】今すぐ")
    assert incident.merged_keys == ["ransomware:device=soumu1"]


def test_a_closed_incident_is_not_reopened_by_a_finding(town: Town, findings: Findings) -> None:
    aoba = town.aoba.organisation
    take_in(partition=3, rows=[findings.row(aoba.id)])
    incidents(aoba.id).update(state="done")
    take_in(partition=3, rows=[findings.row(aoba.id)])
    assert [row.state for row in incidents(aoba.id)] == ["done", "new"]


def test_what_was_stopped_is_kept_with_its_reasons_and_writes_no_mail(
    town: Town, findings: Findings
) -> None:
    aoba = town.aoba.organisation
    stopped = {"case": "phishing_blocked", "disposition": Disposition.STOPPED}
    take_in(partition=3, rows=[findings.row(aoba.id, **stopped)])
    incident = incidents(aoba.id).get()
    assert (incident.level, incident.state) == ("none", "observing")
    assert not notices(aoba.id).exists()
    record = DecisionRecord.objects.of(aoba.id).get(incident=incident)
    assert record.kind == "no_action_needed"
    assert record.body["rules"] == [["rule-1", "pack-1"]]
    assert "危険なサイトへの接続を止めました" in str(record.body["shown"])
    assert record.body["reasons"][0] == "case:phishing_blocked"


def test_the_control_records_form_a_chain_that_shows_a_change(
    town: Town, findings: Findings
) -> None:
    aoba = town.aoba.organisation
    for number in range(3):
        stopped = {"case": "attack_blocked", "disposition": Disposition.STOPPED}
        take_in(partition=3, rows=[findings.row(aoba.id, device=f"D{number}", **stopped)])
    assert broken_at(aoba.id) is None
    DecisionRecord.objects.of(aoba.id).filter(sequence=2).update(body={"level": "now"})
    assert broken_at(aoba.id) == 2


def test_a_typing_mistake_at_sign_in_is_nobodys_business(town: Town, findings: Findings) -> None:
    aoba = town.aoba.organisation
    failed = {"case": "login_attempts", "level": Level.LOW, "action": None}
    take_in(partition=3, rows=[findings.row(aoba.id, **failed)])
    assert not incidents(aoba.id).exists()
    assert WaitingFinding.objects.of(aoba.id).count() == 1


def test_ten_failed_sign_ins_are_an_incident_with_all_ten(town: Town, findings: Findings) -> None:
    aoba = town.aoba.organisation
    for _ in range(10):
        failed = findings.row(aoba.id, case="login_attempts", level=Level.LOW)
        take_in(partition=3, rows=[failed])
    incident = incidents(aoba.id).get()
    assert (incident.level, incident.finding_count) == ("today", 10)
    assert not WaitingFinding.objects.of(aoba.id).exists()
    assert notices(aoba.id).count() == 2
    assert "10回以上失敗しています" in notices(aoba.id)[0].body_text


def test_a_flood_is_shown_and_its_silence_is_recorded(town: Town, findings: Findings) -> None:
    aoba = town.aoba.organisation
    rows = [findings.row(aoba.id, case="log_erased", device=f"PC{n}") for n in range(30)]
    take_in(partition=3, rows=rows)
    assert incidents(aoba.id).count() == 30
    assert notices(aoba.id).count() < 12
    silenced = DecisionRecord.objects.of(aoba.id).filter(kind="notice_suppressed")
    assert silenced.count() >= 25


def test_findings_of_a_deleted_company_are_passed_over(town: Town, findings: Findings) -> None:
    aoba = town.aoba.organisation
    aoba.deleted_at = now()
    aoba.save()
    take_in(partition=3, rows=[findings.row(aoba.id), findings.row("org_unknown")])
    assert not incidents(aoba.id).exists()
    assert BellCursor.objects.get(partition=3).seq == 2


def test_a_hostile_device_name_stays_text_everywhere(town: Town, findings: Findings) -> None:
    aoba = town.aoba.organisation
    name = "<script>\r\nBcc: x@evil.example\x1b[2J" + "あ" * 400
    take_in(partition=3, rows=[findings.row(aoba.id, device=name)])
    notice = notices(aoba.id)[0]
    assert "\r" not in notice.subject + notice.body_text
    assert "\x1b" not in notice.body_text
    assert "<script>" not in str(notice.body_html)
    assert len(incidents(aoba.id).get().device) <= 255


def test_news_closes_after_a_quiet_day_with_a_record(town: Town, findings: Findings) -> None:
    aoba = town.aoba.organisation
    stopped = {"case": "attack_blocked", "disposition": Disposition.STOPPED}
    take_in(partition=3, rows=[findings.row(aoba.id, **stopped), findings.row(aoba.id)])
    tidy()
    assert all(row.state != "done" for row in incidents(aoba.id))
    long_ago = now() - timedelta(days=2)
    incidents(aoba.id).update(last_event_at=long_ago, opened_at=long_ago)
    tidy()
    assert {row.kind: row.state for row in incidents(aoba.id)} == {
        "attack_blocked": "done",
        "ransomware": "new",
    }
    assert DecisionRecord.objects.of(aoba.id).filter(kind="closed_after_quiet_day").count() == 1


def test_a_group_that_stayed_small_is_forgotten_with_a_record(
    town: Town, findings: Findings
) -> None:
    aoba = town.aoba.organisation
    take_in(partition=3, rows=[findings.row(aoba.id, case="login_attempts")])
    WaitingFinding.objects.of(aoba.id).update(event_at=now() - timedelta(days=2))
    tidy()
    assert not WaitingFinding.objects.of(aoba.id).exists()
    assert DecisionRecord.objects.of(aoba.id).get(kind="too_few_to_matter").body["findings"] == 1


def test_the_history_tells_what_happened_and_what_was_done(town: Town, findings: Findings) -> None:
    aoba = town.aoba.organisation
    take_in(partition=3, rows=[findings.row(aoba.id)])
    entries = TimelineEntry.objects.of(aoba.id).filter(incident=incidents(aoba.id).get())
    assert [(entry.kind, entry.visible_to_customer) for entry in entries.order_by("pk")] == [
        ("fact", True),
        ("action", False),
    ]


def test_a_company_without_people_is_shown_as_one_to_be_telephoned(
    town: Town, findings: Findings
) -> None:
    aoba = town.aoba.organisation
    Membership.objects.of(aoba.id).delete()
    take_in(partition=3, rows=[findings.row(aoba.id)])
    assert not notices(aoba.id).exists()
    entries = TimelineEntry.objects.of(aoba.id).filter(incident=incidents(aoba.id).get())
    assert any("電話で知らせてください" in entry.text for entry in entries)
