"""Promise 2: no leak. Every address × every role × every relation × every method, drawn from the
URL list, so that a new screen is in the matrix the moment it exists."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.test import Client

import hinomi.portal
from hinomi.core.errors import StartRefused
from hinomi.portal.access.checks import require_declared_access
from hinomi.portal.access.guard import THINGS
from hinomi.portal.access.owned import OrganisationOwned
from hinomi.portal.access.permissions import PARTNER, ROLE_PERMISSIONS, Permission
from hinomi.portal.access.walk import Route, permissions_text, routes
from hinomi.portal.organisations.services import end_engagement
from tests.portal.access.partners import partner_of
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from django.http import HttpResponse

    from tests.portal.town import Company, Town

GOLDEN = Path(hinomi.portal.__file__).parent / "permissions.txt"
METHODS = ("get", "head", "post", "delete")
CUSTOMERS = ("owner", "staff")
STAFF = ("analyst", "desk", "manager")
PEOPLE = [
    *((role, relation) for role in CUSTOMERS for relation in ("own", "same firm", "other firm")),
    *((role, relation) for role in STAFF for relation in ("own", "other firm", "ended")),
]
# People of partner SOCs, by how it stands between the partner and 青葉工務店.
PARTNERS = ("on slot", "slot over", "no consent")
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
# Addresses that answer one method only refuse the others before anything is looked up.
WRONG_METHOD = 405


@dataclass(frozen=True)
class Cell:
    """One question: may this person do this here?"""

    route: Route
    role: str
    relation: str
    method: str

    @property
    def names_a_company(self) -> bool:
        """True when the address holds the id of something of 青葉工務店."""
        return names_a_thing(self.route)

    @property
    def names_a_firm_s_thing(self) -> bool:
        """True when the address holds the id of something of the firm that serves 青葉工務店."""
        firm_s = {
            "bulk_id", "fax_id", "campaign_id", "connection_id", "draft_id", "format_id", "hunt_id",
            "exchange_id", "letter_id", "mailbox_id", "mass_id", "postal_id", "ring_id",
            "roster_id", "run_id", "view_id", "way_id",
        }  # fmt: skip
        return not firm_s.isdisjoint(PARAMETER.findall(self.route.url))

    @property
    def is_for_keys(self) -> bool:
        """True for the API's addresses; what its keys open is in tests/portal/api."""
        return self.route.public_reason.startswith("a program's key")

    @property
    def holds_the_right(self) -> bool:
        """True when the role's table has the view's permission."""
        return self.route.permission in ROLE_PERMISSIONS[self.role]

    def faults(self, response: HttpResponse, *, strange: list[Company]) -> list[str]:
        """What is wrong with the answer: status first, then other companies' words in it."""
        found = (
            [] if response.status_code in self._allowed() else [f"answers {response.status_code}"]
        )
        text = response.content.decode(errors="replace") if not response.streaming else ""
        found += [f"shows {company.canary}" for company in strange if company.canary in text]
        return [f"{self.method} {self.route.url} {self.role}/{self.relation} {f}" for f in found]

    def _allowed(self) -> set[int]:
        if self.role == PARTNER and names_a_thing(self.route):
            return self._allowed_to_partner()
        if self.is_for_keys:
            return {401, WRONG_METHOD}  # a browser's session opens nothing there
        if self.route.permission is None:
            return {200, 302, 404, 410, 400, 403, WRONG_METHOD}
        if self.route.permission is Permission.ACCOUNT_USE:
            # A person's own pages; which of them exist depends on what the person has set up.
            return {200, 302, 403, 404, 422, WRONG_METHOD}
        if self.names_a_company and self.relation != "own":
            return {404, WRONG_METHOD}
        if self.names_a_firm_s_thing and self.role in CUSTOMERS:
            return {404, WRONG_METHOD}  # a customer is no member of the firm: it does not exist
        if not self.holds_the_right:
            return {403, WRONG_METHOD}
        return {200, 204, 302, 304, 400, 409, 422, WRONG_METHOD}

    def _allowed_to_partner(self) -> set[int]:
        """On the slot an incident by the right; of everything else a company has, nothing."""
        if self.is_for_keys:
            return {401, WRONG_METHOD}  # a browser's session opens nothing there
        if self.route.permission is None:
            return {200, 302, 404, 410, 400, 403, WRONG_METHOD}
        is_incident = PARAMETER.findall(self.route.url) == ["number"]
        if not is_incident or self.relation != "on slot":
            return {404, WRONG_METHOD}
        if not self.holds_the_right:
            return {403, WRONG_METHOD}
        return {200, 204, 302, 304, 400, 409, 422, WRONG_METHOD}


