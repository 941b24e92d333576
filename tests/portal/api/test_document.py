"""What the OpenAPI document says is what happens: requests that it allows and requests that it does
not are fired from it, and every answer must be one that it describes."""

from __future__ import annotations

import json
import re
import string
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hinomi.portal.api import rates
from hinomi.portal.api.document import document
from tests.portal.api.test_api import Program, program
from tests.portal.api.test_tickets import duty

if TYPE_CHECKING:
    from django.http import HttpResponse

    from tests.portal.town import Town

pytestmark = pytest.mark.django_db

OPERATIONS = [
    (method, path, operation)
    for path, methods in document()["paths"].items()
    for method, operation in methods.items()
]
ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=40),
    st.lists(st.integers(), max_size=3), st.dictionaries(st.text(max_size=5), st.integers()),
)  # fmt: skip
# What no client can put into an address as it is: controls, other parts of an address, halves.
UNSENDABLE = re.compile("[\x00-\x20?#%\x7f\ud800-\udfff]")
GOOD = {
    "text": "見ました", "subject": "電話", "choice": "done", "once": "one request",
    "for_customer": False, "author_name": "葵", "phone": "03-1234-5678", "calls_back": True,
    "all_the_same": False, "state": None,
}  # fmt: skip
WORDS = st.one_of(
    st.sampled_from(["*", "K-2000", "done", "org_x", "\0", "' OR 1=1", "１", "2026-01-01", "-1"]),
    st.sampled_from(["2026-01-01T00:00:00", "2026-01-01T09:00:00+09:00", "9999-12-31T23:59:59Z"]),
    st.text(alphabet=string.printable, max_size=50),
    st.text(max_size=50),
)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema behind a reference."""
    name = schema.get("$ref", "").rpartition("/")[2]
    return document()["components"]["schemas"][name] if name else schema


def faults(value: Any, schema: dict[str, Any], at: str = "answer") -> list[str]:
    """Where the value is not as the schema says, by the words of JSON Schema that we use."""
    schema = resolved(schema)
    known = {
        "type", "title", "description", "properties", "required", "items", "enum", "anyOf",
        "format", "additionalProperties", "default", "minLength", "maxLength", "minimum", "maximum",
    }  # fmt: skip
    assert set(schema) <= known, f"{at}: teach this test {set(schema) - known}"
    if "anyOf" in schema:
        return min((faults(value, each, at) for each in schema["anyOf"]), key=len)
    kinds = {
        "object": dict, "array": list, "string": str, "integer": int, "boolean": bool,
        "null": type(None),
    }  # fmt: skip
    if "type" in schema and type(value) is not kinds[schema["type"]]:
        return [f"{at}: {value!r} is no {schema['type']}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{at}: {value!r} is none of {schema['enum']}"]
    if schema.get("format") == "date-time":
        assert datetime.fromisoformat(value).tzinfo, at
    found = []
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        found += [
            f"{at}.{name} is missing" for name in schema.get("required", ()) if name not in value
        ]
        found += [f"{at}.{name} is not described" for name in value if name not in properties]
        for name in value.keys() & properties.keys():
            found += faults(value[name], properties[name], f"{at}.{name}")
    if isinstance(value, list):
        for place, each in enumerate(value):
            found += faults(each, schema["items"], f"{at}[{place}]")
    return found


def check(answer: HttpResponse, operation: dict[str, Any]) -> None:
    told = operation["responses"].get(answer.status_code) or operation["responses"].get(
        str(answer.status_code)
    )
    assert told, f"{answer.status_code} is not described: {answer.content[:300]!r}"
    ((kind, content),) = told["content"].items()
    assert answer["Content-Type"].partition(";")[0] == kind
    assert faults(json.loads(answer.content), content["schema"]) == []


@pytest.fixture
def asks(town: Town, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A customer's key, a firm's key, and the names of real things."""
    monkeypatch.setattr(rates, "PER_MINUTE", 10**9)
    duty(town)
    return {
        "owner": program(town.people["owner", "own"]),
        "manager": program(town.people["manager", "own"]),
        "nobody": Program("wrong"),
        "number": town.aoba.incident.number,
        "version": town.aoba.incident.version,
        "ticket": town.aoba.ticket.number,
        "ticket_version": town.aoba.ticket.version,
        "source_id": town.aoba.source.id,
        "organisation": town.aoba.organisation.id,
    }


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_every_answer_is_one_that_the_document_describes(
    asks: dict[str, Any], method: str, path: str, operation: dict[str, Any]
) -> None:
    if "/tickets/" in path:
        asks["number"], asks["version"] = asks["ticket"], asks["ticket_version"]
    body = resolved(
        operation.get("requestBody", {})
        .get("content", {})
        .get("application/json", {})
        .get("schema", {})
    )
    seen: set[int] = set()
    address = path.removeprefix("/api/v1").format(**asks)
    for who in ("owner", "manager"):  # by chance alone a good one is rare
        if method == "post":
            good = {**GOOD, **{name: asks[name] for name in ("organisation", "version")}}
            answer = asks[who].post(
                address, {name: good[name] for name in body.get("properties", ())}
            )
        else:
            named = {each["name"] for each in operation.get("parameters", [])}
            answer = asks[who].get(
                address, **{name: asks[name] for name in named & {"organisation"}}
            )
        seen.add(answer.status_code)
        check(answer, operation)

    @settings(
        max_examples=25,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(data=st.data())
    def fire(data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(["owner", "manager", "manager", "nobody"]))
        real = data.draw(st.booleans())
        address = path.removeprefix("/api/v1")
        for name in re.findall(r"{(\w+)}", path):
            # A slash would be another address.
            value = asks[name] if real else data.draw(WORDS).replace("/", "_") or "_"
            address = address.replace(f"{{{name}}}", value)
        if UNSENDABLE.search(address):
            return
        if method == "get":
            question = {
                each["name"]: asks["organisation"]
                if each["name"] == "organisation" and real
                else data.draw(WORDS).encode("utf-8", "replace").decode()
                for each in operation.get("parameters", [])
                if each["in"] == "query"
                and ((real and each["required"]) or data.draw(st.booleans()))
            }
            answer = asks[who].get(address, **question)
        else:
            answer = asks[who].post(address, data.draw(bodies(body, asks)))
        seen.add(answer.status_code)
        check(answer, operation)

    fire()
    assert {200, 201} & seen, "no request was ever good: the test proves nothing"
    assert seen - {200, 201}, "no request was ever bad"


def bodies(schema: dict[str, Any], asks: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Bodies that fit, bodies that nearly fit, and anything at all."""
    words = st.text(min_size=1, max_size=20).map(lambda text: f"メモ{text}")
    good = {
        "version": st.just(asks["version"]),
        "text": words,
        "subject": words,
        "for_customer": st.booleans(),
        "choice": st.sampled_from(["done", "call_me", "x"]),
        "organisation": st.sampled_from([asks["organisation"], "org_x", "*"]),
        "once": st.text(min_size=8, max_size=20),
        "author_name": st.text(max_size=20),
        "phone": st.text(max_size=20),
        "calls_back": st.booleans(),
        "all_the_same": st.booleans(),
        "state": st.sampled_from(["confirming", "done", None]),
    }
    names = list(schema.get("properties", {}))
    fits = st.fixed_dictionaries({name: good[name] for name in names})
    nearly = st.fixed_dictionaries({}, optional=dict.fromkeys(names, ANYTHING))
    return st.one_of(
        fits, fits, nearly, ANYTHING, st.sampled_from(["", "{", "[1", '{"a":1}', "NaN"])
    )
