"""Firms, customer companies, who belongs to which, and which firm serves whom and since when."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from hinomi.portal.access.identifiers import draw
from hinomi.portal.access.owned import OrganisationOwned, OrganisationsQuerySet, ScopedQuerySet
from hinomi.portal.access.time import now
from hinomi.portal.organisations.calendar_rows import CompanyCalendar, SpecialDays
from hinomi.portal.organisations.level_rows import EarnedLevel, RequiredLevel, Right

__all__ = [
    "CUSTOMER_ROLES",
    "FIRM_ROLES",
    "CompanyCalendar",
    "DirectoryState",
    "EarnedLevel",
    "Engagement",
    "Firm",
    "FirmKind",
    "Membership",
    "Organisation",
    "OrganisationValue",
    "RequiredLevel",
    "Right",
    "Role",
    "SpecialDays",
]  # Django finds the app's tables here


def draw_firm_id() -> str:
    """A new firm's id."""
    return draw("firm")


def draw_organisation_id() -> str:
    """A new company's id."""
    return draw("org")


class FirmKind(models.TextChoices):
    """What a firm is in the trade."""

    PROVIDER = "provider", "サービス提供会社"
    PARTNER = "partner", "訪問パートナー"
    SOC = "soc", "監視センター"
    INSURER = "insurer", "保険会社"
    RESELLER = "reseller", "販売会社"
    BUYER = "buyer", "発注元"


class Role(models.TextChoices):
    """What a person is in a company or a firm."""

    OWNER = "owner", "責任者"
    STAFF = "staff", "担当者"
    ANALYST = "analyst", "分析担当"
    DESK = "desk", "相談窓口"
    MANAGER = "manager", "管理者"


CUSTOMER_ROLES = (Role.OWNER, Role.STAFF)
FIRM_ROLES = (Role.ANALYST, Role.DESK, Role.MANAGER)


class Firm(models.Model):
    """A firm on this installation: the provider, a partner, an insurer."""

    id = models.CharField(primary_key=True, max_length=40, default=draw_firm_id, editable=False)
    name = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=20, choices=FirmKind, default=FirmKind.PROVIDER)
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    """A customer company. A row with `deleted_at` is a tombstone: no scope reaches it. `phone_key`
    is `contact_phone` as numbers are compared, so that who rings is found by an index."""

    id = models.CharField(
        primary_key=True, max_length=40, default=draw_organisation_id, editable=False
    )
    name = models.CharField(max_length=200)
    timezone = models.CharField(max_length=60, default="Asia/Tokyo")
    retention_days = models.PositiveIntegerField(default=90)
    contact_phone = models.CharField(max_length=40, blank=True)
    phone_key = models.CharField(max_length=40, blank=True, db_index=True, editable=False)
    created_at = models.DateTimeField(default=now)
    deleted_at = models.DateTimeField(null=True)

    objects = OrganisationsQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Engagement(OrganisationOwned):
    """Firm `firm` serves the company in `role` from `valid_from` until before `valid_to`."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="engagements")
    role = models.CharField(max_length=20, choices=FirmKind, default=FirmKind.PROVIDER)
    valid_from = models.DateTimeField(default=now)
    valid_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "firm", "role"],
                condition=Q(valid_to=None),
                name="engagement_one_open",
            ),
        ]
        indexes = [models.Index(fields=["firm", "organisation"], name="engagement_firm")]


class OrganisationValue(OrganisationOwned):
    """One of the values that `%name%` in rules stands for at this company."""

    name = models.CharField(max_length=60)
    value = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name", "value"], name="organisation_value_once"
            ),
        ]


class Membership(models.Model):
    """A person belongs to a company or to a firm, in one role each."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="memberships"
    )
    firm = models.ForeignKey(Firm, null=True, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    created_at = models.DateTimeField(default=now)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="membership_company_or_firm",
                condition=(
                    Q(organisation__isnull=False, firm=None, role__in=CUSTOMER_ROLES)
                    | Q(organisation=None, firm__isnull=False, role__in=FIRM_ROLES)
                ),
            ),
            models.UniqueConstraint(
                fields=["user", "organisation"],
                condition=Q(organisation__isnull=False),
                name="membership_once_per_company",
            ),
            models.UniqueConstraint(
                fields=["user", "firm"],
                condition=Q(firm__isnull=False),
                name="membership_once_per_firm",
            ),
        ]


class DirectoryState(models.Model):
    """One row: how often what the data path must know has changed, and how much of it was told.

    `changes` grows in the transaction of the change itself; `published` follows when the snapshot
    is out. A crash between the two leaves them apart, and the bell sends the snapshot again.
    """

    changes = models.PositiveBigIntegerField(default=0)
    published = models.PositiveBigIntegerField(default=0)
