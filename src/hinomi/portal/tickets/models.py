"""Tickets (相談): what was asked or cried for, every word of it, its photographs, and the mails
that wait because nobody knows whose they are."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from hinomi.portal.access.identifiers import draw
from hinomi.portal.access.owned import FirmOwnedQuerySet, OrganisationOwned
from hinomi.portal.access.time import now
from hinomi.portal.duties.models import Booking
from hinomi.portal.incidents.models import Incident
from hinomi.portal.organisations.models import Firm, Organisation


def draw_photo_id() -> str:
    """A new attachment's id; the name of its file too."""
    return draw("file")


class TicketKind(models.TextChoices):
    """How urgent it is by what was pressed, not by what was written."""

    URGENT = "urgent", "困った"
    QUESTION = "question", "相談"
    CALL = "call", "電話"


class Way(models.TextChoices):
    """How words came to us or went out."""

    PORTAL = "portal", "画面"
    MAIL = "mail", "メール"
    PHONE = "phone", "電話"


class TicketState(models.TextChoices):
    """The five steps that P4 shows; the label is the customer's word."""

    RECEIVED = "received", "受付"
    LOOKING = "looking", "調査中"
    WORKING = "working", "対応中"
    CONFIRMING = "confirming", "確認"
    DONE = "done", "完了"


class Side(models.TextChoices):
    """Whose words these are. `inside` and `step` are never shown to the customer."""

    CUSTOMER = "customer", "お客様"
    DESK = "desk", "こちら"
    INSIDE = "inside", "社内メモ"
    STEP = "step", "したこと"


class Expert(models.TextChoices):
    """A role that a ticket is handed to."""

    NOBODY = "", "指定しない"
    DESK = "desk", "相談窓口"
    ANALYST = "analyst", "分析担当"
    MANAGER = "manager", "管理者"


