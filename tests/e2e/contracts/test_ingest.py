"""HTTP ingest as a stranger would test it: only the address, the token and `events list`."""

from __future__ import annotations

import gzip
import json
import socket
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.e2e.contracts.tower import answered, read_all

if TYPE_CHECKING:
    from tests.e2e.contracts.conftest import Street
    from tests.e2e.contracts.tower import Source, Tower

pytestmark = [pytest.mark.journey, pytest.mark.sockets]
NDJSON = "application/x-ndjson"
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def source(street: Street) -> Source:
    """A source whose records nobody counts; a test that counts adds one of its own."""
    return street.tower.source(street.aoi, "http", "受け口の検査")


@pytest.fixture(scope="module")
def listed(street: Street) -> Listed:
    """A company whose records are counted."""
    company = street.tower.organisation("数える会社")
    return Listed(street.tower, street.tower.source(company, "http"))


class Listed:
    """Sends, and tells which of its records `events list` shows."""

    def __init__(self, tower: Tower, source: Source) -> None:
        self.tower = tower
        self.source = source

    def originals(self, containing: str, *, at_least: int) -> list[str]:
        """`event.original` of the records with these letters in them."""
        deadline = time.monotonic() + 10
        while True:
            rows = self.tower.events(self.source.organisation)
            found = [r["event.original"] for r in rows if containing in r["event.original"]]
            if len(found) >= at_least or time.monotonic() > deadline:
                return found
            time.sleep(0.2)


def test_every_kind_of_body_becomes_its_records(listed: Listed) -> None:
    bodies = [
        (b'{"mark":"kinds","n":1}\n{"mark":"kinds","n":2}', NDJSON),
        (b' [ {"mark":"kinds","n":3} , {"mark":"kinds","n":"]"} ] ', "application/json"),
        (b'{\n "mark": "kinds",\n "n": 5\n}\n', "application/json"),
        (b"kinds six\r\nkinds seven\r\n\r\n", "text/plain; charset=utf-8"),
        (b'{"mark":"kinds","n":8', NDJSON),
        (b"kinds nine, no json", NDJSON),
    ]
    counts = [
        listed.tower.post(body, listed.source.token, Content_Type=kind).json["accepted"]
        for body, kind in bodies
    ]
    assert counts == [2, 2, 1, 2, 1, 1]
    found = listed.originals("kinds", at_least=9)
    assert sorted(found) == sorted(
        [
            '{"mark":"kinds","n":1}',
            '{"mark":"kinds","n":2}',
            '{"mark":"kinds","n":3}',
            '{"mark":"kinds","n":"]"}',
            '{\n "mark": "kinds",\n "n": 5\n}',
            "kinds six",
            "kinds seven",
            '{"mark":"kinds","n":8',
            "kinds nine, no json",
        ]
    )


def test_records_no_decoder_likes_are_listed_as_valid_utf8(listed: Listed) -> None:
    lines = [
        b"odd \xff\xfe\x80 bytes",
        b"odd nul \x00 inside",
        "odd 日本語の行".encode("cp932"),
        b"odd long " + b"x" * 900_000,
        b"odd \x1b[31mred\x1b[0m =HYPERLINK(1) <script>alert(1)</script>",
    ]
    sent = listed.tower.post(b"\n".join(lines), listed.source.token)
    assert (sent.status, sent.json) == (200, {"accepted": 5})
    found = listed.originals("odd", at_least=5)
    assert len(found) == 5
    assert "odd nul \x00 inside" in found
    assert any("日本語の行" in each for each in found)
    assert max(map(len, found)) == 900_009


def test_a_line_of_ten_megabytes_is_kept_cut_and_the_next_one_whole(listed: Listed) -> None:
    body = b"huge " + b"y" * 10 * MIB + b"\nhuge but short"
    assert listed.tower.post(body, listed.source.token).json == {"accepted": 2}
    found = listed.originals("huge", at_least=2)
    assert sorted(len(each) for each in found) == [14, MIB]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content_Encoding": "gzip"}, gzip.compress(b"one"), 200),
        ({"Content_Encoding": "GZIP"}, gzip.compress(b"one") + gzip.compress(b"\ntwo"), 200),
        ({"Content_Encoding": "deflate"}, zlib.compress(b"one"), 200),
        ({"Content_Encoding": "gzip"}, gzip.compress(b"one two three")[:-9], 400),
        ({"Content_Encoding": "gzip"}, b"not compressed at all", 400),
        ({"Content_Encoding": "gzip"}, gzip.compress(b"\0" * 200 * MIB, 6), 413),
        ({"Content_Encoding": "br"}, b"one", 415),
        ({"Content_Type": "image/png"}, b"one", 415),
        ({}, b"z" * 17 * MIB, 413),
        ({"Idempotency_Key": "k" * 300}, b"one", 400),
        ({}, b"", 200),
        ({}, b"\n\n \r\n", 200),
    ],
    ids=[
        "gzip",
        "two-members",
        "deflate",
        "cut-gzip",
        "no-gzip",
        "bomb",
        "brotli",
        "picture",
        "too-large",
        "long-key",
        "empty",
        "blank-lines",
    ],
)
def test_each_body_gets_the_status_of_the_contract(
    tower: Tower, source: Source, headers: dict[str, str], body: bytes, status: int
) -> None:
    got = tower.post(body, source.token, **headers)
    assert got.status == status
    assert ("accepted" if status == 200 else "error") in got.json


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer nobody", "Basic TOKEN", "TOKEN", "Bearer TOKENx", "Bearer TOKEN TOKEN"],
)
def test_only_the_bearer_token_of_a_source_opens(
    tower: Tower, source: Source, authorization: str
) -> None:
    given = authorization.replace("TOKEN", source.token)
    got = tower.post(b"never", source.token, Authorization=given)
    assert got.status == 401
    assert got.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_only_post_is_offered(tower: Tower, source: Source, method: str) -> None:
    with closing(tower.connection()) as connection:
        headers = {"Authorization": f"Bearer {source.token}"}
        connection.request(method, "/ingest/v1/events", headers=headers)
        got = answered(connection)
    assert (got.status, got.headers["allow"]) == (405, "POST")


