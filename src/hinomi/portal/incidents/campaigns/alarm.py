"""Our own escalation: customers wait for a notice, and nobody answers whether it is an update."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.mail import EmailMessage
from django.urls import reverse

from hinomi.portal.access.address import address_of
from hinomi.portal.access.time import configuration
from hinomi.portal.accounts import post
from hinomi.portal.organisations.models import Membership, Role
from hinomi.triage.campaigns import ALARM_AFTER

if TYPE_CHECKING:
    from hinomi.portal.incidents.campaigns.rows import Campaign


def alarm_chiefs(campaign: Campaign) -> None:
    """Mail the firm's managers. No company is named: mail is read in many places."""
    minutes = int(ALARM_AFTER.total_seconds() // 60)
    service = configuration().service_name
    page = address_of(reverse("campaign", args=[campaign.pk]))
    lines = [
        f"「更新プログラムですか？」の問いに、{minutes}分以上、答えがありません。",
        "答えるまで、お客様へのお知らせを待たせています。",
        "担当者を決めて、画面で答えてください。",
    ]
    body = "\n".join([*lines, "", page]) if page else "\n".join(lines)
    for mail in managers_of(campaign.firm_id):
        post.send_soon(
            EmailMessage(f"【{service}】答えを待っている問いがあります", body, to=[mail])
        )


def managers_of(firm_id: str) -> list[str]:
    """The mail addresses of the firm's managers."""
    rows = Membership.objects.across_all(reason="the firm's own people").filter(
        firm=firm_id, role=Role.MANAGER, user__is_active=True
    )
    return list(rows.order_by("pk").values_list("user__email", flat=True))
