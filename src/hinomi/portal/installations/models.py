"""What people know of a company's equipment, and what was asked and signed at its place."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from hinomi.business.equipment import Function
from hinomi.portal.access.owned import OrganisationOwned
from hinomi.portal.access.time import now
from hinomi.portal.sources.models import Source


class Holder(models.TextChoices):
    """Who holds a box's password."""

    UNKNOWN = "unknown", "わからない"
    US = "us", "当社（見守りの事業者）"
    CUSTOMER = "customer", "お客様"
    VENDOR = "vendor", "業者"


class Task(models.TextChoices):
    """はじめの設定: the five things a new customer does."""

    CONTACT = "contact", "連絡先を決める"
    PASSPHRASE = "passphrase", "合言葉を決める"
    BOX_DAY = "box_day", "機器を置く日を決める"
    COMPUTERS = "computers", "パソコンに入れる"
    PRACTICE = "practice", "練習のお知らせを受け取る"


class Care(OrganisationOwned):
    """What is known of one source's box: where it stands, who holds its password, its vendor."""

    source = models.OneToOneField(Source, on_delete=models.CASCADE, related_name="care")
    place = models.CharField(max_length=60, blank=True)
    system = models.CharField(max_length=40, blank=True)
    password_holder = models.CharField(max_length=12, choices=Holder, default=Holder.UNKNOWN)
    vendor = models.CharField(max_length=120, blank=True)
    vendor_phone = models.CharField(max_length=40, blank=True)
    vendor_mail = models.EmailField(blank=True)
    lease_end = models.DateField(null=True)
    changed_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "source"], name="care_once_per_source"),
        ]


class Licence(OrganisationOwned):
    """Until when (the last day included) a box may do one thing."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="licences")
    function = models.CharField(max_length=12, choices=[(each.value, each.ja) for each in Function])
    ends_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "source", "function"], name="licence_once_per_function"
            ),
        ]
        indexes = [models.Index(fields=["ends_on"], name="licence_ends")]


class SetupStep(OrganisationOwned):
    """What a company said of one task of はじめの設定."""

    task = models.CharField(max_length=12, choices=Task)
    value = models.CharField(max_length=120, blank=True)
    done_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "task"], name="setup_once_per_task"),
        ]


class CallRequest(OrganisationOwned):
    """電話予約: somebody did not know how to go on, and our people call."""

    task = models.CharField(max_length=12, choices=Task)
    phone = models.CharField(max_length=40)
    wish = models.CharField(max_length=120, blank=True)
    made_at = models.DateTimeField(default=now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    called_at = models.DateTimeField(null=True)
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )


class Survey(OrganisationOwned):
    """現地調査: what was found at the place. Rows are added; the newest counts."""

    answers = models.JSONField(default=dict)
    at = models.DateTimeField(default=now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )


class Completion(OrganisationOwned):
    """設置完了確認書 as it was signed: `body` is the paper word for word."""

    signer = models.CharField(max_length=120)
    signed_on = models.DateField()
    body = models.JSONField(default=dict)
    at = models.DateTimeField(default=now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
