"""`hinomi-portal consultation-mail`: takes in one mail to the desk from standard input, or every
mail of a folder. A mail server hands each mail over (`|hinomi-portal consultation-mail …`).

A mail of the firm's FAX gateway is a FAX that came in (`tickets.faxes`). Nothing is ever sent back:
what cannot be read or believed waits for the desk. Exit 0 means the mail is kept; anything else,
hand it over again.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.collect.mail.signatures import Signers, signers_of, signers_told
from hinomi.core.errors import UsageError
from hinomi.pipeline.mail.child import from_name_server
from hinomi.portal.commands.output import print_rows
from hinomi.portal.commands.schema import bring_up_to_date
from hinomi.portal.organisations.models import Firm, FirmKind
from hinomi.portal.tickets.faxes import take_fax
from hinomi.portal.tickets.mail_in import take_in
from hinomi.portal.tickets.mail_reading import MOST_BYTES
from hinomi.portal.tickets.models import FaxReturn

if TYPE_CHECKING:
    import argparse

    from hinomi.portal.tickets.models import IncomingMail


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose mail, from where, and whose word on signatures is believed."""
    parser.add_argument("--firm", help="id of the firm; may be left out when there is one provider")
    parser.add_argument("--folder", help="take every file of this folder and move it to done/")
    parser.add_argument(
        "--verdict-from",
        default="",
        metavar="NAME",
        help="believe the signatures that this server of ours noted (Authentication-Results)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Prints what became of each mail."""
    bring_up_to_date()
    firm_id = _firm(arguments.firm)
    if not arguments.folder:
        raw = sys.stdin.buffer.read(MOST_BYTES + 1)
        taken = [_take(raw, firm_id, arguments.verdict_from)]
    else:
        taken = _folder(Path(arguments.folder), firm_id, arguments.verdict_from)
    print_rows([_row(each) for each in taken], form=arguments.format)
    return 0


def _folder(folder: Path, firm_id: str, server: str) -> list[IncomingMail | FaxReturn]:
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder.")
    done, taken = folder / "done", []
    done.mkdir(exist_ok=True)
    for path in sorted(each for each in folder.iterdir() if each.is_file()):
        with path.open("rb") as file:
            taken.append(_take(file.read(MOST_BYTES + 1), firm_id, server))
        path.replace(done / path.name)
    return taken


def _take(raw: bytes, firm_id: str, server: str) -> IncomingMail | FaxReturn:
    """Signatures that cannot be checked now count as none: the mail waits for the desk. What the
    firm's FAX gateway brings is a FAX, anything else a question."""
    domains = (signers_told(raw, server=server) if server else _checked(raw)).domains
    fax = take_fax(raw, firm_id=firm_id, signers=domains)
    return fax or take_in(raw, firm_id=firm_id, signers=domains)


def _checked(raw: bytes) -> Signers:
    if len(raw) > MOST_BYTES:
        return Signers()
    return signers_of(raw, resolve=from_name_server())


def _firm(wanted: str | None) -> str:
    if wanted:
        if not Firm.objects.filter(pk=wanted).exists():
            raise UsageError(f"There is no firm {wanted}.")
        return wanted
    found = list(Firm.objects.filter(kind=FirmKind.PROVIDER).values_list("pk", flat=True)[:2])
    if len(found) != 1:
        raise UsageError("There is not exactly one provider.", advice="Name it: --firm ID")
    return str(found[0])


def _row(taken: IncomingMail | FaxReturn) -> dict[str, object]:
    if isinstance(taken, FaxReturn):
        number = taken.ticket.number if taken.ticket else ""
        return {"id": taken.pk, "outcome": "fax", "reason": taken.set_aside, "ticket": number}
    return {
        "id": taken.pk,
        "outcome": taken.outcome,
        "reason": taken.reason,
        "ticket": taken.ticket.number if taken.ticket else "",
    }