def names_a_thing(route: Route) -> bool:
    """True when the address holds an id of somebody's; an article is everybody's."""
    return bool(set(PARAMETER.findall(route.url)) - {"article"})


def address(route: Route, company: Company) -> str:
    """The route's address for the company's things. A new kind of parameter must be taught here."""
    values = {
        "bulk_id": str(company.bulk.pk),
        "view_id": str(company.saved_view.pk),
        "campaign_id": str(company.campaign.pk),
        "number": company.incident.number,
        "source_id": company.source.id,
        "sender_id": "fortigate",
        "organisation_id": company.organisation.id,
        "hunt_id": company.hunt.pk,
        "notice_id": str(company.notice.pk),
        "mailbox_id": company.mailbox.pk,
        "connection_id": company.connection.pk,
        "contact_id": str(company.contact.pk),
        "draft_id": company.draft.pk,
        "format_id": company.taught.pk,
        "article": "fake_warning",
        "exchange_id": company.ring.exchange_id,
        "fax_id": str(company.fax.pk),
        "file_id": company.photo.pk,
        "letter_id": str(company.letter.pk),
        "passkey_id": str(company.passkey.pk),
        "place": "1",
        "postal_id": str(company.postal.pk),
        "way_id": company.way.pk,
        "call_id": company.call.pk,
        "mass_id": str(company.mass.pk),
        "rejudging_id": str(company.rejudging.pk),
        "ring_id": str(company.ring.pk),
        "roster_id": company.roster.pk,
        "run_id": company.run.pk,
        "secret": "unknown-secret",
        "ticket_number": company.ticket.number,
    }
    return PARAMETER.sub(lambda match: values[match[1]], route.url)


def send(client: Client, method: str, url: str) -> HttpResponse:
    """One request; POST without fields, which no form accepts."""
    response: HttpResponse = getattr(client, method)(url)
    return response


STRANGERS = [person for person in PEOPLE if person[1] != "own"]
MEMBERS = [person for person in PEOPLE if person[1] == "own"]


@pytest.mark.parametrize(("role", "relation"), STRANGERS)
def test_no_address_opens_to_a_stranger_and_nothing_is_changed(
    town: Town, role: str, relation: str
) -> None:
    before = rows_of(town.aoba)
    faults = ask_everywhere(town, role=role, relation=relation)
    assert not faults, "\n".join(faults)
    assert rows_of(town.aoba) == before


@pytest.mark.parametrize(("role", "relation"), MEMBERS)
def test_every_address_answers_its_own_people_by_their_rights(
    town: Town, role: str, relation: str
) -> None:
    faults = ask_everywhere(town, role=role, relation=relation)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("relation", PARTNERS)
def test_a_partner_soc_reaches_open_incidents_on_its_slot_and_nothing_else(
    town: Town, relation: str
) -> None:
    town.people[PARTNER, relation] = partner_of(town, relation=relation)
    before = rows_of(town.fumi)
    faults = ask_everywhere(town, role=PARTNER, relation=relation)
    assert not faults, "\n".join(faults)
    assert rows_of(town.fumi) == before


def ask_everywhere(town: Town, *, role: str, relation: str) -> list[str]:
    """Every address of 青葉工務店's things by every method, as one person; what went wrong."""
    faults: list[str] = []
    strange = _strangers(town, role=role, relation=relation)
    client = sign_in(town.people[role, relation])
    for route in routes():
        for method in METHODS:
            if route.url.startswith("/accounts/"):  # these change the session itself
                client = sign_in(town.people[role, relation])
            cell = Cell(route, role, relation, method)
            answer = send(client, method, address(route, town.aoba))
            faults += cell.faults(answer, strange=strange)
    return faults


def rows_of(company: Company) -> dict[str, list[dict[str, object]]]:
    """Everything the database holds of the company."""
    return {
        model.__name__: list(
            model.objects.of(company.organisation.id).order_by("pk").values()  # type: ignore[attr-defined]
        )
        for model in apps.get_models()
        if issubclass(model, OrganisationOwned)
    }


