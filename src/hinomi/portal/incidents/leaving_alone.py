"""From a case to an exception: what its records have in common, as a filter a person may want."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError
from hinomi.core.words import Level
from hinomi.detect import load_rules
from hinomi.pipeline.exceptions.proposal import Proposal, propose
from hinomi.pipeline.rules import default_rule_paths
from hinomi.portal.access.time import configuration
from hinomi.portal.exceptions.queries import holding
from hinomi.portal.exceptions.services import add_exception
from hinomi.portal.incidents.casework import add_note
from hinomi.portal.incidents.models import IncidentFinding
from hinomi.portal.incidents.queries.findings import finding_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.detect import Rule
    from hinomi.portal.accounts.models import User
    from hinomi.portal.exceptions.models import RuleException
    from hinomi.portal.incidents.models import Incident

_LOOKED_AT = 200


class NoSuchProposal(HinomiError):
    """The rule is not one of this incident's, or its records have nothing in common."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A proposal with its rule's Japanese title."""

    title: str
    proposal: Proposal


def offers(incident: Incident) -> list[Offer]:
    """One for each rule of the incident that may be left alone. What is critical never is."""
    rows = IncidentFinding.objects.of(incident.organisation_id).filter(incident=incident)
    groups: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    titles: dict[str, str] = {}
    for row in rows.order_by("-event_at", "-pk")[:_LOOKED_AT]:
        finding = finding_of(row)
        titles[finding.rule_id] = finding.rule_title_ja or finding.rule_title
        if finding.evidence:
            groups[finding.rule_id].append(finding.evidence[-1].fields)
    rules = {one.id: one for one in load_rules(default_rule_paths(configuration())).rules}
    made = ((titles[key], _propose(rules.get(key), events)) for key, events in groups.items())
    return [Offer(title, proposal) for title, proposal in made if proposal is not None]


def leave_alone(
    *, incident: Incident, rule_id: str, reason: str, days: int, user: User
) -> RuleException:
    """Open the exception at this company; the person owns it. Twice is once."""
    offered = {each.proposal.rule_id: each for each in offers(incident)}
    if rule_id not in offered:
        raise NoSuchProposal(f"{incident.number} offers no exception from {rule_id!r}.")
    held = set(holding(incident.organisation_id))
    made = add_exception(
        document=offered[rule_id].proposal.text,
        path=f"{incident.number}.yml",
        organisation_id=incident.organisation_id,
        owner_mail=user.email,
        reason=f"{incident.number}：{reason}",
        days=days,
    )
    if made.pk not in held:
        text = f"例外「{made.title}」を作りました。理由：{reason}"
        add_note(incident=incident, text=text, for_customer=False, user=user)
    return made


def _propose(rule: Rule | None, events: list[Mapping[str, str]]) -> Proposal | None:
    if rule is None or rule.level is Level.CRITICAL:
        return None
    return propose(rule_id=rule.id, title=rule.title, logsource=rule.logsource, events=events)