def test_a_key_gives_the_same_answer_and_adds_nothing(listed: Listed) -> None:
    def send(body: bytes, key: str = "batch-1", **more: str) -> tuple[int, bytes]:
        got = listed.tower.post(body, listed.source.token, Idempotency_Key=key, **more)
        return got.status, got.body

    first = send(b"keyed one\nkeyed two")
    assert first == (200, b'{"accepted": 2}')
    assert send(b"keyed one\nkeyed two") == first
    assert send(gzip.compress(b"keyed one\nkeyed two"), Content_Encoding="gzip") == first
    assert send(b"keyed another")[0] == 422
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda _: send(b"keyed at once", "batch-2"), range(8)))
    assert together == [(200, b'{"accepted": 1}')] * 8
    assert sorted(listed.originals("keyed", at_least=3)) == [
        "keyed at once",
        "keyed one",
        "keyed two",
    ]


def test_a_key_belongs_to_one_source(tower: Tower, street: Street, listed: Listed) -> None:
    other = tower.source(street.fumi, "http", "同じ鍵")
    for each in (listed.source, other):
        assert tower.post(b"shared key", each.token, Idempotency_Key="same").status == 200
    assert listed.originals("shared key", at_least=1) == ["shared key"]
    rows = tower.events(street.fumi, at_least=1)
    assert [r["event.original"] for r in rows if "shared key" in r["event.original"]] == [
        "shared key"
    ]


def test_chunks_expectations_and_pipelines_are_read(tower: Tower, source: Source) -> None:
    head = f"POST /ingest/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {source.token}\r\n"
    plain = head + "Content-Type: text/plain\r\n"
    chunked = plain + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    got = tower.raw_http(chunked.encode() + b"3\r\none\r\n4\r\n\ntwo\r\n0\r\n\r\n")
    assert got.endswith(b'{"accepted": 2}')

    once = (plain + "Content-Length: 3\r\n\r\n").encode() + b"one"
    last = (plain + "Content-Length: 3\r\nConnection: close\r\n\r\n").encode() + b"two"
    assert tower.raw_http(once + once + last).count(b'{"accepted": 1}') == 3

    url = urlsplit(tower.endpoints["ingest"])
    with socket.create_connection((str(url.hostname), int(url.port or 0)), 10) as sock:
        asked = "Content-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
        sock.sendall((plain + asked).encode())
        assert b"100" in sock.recv(100)
        sock.sendall(b"one")
        assert read_all(sock).endswith(b'{"accepted": 1}')


def test_slow_and_silent_clients_do_not_keep_others_waiting(tower: Tower, source: Source) -> None:
    url = urlsplit(tower.endpoints["ingest"])
    address = (str(url.hostname), int(url.port or 0))
    crowd = [socket.create_connection(address, 10) for _ in range(200)]
    try:
        for number, sock in enumerate(crowd):
            if number % 2:
                sock.sendall(b"POST /ingest/v1/events HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        started = time.monotonic()
        assert tower.post(b"patient", source.token).status == 200
        assert time.monotonic() - started < 2
    finally:
        for sock in crowd:
            sock.close()


@pytest.mark.parametrize(
    "wire",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /ingest/v1/events HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST /ingest/v1/events HTTP/1.1\r\nContent-Length: 3\r\n%s\r\n\r\n0\r\n\r\n"
        % b"Transfer-Encoding: chunked",
        b"\r\n" * 50 + b"\0\xff" * 50,
        b"POST /ingest/v1/events HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000,
    ],
    ids=["tls", "version", "negative", "smuggled", "noise", "long-head"],
)
def test_broken_requests_hurt_nobody_else(tower: Tower, source: Source, wire: bytes) -> None:
    try:
        got = tower.raw_http(wire, half_close=True)
    except OSError:  # a reset is an answer too
        got = b""
    assert b"HTTP/1.1 2" not in got
    assert tower.post(b"still here", source.token).status == 200


def test_a_refusal_says_what_to_do_and_repeats_no_token(tower: Tower) -> None:
    got = tower.post(b"x", "hnm_secret-looking-thing")
    assert got.json["advice"]
    assert b"secret-looking" not in got.body
    assert json.loads(got.body)["error"] == "unknown_token"
