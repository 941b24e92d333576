"""A source starts only with a live consent of its company that covers its kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from hinomi.business.consent import Purpose
from hinomi.core.errors import UsageError
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import configuration, now
from hinomi.portal.consents import kinds, queries, services
from hinomi.portal.consents.models import ConsentStep, HistoryOnlyGrows, Way
from hinomi.portal.organisations.services import add_firm, add_organisation
from hinomi.portal.sources.consent import carry_consents_over
from hinomi.portal.sources.publication import publish_if_changed
from hinomi.portal.sources.relays import add_relay
from hinomi.portal.sources.services import Wanted, change_kind, register_source
from hinomi.store.directory import load

if TYPE_CHECKING:
    from hinomi.core.directory import Organisation as Company
    from hinomi.core.directory import Source as Sender
    from hinomi.portal.organisations.models import Organisation
    from hinomi.portal.sources.models import Source

SAID = services.Said(
    signer="代表取締役 青葉太郎",
    signed_on=date(2026, 11, 1),
    kinds=frozenset({"fortigate", "windows"}),
)


@pytest.fixture
def company(db: None, monkeypatch: pytest.MonkeyPatch) -> Organisation:
    ports = iter(range(20_000, 21_000))
    monkeypatch.setattr("hinomi.portal.sources.services.free_port", lambda: next(ports))
    return add_organisation(name="青葉工務店", firm_id=add_firm(name="火の見サービス").id)


def make(company: Organisation, kind: str, **more: Any) -> Source:
    wanted = Wanted(kind=kind, name=f"{kind}の機器")
    return register_source(organisation_id=company.id, wanted=wanted, **more).source


def sign(company: Organisation, **changes: Any) -> None:
    said = replace(SAID, **changes)
    services.sign(organisation_id=company.id, said=said, way=Way.PAPER, user_id=None)


def _company_published() -> Company:
    publish_if_changed()
    (row,) = load(data=configuration().data).organisations
    return row


def withdraw(company: Organisation, **changes: Any) -> bool:
    return services.withdraw(
        organisation_id=company.id,
        signer="青葉太郎",
        way=Way.PAPER,
        user_id=None,
        **changes,
    )


def published(source: Source) -> Sender:
    publish_if_changed()
    senders = load(data=configuration().data).sources
    return next(each for each in senders if each.id == source.id)


def test_a_source_added_by_command_starts_and_its_consent_says_so(company: Organisation) -> None:
    source = make(company, "fortigate")
    assert not published(source).awaits_consent
    (step,) = queries.history(company.id)
    assert (step.way, step.kinds, step.purposes) == ("command", ["fortigate"], ["watch"])


def test_without_a_consent_the_source_waits_and_says_so(company: Organisation) -> None:
    source = make(company, "fortigate", consent_way=None)
    assert source.awaits_consent
    assert published(source).awaits_consent
    assert not queries.history(company.id)


def test_a_kind_that_was_not_signed_for_is_refused_whoever_adds_it(company: Organisation) -> None:
    sign(company)
    for way in (Way.COMMAND, Way.LIST, Way.STAFF):
        source = make(company, "linux", consent_way=way)
        assert published(source).awaits_consent, way
    assert not published(make(company, "winlogbeat")).awaits_consent


def test_withdrawal_stops_and_a_new_signature_starts_again(company: Organisation) -> None:
    sign(company)
    source = make(company, "fortigate")
    assert not published(source).awaits_consent
    assert withdraw(company)
    stopped = published(source)
    assert stopped.awaits_consent
    assert stopped.purposes == ()
    sign(company)
    again = published(source)
    assert not again.awaits_consent
    assert again.token_sha256 == source.token_sha256
    acts = [step.act for step in queries.history(company.id)]
    assert acts == ["signed", "withdrawn", "signed"]


def test_withdrawing_twice_adds_nothing(company: Organisation) -> None:
    sign(company)
    assert withdraw(company)
    assert not withdraw(company)
    assert len(queries.history(company.id)) == 2


def test_one_kind_withdrawn_stops_its_sources_only(company: Organisation) -> None:
    sign(company)
    gate, computer = make(company, "fortigate"), make(company, "winlogbeat")
    assert withdraw(company, kinds=frozenset({"windows"}))
    assert published(computer).awaits_consent
    assert not published(gate).awaits_consent


def test_nobody_may_add_in_the_company_s_name_after_a_withdrawal(company: Organisation) -> None:
    make(company, "fortigate")
    assert withdraw(company)
    assert published(make(company, "sophos")).awaits_consent
    by_owner = make(company, "linux", consent_by="aoi@example.jp")
    assert not published(by_owner).awaits_consent


def test_a_relay_needs_no_consent_of_its_own_and_is_none(company: Organisation) -> None:
    """It waits while nothing is agreed to, and works while anything is."""
    relay = add_relay(organisation_id=company.id, name="中継機")
    assert published(relay).awaits_consent
    assert not queries.history(company.id)
    gate = make(company, "fortigate")
    assert not published(relay).awaits_consent
    assert published(relay).pause is not None
    assert published(make(company, "auto", consent_way=None)).awaits_consent
    assert kinds.in_use(company.id) == ["auto", "fortigate"]
    assert withdraw(company, kinds=frozenset({"fortigate"}))
    assert published(gate).awaits_consent
    assert published(relay).awaits_consent
    sign(company, kinds=frozenset({"linux"}))
    assert not published(relay).awaits_consent
    assert published(gate).awaits_consent


def test_statistics_ask_the_purpose_and_nothing_said_means_no(company: Organisation) -> None:
    make(company, "fortigate")
    asked = {"kind": "fortigate", "purpose": Purpose.STATISTICS}
    assert not queries.may_use(company.id, **asked)
    assert queries.kinds_for(Purpose.STATISTICS) == {}
    sign(company, purposes=frozenset({Purpose.WATCH, Purpose.STATISTICS}))
    assert queries.may_use(company.id, **asked)
    assert not queries.may_use(company.id, kind="linux", purpose=Purpose.STATISTICS)
    assert queries.kinds_for(Purpose.STATISTICS)[company.id] == SAID.kinds
    assert withdraw(company, purposes=frozenset({Purpose.STATISTICS}))
    assert not queries.may_use(company.id, **asked)
    assert queries.may_use(company.id, kind="fortigate", purpose=Purpose.WATCH)


def test_the_purposes_reach_the_directory(company: Organisation) -> None:
    source = make(company, "fortigate")
    assert published(source).purposes == ("watch",)
    sign(company, purposes=frozenset(Purpose))
    assert published(source).purposes == ("statistics", "warning", "watch")


def test_another_company_s_consent_covers_nothing_here(company: Organisation) -> None:
    other = add_organisation(name="文京歯科", firm_id=add_firm(name="隣町サービス").id)
    sign(other)
    assert published(make(company, "fortigate", consent_way=None)).awaits_consent


def test_what_was_signed_can_neither_be_changed_nor_removed(company: Organisation) -> None:
    sign(company)
    (step,) = queries.history(company.id)
    rows = ConsentStep.objects.of(company.id)
    for act in (
        step.save,
        step.delete,
        lambda: rows.update(signer="x"),
        rows.delete,
        lambda: ConsentStep.objects.bulk_update([step], ["signer"]),
    ):
        with pytest.raises(HistoryOnlyGrows):
            act()


def test_each_step_is_in_the_audit_trail(company: Organisation) -> None:
    sign(company)
    withdraw(company)
    acts = AuditEntry.objects.filter(organisation_id=company.id, what__startswith="consents:")
    assert [each.what for each in acts] == [
        "consents:consent:signed",
        "consents:consent:withdrawn",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"signer": "  "},
        {"kinds": frozenset()},
        {"kinds": frozenset({"no_such_kind"})},
        {"purposes": frozenset({Purpose.STATISTICS})},
        {"signed_on": date(2999, 1, 1)},
        {"days": {"fortigate": 9_999}},
        {"days": {"fortigate": 0}},
    ],
)
def test_a_consent_that_says_nothing_sound_is_refused(
    company: Organisation, changes: dict[str, Any]
) -> None:
    with pytest.raises(UsageError):
        sign(company, **changes)
    assert not queries.history(company.id)


def test_records_of_a_kind_are_kept_as_long_as_was_agreed(company: Organisation) -> None:
    sign(company, days={"windows": 30})
    assert _company_published().kind_days == (("windows", 30),)


def test_what_an_agent_brings_beside_its_own_records_is_kept_no_longer(
    company: Organisation,
) -> None:
    """Its sign-in logs are read as Linux's; a Linux server with days of its own keeps those."""
    sign(company, kinds=frozenset({"agent"}), days={"agent": 30})
    assert dict(_company_published().kind_days) == {"agent": 30, "linux": 30, "windows": 30}
    sign(company, kinds=frozenset({"agent", "linux"}), days={"agent": 30, "linux": 60})
    days = dict(_company_published().kind_days)
    assert (days["agent"], days["linux"], days["nginx"]) == (30, 60, 60)
    sign(company, kinds=frozenset({"agent", "auto"}), days={"agent": 30})
    assert dict(_company_published().kind_days) == {"agent": 30}


