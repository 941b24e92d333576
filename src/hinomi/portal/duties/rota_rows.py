"""The rota's rows: who may be on it, the weekly pattern, weeks made known, and the slots."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from hinomi.business.rota import Holidays, Order, Weeks
from hinomi.portal.access.owned import FirmOwnedQuerySet
from hinomi.portal.access.time import now
from hinomi.portal.organisations.models import Firm

ORDERS = [(each.value, each.ja) for each in Order]
WEEKS = [(Weeks.EVERY.value, "毎週"), (Weeks.A.value, "A週"), (Weeks.B.value, "B週")]
HOLIDAYS = [
    (Holidays.ALSO.value, "祝日も同じ"),
    (Holidays.NOT.value, "祝日を除く"),
    (Holidays.ONLY.value, "祝日だけ"),
]
EITHER = Q(user__isnull=False, partner=None) | Q(user=None, partner__isnull=False)


class DutyDesk(models.Model):
    """How a firm keeps its duty: the number customers see, who answers for it, what is too much.
    `phone` empty: the installation's number."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    phone = models.CharField(max_length=40, blank=True)
    chief = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    nights_in_row = models.PositiveSmallIntegerField(default=3)
    nights_in_month = models.PositiveSmallIntegerField(default=8)
    rest_hours = models.PositiveSmallIntegerField(default=11)
    calls_in_half_hour = models.PositiveSmallIntegerField(default=2)
    version = models.PositiveIntegerField(default=1)

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["firm"], name="duty_desk_once_per_firm")]


class DutyMember(models.Model):
    """A person of the firm who may be on duty, and the number that wakes them."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    phone = models.CharField(max_length=40, blank=True)

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firm", "user"], name="duty_member_once_per_firm")
        ]


class PatternLine(models.Model):
    """One line of the weekly pattern (`business.rota.Line`)."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    order = models.CharField(max_length=10, choices=ORDERS)
    weekday = models.PositiveSmallIntegerField(null=True)
    weeks = models.CharField(max_length=5, choices=WEEKS, default=Weeks.EVERY.value)
    holidays = models.CharField(max_length=5, choices=HOLIDAYS, default=Holidays.ALSO.value)
    starts = models.TimeField()
    minutes = models.PositiveSmallIntegerField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    partner = models.ForeignKey(Firm, null=True, on_delete=models.PROTECT, related_name="+")
    phone = models.CharField(max_length=40, blank=True)
    first = models.DateField(null=True)
    last = models.DateField(null=True)

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="pattern_line_user_or_partner", condition=EITHER),
            models.CheckConstraint(
                name="pattern_line_within_a_day", condition=Q(minutes__gte=1, minutes__lte=1440)
            ),
        ]

    @property
    def weekday_ja(self) -> str:
        """「毎日」 or 「月曜日」."""
        return "毎日" if self.weekday is None else f"{'月火水木金土日'[self.weekday]}曜日"

    @property
    def hours_ja(self) -> str:
        """「18:00–翌8:30」."""
        end = self.starts.hour * 60 + self.starts.minute + self.minutes
        over = "翌" if end > 1440 else ""
        hour, minute = divmod(end - 1440 if over else end, 60)
        return f"{self.starts:%H:%M}–{over}{hour}:{minute:02d}"

    @property
    def who_ja(self) -> str:
        """The name of the person or the partner."""
        return self.user.shown_name if self.user else self.partner.name if self.partner else ""


class Week(models.Model):
    """A week (its Monday) of which the firm's slots were made known: from then on it has no gap."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    monday = models.DateField()
    published_at = models.DateTimeField(default=now)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["firm", "monday"], name="duty_week_once")]


class Slot(models.Model):
    """A person, or a partner firm, on duty from `starts_at` until before `ends_at`. Only a slot
    with `published_at` holds; `phone` is the number customers are told meanwhile."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    order = models.CharField(max_length=10, choices=ORDERS)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    partner = models.ForeignKey(Firm, null=True, on_delete=models.PROTECT, related_name="+")
    phone = models.CharField(max_length=40, blank=True)
    published_at = models.DateTimeField(null=True)

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="slot_user_or_partner", condition=EITHER),
            models.CheckConstraint(name="slot_in_order", condition=Q(ends_at__gt=F("starts_at"))),
            models.UniqueConstraint(fields=["firm", "order", "starts_at"], name="slot_begins_once"),
        ]
        indexes = [
            models.Index(fields=["firm", "ends_at"], name="slot_firm_end"),
            models.Index(fields=["partner", "ends_at"], name="slot_partner_end"),
        ]


class Swap(models.Model):
    """交代を頼む: the holder of a slot asks somebody to take it. `answer` empty: not answered."""

    ANSWERS = (
        ("taken", "引き受けました"),
        ("refused", "断りました"),
        ("dropped", "取り下げました"),
    )

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    slot = models.ForeignKey(Slot, null=True, on_delete=models.SET_NULL, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    asked_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    reason = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField(default=now)
    answer = models.CharField(max_length=10, blank=True, choices=ANSWERS)
    answered_at = models.DateTimeField(null=True)

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["slot"], condition=Q(answer=""), name="swap_one_open_per_slot"
            )
        ]
