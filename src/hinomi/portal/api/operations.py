"""/api/v1: a second door to the same rooms. A key in the header is the only way in: a browser's
session opens nothing here, so no page of a stranger can ask in somebody's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Status
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer

from hinomi.portal.access.permissions import Permission
from hinomi.portal.api import queries, rates
from hinomi.portal.api.asked import ALL, Limit, Named, fit, holder_in, plain, scope_for
from hinomi.portal.api.moments import Moment  # noqa: TC001 - read when the document is made
from hinomi.portal.api.problems import (
    REFUSALS,
    Conflict,
    KeyRefused,
    NotFound,
    Problem,
    Unfit,
    answer_for,
)
from hinomi.portal.api.rights import Holder, holder_of, one
from hinomi.portal.api.schemas import (
    AnswerIn,
    Cursor,
    HistoryOut,
    IncidentOut,
    IncidentPage,
    KeyOut,
    NoteIn,
    SourceOut,
    SourcePage,
    Tenant,
)
from hinomi.portal.api.ticket_operations import router
from hinomi.portal.incidents.answering import NotAnAnswer, give_answer
from hinomi.portal.incidents.casework import ChangedMeanwhile, add_note_to
from hinomi.portal.sources.models import Source

if TYPE_CHECKING:
    from hinomi.portal.incidents.models import Incident

_DESCRIPTION = (
    "Incidents, tickets and sources of one company, or of one firm's customers, for programs. "
    "The key says which; `organisation` must be named in every list, `*` means all that the key "
    "reaches. Beyond the key's reach everything is 404. Times carry their zone (RFC 3339); one "
    "without is refused. At most 120 requests a minute per key."
)


class _Key(HttpBearer):
    """`Authorization: Bearer KEY`."""

    openapi_description = "A key from the page 連携の鍵"

    def authenticate(self, request: HttpRequest, token: str) -> Holder | None:
        """None is refused with 401; the minute's count runs out with 429."""
        holder = holder_of(token)
        if holder is not None:
            rates.count(holder.key.pk)
        return holder


api = NinjaAPI(
    title="hinomi",
    version="1",
    description=_DESCRIPTION,
    urls_namespace="api_v1",
    auth=_Key(),
    docs_url=None,
    openapi_url=None,
)
api.add_router("", router)


@api.get("/key", response={200: KeyOut, **REFUSALS}, summary="The key that asks")
def key(request: HttpRequest) -> KeyOut:
    """What it was made for and what it may now."""
    holder = holder_in(request)
    row = holder.key
    return KeyOut(
        id=row.pk,
        name=row.name,
        tenant=Tenant(organisation=row.organisation_id, firm=row.firm_id),
        permissions=[each for each in row.permissions if holder.may(Permission(each))],
        expires_at=row.expires_at,
    )


@api.get("/incidents", response={200: IncidentPage, **REFUSALS}, summary="Incidents, newest first")
def incidents(
    request: HttpRequest,
    organisation: Named,
    state: Literal["open", "closed"] | None = None,
    since: Moment | None = None,
    cursor: Cursor | None = None,
    limit: Limit = 30,
) -> IncidentPage:
    """Of one company, or of all that the key reaches; opened `since`."""
    holder = holder_in(request)
    scope = scope_for(holder, Permission.INCIDENT_READ, organisation)
    rows = queries.visible_incidents(as_customer=holder.sees_as_customer).within(scope)
    if organisation != ALL:
        rows = rows.filter(organisation_id=organisation)
    return queries.incident_page(rows, state=state, since=since, cursor=cursor, limit=limit)


@api.get("/incidents/{number}", response={200: IncidentOut, **REFUSALS}, summary="One incident")
def incident(request: HttpRequest, number: str) -> IncidentOut:
    """By its 受付番号."""
    (found,) = queries.incidents_out([_incident(request, Permission.INCIDENT_READ, number)])
    return found


@api.get(
    "/incidents/{number}/history", response={200: HistoryOut, **REFUSALS}, summary="Its history"
)
def history(request: HttpRequest, number: str) -> HistoryOut:
    """What was seen and done, and which answers are offered."""
    found = _incident(request, Permission.INCIDENT_READ, number)
    return queries.history(found, as_customer=holder_in(request).sees_as_customer)


@api.post(
    "/incidents/{number}/notes", response={201: IncidentOut, **REFUSALS}, summary="Write a note"
)
def write_note(request: HttpRequest, number: str, note: NoteIn) -> Status[IncidentOut]:
    """A line in the history; `for_customer` shows it on the customer's page too."""
    found = _incident(request, Permission.INCIDENT_WORK, number)
    try:
        add_note_to(
            incident=found,
            version=note.version,
            text=plain(note.text),
            for_customer=note.for_customer,
            user=holder_in(request).user,
        )
    except ChangedMeanwhile as error:
        raise Conflict from error
    (told,) = queries.incidents_out([_incident(request, Permission.INCIDENT_WORK, number)])
    return Status(201, told)


@api.post("/incidents/{number}/answers", response={201: HistoryOut, **REFUSALS}, summary="Answer")
def answer(request: HttpRequest, number: str, given: AnswerIn) -> Status[HistoryOut]:
    """As if the button on the page were pressed."""
    found = _incident(request, Permission.INCIDENT_ANSWER, number)
    try:
        give_answer(incident=found, choice=given.choice, user=holder_in(request).user)
    except NotAnAnswer as error:
        raise Conflict("Only the incident's own choices, while it is open.") from error
    again = _incident(request, Permission.INCIDENT_ANSWER, number)
    written = queries.history(again, as_customer=holder_in(request).sees_as_customer)
    return Status(201, written)


@api.get("/sources", response={200: SourcePage, **REFUSALS}, summary="Sources")
def sources(
    request: HttpRequest, organisation: Named, cursor: Cursor | None = None, limit: Limit = 30
) -> SourcePage:
    """Of one company, or of all that the key reaches."""
    holder = holder_in(request)
    scope = scope_for(holder, Permission.SOURCE_READ, organisation)
    rows = Source.objects.within(scope).select_related("organisation")
    if organisation != ALL:
        rows = rows.filter(organisation_id=organisation)
    return queries.source_page(rows, cursor=cursor, limit=limit)


@api.get("/sources/{source_id}", response={200: SourceOut, **REFUSALS}, summary="One source")
def source(request: HttpRequest, source_id: str) -> SourceOut:
    """By its id."""
    rows = Source.objects.select_related("organisation")
    holder = holder_in(request)
    found = one(rows.all(), holder, Permission.SOURCE_READ, pk=fit(source_id))
    (told,) = queries.sources_out([found])
    return told


def _incident(request: HttpRequest, permission: Permission, number: str) -> Incident:
    holder = holder_in(request)
    rows = queries.visible_incidents(as_customer=holder.sees_as_customer)
    return one(rows, holder, permission, number=fit(number))


@api.exception_handler(Problem)
def _problem(request: HttpRequest, error: Problem) -> HttpResponse:
    return answer_for(error)


@api.exception_handler(AuthenticationError)
def _no_key(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return answer_for(KeyRefused())


@api.exception_handler(Http404)
def _nothing(request: HttpRequest, error: Http404) -> HttpResponse:
    return answer_for(NotFound())


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    return answer_for(Problem("The body is no JSON."))


@api.exception_handler(ValidationError)
def _unfit(request: HttpRequest, error: ValidationError) -> HttpResponse:
    told = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors]
    return answer_for(Unfit(errors=told))
