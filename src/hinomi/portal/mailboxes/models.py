"""A firm's mailboxes, the senders it accepts there, and whose mail is whose."""

from __future__ import annotations

from typing import Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from hinomi.portal.access.identifiers import draw
from hinomi.portal.access.owned import FirmOwnedQuerySet
from hinomi.portal.access.time import now
from hinomi.portal.organisations.models import Firm, Organisation
from hinomi.portal.sources.models import Source

_Row = TypeVar("_Row", bound=models.Model, covariant=True)


def draw_mailbox_id() -> str:
    """A new mailbox's id."""
    return draw("mbx")


class MailboxKind(models.TextChoices):
    """Who moves the mail: we fetch it, or its server hands it to us."""

    IMAP = "imap", "こちらから取りに行く（IMAP）"
    SMTP = "smtp", "こちらに転送してもらう（SMTP）"


class Security(models.TextChoices):
    """How the way to the server is protected."""

    TLS = "tls", "TLS（ふつうは993番）"
    STARTTLS = "starttls", "STARTTLS（ふつうは143番）"
    NONE = "none", "なし（社内のサーバーだけ）"


class Meaning(models.TextChoices):
    """What a person said of something that stands in mails."""

    COMPANY = "company", "お客様のもの"
    NOBODY = "nobody", "どのお客様のものでもない"
    NOTHING = "nothing", "会社を見分ける役に立たない"


class Mailbox(models.Model):
    """One mailbox. `secret` is sealed (`store.sealed`); `removed_at`: kept for its history only."""

    id = models.CharField(primary_key=True, max_length=40, default=draw_mailbox_id, editable=False)
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="mailboxes")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=MailboxKind)
    address = models.CharField(max_length=254)
    host = models.CharField(max_length=253, blank=True)
    port = models.PositiveIntegerField(default=993)
    user = models.CharField(max_length=254, blank=True)
    secret = models.TextField(blank=True)
    security = models.CharField(max_length=10, choices=Security, default=Security.TLS)
    folder = models.CharField(max_length=200, default="INBOX")
    done_folder = models.CharField(max_length=200, blank=True)
    every_s = models.PositiveIntegerField(default=60)
    verdict_from = models.CharField(max_length=253, blank=True)
    paused_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    removed_at = models.DateTimeField(null=True)

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "name"],
                condition=Q(removed_at=None),
                name="mailbox_name_once_per_firm",
            ),
            # The address is all that says whose a mail handed to us is.
            models.UniqueConstraint(
                fields=["address"],
                condition=Q(removed_at=None, kind="smtp"),
                name="mailbox_address_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OfMailboxQuerySet(FirmOwnedQuerySet[_Row]):
    """What was taught about a mailbox belongs to the mailbox's firm."""

    firm_path = "mailbox__firm"

    def within_mailbox(self, mailbox: Mailbox) -> Self:
        """Only the rows of one mailbox already read in a scope."""
        return self._scoped().filter(mailbox=mailbox)


class MailSender(models.Model):
    """A sender a person accepted (or put away: `format` "ignore")."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="senders")
    address = models.CharField(max_length=254)
    dkim_domain = models.CharField(max_length=253, blank=True)
    format = models.CharField(max_length=60, default="auto")
    at = models.DateTimeField(default=now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = OfMailboxQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "address", "dkim_domain"], name="mail_sender_once"
            ),
        ]


class MailRoute(models.Model):
    """What stands in mails → whose they are. `key` is `value` as it is compared; `organisation` and
    `source` are set exactly when it means a company."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="routes")
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=300)
    key = models.CharField(max_length=300)
    meaning = models.CharField(max_length=10, choices=Meaning, default=Meaning.COMPANY)
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+"
    )
    source = models.ForeignKey(Source, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(default=now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = OfMailboxQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "kind", "key"], name="mail_route_once"),
            models.CheckConstraint(
                name="mail_route_company_or_none",
                condition=(
                    Q(meaning="company", organisation__isnull=False, source__isnull=False)
                    | Q(
                        meaning__in=["nobody", "nothing"],
                        organisation__isnull=True,
                        source__isnull=True,
                    )
                ),
            ),
        ]
