"""Connects mailboxes, and learns from people whose mails are whose: one transaction each, with its
audit entry. The data path knows within seconds, by the directory."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from hinomi.core.errors import HinomiError, UsageError
from hinomi.core.mail import IGNORED, ClaimKind
from hinomi.portal.access import audit
from hinomi.portal.access.time import configuration, now
from hinomi.portal.consents.models import Way
from hinomi.portal.mailboxes.keys import BY_MAIL, LONGEST_VALUE, MAIL_KIND, key_of
from hinomi.portal.mailboxes.models import Mailbox, MailRoute, MailSender, Meaning
from hinomi.portal.organisations.services import UnknownThing, mark_directory_changed
from hinomi.portal.sources.models import Source
from hinomi.portal.sources.services import Wanted, register_source
from hinomi.store.sealed import seal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hinomi.portal.accounts.models import User


class MailboxTaken(HinomiError):
    """Another mailbox has this name (of this firm) or this address (of any firm)."""


class AlreadyRouted(HinomiError):
    """What stands there is somebody else's already; `route` says whose."""

    def __init__(self, route: MailRoute) -> None:
        super().__init__(
            f"{route.kind} {route.value!r} leads elsewhere already.",
            advice="Change or remove that route first.",
        )
        self.route = route


@dataclass(frozen=True, slots=True)
class Connection:
    """How a mailbox is reached. `password` "" leaves the stored one as it is."""

    name: str
    kind: str
    address: str
    host: str = ""
    port: int = 993
    user: str = ""
    security: str = "tls"
    folder: str = "INBOX"
    done_folder: str = ""
    verdict_from: str = ""
    password: str = field(default="", repr=False)


@transaction.atomic
def connect_mailbox(*, firm_id: str, wanted: Connection, user: User | None) -> Mailbox:
    """A new mailbox of the firm; fetching begins within seconds."""
    mailbox = Mailbox(firm_id=firm_id, created_by=user)
    return _save(mailbox, wanted, act="connect", user=user)


@transaction.atomic
def change_mailbox(*, mailbox: Mailbox, wanted: Connection, user: User | None) -> Mailbox:
    """Another way to the same mailbox."""
    return _save(mailbox, wanted, act="change", user=user)


@transaction.atomic
def pause_mailbox(*, mailbox: Mailbox, user: User | None) -> None:
    """Nothing is fetched or taken in until it is resumed; what waits stays sortable."""
    mailbox.paused_at = now()
    _mark(mailbox, "pause", user)


@transaction.atomic
def resume_mailbox(*, mailbox: Mailbox, user: User | None) -> None:
    """Goes on where it stopped."""
    mailbox.paused_at = None
    _mark(mailbox, "resume", user)


@transaction.atomic
def remove_mailbox(*, mailbox: Mailbox, user: User | None) -> None:
    """No longer connected; its password is forgotten, what was delivered stays."""
    mailbox.removed_at, mailbox.secret = now(), ""
    _mark(mailbox, "remove", user)


def find_mailbox(mailbox_id: str, *, firm_id: str) -> Mailbox:
    """The firm's mailbox for commands at the provider's machine, or UnknownThing."""
    found = Mailbox.objects.of_firm(firm_id).filter(pk=mailbox_id, removed_at=None).first()
    if found is None:
        raise UnknownThing(f"The firm {firm_id} has no mailbox {mailbox_id}.")
    return found


@transaction.atomic
def accept_sender(
    *, mailbox: Mailbox, address: str, dkim_domain: str, form: str = "auto", user: User | None
) -> MailSender:
    """From now on mails of this address, signed by this domain, are read. Saying it again changes
    the format."""
    address, dkim_domain = address.strip().lower(), dkim_domain.strip().lower()
    if not address or (form != IGNORED and not dkim_domain):
        raise UsageError(
            "A sender is accepted with its address and the domain that signs its mails.",
            advice="Without a signature anybody could write in its name.",
        )
    sender, _ = MailSender.objects.within_mailbox(mailbox).update_or_create(
        mailbox=mailbox,
        address=address,
        dkim_domain=dkim_domain,
        defaults={"format": form, "by": user, "at": now()},
    )
    act = "ignore" if form == IGNORED else "accept"
    _note(f"sender:{act}", mailbox, user, sender=sender.pk)
    return sender


@transaction.atomic
def forget_sender(*, sender: MailSender, user: User | None) -> None:
    """Mails of this sender wait for a person again."""
    _note("sender:forget", sender.mailbox, user, sender=sender.pk)
    sender.delete()


@transaction.atomic
def learn_route(
    *, mailbox: Mailbox, kind: str, value: str, source: Source, user: User | None
) -> MailRoute:
    """What stands there is this source's company's. AlreadyRouted when it is another one's."""
    return _learn(mailbox, kind, value, user, meaning=Meaning.COMPANY, source=source, reason="")


