"""`POST /ingest/v1/events` against the real process: what is answered, and what is then on disk."""

from __future__ import annotations

import gzip
import http.client
import json
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from hinomi.core.words import SetAsideReason
from hinomi.store.unknown import UnknownLine, UnknownStore

if TYPE_CHECKING:
    from tests.collect.conftest import Collect

pytestmark = pytest.mark.sockets


def raws(collect: Collect) -> list[bytes]:
    return [record.raw for record in collect.records()]


def test_what_was_answered_is_in_the_log_with_its_source(collect: Collect) -> None:
    status, answer, _ = collect.post(b'{"a":1}\n{"b":2}\nno json\n', Content_Type="text/plain")
    assert (status, answer) == (200, {"accepted": 3})
    records = collect.records()
    assert [record.raw for record in records] == [b'{"a":1}', b'{"b":2}', b"no json"]
    assert {(r.organisation, r.source, r.kind) for r in records} == {
        ("org_aoi", "aoi_token", "auto")
    }
    assert len({record.event_id for record in records}) == 3
    assert records[0].peer.startswith("127.0.0.1:")


@pytest.mark.parametrize(
    ("body", "headers", "count"),
    [
        (b'[{"a":1},{"b":2}]', {"Content_Type": "application/json"}, 2),
        (b'{"a":1}\n{"b":2}\n', {"Content_Type": "application/x-ndjson; charset=utf-8"}, 2),
        (gzip.compress(b'{"a":1}\n' * 3, mtime=0), {"Content_Encoding": "gzip"}, 3),
        (b"one\ntwo\n\nthree", {"Content_Type": "text/plain"}, 3),
        (b"", {}, 0),
        (b'{"records":[{"a":1},{"b":2},17]}', {"Content_Type": "application/json"}, 3),
        (b'{\n "@odata.context": "x",\n "value": [{"a":1}, {"b":2}]\n}\n', {}, 2),
        (b'{"Records":[{"a":1}]}\n{"Records":[{"b":2}]}\n', {}, 2),
        (b'{"records":[{"a":1},{"b":2}]}', {"Content_Type": "text/plain"}, 1),
    ],
    ids=["json", "ndjson", "gzip", "text", "empty", "azure", "graph", "aws", "text says a line"],
)
def test_each_body_we_promise_to_read_is_read(
    collect: Collect, body: bytes, headers: dict[str, str], count: int
) -> None:
    assert collect.post(body, **headers)[:2] == (200, {"accepted": count})
    assert len(raws(collect)) == count


def test_companies_with_tokens_behind_one_address_stay_apart(collect: Collect) -> None:
    def send(token: str) -> None:
        for number in range(20):
            assert collect.post(f"{token} {number}".encode(), token=token)[0] == 200

    threads = [threading.Thread(target=send, args=(t,)) for t in ("token-aoi", "token-fumi")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for record in collect.records(at_least=40):
        assert record.raw.decode().split()[0] == f"token-{record.organisation.removeprefix('org_')}"
    assert len(collect.records()) == 40


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer wrong", "Bearer token-aoi-and-more", "Basic token-aoi", "token-aoi"],
)
def test_without_the_right_token_nothing_is_kept(collect: Collect, authorization: str) -> None:
    status, answer, headers = collect.post(b"secret line", Authorization=authorization)
    assert (status, answer["error"]) == (401, "unknown_token")
    assert headers["www-authenticate"].startswith("Bearer")
    assert raws(collect) == []


def test_a_revoked_token_stops_and_a_new_one_works_within_five_seconds(collect: Collect) -> None:
    assert collect.post(b"before")[0] == 200
    collect.change(id="aoi_token", is_revoked=True)
    began = time.monotonic()
    while collect.post(b"after")[0] != 401:
        assert time.monotonic() - began < 5
        time.sleep(0.1)
    collect.change(id="aoi_token", is_revoked=False)
    began = time.monotonic()
    while collect.post(b"again")[0] != 200:
        assert time.monotonic() - began < 5
        time.sleep(0.1)
    assert raws(collect)[-1] == b"again"


def test_a_withdrawn_consent_stops_within_five_seconds_and_a_new_one_starts_again(
    collect: Collect,
) -> None:
    """The same token works again: nobody has to touch the device."""
    assert collect.post(b"before")[0] == 200
    collect.change(id="aoi_token", awaits_consent=True)
    began = time.monotonic()
    while collect.post(b"after")[0] != 401:
        assert time.monotonic() - began < 5
        time.sleep(0.1)
    kept = raws(collect)
    status, body = collect.post(b"withdrawn")[:2]
    assert status == 401
    assert body["error"] == "no_consent"
    assert "agreed" in str(body["message"])
    assert raws(collect) == kept
    collect.change(id="aoi_token", awaits_consent=False)
    began = time.monotonic()
    while collect.post(b"again")[0] != 200:
        assert time.monotonic() - began < 5
        time.sleep(0.1)
    assert raws(collect)[-1] == b"again"