class Ticket(OrganisationOwned):
    """One question or cry for help. `number` shares the counter of incidents.

    `waiting_since`: since when the customer waits for our word; nothing that we write for ourselves
    changes it. `promised_at`: until when somebody calls (`promise` "call") or answers ("reply");
    who calls, and from where, stands in its `booking`. `phone` is for this call only. `version`
    grows with every word and act; a reply that carries an older one is shown the newer words first.
    """

    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=10, choices=TicketKind)
    way = models.CharField(max_length=10, choices=Way, default=Way.PORTAL)
    choice = models.CharField(max_length=20, blank=True)
    subject = models.CharField(max_length=120)
    state = models.CharField(max_length=12, choices=TicketState, default=TicketState.RECEIVED)
    opened_at = models.DateTimeField(default=now)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    closed_at = models.DateTimeField(null=True)
    waiting_since = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    expert = models.CharField(max_length=10, choices=Expert, blank=True)
    incident = models.ForeignKey(
        Incident, null=True, on_delete=models.PROTECT, related_name="tickets"
    )
    phone = models.CharField(max_length=40, blank=True)
    promise = models.CharField(max_length=6, blank=True)
    promised_at = models.DateTimeField(null=True)
    booking = models.ForeignKey(
        Booking, null=True, on_delete=models.SET_NULL, related_name="tickets"
    )
    chief_told_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "state"], name="ticket_of_company"),
            models.Index(fields=["waiting_since", "opened_at"], name="ticket_waiting"),
            models.Index(
                fields=["promised_at"],
                condition=Q(promised_at__isnull=False, chief_told_at=None),
                name="ticket_promised",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        """True until it is done."""
        return self.state != TicketState.DONE


class TicketMessage(OrganisationOwned):
    """Words in a ticket. `sent_once` makes a form that is sent twice one message; `mail_id` is the
    Message-ID of a mail that came in, without its brackets. `version` is the ticket's after it."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="messages")
    at = models.DateTimeField(default=now)
    side = models.CharField(max_length=10, choices=Side)
    way = models.CharField(max_length=10, choices=Way, default=Way.PORTAL)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    author_name = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    version = models.PositiveIntegerField(default=1)
    mail_id = models.CharField(max_length=400, blank=True)
    sent_once = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "ticket", "sent_once"],
                condition=~Q(sent_once=""),
                name="ticket_message_once",
            ),
        ]
        indexes = [models.Index(fields=["ticket", "at"], name="ticket_words")]


class Attachment(OrganisationOwned):
    """A photograph that came with words. What is no photograph is `set_aside`: its name, size and
    hash are kept, its bytes are not."""

    id = models.CharField(primary_key=True, max_length=40, default=draw_photo_id, editable=False)
    message = models.ForeignKey(TicketMessage, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, blank=True)
    size_bytes = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64)
    set_aside = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField(default=now)


class TicketDraft(OrganisationOwned):
    """What a person began to write; `ticket` None: a new question."""

    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.CASCADE, related_name="drafts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=120, blank=True)
    text = models.TextField(blank=True)
    is_inside = models.BooleanField(default=False)
    saved_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user", "ticket"],
                condition=Q(ticket__isnull=False),
                name="ticket_draft_once",
            ),
            models.UniqueConstraint(
                fields=["organisation", "user"],
                condition=Q(ticket=None),
                name="ticket_draft_new_once",
            ),
        ]


class MailOutcome(models.TextChoices):
    """What became of a mail that came in."""

    THREAD = "thread", "相談に入れました"
    WAITING = "waiting", "だれのものか、確かめる必要があります"
    PUT_AWAY = "put_away", "相談ではありません"


class IncomingMail(models.Model):
    """A mail to the firm's address for questions. `digest` names it, so that the same mail comes in
    once; a believed one and one of a stranger have different digests, so that nobody can take the
    place of a real mail. Words and files of those that wait are kept until a person sorts them."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=now)
    sender = models.CharField(max_length=254, blank=True)
    sender_name = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    mail_id = models.CharField(max_length=400, blank=True)
    files = models.JSONField(default=list)
    outcome = models.CharField(max_length=10, choices=MailOutcome)
    reason = models.CharField(max_length=40, blank=True)
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.PROTECT, related_name="+")
    sorted_at = models.DateTimeField(null=True)
    sorted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firm", "digest"], name="incoming_mail_once"),
        ]
        indexes = [
            models.Index(fields=["firm", "outcome", "at"], name="incoming_mail_list"),
            models.Index(fields=["firm", "sender", "at"], name="incoming_mail_rate"),
        ]


class FaxMatch(models.TextChoices):
    """How it is known whose a FAX is."""

    NUMBER = "number", "紙の受付番号がメールにありました"
    PHONE = "phone", "送り元のFAX番号が、登録と同じです"
    HAND = "hand", "担当者が選びました"


class FaxReading(models.TextChoices):
    """What a person of ours read on the paper."""

    DONE = "done", "できた"
    HELP = "help", "できない・わからない"
    NOTHING = "nothing", "しるしがない・読めない"


class FaxReturn(models.Model):
    """A FAX that a gateway brought as a mail. It answers nothing by itself: a person reads the
    ticks (`reading`). Pictures of its `pages` lie under DATA; `set_aside`: why there are none.
    `is_proved`: the gateway's own domain signed the mail."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=now)
    sender = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    size_bytes = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    pages = models.PositiveIntegerField(default=0)
    set_aside = models.CharField(max_length=40, blank=True)
    is_proved = models.BooleanField(default=False)
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+"
    )
    incident = models.ForeignKey(Incident, null=True, on_delete=models.PROTECT, related_name="+")
    matched = models.CharField(max_length=10, choices=FaxMatch, blank=True)
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.PROTECT, related_name="+")
    reading = models.CharField(max_length=10, choices=FaxReading, blank=True)
    written_by = models.CharField(max_length=80, blank=True)
    read_at = models.DateTimeField(null=True)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = FirmOwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["firm", "digest"], name="fax_return_once"),
        ]
        indexes = [models.Index(fields=["firm", "read_at", "at"], name="fax_return_list")]
