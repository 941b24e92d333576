"""/api/v1: a second door to the same rooms. A key in the header is the only way in: a browser's
session opens nothing here, so no page of a stranger can ask in somebody's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Query, Status
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer

from hinomi.portal.access.permissions import Permission
from hinomi.portal.api import queries, rates
from hinomi.portal.api.moments import Moment  # noqa: TC001 - read when the document is made
from hinomi.portal.api.problems import (
    KINDS,
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
    ProblemOut,
    SourceOut,
    SourcePage,
    Tenant,
)
from hinomi.portal.incidents.answering import NotAnAnswer, give_answer
from hinomi.portal.incidents.casework import ChangedMeanwhile, add_note_to
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.sources.models import Source

if TYPE_CHECKING:
    from hinomi.portal.access.scope import Scope
    from hinomi.portal.incidents.models import Incident

ALL = "*"
_MOST = 100
_DESCRIPTION = (
    "Incidents and sources of one company, or of one firm's customers, for programs. "
    "The key says which; `organisation` must be named in every list, `*` means all that the key "
    "reaches. Beyond the key's reach everything is 404. Times carry their zone (RFC 3339); one "
    "without is refused. At most 120 requests a minute per key."
)
Named = Annotated[str, Query(min_length=1, max_length=40, description="A company's id, or `*`")]
Limit = Annotated[int, Query(ge=1, le=_MOST)]


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
_REFUSALS = {kind.status: ProblemOut for kind in KINDS}


@api.get("/key", response={200: KeyOut, **_REFUSALS}, summary="The key that asks")
def key(request: HttpRequest) -> KeyOut:
    """What it was made for and what it may now."""
    holder = _holder(request)
    row = holder.key
    return KeyOut(
        id=row.pk,
        name=row.name,
        tenant=Tenant(organisation=row.organisation_id, firm=row.firm_id),
        permissions=[each for each in row.permissions if holder.may(Permission(each))],
        expires_at=row.expires_at,
    )


@api.get("/incidents", response={200: IncidentPage, **_REFUSALS}, summary="Incidents, newest first")
def incidents(
    request: HttpRequest,
    organisation: Named,
    state: Literal["open", "closed"] | None = None,
    since: Moment | None = None,
    cursor: Cursor | None = None,
    limit: Limit = 30,
) -> IncidentPage:
    """Of one company, or of all that the key reaches; opened `since`."""
    holder = _holder(request)
    scope = _scope(holder, Permission.INCIDENT_READ, organisation)
    rows = queries.visible_incidents(as_customer=holder.sees_as_customer).within(scope)
    if organisation != ALL:
        rows = rows.filter(organisation_id=organisation)
    return queries.incident_page(rows, state=state, since=since, cursor=cursor, limit=limit)


@api.get("/incidents/{number}", response={200: IncidentOut, **_REFUSALS}, summary="One incident")
def incident(request: HttpRequest, number: str) -> IncidentOut:
    """By its 受付番号."""
    (found,) = queries.incidents_out([_incident(request, Permission.INCIDENT_READ, number)])
    return found


@api.get(
    "/incidents/{number}/history", response={200: HistoryOut, **_REFUSALS}, summary="Its history"
)
def history(request: HttpRequest, number: str) -> HistoryOut:
    """What was seen and done, and which answers are offered."""
    found = _incident(request, Permission.INCIDENT_READ, number)
    return queries.history(found, as_customer=_holder(request).sees_as_customer)


@api.post(
    "/incidents/{number}/notes", response={201: IncidentOut, **_REFUSALS}, summary="Write a note"
)
def write_note(request: HttpRequest, number: str, note: NoteIn) -> Status[IncidentOut]:
    """A line in the history; `for_customer` shows it on the customer's page too."""
    found = _incident(request, Permission.INCIDENT_WORK, number)
    try:
        add_note_to(
            incident=found,
            version=note.version,
            text=_plain(note.text),
            for_customer=note.for_customer,
            user=_holder(request).user,
        )
    except ChangedMeanwhile as error:
        raise Conflict from error
    (told,) = queries.incidents_out([_incident(request, Permission.INCIDENT_WORK, number)])
    return Status(201, told)


@api.post("/incidents/{number}/answers", response={201: HistoryOut, **_REFUSALS}, summary="Answer")
def answer(request: HttpRequest, number: str, given: AnswerIn) -> Status[HistoryOut]:
    """As if the button on the page were pressed."""
    found = _incident(request, Permission.INCIDENT_ANSWER, number)
    try:
        give_answer(incident=found, choice=given.choice, user=_holder(request).user)
    except NotAnAnswer as error:
        raise Conflict("Only the incident's own choices, while it is open.") from error
    again = _incident(request, Permission.INCIDENT_ANSWER, number)
    written = queries.history(again, as_customer=_holder(request).sees_as_customer)
    return Status(201, written)


@api.get("/sources", response={200: SourcePage, **_REFUSALS}, summary="Sources")
def sources(
    request: HttpRequest, organisation: Named, cursor: Cursor | None = None, limit: Limit = 30
) -> SourcePage:
    """Of one company, or of all that the key reaches."""
    holder = _holder(request)
    scope = _scope(holder, Permission.SOURCE_READ, organisation)
    rows = Source.objects.within(scope).select_related("organisation")
    if organisation != ALL:
        rows = rows.filter(organisation_id=organisation)
    return queries.source_page(rows, cursor=cursor, limit=limit)


@api.get("/sources/{source_id}", response={200: SourceOut, **_REFUSALS}, summary="One source")
def source(request: HttpRequest, source_id: str) -> SourceOut:
    """By its id."""
    rows = Source.objects.select_related("organisation")
    holder = _holder(request)
    found = one(rows.all(), holder, Permission.SOURCE_READ, pk=_fit(source_id))
    (told,) = queries.sources_out([found])
    return told


def _incident(request: HttpRequest, permission: Permission, number: str) -> Incident:
    holder = _holder(request)
    rows = queries.visible_incidents(as_customer=holder.sees_as_customer)
    return one(rows, holder, permission, number=_fit(number))


def _scope(holder: Holder, permission: Permission, organisation: str) -> Scope:
    """Where the key may, if the named company is within its reach at all."""
    if organisation != ALL:
        known = Organisation.objects.within(holder.reach()).filter(pk=_fit(organisation))
        if not known.exists():
            raise NotFound
    return holder.scope(permission)


def _holder(request: HttpRequest) -> Holder:
    holder: Holder = request.auth  # type: ignore[attr-defined]  # what ninja puts there
    return holder


def _fit(name: str) -> str:
    """What no id can hold names nothing; PostgreSQL would stumble over a zero byte."""
    if "\0" in name:
        raise NotFound
    return name


def _plain(text: str) -> str:
    """A note for people: no control characters but line ends, and something to read."""
    plain = "".join(char for char in text if char == "\n" or char.isprintable()).strip()
    if not plain:
        raise Unfit(errors=["text: nothing to read in it"])
    return plain


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
