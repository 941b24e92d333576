"""Schemathesis over the real WSGI application: requests made from the document, good ones and bad
ones, by keys of two companies and of a firm. All its checks hold, and no answer to one company's
key holds a word of another's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.config import (
    ChecksConfig,
    PositiveDataAcceptanceConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)

from hinomi.portal.api import rates
from hinomi.portal.api.asked import is_readable
from hinomi.portal.wsgi import application
from tests.portal.api.test_api import secret_of
from tests.portal.api.test_tickets import duty

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemathesis import APIOperation, CheckContext, Response

    from tests.portal.town import Company, Town

pytestmark = pytest.mark.django_db

EXAMPLES = 6  # of each operation, good and bad, by each key
# Refusing a good request is right where the thing is not the key's, or changed meanwhile.
REFUSED = ["2xx", "401", "403", "404", "409"]
_KEYS = [("owner", "own"), ("owner", "other firm"), ("manager", "own")]


@pytest.fixture
def schema(town: Town, monkeypatch: pytest.MonkeyPatch) -> schemathesis.BaseSchema:
    """The document as it is served."""
    monkeypatch.setattr(rates, "PER_MINUTE", 10**9)
    duty(town)
    checks = ChecksConfig(
        positive_data_acceptance=PositiveDataAcceptanceConfig(expected_statuses=REFUSED)
    )
    projects = ProjectsConfig(default=ProjectConfig(checks=checks))
    return schemathesis.openapi.from_wsgi(
        "/api/v1/openapi.json", application, config=SchemathesisConfig(projects=projects)
    )


@pytest.mark.parametrize(("role", "relation"), _KEYS)
def test_the_api_does_what_its_document_says(
    town: Town, schema: schemathesis.BaseSchema, role: str, relation: str
) -> None:
    secret = secret_of(town.people[role, relation])
    own = town.umi if relation == "other firm" else town.aoba
    strangers = [town.fumi, town.umi, town.aoba] if role == "owner" else [town.umi]
    apart = _apart([each for each in strangers if each is not own])
    codes: dict[str, set[int]] = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        seen = codes.setdefault(operation.label, set())
        for mode in GenerationMode:
            _fire(operation, mode, own, secret, apart, seen)
    good = [label for label, seen in codes.items() if seen & {200, 201}]
    assert len(good) > 4, "hardly a request was ever good: the test proves little"
    assert all(seen & {401, 403, 404, 405, 409, 422} for seen in codes.values()), codes


def _fire(
    operation: APIOperation,
    mode: GenerationMode,
    own: Company,
    secret: str,
    apart: Callable[[CheckContext, Response, Case], None],
    seen: set[int],
) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=operation.as_strategy(generation_mode=mode),
        is_real=st.sampled_from([True, True, False]),
    )
    def fire(case: Case, is_real: bool) -> None:
        if mode is GenerationMode.POSITIVE:
            if not _can_be_read(case):
                return
            (case.query or {}).pop("cursor", None)  # opaque: only one of ours is one
            if is_real:
                _name_real_things(case, own)
        answer = case.call_and_validate(
            headers={"Authorization": f"Bearer {secret}", "Accept-Encoding": "identity"},
            additional_checks=[apart],
        )
        seen.add(answer.status_code)

    fire()


def _can_be_read(case: Case) -> bool:
    """JSON Schema cannot say that a text must hold something to read; test_tickets.py asks that."""
    body = case.body if isinstance(case.body, dict) else {}
    return all(is_readable(str(body[name])) for name in ("text", "subject") if name in body)


def _name_real_things(case: Case, own: Company) -> None:
    number = own.ticket.number if "/tickets/" in case.path else own.incident.number
    real = {"number": number, "source_id": own.source.pk, "organisation": own.organisation.pk}
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict):
            part.update({name: real[name] for name in real.keys() & part.keys()})


def _apart(strangers: list[Company]) -> Callable[[CheckContext, Response, Case], None]:
    words = [word for each in strangers for word in (each.canary, each.organisation.name)]

    def names_nobody_else(ctx: CheckContext, response: Response, case: Case) -> None:
        text = response.content.decode("utf-8", "replace")
        assert not [word for word in words if word in text]

    return names_nobody_else
