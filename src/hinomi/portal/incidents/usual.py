"""What baselines told in an incident, and a person's word that it is usual at this company."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.core.directory import Usual
from hinomi.core.errors import HinomiError
from hinomi.portal.incidents.casework import add_note
from hinomi.portal.incidents.models import IncidentFinding
from hinomi.portal.sources.publication import publish_soon
from hinomi.portal.sources.usual import say_usual, usual_of

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User
    from hinomi.portal.incidents.models import Incident

# What the people at the company know themselves; a sign-in or a flow our analyst judges.
ANSWERED_BY_CUSTOMER = frozenset({"new_device", "new_program"})
WORD_OF_CHOICE = {"mine": True, "not_mine": False}
_KEY = "usual_key"
_NOTES = {
    True: "「これはいつものことです」としました。同じことは、もう知らせません。",
    False: "「いつものこと」を取り消しました。同じことは、また知らせます。",
}


class NothingToConfirm(HinomiError):
    """No baseline told anything in this incident."""


def told_in(incident: Incident) -> tuple[Usual, ...]:
    """What a word on this incident is about; empty when no baseline told any of it."""
    rows = IncidentFinding.objects.of(incident.organisation_id).filter(incident=incident)
    told = rows.filter(body__slots__has_key=_KEY).values_list(
        "body__rule_id", f"body__slots__{_KEY}"
    )
    return tuple(Usual(incident.organisation_id, rule, key) for rule, key in sorted(set(told)))


def is_called_usual(incident: Incident) -> bool | None:
    """Whether all of it is called usual now; None when there is nothing to call so."""
    told = told_in(incident)
    return usual_of(incident.organisation_id).issuperset(told) if told else None


@transaction.atomic
def call_usual(*, incident: Incident, is_usual: bool, user: User) -> None:
    """The word, a line in the history, and the directory soon. The incident stays as it is."""
    told = told_in(incident)
    if not told:
        raise NothingToConfirm(f"{incident.number} holds nothing that a baseline told.")
    say_usual(told, is_usual=is_usual, user=user, incident_number=incident.number)
    add_note(incident=incident, text=_NOTES[is_usual], for_customer=False, user=user)
    publish_soon()


def heed_answer(*, incident: Incident, choice: str, user: User) -> None:
    """A customer's 「自分たちだった」 on a new device or program makes it usual; the opposite
    takes that back. Any other answer says nothing of it."""
    is_usual = WORD_OF_CHOICE.get(choice)
    if is_usual is None or incident.kind not in ANSWERED_BY_CUSTOMER or not told_in(incident):
        return
    if is_usual != is_called_usual(incident):
        call_usual(incident=incident, is_usual=is_usual, user=user)
