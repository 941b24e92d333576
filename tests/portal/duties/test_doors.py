"""Every address of duties by every method as every member, without fields: quicker than the matrix,
which asks the same of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.permissions import PARTNER
from hinomi.portal.access.walk import routes
from tests.portal.access.partners import partner_of
from tests.portal.access.test_matrix import METHODS, PARTNERS, PEOPLE, Cell, _strangers, address
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from tests.portal.town import Town

EVERYBODY = [*PEOPLE, *((PARTNER, relation) for relation in PARTNERS)]


@pytest.mark.parametrize(("role", "relation"), EVERYBODY)
def test_the_doors_open_and_stay_shut_as_the_table_says(
    town: Town, role: str, relation: str
) -> None:
    if role == PARTNER:
        town.people[role, relation] = partner_of(town, relation=relation)
    client = sign_in(town.people[role, relation])
    strange = _strangers(town, role=role, relation=relation)
    faults: list[str] = []
    for route in routes():
        if str(route.permission).startswith("duties:"):
            for method in METHODS:
                answer = getattr(client, method)(address(route, town.aoba))
                faults += Cell(route, role, relation, method).faults(answer, strange=strange)
    assert not faults, "\n".join(faults)
