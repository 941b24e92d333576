"""The same pattern at several customers: held, asked, settled or released, once and for all."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from hinomi.core.errors import HinomiError
from hinomi.core.findings import Evidence
from hinomi.portal.access.time import now
from hinomi.portal.incidents.campaigns import rounds, verdicts
from hinomi.portal.incidents.campaigns.rows import Campaign, KnownVersion, PatternSighting
from hinomi.portal.incidents.campaigns.treatment import treat
from hinomi.portal.incidents.decisions import broken_at
from hinomi.portal.incidents.intake import take_in
from hinomi.portal.incidents.models import DecisionRecord, Incident, TimelineEntry
from hinomi.portal.notices.models import Notice, NoticeState
from hinomi.portal.notices.outbox import send_one
from hinomi.portal.organisations.members import add_person, join_organisation
from hinomi.portal.organisations.services import add_organisation, end_engagement
from hinomi.triage.campaigns import ALARM_AFTER, CAMPAIGN_WITHIN, NEW_AFTER, UNDO_FOR, Stance

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from hinomi.portal.organisations.models import Organisation
    from tests.portal.bell.conftest import FakeMail, Findings
    from tests.portal.town import Town

UPDATER = {"Channel": "Sysmon", "Image": r"C:\Program Files\Kaikei\update.exe"}


@dataclass
class Storm:
    """Five customers of one firm, one person each, and what the bell makes of their findings."""

    town: Town
    findings: Findings
    mail: FakeMail
    companies: list[Organisation] = field(default_factory=list)

    def hit(self, *numbers: int, **changes: Any) -> None:
        """The same finding at these companies, one bell batch each."""
        for number in numbers:
            self.take(self.companies[number].id, **changes)

    def take(self, organisation: str, **changes: Any) -> None:
        moment = now() - timedelta(seconds=5)
        fields = changes.pop("fields", UPDATER)
        values = {"case": "suspicious_program", "device": "PC", "event_time": moment} | changes
        values["evidence"] = (Evidence("e", moment, fields, b"raw"),)
        take_in(partition=3, rows=[self.findings.row(organisation, **values)])

    def send(self) -> None:
        """Empty the outbox into the fake mail; one by one, as the test's database has one door."""
        queued = Notice.objects.across_all(reason="everything due").filter(state="queued")
        for pk in list(queued.order_by("pk").values_list("pk", flat=True)):
            send_one(pk, channels={"mail": self.mail})

    def incident(self, number: int) -> Incident:
        return Incident.objects.of(self.companies[number].id).latest("pk")

    def states(self, number: int) -> list[str]:
        rows = Notice.objects.of(self.companies[number].id).exclude(dedupe_key="opened")
        return list(rows.order_by("pk").values_list("state", flat=True))

    def mails_to(self, number: int) -> list[str]:
        return [each.subject for each in self.mail.messages if each.to == f"{number}@storm.example"]

    def answer(self, stance: Stance, campaign: Campaign | None = None) -> None:
        row = campaign or the_campaign()
        user = self.town.people["analyst", "own"]
        verdicts.answer(
            campaign=row, version=row.version, stance=stance, reason="版を確かめた", user=user
        )

    def settle(self) -> None:
        """The bell, after the time to take it back."""
        across = everything().exclude(answered_at=None)
        across.update(answered_at=now() - UNDO_FOR)
        rounds.settle_answered()


def the_campaign() -> Campaign:
    return everything().get()


def everything() -> QuerySet[Campaign]:
    """Without the town's own ones."""
    rows = Campaign.objects.across_all(reason="every firm's")
    return rows.exclude(pattern__startswith="p-")


@pytest.fixture
def storm(town: Town, findings: Findings, mail: FakeMail) -> Storm:
    made = Storm(town, findings, mail)
    for number in range(5):
        company = add_organisation(name=f"会社{number}", firm_id=town.firm.id)
        person = add_person(mail=f"{number}@storm.example")
        join_organisation(user=person, organisation=company, role="owner")
        made.companies.append(company)
    made.send()  # the town's own notices
    mail.messages.clear()
    return made


def test_two_companies_are_told_and_the_third_waits_for_the_answer(storm: Storm) -> None:
    storm.hit(0)
    storm.send()
    storm.hit(1)
    storm.send()
    storm.hit(2)
    storm.send()
    assert [len(storm.mails_to(number)) for number in range(3)] == [1, 1, 0]
    assert storm.states(2) == [NoticeState.HELD]
    assert storm.incident(2).held_since is not None
    campaign = the_campaign()
    assert campaign.stance == Stance.ASKED
    assert campaign.asked_at is not None


