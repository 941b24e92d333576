"""What campaigns do to one incident: hold its notices, let them go, or close it as an update.

`treat` looks at how things stand and makes it so; called again it changes nothing. Each call is one
transaction of one company, so that a kill between two companies leaves both whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.core.words import IncidentState
from hinomi.portal.access.time import now
from hinomi.portal.incidents.campaigns.announcing import write_correction
from hinomi.portal.incidents.campaigns.firms import answering_firm
from hinomi.portal.incidents.campaigns.rows import CampaignMember
from hinomi.portal.incidents.decisions import DecisionKind, record_decision
from hinomi.portal.incidents.letters import letter_about
from hinomi.portal.incidents.models import IncidentFinding
from hinomi.portal.incidents.opening import add_action, add_fact, locked
from hinomi.portal.incidents.wording import text_of
from hinomi.portal.notices import services as notices
from hinomi.respond.plain import plain
from hinomi.triage.campaigns import Stance, Treatment, treatment
from hinomi.triage.patterns import rule_key

if TYPE_CHECKING:
    from hinomi.portal.incidents.campaigns.rows import Campaign
    from hinomi.portal.incidents.models import Incident

LOOKING_JA = "同じ動きを複数の会社で見つけ、調べています"
SETTLED_JA = "ソフトの更新による動きと分かりました"


@transaction.atomic
def treat(organisation_id: str, incident_id: int) -> int:
    """Make the incident what its campaigns say; returns how many held notices went out."""
    incident = locked(organisation_id, incident_id)
    members = _members(incident)
    if not members:
        return _release(incident)
    stances = {each.campaign.pattern: in_force(each.campaign) for each in members}
    wanted = treatment(_keys(incident), stances)
    if wanted is Treatment.SETTLE:
        _settle(incident, members)
    elif not IncidentState(incident.state).is_open:
        _drop(incident)
    elif wanted is Treatment.HOLD:
        _hold(incident, members)
    else:
        return _release(incident)
    return 0


def in_force(campaign: Campaign) -> Stance:
    """An answer that can still be taken back asks on."""
    stance = Stance(campaign.stance)
    if stance is Stance.UPDATE and campaign.settling_at is None:
        return Stance.ASKED
    return stance


def is_told(incident: Incident) -> bool:
    """True when its customer may have read a notice about it."""
    return notices.was_told(
        organisation_id=incident.organisation_id, incident_number=incident.number
    )


def _members(incident: Incident) -> list[CampaignMember]:
    """Of the firm that answers for the company now; what a former firm asked holds nothing."""
    rows = CampaignMember.objects.of(incident.organisation_id).filter(incident=incident)
    rows = rows.filter(campaign__firm=answering_firm(incident.organisation_id))
    return list(rows.select_related("campaign", "campaign__answered_by").order_by("pk"))


def _keys(incident: Incident) -> list[set[str]]:
    findings = IncidentFinding.objects.of(incident.organisation_id).filter(incident=incident)
    kinds = findings.order_by().values_list("pattern", "body__rule_id").distinct()
    return [{pattern, rule_key(rule_id)} for pattern, rule_id in kinds]


def _hold(incident: Incident, members: list[CampaignMember]) -> None:
    company, number = incident.organisation_id, incident.number
    count = notices.hold_unsent(organisation_id=company, incident_number=number)
    if is_told(incident):
        _note(incident, members)
    elif count and incident.held_since is None:
        incident.held_since = now()
        incident.save(update_fields=["held_since"])
    if count:
        why = "複数の会社に同じ動きがあり、更新かどうかの答えを待っています"
        add_action(incident, f"お知らせ{count}通を、まだ送らずに待たせています。{why}")


def _note(incident: Incident, members: list[CampaignMember]) -> None:
    """Who had a notice learns that more is known, once."""
    unsaid = [each for each in members if each.noted_at is None]
    if unsaid and len(unsaid) == len(members):
        add_fact(incident, LOOKING_JA)
    for each in unsaid:
        each.noted_at = now()
        each.save(update_fields=["noted_at"])


def _release(incident: Incident) -> int:
    company, number = incident.organisation_id, incident.number
    _show(incident)
    if not notices.has_held(organisation_id=company, incident_number=number):
        return 0
    letter = letter_about(incident, reason="")  # held rows keep their own reasons
    count = notices.release_held(organisation_id=company, letter=letter)
    add_action(incident, f"待たせていたお知らせ{count}通を送ります")
    return count


def _drop(incident: Incident) -> None:
    """Closed by a person while it waited: nobody needs to be told any more."""
    _show(incident)
    notices.drop_unsent(organisation_id=incident.organisation_id, incident_number=incident.number)


def _show(incident: Incident) -> None:
    if incident.held_since is not None:
        incident.held_since = None
        incident.save(update_fields=["held_since"])


def _settle(incident: Incident, members: list[CampaignMember]) -> None:
    company, number = incident.organisation_id, incident.number
    answered = [each for each in members if in_force(each.campaign) is Stance.UPDATE]
    told = is_told(incident)
    dropped = notices.drop_unsent(organisation_id=company, incident_number=number)
    if IncidentState(incident.state).is_open:
        _close(incident, answered, dropped)
    if told and all(each.corrected_at is None for each in answered):
        written = write_correction(incident, campaign=answered[0].campaign)
        add_action(incident, f"お知らせの訂正{written}通を、送信箱に入れました")
        for each in answered:
            each.corrected_at = now()
            each.save(update_fields=["corrected_at"])


def _close(incident: Incident, answered: list[CampaignMember], dropped: int) -> None:
    incident.state = IncidentState.FALSE_ALARM.value
    incident.closed_at = now()
    incident.held_since = None
    incident.version += 1
    incident.save(update_fields=["state", "closed_at", "held_since", "version"])
    add_fact(incident, SETTLED_JA)
    reasons = [each.campaign.reason for each in answered]
    add_action(incident, f"更新による動きとして閉じました。理由：{'／'.join(reasons)}")
    record_decision(
        organisation_id=incident.organisation_id,
        kind=DecisionKind.EXPLAINED_BY_UPDATE,
        incident=incident,
        body={
            "campaigns": [each.campaign_id for each in answered],
            "answered_by": [each.campaign.answered_by_id for each in answered],
            "reasons": reasons,
            "notices_not_sent": dropped,
            "text_version": incident.text_version,
            "shown": plain(text_of(incident)),
        },
    )
