"""A company's contacts, their addresses with what happened to each, what is to be told, 合言葉."""

from __future__ import annotations

from datetime import time

from django.conf import settings
from django.db import models
from django.db.models import Q

from hinomi.business.new_numbers import Steps
from hinomi.business.reaching import Hours, HoursKind, When, Wishes
from hinomi.portal.access.owned import OrganisationOwned
from hinomi.portal.access.time import now


class Kind(models.TextChoices):
    """By which way an address is reached."""

    VOICE = "voice", "電話"
    SMS = "sms", "SMS（携帯電話の短いメール）"
    MAIL = "mail", "メール"
    LINE = "line", "LINE"
    LINE_WORKS = "line_works", "LINE WORKS"
    CHATWORK = "chatwork", "Chatwork"
    FAX = "fax", "FAX"
    LETTER = "letter", "手紙"


class HoursChoice(models.TextChoices):
    """Whose hours a contact keeps."""

    COMPANY = HoursKind.COMPANY.value, "会社が開いている時間"
    ALWAYS = HoursKind.ALWAYS.value, "いつでも"
    OWN = HoursKind.OWN.value, "自分で決めた時間"


class WhenChoice(models.TextChoices):
    """When a contact may be reached about one level."""

    ALWAYS = When.ALWAYS.value, "夜や休みの日も連絡してよい"
    IN_HOURS = When.IN_HOURS.value, "連絡してよい時間だけ"
    NEVER = When.NEVER.value, "この人には連絡しない"


class Subject(models.TextChoices):
    """What a message of this app is about."""

    CODE = "code", "確認の番号"
    TEST = "test", "試しの連絡"
    ASKED = "asked", "新しいあて先の知らせ"
    AGREED = "agreed", "新しいあて先を使い始める知らせ"
    REFUSED = "refused", "新しいあて先をやめた知らせ"
    REMOVED = "removed", "あて先を外す知らせ"
    CHANGED = "changed", "連絡してよい時間が変わった知らせ"
    BOUNCED = "bounced", "あて先に届かなかった知らせ"
    WATCHWORD = "watchword", "合言葉が変わった知らせ"
    YEARLY = "yearly", "合言葉を見直す知らせ"


def five_days() -> list[int]:
    """Monday to Friday."""
    return [0, 1, 2, 3, 4]


class Contact(OrganisationOwned):
    """One person to reach, perhaps a member. `before` are the wishes that also count until a day
    after `changed_at`; `passed` counts mails nobody answered, `moved_at`: mails pass by since.
    `removed_at`: asked to be removed; gone a day later. `version` is the optimistic lock."""

    name = models.CharField(max_length=80)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    position = models.PositiveIntegerField(default=0)
    deputy = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    hours = models.CharField(max_length=8, choices=HoursChoice, default=HoursChoice.COMPANY)
    days = models.JSONField(default=five_days)
    opens = models.TimeField(default=time(9, 0))
    closes = models.TimeField(default=time(18, 0))
    now_when = models.CharField(max_length=8, choices=WhenChoice, default=WhenChoice.ALWAYS)
    today_when = models.CharField(max_length=8, choices=WhenChoice, default=WhenChoice.IN_HOURS)
    check_when = models.CharField(max_length=8, choices=WhenChoice, default=WhenChoice.IN_HOURS)
    before = models.JSONField(null=True)
    changed_at = models.DateTimeField(null=True)
    computers = models.JSONField(default=list)
    passed = models.PositiveIntegerField(default=0)
    passed_at = models.DateTimeField(null=True)
    moved_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)
    removed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)
    form_key = models.CharField(max_length=40, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "form_key"], name="contact_once_per_form"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "position"], name="contact_order")]

    def __str__(self) -> str:
        return self.name

    @property
    def wishes(self) -> Wishes:
        """When this person may be woken for what."""
        return wishes_of({name: getattr(self, name) for name in WISHES} | {"days": self.days or []})


WISHES = ("hours", "days", "opens", "closes", "now_when", "today_when", "check_when")


def wishes_of(said: dict[str, object]) -> Wishes:
    """The rule's value for fields of a contact; times may be written `09:00:00`."""

    def clock(value: object) -> time:
        return value if isinstance(value, time) else time.fromisoformat(str(value))

    days = said["days"]
    return Wishes(
        hours=Hours(
            kind=HoursKind(str(said["hours"])),
            days=frozenset(days if isinstance(days, list) else ()),
            opens=clock(said["opens"]),
            closes=clock(said["closes"]),
        ),
        now=When(str(said["now_when"])),
        today=When(str(said["today_when"])),
        check=When(str(said["check_when"])),
    )


class Address(OrganisationOwned):
    """One address of a contact. Where it stands is derived from its moments (`steps`), never
    stored. `key` is the address as it is compared; `replaces` is used until this one counts."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="addresses")
    kind = models.CharField(max_length=12, choices=Kind)
    address = models.CharField(max_length=254)
    key = models.CharField(max_length=254)
    replaces = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="successors"
    )
    asked_at = models.DateTimeField(default=now)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    nonce = models.CharField(max_length=40, blank=True)
    code_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    proved_at = models.DateTimeField(null=True)
    proof_note = models.CharField(max_length=200, blank=True)
    is_first = models.BooleanField(default=False)
    agreed_at = models.DateTimeField(null=True)
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    agreed_contact = models.ForeignKey(
        Contact, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    agreed_note = models.CharField(max_length=200, blank=True)
    tested_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=200, blank=True)
    bounced_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "contact", "kind", "key"],
                condition=Q(ended_at=None),
                name="address_once_per_contact",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "kind", "key"], name="address_key"),
            models.Index(fields=["key"], name="address_anywhere"),
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def steps(self) -> Steps:
        """What happened to it."""
        return Steps(
            asked_at=self.asked_at,
            proved_at=self.proved_at,
            agreed_at=self.agreed_at,
            is_first=self.is_first,
            bounced_at=self.bounced_at,
            removed_at=self.removed_at,
            ended_at=self.ended_at,
        )


class Telling(OrganisationOwned):
    """Something to say to one address; the layer above sends it. No text and no secret is kept:
    both are made when it is due. `voter` is set when the reader may say yes to `address`."""

    subject = models.CharField(max_length=12, choices=Subject)
    kind = models.CharField(max_length=12, choices=Kind)
    to = models.CharField(max_length=254)
    about = models.ForeignKey(Contact, null=True, on_delete=models.CASCADE, related_name="+")
    address = models.ForeignKey(Address, null=True, on_delete=models.CASCADE, related_name="+")
    voter_contact = models.ForeignKey(
        Contact, null=True, on_delete=models.CASCADE, related_name="+"
    )
    voter_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    nonce = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=now)
    due_at = models.DateTimeField(default=now)
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    dedupe_key = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "dedupe_key"], name="telling_once"),
        ]
        indexes = [models.Index(fields=["sent_at", "failed_at", "due_at"], name="telling_due")]


class Watchword(OrganisationOwned):
    """合言葉: proves us to the company. Sealed; never asked of anybody."""

    sealed = models.TextField()
    set_at = models.DateTimeField(default=now)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation"], name="watchword_once_per_company"),
        ]