def test_those_who_were_told_learn_that_we_look_at_several_companies(storm: Storm) -> None:
    storm.hit(0)
    storm.send()
    storm.hit(1, 2, 3)
    facts = [_shown(storm.incident(number)) for number in range(4)]
    words = "同じ動きを複数の会社で見つけ、調べています"
    assert facts[0].count(words) == 1
    assert all(words not in facts[number] for number in (2, 3))
    storm.hit(0)
    assert _shown(storm.incident(0)).count(words) == 1


def test_what_was_not_sent_yet_is_held_for_the_first_companies_too(storm: Storm) -> None:
    """One batch, three companies: nobody needs a correction of what was never said."""
    storm.hit(0, 1, 2)
    storm.send()
    assert storm.mail.messages == []
    assert [storm.states(number) for number in range(3)] == [[NoticeState.HELD]] * 3


def test_an_update_closes_everything_and_corrects_whoever_was_told_once(storm: Storm) -> None:
    storm.hit(0)
    storm.send()
    storm.hit(1, 2, 3)
    storm.answer(Stance.UPDATE)
    storm.settle()
    storm.settle()
    storm.send()
    assert {storm.incident(number).state for number in range(4)} == {"false_alarm"}
    assert len(storm.mails_to(0)) == 2
    assert "お知らせの訂正" in storm.mails_to(0)[1]
    assert [storm.mails_to(number) for number in (1, 2, 3, 4)] == [[]] * 4
    assert storm.states(2) == [NoticeState.DROPPED]
    assert the_campaign().settled_at is not None


def test_a_correction_that_waits_is_not_dropped_by_looking_again(storm: Storm) -> None:
    storm.hit(0)
    storm.send()
    storm.hit(1, 2, 3)
    storm.answer(Stance.UPDATE)
    storm.settle()
    treat(storm.companies[0].id, storm.incident(0).pk)  # as after a kill between two customers
    storm.send()
    assert "お知らせの訂正" in storm.mails_to(0)[1]


def test_the_reason_is_kept_in_the_control_records(storm: Storm) -> None:
    storm.hit(0, 1, 2)
    storm.answer(Stance.UPDATE)
    storm.settle()
    company = storm.companies[1].id
    record = DecisionRecord.objects.of(company).get(kind="explained_by_update")
    assert record.body["reasons"] == ["版を確かめた"]
    assert record.body["notices_not_sent"] == 1
    assert "更新" not in record.body["shown"].partition("〕")[0]
    assert broken_at(company) is None


def test_an_attack_lets_the_held_notices_go_at_once_in_the_words_of_now(storm: Storm) -> None:
    storm.hit(0, 1, 2)
    storm.answer(Stance.ATTACK)
    rounds.settle_answered()  # no time to take back: nothing waits a second longer
    storm.send()
    rounds.settle_answered()
    storm.send()
    assert [len(storm.mails_to(number)) for number in range(3)] == [1, 1, 1]
    assert "今日中" in storm.mails_to(2)[0]
    assert storm.incident(2).held_since is None
    assert storm.incident(2).state == "new"
    assert the_campaign().released == 3


@pytest.mark.parametrize(("stance", "mails"), [(Stance.UPDATE, 0), (Stance.ATTACK, 1)])
def test_the_answer_stands_for_the_company_that_comes_later(
    storm: Storm, stance: Stance, mails: int
) -> None:
    storm.hit(0, 1, 2)
    storm.answer(stance)
    storm.settle()
    storm.hit(3)
    storm.send()
    assert len(storm.mails_to(3)) == mails
    assert storm.incident(3).state == ("new" if mails else "false_alarm")


def test_an_update_s_answer_can_be_taken_back_while_nothing_happened(storm: Storm) -> None:
    storm.hit(0, 1, 2)
    storm.answer(Stance.UPDATE)
    rounds.settle_answered()
    storm.hit(3)
    assert {storm.states(number)[0] for number in range(4)} == {NoticeState.HELD}
    verdicts.take_back(campaign=the_campaign(), user=storm.town.people["analyst", "own"])
    assert the_campaign().stance == Stance.ASKED
    storm.settle()
    assert {storm.incident(number).state for number in range(4)} == {"new"}


@pytest.mark.parametrize("stance", [Stance.UPDATE, Stance.ATTACK])
def test_what_was_carried_out_cannot_be_taken_back(storm: Storm, stance: Stance) -> None:
    storm.hit(0, 1, 2)
    storm.answer(stance)
    storm.settle()
    with pytest.raises(verdicts.TooLate):
        verdicts.take_back(campaign=the_campaign(), user=storm.town.people["analyst", "own"])