def test_a_wrong_token_is_told_to_the_staff_without_the_body(collect: Collect) -> None:
    collect.post(b"secret line", token="wrong")
    deadline = time.monotonic() + 5
    lines: list[UnknownLine] = []
    while not lines and time.monotonic() < deadline:
        time.sleep(0.1)
        with closing(UnknownStore(collect.data)) as store:
            lines = store.lines(now=datetime.now(UTC))
    assert [(line.address, line.reason) for line in lines] == [("127.0.0.1", "unknown_token")]
    assert b"secret" not in lines[0].line


def test_a_repeat_with_its_key_gets_the_same_answer_and_is_kept_once(collect: Collect) -> None:
    first = collect.post(b"x\ny", Idempotency_Key="k1")
    assert first[:2] == collect.post(b"x\ny", Idempotency_Key="k1")[:2] == (200, {"accepted": 2})
    assert len(raws(collect)) == 2
    assert collect.post(b"x\ny", Idempotency_Key="k2")[0] == 200
    assert collect.post(b"x\ny", Idempotency_Key="k1", token="token-fumi")[0] == 200
    assert collect.post(b"x\ny")[0] == 200
    assert len(raws(collect)) == 8


def test_a_list_sent_again_with_its_key_is_kept_once_under_the_same_ids(collect: Collect) -> None:
    body = b'{"records":[' + b",".join(b'{"n":%d}' % n for n in range(300)) + b"]}"
    for _ in range(2):
        assert collect.post(body, Idempotency_Key="list-1")[:2] == (200, {"accepted": 300})
    records = collect.records(at_least=300)
    assert [record.raw for record in records] == [b'{"n":%d}' % n for n in range(300)]
    assert len({record.event_id for record in records}) == 300


def test_entries_that_are_no_records_say_so_in_the_log(collect: Collect) -> None:
    collect.post(b'{"value":[{"a":1},null,{"b":')
    assert [(record.raw, record.frame_fault) for record in collect.records(at_least=3)] == [
        (b'{"a":1}', None),
        (b"null", SetAsideReason.BROKEN_RECORD),
        (b'{"b":', SetAsideReason.BROKEN_FRAME),
    ]


def test_a_repeat_after_a_restart_still_gets_the_same_answer(collect: Collect) -> None:
    assert collect.post(b"x\ny", Idempotency_Key="k1")[0] == 200
    collect.kill()
    collect.start()
    assert collect.post(b"x\ny", Idempotency_Key="k1")[:2] == (200, {"accepted": 2})
    assert len(raws(collect)) == 2


def test_repeats_at_the_same_moment_are_kept_once(collect: Collect) -> None:
    answers: list[object] = []

    def send() -> None:
        answers.append(collect.post(b"x\ny", Idempotency_Key="k1")[:2])

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [(200, {"accepted": 2})] * 8
    assert len(raws(collect)) == 2


def test_a_key_used_for_another_body_is_refused_not_swallowed(collect: Collect) -> None:
    collect.post(b"x", Idempotency_Key="k1")
    status, answer, _ = collect.post(b"other", Idempotency_Key="k1")
    assert (status, answer["error"]) == (422, "idempotency_key_reused")
    assert raws(collect) == [b"x"]


def test_a_bomb_a_giant_and_a_lie_about_length_are_too_large(collect: Collect) -> None:
    bomb = gzip.compress(bytes(200_000_000))
    assert collect.post(bomb, Content_Encoding="gzip")[0] == 413
    assert collect.post(b"x" * 40_000_000)[0] == 413
    with closing(collect.connection()) as connection:
        connection.putrequest("POST", "/ingest/v1/events")
        connection.putheader("Authorization", "Bearer token-aoi")
        connection.putheader("Content-Length", str(10**15))
        connection.putheader("Expect", "100-continue")
        connection.endheaders()
        assert connection.getresponse().status == 413
    assert raws(collect) == []
    assert collect.post(b"still here")[0] == 200


def test_a_ten_megabyte_line_is_kept_up_to_the_cap_and_marked(collect: Collect) -> None:
    assert collect.post(b"x" * 10_000_000 + b"\nnext")[:2] == (200, {"accepted": 2})
    long, following = collect.records()
    assert long.frame_fault is SetAsideReason.TOO_LARGE
    assert set(long.raw) == {ord("x")}
    assert (following.raw, following.frame_fault) == (b"next", None)


