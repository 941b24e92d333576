"""What every answer carries, which proxy is believed, and the keys beside the data."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from hinomi.core.errors import StartRefused
from hinomi.portal.access.keys import make, read_or_draw
from hinomi.portal.access.proxy import ProxyMiddleware
from hinomi.portal.accounts.links import make_link, path_of
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from pathlib import Path

    from django.http import HttpRequest
    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.town import Town


def test_every_answer_forbids_what_is_not_ours(town: Town) -> None:
    client = sign_in(town.people["owner", "own"])
    for url in ("/accounts/sign-in/", "/sources/", "/no-such-page/", "/queue/"):
        headers = client.get(url).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "private" in headers["Cache-Control"]
        assert "HX-Request" in headers["Vary"]


@pytest.mark.parametrize("url", ["/home/", "/incidents/", "/sources/", "/accounts/sign-in/"])
def test_every_page_answers_head_as_it_answers_get(town: Town, url: str) -> None:
    client = sign_in(town.people["owner", "own"])
    head, page = client.head(url), client.get(url)
    assert (head.status_code, head.content) == (page.status_code, b"")


def test_session_cookies_cannot_be_read_by_scripts(town: Town) -> None:
    link = path_of(make_link(mail=town.people["owner", "own"].email))
    client = Client()
    client.get("/accounts/sign-in/")
    client.post(f"/{link}")
    for name in ("session", "csrf"):
        assert client.cookies[name]["httponly"]
        assert client.cookies[name]["samesite"] == "Lax"


def test_a_form_without_our_token_is_refused_and_says_what_to_do(town: Town) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/accounts/sign-in/", {"email": "a@example.jp"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("peer", "told", "address"),
    [
        ("192.0.2.1", "198.51.100.7", "198.51.100.7"),
        ("192.0.2.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),  # the first is anybody's word
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.66", "198.51.100.7", "192.0.2.66"),  # not our proxy
    ],
)
def test_only_the_named_proxy_is_believed(
    settings: SettingsWrapper, peer: str, told: str, address: str
) -> None:
    settings.BEHIND_PROXY = "192.0.2.1"
    seen: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    headers = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_PROTO": "https"}
    if told:
        headers["HTTP_X_FORWARDED_FOR"] = told
    ProxyMiddleware(view)(RequestFactory().get("/", **headers))
    assert seen[0].META["REMOTE_ADDR"] == address
    assert seen[0].is_secure() == (peer == "192.0.2.1")
    assert "HTTP_X_FORWARDED_FOR" not in seen[0].META


def test_without_a_named_proxy_nobody_is_believed() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.META["REMOTE_ADDR"])

    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR="198.51.100.7")
    assert ProxyMiddleware(view)(request).content == b"127.0.0.1"  # type: ignore[attr-defined]


def test_a_key_is_made_once_and_only_the_owner_reads_it(tmp_path: Path) -> None:
    first = make(tmp_path, name="django")
    assert make(tmp_path, name="django") == first == read_or_draw(tmp_path, name="django")
    path = tmp_path / "keys" / "django.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["django.key"]


def test_without_a_data_folder_a_key_is_drawn_and_nothing_written(tmp_path: Path) -> None:
    folder = tmp_path / "not-there"
    assert len(read_or_draw(folder, name="django")) == 32
    assert not folder.exists()


def test_a_cut_key_is_told_not_used(tmp_path: Path) -> None:
    make(tmp_path, name="django")
    (tmp_path / "keys" / "django.key").write_bytes(b"short")
    with pytest.raises(StartRefused):
        make(tmp_path, name="django")
