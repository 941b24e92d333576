"""The page of yes and no about a new address, reached by the link in our message: public, because
a contact need not be a member. The link is made for one reader and one address.

Opening it does nothing: mail scanners open every link.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from hinomi.business.new_numbers import WAIT, Standing
from hinomi.portal.access.guard import public
from hinomi.portal.access.time import now
from hinomi.portal.contacts import addresses, letters
from hinomi.portal.contacts.errors import NotPossible
from hinomi.portal.contacts.models import Kind, Subject, Telling
from hinomi.portal.contacts.rows import listed
from hinomi.portal.contacts.services import standing_of
from hinomi.portal.contacts.shown import masked

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from hinomi.portal.contacts.models import Address


@dataclass(frozen=True, slots=True)
class Question:
    """What the page asks. `since`: from when it counts, or would."""

    address: Address
    kind: str
    masked: str
    is_open: bool
    is_agreed: bool
    counts: bool
    since: datetime


@require_http_methods(["GET", "HEAD", "POST"])
@public("the link is signed for one reader; it shows no address whole and no incident")
def contact_yes(request: HttpRequest, secret: str) -> HttpResponse:
    """「はい」 or 「いいえ」."""
    telling = _telling(secret)
    assert telling.address is not None, "only tellings about an address carry a link"
    trouble = ""
    if request.method == "POST":
        trouble = _answer(telling, telling.address, request.POST.get("answer", ""))
        telling.address.refresh_from_db()
    context = {
        "question": _question(telling.address),
        "company": telling.organisation,
        "trouble": trouble,
    }
    return render(request, "contacts/yes.html", context, status=422 if trouble else 200)


def _answer(telling: Telling, address: Address, answer: str) -> str:
    voter = {"user_id": telling.voter_user_id, "contact": telling.voter_contact}
    if answer == "no":
        addresses.refuse(address=address, **voter)  # type: ignore[arg-type]
        return ""
    if answer != "yes":
        return "「はい」か「いいえ」を押してください。"
    try:
        addresses.agree(address=address, **voter)  # type: ignore[arg-type]
    except NotPossible as refused:
        return refused.words_ja
    return ""


def _telling(secret: str) -> Telling:
    number = letters.opened(secret)
    rows = Telling.objects.across_all(reason="the signed link names the one row").filter(
        pk=number or 0, subject=Subject.ASKED, organisation__deleted_at=None
    )
    row = rows.select_related("organisation", "address__contact", "voter_contact").first()
    if row is None or row.address is None or not (row.voter_contact_id or row.voter_user_id):
        raise Http404
    return row


def _question(address: Address) -> Question:
    moment = now()
    state = standing_of(address, listed(address.organisation_id, moment=moment))
    return Question(
        address=address,
        kind=Kind(address.kind).label.partition("（")[0],
        masked=masked(address.kind, address.address),
        is_open=state.is_pending,
        is_agreed=address.agreed_at is not None,
        counts=state in {Standing.COUNTS, Standing.LEAVING},
        since=address.steps.counts_from() or moment + WAIT,
    )
