"""HEC, OTLP and GELF over HTTP against the real process: answers, refusals, what is kept."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as service

if TYPE_CHECKING:
    from tests.collect.conftest import Collect

pytestmark = pytest.mark.sockets
SPLUNK = "Splunk token-aoi"
CHANNEL = "0b1f4b1c-6f0e-4a3a-9d2e-3f0a2c5d7e91"


def hec(
    collect: Collect, path: str, body: bytes = b"", *, method: str = "POST", **headers: str
) -> tuple[int, dict[str, Any]]:
    headers.setdefault("Authorization", SPLUNK)
    status, answer, _ = collect.ask(method, f"/services/collector{path}", body, **headers)
    return status, json.loads(answer)


def raws(collect: Collect) -> list[bytes]:
    return [record.raw for record in collect.records()]


def test_hec_keeps_each_envelope_and_each_raw_line(collect: Collect) -> None:
    one, two = b'{"event":"a","host":"h"}', b'{"event":{"b":1}}'
    success = (200, {"text": "Success", "code": 0})
    assert hec(collect, "", one + two) == success
    assert hec(collect, "/event", gzip.compress(one), Content_Encoding="gzip") == success
    assert hec(collect, "/event/1.0", one, Authorization="Basic eDp0b2tlbi1hb2k=") == success
    assert hec(collect, "/raw?sourcetype=x&host=y", b"line 1\nline 2\n") == success
    assert raws(collect) == [one, two, one, one, b"line 1", b"line 2"]
    assert {record.organisation for record in collect.records()} == {"org_aoi"}


def test_hec_acks_are_true_for_what_was_given_and_for_nothing_else(collect: Collect) -> None:
    """Per source and channel: what 文 was given says nothing about what 葵 asks."""
    event, on = b'{"event":"a"}', {"X_Splunk_Request_Channel": CHANNEL}
    assert [hec(collect, "", event, **on)[1]["ackId"] for _ in range(3)] == [0, 1, 2]
    assert hec(collect, f"/event?channel={CHANNEL}", event)[1]["ackId"] == 3
    assert hec(collect, "/raw", b"x", X_Splunk_Request_Channel="another")[1]["ackId"] == 0
    asked = json.dumps({"acks": [0, 3, 4, -1]}).encode()
    told = {"acks": {"0": True, "3": True, "4": False, "-1": False}}
    assert hec(collect, "/ack", asked, **on) == (200, told)
    stranger = hec(collect, "/ack", asked, Authorization="Splunk token-fumi", **on)
    assert not any(stranger[1]["acks"].values())
    assert hec(collect, "/ack", asked) == (400, {"text": "Data channel is missing", "code": 10})
    assert hec(collect, "/ack", b"[]", **on)[1]["code"] == 6
    collect.kill()
    collect.start()
    assert hec(collect, "/ack", asked, **on)[1]["acks"]["0"] is False  # sent again, not lost


def test_hec_refuses_in_splunks_words(collect: Collect) -> None:
    for authorization, status, code in (
        ("", 401, 2),
        ("Digest token-aoi", 401, 3),
        ("Splunk", 401, 3),
        ("Splunk wrong", 403, 4),
    ):
        found = hec(collect, "", b'{"event":"a"}', Authorization=authorization)
        assert (found[0], found[1]["code"]) == (status, code)
    found = hec(collect, "?token=token-aoi", b'{"event":"a"}', Authorization="")
    assert (found[0], found[1]["code"]) == (400, 16)
    assert hec(collect, "", b"")[1]["code"] == 5
    assert hec(collect, "/raw", b"\n")[1]["code"] == 5
    assert raws(collect) == []
    found = hec(collect, "", b'{"event":"good"}{"event":""}{"event":"never reached"}')
    assert found == (
        400,
        {"text": "Event field cannot be blank", "code": 13, "invalid-event-number": 1},
    )
    assert raws(collect) == [b'{"event":"good"}']
    assert hec(collect, "", b"x" * 20_000_000)[0] == 413
    assert hec(collect, "/unknown")[0] == 404
    health = {"text": "HEC is healthy", "code": 17}
    assert hec(collect, "/health", method="GET", Authorization="") == (200, health)


def otlp(
    collect: Collect, body: bytes, kind: str, **headers: str
) -> tuple[int, bytes, dict[str, str]]:
    headers.setdefault("Authorization", "Bearer token-aoi")
    return collect.ask("POST", "/v1/logs", body, Content_Type=kind, **headers)


def logs_request(*texts: str) -> bytes:
    sent = service.ExportLogsServiceRequest()
    scope = sent.resource_logs.add().scope_logs.add()
    for text in texts:
        scope.log_records.add().body.string_value = text
    return bytes(sent.SerializeToString())


def test_otlp_is_answered_in_the_coding_it_came_in(collect: Collect) -> None:
    protobuf = "application/x-protobuf"
    status, body, headers = otlp(
        collect, gzip.compress(logs_request("a", "b")), protobuf, Content_Encoding="gzip"
    )
    assert (status, body, headers["content-type"]) == (200, b"", protobuf)
    as_json = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": "c"}}]}]}]}
    status, body, headers = otlp(collect, json.dumps(as_json).encode(), "application/json")
    assert (status, json.loads(body), headers["content-type"]) == (200, {}, "application/json")
    assert [json.loads(raw)["body"] for raw in raws(collect)] == ["a", "b", "c"]
    broken = logs_request("good", "xxxx").replace(b"\x0a\x04xxxx", b"\x0a\x7fxxxx")
    status, body, _ = otlp(collect, broken, protobuf)
    answer = service.ExportLogsServiceResponse.FromString(body)
    assert (status, answer.partial_success.rejected_log_records) == (200, 1)
    assert answer.partial_success.error_message
    assert [json.loads(raw)["body"] for raw in raws(collect)] == ["a", "b", "c", "good"]


def test_otlp_refusals_say_whether_to_send_again(collect: Collect) -> None:
    protobuf = "application/x-protobuf"
    status, body, headers = otlp(collect, b"no protobuf", protobuf)
    assert (status, headers["content-type"], body[:1]) == (400, protobuf, b"\x08")
    status, body, _ = otlp(collect, b"{", "application/json")
    assert (status, json.loads(body)["code"]) == (400, 3)
    assert otlp(collect, b"", "text/plain")[0] == 415
    assert otlp(collect, b"", protobuf, Authorization="Bearer wrong")[0] == 401
    assert (
        otlp(collect, gzip.compress(bytes(90_000_000)), protobuf, Content_Encoding="gzip")[0] == 413
    )
    assert raws(collect) == []


def test_gelf_by_http_is_taken_with_202(collect: Collect) -> None:
    message = b'{"version":"1.1","host":"pc","short_message":"a","_x":1}'
    for authorization in ("Bearer token-aoi", "Basic eDp0b2tlbi1hb2k="):
        answer = collect.ask("POST", "/gelf", message, Authorization=authorization)
        assert answer[:2] == (202, b"")
    assert collect.ask("POST", "/gelf", message)[0] == 401
    assert raws(collect) == [message, message]
