"""TAXII 2.1 against a real server on loopback: discovery, paging, cursor, accounts, bad servers."""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from hinomi.cli.main import main
from hinomi.core.indicators import Trouble
from hinomi.store.intel import open_intel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = 2
TYPE = "application/taxii+json;version=2.1"


@dataclass
class Library:
    """What the server serves, and what it was asked."""

    objects: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    authorization: str = ""
    asked: list[str] = field(default_factory=list)
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    url: str = ""

    def add(self, value: str, *, at: str, **more: object) -> None:
        one = {"type": "indicator", "id": f"indicator--{value}", "pattern_type": "stix",
               "pattern": f"[domain-name:value = '{value}']"}  # fmt: skip
        self.objects.append((at, one | more))

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        parts, query = urlsplit(path), parse_qs(urlsplit(path).query)
        if parts.path in self.answers:
            return self.answers[parts.path]
        if parts.path == "/taxii2/":
            return _json({"title": "x", "api_roots": ["/api1/", "https://other.example/api/"]})
        if parts.path == "/api1/":
            return _json({"title": "root", "versions": [TYPE], "max_content_length": 1})
        if parts.path == "/api1/collections/":
            return _json(
                {"collections": [
                    {"id": "c-1", "title": "Indicators", "alias": "iocs", "can_read": True},
                    {"id": "c-2", "title": "Secret", "can_read": False},
                ]}
            )  # fmt: skip
        if parts.path == "/api1/collections/c-1/objects/":
            return self._page(query)
        return 404, {}, b""

    def _page(self, query: dict[str, list[str]]) -> tuple[int, dict[str, str], bytes]:
        after = query.get("added_after", [""])[0]
        start = int(query.get("next", ["0"])[0])
        fresh = [pair for pair in self.objects if pair[0] > after]
        page = fresh[start : start + PAGE]
        tree: dict[str, object] = {"objects": [one for _, one in page]}
        if start + PAGE < len(fresh):
            tree |= {"more": True, "next": str(start + PAGE)}
        last = {"X-TAXII-Date-Added-Last": page[-1][0]} if page else {}
        return 200, {"Content-Type": TYPE, **last}, json.dumps(tree).encode()


def _json(tree: object) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": TYPE}, json.dumps(tree).encode()


@pytest.fixture
def library() -> Iterator[Library]:
    found = Library()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            allowed = self.headers.get("Authorization", "") == found.authorization
            status, headers, body = found.answer(self.path) if allowed else (401, {}, b"")
            assert "taxii" not in self.path or self.headers["Accept"] == TYPE
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


def values(data: Path) -> list[str]:
    from datetime import UTC, datetime

    with open_intel(data) as store:
        return [one.value for one in store.in_use(now=datetime.now(UTC))]


def pull(data: Path, *arguments: str) -> int:
    return main(["intel", "pull", *arguments, "--data", str(data)])


def test_pages_are_followed_and_the_next_pull_begins_behind_them(
    library: Library, tmp_path: Path
) -> None:
    for number in range(5):
        library.add(f"a{number}.example", at=f"2026-11-0{number + 1}T00:00:00.000001Z")
    assert pull(tmp_path, f"{library.url}/taxii2", "--source", "isac") == 0
    assert values(tmp_path) == [f"a{n}.example" for n in range(5)]
    assert sum("/objects/" in path for path in library.asked) == 3
    library.asked.clear()
    library.add("new.example", at="2026-11-09T00:00:00Z")
    library.add("a0.example", at="2026-11-09T00:00:01Z", revoked=True)
    assert pull(tmp_path) == 0
    assert values(tmp_path) == [*(f"a{n}.example" for n in range(1, 5)), "new.example"]
    (question,) = [path for path in library.asked if "/objects/" in path]
    assert "added_after=2026-11-05T00%3A00%3A00.000001Z" in question


def test_an_account_is_shown_to_its_own_server_and_never_stored(
    library: Library, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("pa:ss\n")
    library.authorization = "Basic " + base64.b64encode(b"mori:pa:ss").decode()
    library.add("a.example", at="2026-11-01T00:00:00Z")
    account = ("--user", "mori", "--secret-file", str(secret), "--collection", "iocs")
    data = tmp_path / "data"
    assert pull(data, f"{library.url}/taxii2/", "--source", "isac", *account) == 0
    assert b"pa:ss" not in (data / "intel.sqlite").read_bytes()
    library.authorization = "Bearer tok"
    secret.write_text("tok")
    token = ("--secret-file", str(secret))
    assert pull(data, f"{library.url}/api1/", "--source", "other", *token) == 0


def test_a_refused_account_is_told_and_what_was_pulled_stays(
    library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library.add("a.example", at="2026-11-01T00:00:00Z")
    pull(tmp_path, f"{library.url}/taxii2/", "--source", "isac")
    library.authorization = "Bearer other"
    assert pull(tmp_path) == 1
    assert "401" in capsys.readouterr().err
    assert values(tmp_path) == ["a.example"]
    with open_intel(tmp_path) as store:
        assert "401" in store.sources()[0].last_fault
        assert store.sources()[0].last_trouble == Trouble.REFUSED


@pytest.mark.parametrize(
    ("path", "answer", "word"),
    [
        ("/taxii2/", (200, {}, b"<html>"), "not JSON"),
        ("/taxii2/", (200, {}, b"[]"), "not TAXII"),
        ("/taxii2/", (302, {"Location": "/taxii2/"}, b""), "redirects"),
        ("/api1/collections/", (200, {}, b'{"collections": 5}'), "No collection"),
        ("/api1/collections/", (500, {}, b""), "500"),
        ("/api1/collections/c-1/objects/", (200, {}, b'{"more": true, "next": "x"}'), "repeats"),
    ],
    ids=range(6),
)
def test_a_server_that_answers_nonsense_is_named(
    library: Library,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    path: str,
    answer: tuple[int, dict[str, str], bytes],
    word: str,
) -> None:
    library.answers[path] = answer
    assert pull(tmp_path, f"{library.url}/taxii2/", "--source", "isac") in (1, 2)
    assert word in capsys.readouterr().err
    assert values(tmp_path) == []


def test_a_list_behind_a_web_address_is_pulled_again_as_a_whole(
    library: Library, tmp_path: Path
) -> None:
    library.answers["/list.txt"] = (200, {}, b"a.example\nb.example\n")
    address = f"{library.url}/list.txt?key=secret"
    assert (
        main(["intel", "import", address, "--source", "l", "--replace", "--data", str(tmp_path)])
        == 0
    )
    library.answers["/list.txt"] = (200, {}, b"b.example\nc.example\n")
    assert pull(tmp_path, "--source", "l") == 0
    assert values(tmp_path) == ["b.example", "c.example"]


def test_a_key_in_an_address_is_not_repeated_in_messages(
    library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(
        [
            "intel",
            "import",
            f"{library.url}/gone?key=hush",
            "--source",
            "l",
            "--data",
            str(tmp_path),
        ]
    )
    said = capsys.readouterr().err
    assert "404" in said
    assert "hush" not in said
