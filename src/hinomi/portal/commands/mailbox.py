"""`hinomi mailbox add NAME …` → {id}; `accept`, `route`, `pause`, `resume`, `list`: as the screens
do, for scripts. The password is read from standard input: arguments stand in process lists.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from hinomi.core.errors import UsageError
from hinomi.core.mail import ClaimKind
from hinomi.normalise.mail.registry import is_mail_format
from hinomi.portal.commands.output import print_one, print_rows
from hinomi.portal.commands.schema import bring_up_to_date
from hinomi.portal.mailboxes import queries, services
from hinomi.portal.mailboxes.models import Mailbox, MailboxKind, Security
from hinomi.portal.organisations.services import (
    companies_served,
    default_firm,
    find_firm,
    find_organisation,
)
from hinomi.portal.sources.publication import publish_if_changed

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

_FORMATS = ("auto", "ignore")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One subcommand per act."""
    actions = parser.add_subparsers(dest="action", required=True)
    _add_arguments(actions.add_parser("add", help="connect a mailbox, or change how it is reached"))
    accept = actions.add_parser("accept", help="believe a sender's mails")
    accept.add_argument("address")
    accept.add_argument("--domain", default="", help="the domain that signs them (DKIM)")
    accept.add_argument("--mail-format", default="auto", help="a mail format, auto, or ignore")
    accept.set_defaults(do=_accept)
    route = actions.add_parser("route", help="what stands in mails is this company's")
    route.add_argument("kind", choices=[kind.value for kind in ClaimKind])
    route.add_argument("value")
    route.add_argument("--organisation", required=True)
    route.set_defaults(do=_route)
    for name, line in (("pause", "take nothing in until resumed"), ("resume", "go on")):
        action = actions.add_parser(name, help=line)
        action.set_defaults(do=_pause if name == "pause" else _resume)
    for each in ("accept", "route", "pause", "resume"):
        actions.choices[each].add_argument("--mailbox", required=True)
    listed = actions.add_parser("list", help="the firm's mailboxes and how they are doing")
    listed.set_defaults(do=_list)
    for each in ("add", "accept", "route", "pause", "resume", "list"):
        actions.choices[each].add_argument("--firm", help="default: the first provider")


def _add_arguments(add: argparse.ArgumentParser) -> None:
    add.add_argument("name")
    add.add_argument("--address", required=True, help="where the mails come")
    add.add_argument("--kind", choices=MailboxKind.values, default=MailboxKind.IMAP.value)
    add.add_argument("--host", default="", help="the IMAP server")
    add.add_argument("--port", type=int, default=993)
    add.add_argument("--security", choices=Security.values, default=Security.TLS.value)
    add.add_argument("--user", default="", help="default: the address")
    add.add_argument("--folder", default="INBOX")
    add.add_argument("--done-folder", default="", help="moved there when durable here")
    add.add_argument("--verdict-from", default="", help="server whose word on DKIM is believed")
    add.add_argument("--password-stdin", action="store_true", help="read it from standard input")
    add.set_defaults(do=_add)


def run(arguments: argparse.Namespace) -> int:
    """Each act prints what it made; the tower knows within two seconds."""
    bring_up_to_date()
    do: Callable[[argparse.Namespace], int] = arguments.do
    code = do(arguments)
    publish_if_changed()
    return code


def _add(arguments: argparse.Namespace) -> int:
    if arguments.kind == MailboxKind.IMAP and not arguments.host:
        raise UsageError("A mailbox that is fetched needs --host.", advice="e.g. imap.example.jp")
    wanted = services.Connection(
        name=arguments.name.strip(),
        kind=arguments.kind,
        address=arguments.address,
        host=arguments.host,
        port=arguments.port,
        user=arguments.user,
        security=arguments.security,
        folder=arguments.folder,
        done_folder=arguments.done_folder,
        verdict_from=arguments.verdict_from,
        password=sys.stdin.readline().rstrip("\r\n") if arguments.password_stdin else "",
    )
    firm = _firm(arguments)
    found = Mailbox.objects.of_firm(firm).filter(name=wanted.name, removed_at=None).first()
    if found is None:
        found = services.connect_mailbox(firm_id=firm, wanted=wanted, user=None)
    elif services.as_connected(found) != _without_password(wanted) or wanted.password:
        services.change_mailbox(mailbox=found, wanted=wanted, user=None)
    print_one({"id": found.pk, "name": found.name}, form=arguments.format)
    return 0


def _without_password(wanted: services.Connection) -> services.Connection:
    return replace(wanted, password="", address=wanted.address.strip().lower())


def _accept(arguments: argparse.Namespace) -> int:
    if arguments.mail_format not in _FORMATS and not is_mail_format(arguments.mail_format):
        raise UsageError(f"No mail format is called {arguments.mail_format!r}.")
    sender = services.accept_sender(
        mailbox=_mailbox(arguments),
        address=arguments.address,
        dkim_domain=arguments.domain,
        form=arguments.mail_format,
        user=None,
    )
    row = {"address": sender.address, "domain": sender.dkim_domain, "format": sender.format}
    print_one(row, form=arguments.format)
    return 0


def _route(arguments: argparse.Namespace) -> int:
    mailbox = _mailbox(arguments)
    company = find_organisation(arguments.organisation)
    if company.id not in companies_served(mailbox.firm_id):
        raise UsageError(f"The mailbox's firm does not serve {company.id}.")
    source = services.mail_source(organisation_id=company.id, user_id=None)
    route = services.learn_route(
        mailbox=mailbox, kind=arguments.kind, value=arguments.value, source=source, user=None
    )
    print_one(
        {"kind": route.kind, "value": route.value, "source": source.id}, form=arguments.format
    )
    return 0


def _pause(arguments: argparse.Namespace) -> int:
    mailbox = _mailbox(arguments)
    services.pause_mailbox(mailbox=mailbox, user=None)
    print_one({"id": mailbox.pk, "paused": True}, form=arguments.format)
    return 0


def _resume(arguments: argparse.Namespace) -> int:
    mailbox = _mailbox(arguments)
    services.resume_mailbox(mailbox=mailbox, user=None)
    print_one({"id": mailbox.pk, "paused": False}, form=arguments.format)
    return 0


def _list(arguments: argparse.Namespace) -> int:
    rows = Mailbox.objects.of_firm(_firm(arguments)).filter(removed_at=None).order_by("name")
    print_rows(
        (
            {
                "id": card.mailbox.pk,
                "name": card.mailbox.name,
                "state": card.state,
                "today": card.today,
                "delivered": card.delivered,
                "waiting": card.waiting,
                "unreadable": card.unreadable,
            }
            for card in queries.cards(rows)
        ),
        form=arguments.format,
    )
    return 0


def _firm(arguments: argparse.Namespace) -> str:
    return find_firm(arguments.firm).id if arguments.firm else default_firm().id


def _mailbox(arguments: argparse.Namespace) -> Mailbox:
    return services.find_mailbox(arguments.mailbox, firm_id=_firm(arguments))