@transaction.atomic
def learn_routes(
    *, mailbox: Mailbox, claims: Iterable[tuple[str, str, Source]], user: User | None
) -> int:
    """Many at once (kind, value, source), none of them learned before: the caller has compared.
    IntegrityError when one is learned all the same; then none is."""
    moment = now()
    rows = [
        MailRoute(
            mailbox=mailbox,
            kind=ClaimKind(kind).value,
            value=value[:LONGEST_VALUE],
            key=key_of(kind, value),
            organisation_id=source.organisation_id,
            source=source,
            by=user,
            at=moment,
        )
        for kind, value, source in claims
    ]
    MailRoute.objects.within_mailbox(mailbox).bulk_create(rows, batch_size=500)
    if rows:
        _note("route:learn", mailbox, user, routes=len(rows))
    return len(rows)


@transaction.atomic
def put_aside(
    *,
    mailbox: Mailbox,
    kind: str,
    value: str,
    meaning: Meaning,
    user: User | None,
    reason: str = "",
) -> MailRoute:
    """What stands there is nobody's, or says nothing about whose a mail is."""
    return _learn(mailbox, kind, value, user, meaning=meaning, source=None, reason=reason)


@transaction.atomic
def forget_route(*, route: MailRoute, user: User | None) -> None:
    """What stands there waits for a person again. What was delivered stays delivered."""
    _note("route:forget", route.mailbox, user, company=route.organisation_id, route=route.pk)
    route.delete()


@transaction.atomic
def change_route(*, route: MailRoute, organisation_id: str, user: User | None) -> MailRoute:
    """To this company from now on; what was delivered stays where it is."""
    source = mail_source(organisation_id=organisation_id, user_id=user.pk if user else None)
    route.meaning, route.organisation_id, route.source = Meaning.COMPANY, organisation_id, source
    route.by, route.at, route.reason = user, now(), ""
    route.save()
    _note("route:change", route.mailbox, user, company=organisation_id, route=route.pk)
    return route


def as_connected(mailbox: Mailbox) -> Connection:
    """How it is reached now; without the password."""
    names = (each.name for each in fields(Connection) if each.name != "password")
    return Connection(**{name: getattr(mailbox, name) for name in names})


@transaction.atomic
def mail_source(*, organisation_id: str, user_id: int | None, name: str = "") -> Source:
    """The company's source for what comes by mail, made when there is none."""
    mine = Source.objects.of(organisation_id).filter(kind=MAIL_KIND, revoked_at=None)
    found = mine.filter(name=name).first() if name else mine.order_by("pk").first()
    if found is not None:
        return found
    wanted = Wanted(kind=MAIL_KIND, name=name or BY_MAIL)
    return register_source(
        organisation_id=organisation_id, wanted=wanted, user_id=user_id, consent_way=Way.LIST
    ).source


def _learn(
    mailbox: Mailbox,
    kind: str,
    value: str,
    user: User | None,
    *,
    meaning: Meaning,
    source: Source | None,
    reason: str,
) -> MailRoute:
    key = key_of(ClaimKind(kind).value, value)
    if not key.strip("|") or len(value) > LONGEST_VALUE:
        raise UsageError("That is no text that mails could be told apart by.")
    route = MailRoute.objects.within_mailbox(mailbox).filter(kind=kind, key=key).first()
    organisation = source.organisation_id if source else None
    if route and (route.organisation_id, route.meaning) != (organisation, meaning):
        raise AlreadyRouted(route)
    route = route or MailRoute(mailbox=mailbox, kind=kind, key=key)
    route.value, route.meaning, route.reason = value, meaning, reason
    route.organisation_id, route.source, route.by, route.at = organisation, source, user, now()
    route.save()
    _note("route:learn", mailbox, user, company=organisation, route=route.pk, meaning=meaning)
    return route


def _save(mailbox: Mailbox, wanted: Connection, *, act: str, user: User | None) -> Mailbox:
    said = asdict(wanted)
    password = said.pop("password")
    said["address"] = said["address"].strip().lower()
    for name, value in said.items():
        setattr(mailbox, name, value)
    if password:
        mailbox.secret = seal(password, data=configuration().data, about=mailbox.id)
    try:
        with transaction.atomic():
            mailbox.save()
    except IntegrityError as error:
        raise MailboxTaken("Another mailbox has this name or address.") from error
    _note(f"mailbox:{act}", mailbox, user)
    return mailbox


def _mark(mailbox: Mailbox, act: str, user: User | None) -> None:
    mailbox.save()
    _note(f"mailbox:{act}", mailbox, user)


def _note(
    act: str,
    mailbox: Mailbox,
    user: User | None,
    *,
    company: str | None = None,
    **detail: str | int,
) -> None:
    audit.record(
        what=f"mailboxes:{act}",
        user_id=user.pk if user else None,
        organisation_id=company,
        firm_id=mailbox.firm_id,
        mailbox=mailbox.id,
        **detail,
    )
    mark_directory_changed()
