"""OTLP log records become JSON records; the protobuf reader is checked against Google's."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as service
from opentelemetry.proto.common.v1 import common_pb2 as common
from opentelemetry.proto.logs.v1 import logs_pb2 as logs

from hinomi.collect.body import TooLarge, Unreadable
from hinomi.collect.dialects.otlp_json import logs_of_json
from hinomi.collect.dialects.otlp_protobuf import logs_of_protobuf, partial_success, status
from hinomi.collect.limits import Limits

LIMITS = Limits(body_records=20, queue_bytes=100_000)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    TEXT | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, width=64)
    | st.binary(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def any_value(plain: Any) -> common.AnyValue:
    value = common.AnyValue()
    match plain:
        case bool():
            value.bool_value = plain
        case int():
            value.int_value = plain
        case str():
            value.string_value = plain
        case float():
            value.double_value = plain
        case bytes():
            value.bytes_value = plain
        case list():
            value.array_value.values.extend(any_value(each) for each in plain)
            value.array_value.SetInParent()
        case dict():
            value.kvlist_value.values.extend(pairs(plain))
            value.kvlist_value.SetInParent()
    return value


def pairs(plain: dict[str, Any]) -> list[common.KeyValue]:
    return [common.KeyValue(key=key, value=any_value(each)) for key, each in plain.items()]


def shown(plain: Any) -> Any:
    """As JSON shows it."""
    if isinstance(plain, bytes):
        return base64.b64encode(plain).decode()
    if isinstance(plain, list):
        return [shown(each) for each in plain]
    if isinstance(plain, dict):
        return {key: shown(each) for key, each in plain.items()}
    if isinstance(plain, float) and plain in (float("inf"), float("-inf")):
        return None
    return plain


def request(*records: logs.LogRecord, resource: dict[str, Any] | None = None) -> bytes:
    sent = service.ExportLogsServiceRequest()
    of_resource = sent.resource_logs.add()
    of_resource.resource.attributes.extend(pairs(resource or {}))
    of_scope = of_resource.scope_logs.add()
    of_scope.scope.name = "receiver"
    of_scope.log_records.extend(records)
    return bytes(sent.SerializeToString())


@given(VALUES, st.dictionaries(TEXT, VALUES, max_size=3), st.integers(0, 2**64 - 1))
def test_protobuf_is_read_as_googles_runtime_writes_it(
    body: Any, attributes: dict[str, Any], moment: int
) -> None:
    record = logs.LogRecord(
        time_unix_nano=moment, severity_text="INFO", body=any_value(body), trace_id=b"\x01" * 16
    )
    record.attributes.extend(pairs(attributes))
    found = logs_of_protobuf(request(record, resource={"host.name": "pc"}), limits=LIMITS)
    assert found.rejected == 0
    told = json.loads(found.records[0])
    assert told["body"] == shown(body)
    assert told.get("attributes", {}) == shown(attributes)
    assert told.get("timeUnixNano", "0") == str(moment)
    assert told["traceId"] == "01" * 16
    assert told["resource"] == {"attributes": {"host.name": "pc"}}
    assert told["scope"] == {"name": "receiver"}


def test_json_is_read_the_same_way() -> None:
    sent = {
        "resourceLogs": [
            {
                "resource": {
                    "attributes": [{"key": "host.name", "value": {"stringValue": "pc"}}]
                },
                "scopeLogs": [
                    {
                        "logRecords": [
                            {
                                "timeUnixNano": "1",
                                "body": {"kvlistValue": {"values": [
                                    {"key": "n", "value": {"intValue": "-7"}},
                                    {"key": "l", "value": {"arrayValue": {"values": [
                                        {"boolValue": True}, {"bytesValue": "AQ=="}, {}]}}},
                                ]}},
                            },
                            {"body": {"intValue": "seven"}},
                            {"attributes": [{"value": {}}]},
                            "no record",
                        ]
                    }
                ],
            }
        ]
    }  # fmt: skip
    found = logs_of_json(json.dumps(sent).encode(), limits=LIMITS)
    assert [json.loads(record) for record in found.records] == [
        {
            "timeUnixNano": "1",
            "body": {"n": -7, "l": [True, "AQ==", None]},
            "resource": {"attributes": {"host.name": "pc"}},
        }
    ]
    assert found.rejected == 3


def test_a_broken_record_is_counted_and_the_others_are_kept() -> None:
    body = request(logs.LogRecord(severity_text="good"), logs.LogRecord(severity_text="xxxx"))
    broken = body.replace(b"\x1a\x04xxxx", b"\x1a\x7fxxxx")
    found = logs_of_protobuf(broken, limits=LIMITS)
    assert [json.loads(raw)["severityText"] for raw in found.records] == ["good"]
    assert found.rejected == 1


@pytest.mark.parametrize(
    "body", [b"\x0a\xff\xff\xff\xff\x0f", b"\x0a", b"\x0b", b"\xff" * 11, b"no protobuf"]
)
def test_what_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        logs_of_protobuf(body, limits=LIMITS)


@pytest.mark.parametrize(
    "body",
    [b"[]", b'{"resourceLogs":{}}', b'{"resourceLogs":[1]}', b"{", b'{"resourceLogs":' * 5000],
)
def test_json_that_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        logs_of_json(body, limits=LIMITS)


def test_values_nested_without_end_are_a_broken_record_not_a_crash() -> None:
    value = common.AnyValue(string_value="bottom")
    for _ in range(40):  # Google's own runtime stops at 100 messages
        value = common.AnyValue(array_value=common.ArrayValue(values=[value]))
    found = logs_of_protobuf(request(logs.LogRecord(body=value)), limits=LIMITS)
    assert (found.records, found.rejected) == ([], 1)


def test_a_large_resource_times_many_records_is_too_large() -> None:
    """A small body must not become gigabytes because every record repeats its resource."""
    records = [logs.LogRecord(severity_text="x")] * 20
    with pytest.raises(TooLarge):
        logs_of_protobuf(request(*records, resource={"a": "x" * 10_000}), limits=LIMITS)
    with pytest.raises(TooLarge):
        logs_of_protobuf(request(*records, *records), limits=LIMITS)


def test_our_answers_are_what_senders_read() -> None:
    answer = service.ExportLogsServiceResponse.FromString(partial_success(300, "あ"))
    assert answer.partial_success.rejected_log_records == 300
    assert answer.partial_success.error_message == "あ"
    assert status(3, "no") == b"\x08\x03\x12\x02no"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_by_name(body: bytes) -> None:
    for read in (logs_of_protobuf, logs_of_json):
        try:
            found = read(body, limits=LIMITS)
        except (Unreadable, TooLarge):
            continue
        assert all(json.loads(raw) is not None for raw in found.records)