def test_bad_bytes_are_kept_as_they_are(collect: Collect) -> None:
    lines = [b"\xff\xfe\x82\xa0", b"nul \0 nul", b"\x1b[31mred", b'{"a":"\xff"}', b"<b>=cmd|x</b>"]
    assert collect.post(b"\n".join(lines))[:2] == (200, {"accepted": 5})
    assert raws(collect) == lines


@pytest.mark.parametrize(
    ("headers", "status", "word"),
    [
        ({"Content_Encoding": "gzip"}, 400, "unreadable_body"),
        ({"Content_Encoding": "br"}, 415, "unsupported"),
        ({"Content_Type": "image/png"}, 415, "unsupported"),
        ({"Idempotency_Key": "k" * 256}, 400, "bad_idempotency_key"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(
    collect: Collect, headers: dict[str, str], status: int, word: str
) -> None:
    found, answer, _ = collect.post(b"line", **headers)
    assert (found, answer["error"]) == (status, word)
    assert answer["advice"]
    assert raws(collect) == []


def test_a_connection_is_kept_and_serves_many_requests(collect: Collect) -> None:
    with closing(collect.connection()) as connection:
        for number in range(30):
            headers = {"Authorization": "Bearer token-aoi"}
            connection.request("POST", "/ingest/v1/events", str(number).encode(), headers)
            response = connection.getresponse()
            assert (response.status, response.read()) == (200, b'{"accepted": 1}')
    assert raws(collect) == [str(number).encode() for number in range(30)]


def test_a_body_cut_off_by_the_client_keeps_nothing(collect: Collect) -> None:
    connection = collect.connection()
    connection.putrequest("POST", "/ingest/v1/events")
    connection.putheader("Authorization", "Bearer token-aoi")
    connection.putheader("Content-Length", "1000")
    connection.endheaders()
    connection.send(b"half a body\n")
    connection.close()
    assert collect.post(b"next")[0] == 200
    assert raws(collect) == [b"next"]


def test_other_paths_and_methods_say_so(collect: Collect) -> None:
    assert collect.get("/ingest/v1/events")[0] == 405
    assert collect.get("/nothing")[0] == 404


def test_health_readiness_and_metrics_answer(collect: Collect) -> None:
    collect.post(b"a\nb")
    assert collect.get("/healthz")[0] == 200
    status, ready = collect.get("/readyz")
    assert (status, json.loads(ready)["ready"]) == (200, True)
    status, metrics = collect.get("/metrics")
    assert "hinomi_collect_records_total 2" in metrics.splitlines()
    assert "aoi" not in metrics


@pytest.mark.crash
@pytest.mark.parametrize(
    ("point", "kept"),
    [
        ("collect:received", False),
        ("collect:before-commit", False),
        ("collect:after-commit-before-answer", True),
    ],
)
def test_a_kill_at_each_step_loses_nothing_answered_and_doubles_nothing(
    folder: Collect, point: str, kept: bool
) -> None:
    folder.start("--crash-at", f"{point}:3")
    for number in range(2):
        assert folder.post(f"line {number}".encode(), Idempotency_Key=str(number))[0] == 200
    with pytest.raises((OSError, http.client.HTTPException)):
        folder.post(b"line 2", Idempotency_Key="2")
    assert folder.process is not None
    assert folder.process.wait(10) == -9
    assert len(raws(folder)) == (3 if kept else 2)
    folder.start()
    for number in range(3):
        assert folder.post(f"line {number}".encode(), Idempotency_Key=str(number))[0] == 200
    assert raws(folder) == [b"line 0", b"line 1", b"line 2"]


@pytest.mark.crash
def test_everything_answered_before_kill_minus_nine_is_there(collect: Collect) -> None:
    answered: list[bytes] = []

    def send(name: int) -> None:
        number = 0
        while True:
            line = f"{name}-{number}".encode()
            try:
                if collect.post(line)[0] == 200:
                    answered.append(line)
            except (OSError, http.client.HTTPException):
                return
            number += 1

    threads = [threading.Thread(target=send, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.7)
    collect.kill()
    for thread in threads:
        thread.join()
    kept = raws(collect)
    assert len(answered) > 20
    assert set(answered) <= set(kept)
    assert len(kept) == len(set(kept))


def test_a_stop_keeps_what_was_answered_and_ends_cleanly(collect: Collect) -> None:
    with closing(collect.connection()) as idle:  # a kept connection must not hold it up
        idle.request("GET", "/healthz")
        idle.getresponse().read()
        collect.post(b"last")
        assert collect.stop() == 0
    assert raws(collect) == [b"last"]
    assert "Traceback" not in collect.log()