def test_every_parameter_that_names_a_company_s_thing_is_known_to_the_guard() -> None:
    """A new kind of address must answer strangers with 404 too, whatever right it needs."""
    named = {name for route in routes() for name in PARAMETER.findall(route.url)}
    no_company_s = {"article", "passkey_id", "place", "secret", "sender_id"}
    assert named - no_company_s == set(THINGS)


def test_an_ended_engagement_closes_the_door_at_once(town: Town) -> None:
    client = sign_in(town.people["analyst", "own"])
    page = f"/sources/{town.aoba.source.id}/"
    assert client.get(page).status_code == 200
    end_engagement(firm_id=town.firm.id, organisation_id=town.aoba.organisation.id)
    assert client.get(page).status_code == 404
    assert client.get(f"/sources/{town.fumi.source.id}/").status_code == 200


def test_a_membership_that_was_taken_away_closes_the_door_at_once(town: Town) -> None:
    user = town.people["staff", "own"]
    client = sign_in(user)
    page = f"/incidents/{town.aoba.incident.number}/"
    assert client.get(page).status_code == 200
    user.memberships.all().delete()
    assert client.get(page).status_code == 404


def test_nobody_gets_past_the_entrance_without_signing_in(town: Town) -> None:
    for route in routes():
        for method in METHODS:
            response = send(Client(), method, address(route, town.aoba))
            if route.permission is None:
                allowed = {200, 302, 400, 401, 404, 410, WRONG_METHOD}
                assert response.status_code in allowed, route
                continue
            assert response.status_code in {302, WRONG_METHOD}, (method, route)
            if response.status_code == 302:
                assert response["Location"].startswith("/accounts/sign-in/")


def test_a_company_that_exists_and_one_that_does_not_look_alike(town: Town) -> None:
    client = sign_in(town.people["owner", "other firm"])
    for route in routes():
        if not names_a_thing(route) or route.permission is None:
            continue
        real = client.get(address(route, town.aoba))
        invented = client.get(PARAMETER.sub(_invented, route.url))
        assert real.status_code == invented.status_code, route
        if real.status_code == 404:
            assert _without_token(real) == _without_token(invented), route


def test_every_view_declares_its_permission_or_why_it_is_public() -> None:
    assert [route for route in routes() if not route.is_declared] == []
    assert run_checks(tags=["access"]) == []


def test_the_start_is_refused_while_a_view_is_undeclared(monkeypatch: pytest.MonkeyPatch) -> None:
    naked = Route(url="/naked/", name="naked", permission=None, public_reason="")
    monkeypatch.setattr("hinomi.portal.access.checks.routes", lambda: [naked])
    assert [error.id for error in run_checks(tags=["access"])] == ["access.E001"]
    with pytest.raises(StartRefused, match="/naked/ declares no permission"):
        require_declared_access()


def test_permissions_txt_shows_the_reviewer_what_changed() -> None:
    """HINOMI_GOLDENS=write rewrites it; the diff is the review."""
    if os.environ.get("HINOMI_GOLDENS") == "write":
        GOLDEN.write_text(permissions_text(), "utf-8")
    assert GOLDEN.read_text("utf-8") == permissions_text()


def test_permissions_are_in_alphabetical_order() -> None:
    values = [permission.value for permission in Permission]
    assert values == sorted(values)


def test_every_permission_is_held_by_somebody_and_used_or_reserved() -> None:
    held = set().union(*ROLE_PERMISSIONS.values())
    assert held == set(Permission)


def _invented(parameter: re.Match[str]) -> str:
    """An id that fits the address and names nothing."""
    return "9999999" if parameter[0].startswith("<int:") else "K-9999999"


def _without_token(response: HttpResponse) -> bytes:
    """The page without the form token, which is masked anew each time."""
    return re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", response.content)


def _strangers(town: Town, *, role: str, relation: str) -> list[Company]:
    """The companies this person must never read a word of."""
    if role == PARTNER:
        mine = ["aoba"] if relation == "on slot" else []
        return [getattr(town, key) for key in ("aoba", "fumi", "umi") if key not in mine]
    reached = {
        ("owner", "own"): "aoba",
        ("owner", "same firm"): "fumi",
        ("owner", "other firm"): "umi",
        ("analyst", "own"): "aoba fumi",
        ("analyst", "other firm"): "umi",
        ("analyst", "ended"): "",
    }["analyst" if role in STAFF else "owner", relation]
    return [getattr(town, key) for key in ("aoba", "fumi", "umi") if key not in reached.split()]
