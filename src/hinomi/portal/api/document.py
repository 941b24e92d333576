"""The OpenAPI document and its page, drawn on our side: no script, nothing from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from hinomi.portal.api.operations import api

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "/api/v1/"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value in the address."""

    name: str
    place: str
    is_required: bool
    told: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing a program can ask."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    body: str
    answer: str


@cache
def document() -> dict[str, Any]:
    """The document, OpenAPI 3.1."""
    schema: dict[str, Any] = dict(api.get_openapi_schema(path_prefix=PREFIX))
    for operations in schema["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                parameter["schema"] = _never_null(parameter["schema"])
            for status, told in operation["responses"].items():
                if int(status) >= 400:
                    content = told.pop("content", {})
                    told["content"] = {
                        "application/problem+json": content.get("application/json", {})
                    }
    return schema


def operations() -> Iterator[Operation]:
    """In the order of the document."""
    for path, methods in document()["paths"].items():
        for method, each in methods.items():
            yield Operation(
                method=method.upper(),
                path=path,
                summary=each["summary"],
                description=each.get("description", ""),
                parameters=tuple(_parameters(each)),
                body=_schema_name(each.get("requestBody", {})),
                answer=next(
                    _schema_name(told) for status, told in each["responses"].items()
                    if str(status).startswith("2")
                ),
            )  # fmt: skip


def schemas() -> dict[str, list[tuple[str, str]]]:
    """Name → its fields with their types."""
    parts: dict[str, Any] = document()["components"]["schemas"]
    return {
        name: [(field, _type(told)) for field, told in part.get("properties", {}).items()]
        for name, part in parts.items()
    }


def _never_null(schema: dict[str, Any]) -> dict[str, Any]:
    """What may be left out of an address is no null: there is no way to write one there."""
    kinds: list[dict[str, Any]] = [
        each for each in schema.get("anyOf", []) if each != {"type": "null"}
    ]
    if len(kinds) != 1:
        return schema
    return {name: told for name, told in schema.items() if name != "anyOf"} | kinds[0]


def _parameters(operation: dict[str, Any]) -> Iterator[Parameter]:
    for each in operation.get("parameters", []):
        yield Parameter(each["name"], each["in"], each["required"], _type(each["schema"]))


def _schema_name(part: dict[str, Any]) -> str:
    content = part.get("content", {}).get("application/json", {})
    return _type(content.get("schema", {})) if content else ""


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"{_type(schema['items'])}[]"
    return str(schema.get("format") or schema.get("type", ""))