def test_the_step_keeps_what_its_paper_said(company: Organisation) -> None:
    sign(company)
    (step,) = queries.history(company.id)
    fields = step.shown["fields"]["fortigate"]["groups"]
    assert any("srcip" in group["fields"] for group in fields)


def test_a_new_kind_of_an_old_source_needs_consent_too(company: Organisation) -> None:
    sign(company)
    source = make(company, "fortigate")
    change_kind(source=source, kind="sophos")
    source.refresh_from_db()
    assert source.awaits_consent


def test_sources_of_an_earlier_release_keep_what_they_were_given(company: Organisation) -> None:
    source = make(company, "fortigate", consent_by="aoi@example.jp")
    ConsentStep.objects.across_all(reason="as before the update")._raw_delete("default")
    assert carry_consents_over() == 1
    assert carry_consents_over() == 0
    assert not published(source).awaits_consent
    (step,) = queries.history(company.id)
    assert (step.way, step.signer) == ("screen", "aoi@example.jp")


def test_whom_records_are_handed_to_is_a_matter_of_the_day(company: Organisation) -> None:
    firm = company_firm(company)
    today = now().date()
    for name, begin, end in (
        ("今の業者", today - timedelta(days=9), None),
        ("前の業者", today - timedelta(days=9), today - timedelta(days=1)),
        ("次の業者", today + timedelta(days=1), None),
    ):
        services.entrust(
            firm_id=firm,
            name=name,
            work="夜間の見守り",
            place="",
            valid_from=begin,
            valid_to=end,
            user_id=None,
        )
    assert [each.name for each in queries.entrusted_for(company.id, day=today)] == ["今の業者"]
    other = add_organisation(name="文京歯科", firm_id=add_firm(name="隣町サービス").id)
    assert queries.entrusted_for(other.id, day=today) == []


def company_firm(company: Organisation) -> str:
    from hinomi.portal.organisations.models import Engagement

    return Engagement.objects.of(company.id).get().firm_id
