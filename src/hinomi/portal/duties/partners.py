"""Partner SOCs: which firm holds slots of ours, and whose consent names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from hinomi.business.consent import Act
from hinomi.core.errors import UsageError
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.consents.models import ConsentStep
from hinomi.portal.consents.queries import standing_of
from hinomi.portal.duties.models import PartnerConsent, Partnership
from hinomi.portal.organisations.models import Firm, FirmKind
from hinomi.portal.organisations.services import companies_served, find_firm, firms_serving

if TYPE_CHECKING:
    from collections.abc import Iterable


def partnerships(firm_id: str) -> list[Partnership]:
    """The firm's open ones, by the partner's name."""
    rows = Partnership.objects.of_firm(firm_id).filter(ended_at=None).select_related("partner")
    return list(rows.order_by("partner__name"))


@transaction.atomic
def start_partnership(
    *,
    firm_id: str,
    partner_id: str,
    phone: str,
    mail: str,
    answer_minutes: int,
    user_id: int | None,
) -> Partnership:
    """From now on the partner may hold slots of the firm; said again, it is changed. Raises
    UsageError when the other firm is no SOC."""
    partner = find_firm(partner_id)
    if partner.kind != FirmKind.SOC:
        raise UsageError(f"{partner.name} is no SOC.", advice="Choose a firm of kind soc.")
    row, _ = Partnership.objects.of_firm(firm_id).update_or_create(
        firm_id=firm_id,
        partner=partner,
        ended_at=None,
        defaults={"phone": phone, "mail": mail, "answer_minutes": answer_minutes},
    )
    for organisation_id in companies_served(firm_id):
        follow_consent(organisation_id)
    _audit("start", row, user_id)
    return row


@transaction.atomic
def end_partnership(row: Partnership, *, user_id: int | None) -> bool:
    """The partner's people read nothing any more, from this moment; False when it had ended."""
    moment = now()
    rows = Partnership.objects.of_firm(row.firm_id).filter(pk=row.pk, ended_at=None)
    if not rows.update(ended_at=moment):
        return False
    PartnerConsent.objects.across_all(reason="one firm ends with its partner").filter(
        firm=row.firm_id, partner=row.partner_id
    ).delete()
    _audit("end", row, user_id)
    return True


def follow_consent(organisation_id: str) -> None:
    """The company said something, or a partner began: note which partners its signature names.

    Only the paper that was signed counts, word for word as it was shown: a partner who came later
    is read by the company when it signs again.
    """
    step = _signature(organisation_id)
    wanted = _named(organisation_id, step) if step else {}
    rows = PartnerConsent.objects.of(organisation_id)
    for row in rows.all():
        if wanted.get((row.firm_id, row.partner_id)) != row.step:
            row.delete()
    for (firm_id, partner_id), number in wanted.items():
        rows.get_or_create(
            organisation_id=organisation_id,
            firm_id=firm_id,
            partner_id=partner_id,
            defaults={"step": number},
        )


def companies_naming(firm_id: str, partner_id: str) -> int:
    """How many companies' consent names the partner."""
    rows = PartnerConsent.objects.across_all(reason="how many of one firm's customers")
    return rows.filter(firm=firm_id, partner=partner_id).count()


def possible_partners(firm_id: str) -> list[Firm]:
    """SOCs that are not the firm itself."""
    return list(Firm.objects.filter(kind=FirmKind.SOC).exclude(pk=firm_id).order_by("name"))


def _signature(organisation_id: str) -> ConsentStep | None:
    """The newest signed consent, while anything of it still holds."""
    if not standing_of(organisation_id).is_of_any:
        return None
    signed = ConsentStep.objects.of(organisation_id).filter(act=Act.SIGNED.value)
    return signed.order_by("-pk").first()


def _named(organisation_id: str, step: ConsentStep) -> dict[tuple[str, str], int]:
    """(Firm, partner) → the step, for partners whose name stood on the paper."""
    names = set(_names(step.shown))
    rows = Partnership.objects.across_all(reason="narrowed to the firms that serve the company")
    open_ones = rows.filter(firm__in=firms_serving(organisation_id), ended_at=None)
    return {
        (row.firm_id, row.partner_id): step.pk
        for row in open_ones.select_related("partner")
        if row.partner.name in names
    }


def _names(shown: dict[str, object]) -> Iterable[str]:
    holders = shown.get("entrusted", [])
    assert isinstance(holders, list), "consents.services writes a list"
    return (str(holder[0]) for holder in holders)


def _audit(act: str, row: Partnership, user_id: int | None) -> None:
    audit.record(
        what=f"duties:partner:{act}",
        user_id=user_id,
        firm_id=row.firm_id,
        partner=row.partner_id,
        minutes=row.answer_minutes,
    )