def test_the_second_of_two_answers_is_refused(storm: Storm) -> None:
    storm.hit(0, 1, 2)
    before = the_campaign()
    storm.answer(Stance.UPDATE)
    with pytest.raises(verdicts.CampaignChanged):
        storm.answer(Stance.ATTACK, before)
    assert the_campaign().stance == Stance.UPDATE


@pytest.mark.parametrize(
    "changes",
    [
        {"case": "ransomware"},
        {"case": "c2_communication"},
        {"case": "malware_on_pc", "rule_id": "intel-0011223344556677"},
        {"case": "partner_mail_malware", "slots": {"sender": "x@evil.example"}},
    ],
    ids=["ransomware", "chain", "known bad", "sender"],
)
def test_what_is_no_update_is_one_campaign_and_nobody_waits(
    storm: Storm, changes: dict[str, Any]
) -> None:
    storm.hit(0, 1, 2, 3, **changes)
    storm.send()
    assert [len(storm.mails_to(number)) for number in range(4)] == [1, 1, 1, 1]
    assert the_campaign().stance == Stance.SEEN
    assert the_campaign().members.count() == 4


def test_an_attack_does_not_hide_in_an_update(storm: Storm) -> None:
    """The fourth company's PC shows something else as well: its owner is told at once."""
    storm.hit(0, 1, 2)
    storm.hit(3)
    assert storm.states(3) == [NoticeState.HELD]
    storm.hit(3, case="log_erased", rule_id="rule-2", fields={"Channel": "Security"})
    storm.send()
    assert len(storm.mails_to(3)) >= 1
    assert storm.incident(3).held_since is None
    storm.answer(Stance.UPDATE)
    storm.settle()
    assert storm.incident(3).state == "new"


def test_different_programs_are_no_campaign(storm: Storm) -> None:
    for number in range(4):
        storm.hit(number, fields={**UPDATER, "Image": rf"C:\Tools\tool-{'x' * number}.exe"})
    assert not everything().exists()


def test_after_a_change_of_our_rules_the_rule_alone_is_asked_about(storm: Storm) -> None:
    KnownVersion.objects.create(name="before", first_at=now() - timedelta(days=9))
    for number in range(3):
        storm.hit(number, fields={**UPDATER, "Image": rf"C:\Tools\tool-{'x' * number}.exe"})
    assert the_campaign().stance == Stance.ASKED
    assert the_campaign().kind == "rule"
    assert {storm.states(number)[0] for number in range(3)} == {NoticeState.HELD}


def test_another_firm_s_customers_are_neither_counted_nor_held(storm: Storm) -> None:
    storm.hit(0, 1)
    storm.take(storm.town.umi.organisation.id)
    assert not everything().exists()
    storm.hit(2)
    assert the_campaign().firm_id == storm.town.firm.id
    members = the_campaign().members.values_list("organisation", flat=True)
    assert storm.town.umi.organisation.id not in members


def test_a_company_whose_firm_leaves_waits_no_longer_for_its_answer(storm: Storm) -> None:
    storm.hit(0, 1, 2)
    end_engagement(firm_id=storm.town.firm.id, organisation_id=storm.companies[2].id)
    rounds.look_again()
    assert storm.states(2) == [NoticeState.QUEUED]
    assert storm.states(1) == [NoticeState.HELD]


def test_no_mail_of_a_campaign_names_another_company(storm: Storm) -> None:
    storm.hit(0)
    storm.send()
    storm.hit(1, 2)
    storm.answer(Stance.ATTACK)
    storm.settle()
    verdicts.warn(campaign=the_campaign(), user=storm.town.people["analyst", "own"])
    storm.send()
    names = [company.name for company in storm.companies]
    assert {each.to for each in storm.mail.messages} >= {f"{n}@storm.example" for n in range(5)}
    for message in storm.mail.messages:
        own = message.to.partition("@")[0]
        strangers = [name for name in names if not name.endswith(own)]
        words = f"{message.subject}{message.body_text}{message.body_html}"
        assert not [name for name in strangers if name in words], message.subject


def test_the_warning_goes_once_to_the_firm_s_customers_that_were_not_hit(storm: Storm) -> None:
    storm.hit(0, 1, 2)
    storm.answer(Stance.ATTACK)
    storm.settle()
    manager = storm.town.people["manager", "own"]
    verdicts.warn(campaign=the_campaign(), user=manager)
    with pytest.raises(verdicts.CampaignChanged):
        verdicts.warn(campaign=the_campaign(), user=manager)
    storm.send()
    warned = [each.to for each in storm.mail.messages if "注意の知らせ" in each.subject]
    hit = {f"{number}@storm.example" for number in range(3)}
    assert len(warned) == len(set(warned))
    assert {"3@storm.example", "4@storm.example"} <= set(warned)
    assert not hit & set(warned)
    others = {storm.town.people[role, "other firm"].email for role in ("owner", "staff")}
    assert not others & set(warned)


