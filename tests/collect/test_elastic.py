"""Elasticsearch's `_bulk` and the calls Beats make before it, against the real process."""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
from benchmarks._senders.clients import START_UP

if TYPE_CHECKING:
    from tests.collect.conftest import Collect

pytestmark = pytest.mark.sockets
BASIC = "Basic " + base64.b64encode(b"hinomi:token-aoi").decode()
CREATE = b'{"create":{"_index":"filebeat-8.17.0"}}\n'


def bulk(collect: Collect, body: bytes, path: str = "/_bulk", **headers: str) -> dict[str, Any]:
    headers.setdefault("Authorization", BASIC)
    status, answer, _ = collect.ask("POST", path, body, **headers)
    return {"http": status, **json.loads(answer)}


def statuses(answer: dict[str, Any]) -> list[tuple[str, int]]:
    return [(name, item["status"]) for pair in answer["items"] for name, item in pair.items()]


def raws(collect: Collect) -> list[bytes]:
    return [record.raw for record in collect.records()]


def test_each_action_gets_its_item_and_each_document_is_kept_as_it_is(collect: Collect) -> None:
    body = (
        b'{"index":{"_index":"a","_id":"7"}}\n{"m": 1}\n'
        b'{"create":{}}\n{"m":2}\n'
        b'{"update":{"_id":"7"}}\n{"doc":{"m":3}}\n'
        b'{"delete":{"_id":"7"}}\n'
        b'{"create":{"_id":8}}\nno json at all\n'
    )
    answer = bulk(collect, body)
    assert (answer["http"], answer["errors"]) == (200, False)
    assert statuses(answer) == [
        ("index", 201),
        ("create", 201),
        ("update", 200),
        ("delete", 404),
        ("create", 201),
    ]
    assert [answer["items"][0]["index"][key] for key in ("_index", "_id")] == ["a", "7"]
    assert raws(collect) == [b'{"m": 1}', b'{"m":2}', b'{"doc":{"m":3}}', b"no json at all"]
    assert {record.organisation for record in collect.records()} == {"org_aoi"}


WAYS: list[tuple[str, dict[str, str]]] = [
    ("/logs-x/_bulk", {}),
    ("/logs-x/_doc/_bulk?filter_path=errors,items.*.error", {}),
    ("/elastic/_bulk", {}),
    ("/_bulk", {"Authorization": "Bearer token-aoi"}),
    ("/_bulk", {"Authorization": "ApiKey " + base64.b64encode(b"id:token-aoi").decode()}),
    ("/_bulk", {"Authorization": "ApiKey token-aoi"}),
    ("/_bulk", {"Content_Type": "application/vnd.elasticsearch+x-ndjson;compatible-with=8"}),
]


def test_every_address_and_way_to_sign_in_works(collect: Collect) -> None:
    for path, headers in WAYS:
        answer = bulk(collect, CREATE + b'{"m":1}\n', path, **headers)
        assert (answer["http"], statuses(answer)) == (200, [("create", 201)])
    assert raws(collect) == [b'{"m":1}'] * len(WAYS)


def test_blank_lines_missing_ends_and_gzip_are_read(collect: Collect) -> None:
    """rsyslog's omelasticsearch leaves blank lines between the pairs."""
    body = b"\n" + CREATE + b'{"m":1}\n\n\r\n' + CREATE + b'{"m":2}'
    assert len(bulk(collect, gzip.compress(body), Content_Encoding="gzip")["items"]) == 2
    assert raws(collect) == [b'{"m":1}', b'{"m":2}']


def test_what_cannot_be_split_or_is_too_much_is_refused_whole(collect: Collect) -> None:
    for body, status, kind in (
        (CREATE + b'{"m":1}\n{"m":2}\n', 400, "illegal_argument_exception"),
        (b"\n" * 10_000_000, 413, "content_too_long_exception"),
    ):
        answer = bulk(collect, body)
        assert (answer["http"], answer["status"], answer["error"]["type"]) == (status, status, kind)
    assert raws(collect) == []
    assert bulk(collect, CREATE + b"{}\n")["http"] == 200


def test_a_wrong_token_is_told_as_elasticsearch_would(collect: Collect) -> None:
    for authorization in ("", "Basic", "Basic !", "ApiKey e30=", "Bearer wrong"):
        for method, path in (("POST", "/_bulk"), ("GET", "/"), ("GET", "/_license")):
            status, body, headers = collect.ask(method, path, Authorization=authorization)
            assert (status, json.loads(body)["error"]["type"]) == (401, "security_exception")
            assert headers["www-authenticate"].startswith("Basic")
    assert raws(collect) == []


def test_the_calls_before_the_first_record_are_answered(collect: Collect) -> None:
    agent = "Elastic-Filebeat/8.15.3 (linux; amd64; abc; 2024-09-01 00:00:00 +0000 UTC)"
    for method, path, holds in START_UP:
        body = b"{}" if method == "PUT" else b""
        status, answer, headers = collect.ask(
            method, path, body, Authorization=BASIC, User_Agent=agent
        )
        assert (path, status, headers["x-elastic-product"]) == (path, 200, "Elasticsearch")
        assert holds in answer.decode()


def test_a_single_document_is_kept_and_called_created(collect: Collect) -> None:
    headers = {"Authorization": BASIC, "Content_Type": "application/json"}
    status, answer, _ = collect.ask("POST", "/logs-x/_doc", b'{"m":1}\n', **headers)
    assert (status, json.loads(answer)["result"]) == (201, "created")
    assert raws(collect) == [b'{"m":1}']