def test_nobody_is_warned_before_somebody_said_it_is_an_attack(storm: Storm) -> None:
    storm.hit(0, 1, 2)
    with pytest.raises(verdicts.CampaignChanged):
        verdicts.warn(campaign=the_campaign(), user=storm.town.people["manager", "own"])


def test_a_question_without_an_answer_alarms_the_managers_again_and_again(
    storm: Storm, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr("hinomi.portal.accounts.post.send_soon", sent.append)
    storm.hit(0, 1, 2)
    rounds.alarm()
    assert sent == []
    rows = everything()
    rows.update(asked_at=now() - ALARM_AFTER)
    assert (rounds.alarm(), rounds.alarm()) == (1, 0)
    assert [each.to for each in sent] == [[storm.town.people["manager", "own"].email]]
    assert "会社" not in sent[0].body
    rows.update(alarmed_at=now() - ALARM_AFTER)
    assert rounds.alarm() == 1
    assert "waits for an answer" in caplog.text


@pytest.mark.parametrize("stance", [Stance.UPDATE, Stance.ATTACK])
@pytest.mark.parametrize("step", ["before", "after"])
def test_a_bell_that_dies_between_two_companies_goes_on_and_doubles_nothing(
    storm: Storm, stance: Stance, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The transaction test database cannot lose a process; an exception at the step is the same."""
    storm.hit(0)
    storm.send()
    storm.hit(1, 2, 3)
    storm.answer(stance)
    passed: list[str] = []

    def die(name: str) -> None:
        passed.append(name)
        if name == f"bell:settle-{step}-commit" and passed.count(name) == 2:
            raise HinomiError("killed here")

    monkeypatch.setattr("hinomi.portal.incidents.campaigns.rounds.crash.point", die)
    with pytest.raises(HinomiError):
        storm.settle()
    storm.send()
    storm.settle()
    storm.settle()
    storm.send()
    told = [len(storm.mails_to(number)) for number in range(4)]
    assert told == ([2, 0, 0, 0] if stance is Stance.UPDATE else [1, 1, 1, 1])
    closed = stance is Stance.UPDATE
    assert {storm.incident(n).state for n in range(4)} == {"false_alarm" if closed else "new"}


def test_what_an_analyst_closed_while_it_waited_is_never_sent(storm: Storm) -> None:
    storm.hit(0, 1, 2)
    row = storm.incident(2)
    row.state, row.closed_at = "done", now()
    row.save()
    rounds.look_again()
    assert storm.states(2) == [NoticeState.DROPPED]
    assert storm.incident(2).held_since is None


def test_a_campaign_nobody_was_asked_about_goes_by_with_its_incidents(storm: Storm) -> None:
    storm.hit(0, 1, 2, case="ransomware")
    everything().update(opened_at=now() - CAMPAIGN_WITHIN - timedelta(minutes=1))
    rounds.put_away()
    assert the_campaign().stance == Stance.SEEN, "somebody still works on it"
    for number in range(3):
        Incident.objects.of(storm.companies[number].id).update(state="done", closed_at=now())
    rounds.put_away()
    assert the_campaign().stance == Stance.OVER
    storm.hit(3, case="ransomware")
    assert everything().count() == 2, "the next time is another campaign"


def test_a_question_never_goes_by_itself(storm: Storm) -> None:
    storm.hit(0, 1, 2)
    everything().update(opened_at=now() - timedelta(days=9))
    for number in range(3):
        Incident.objects.of(storm.companies[number].id).update(state="done", closed_at=now())
    rounds.put_away()
    assert the_campaign().stance == Stance.ASKED


def test_a_pattern_is_forgotten_when_it_counts_as_new_again(storm: Storm) -> None:
    storm.hit(0, 1)
    sightings = PatternSighting.objects.across_all(reason="time passes")
    assert rounds.forget_old_sightings() == 0
    sightings.update(last_at=now() - NEW_AFTER - timedelta(seconds=1))
    rounds.forget_old_sightings()
    assert not sightings.exists()


def _shown(incident: Incident) -> list[str]:
    rows = TimelineEntry.objects.of(incident.organisation_id).filter(
        incident=incident, visible_to_customer=True
    )
    return list(rows.values_list("text", flat=True))
