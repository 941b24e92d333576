"""A customer signs in through the real web process: form, mail by SMTP, code, home page."""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING

import pytest

from hinomi.rehearse.mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.client import HTTPResponse
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.sockets]
PORTAL = [sys.executable, "-m", "hinomi.portal.manage"]


class Browser:
    """Cookies, forms with their token, redirects: what a person's browser does."""

    def __init__(self, base: str) -> None:
        self._base = base
        jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def submit(self, path: str, **fields: str) -> HTTPResponse:
        """Open the page at `path` and send its form."""
        with self._opener.open(self._base + path) as page:
            token = re.search(r'csrfmiddlewaretoken" value="([^"]+)', page.read().decode())
        assert token, f"{path} has no form"
        body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token[1]}).encode()
        headers = {"Referer": self._base + path}
        request = urllib.request.Request(self._base + path, data=body, headers=headers)
        answer: HTTPResponse = self._opener.open(request)
        return answer


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server on loopback that keeps what it gets."""
    with Mailbox() as box:
        yield box


@pytest.fixture
def base(tmp_path: Path, mailbox: Mailbox) -> Iterator[str]:
    """The web process on a new data folder with one company and its owner; its address."""
    environment = {**os.environ, "HINOMI_SMTP": mailbox.smtp_url, "HINOMI_DATA": str(tmp_path)}

    def command(*words: str) -> dict[str, str]:
        done = subprocess.run(
            [*PORTAL, *words, "--format", "json"],
            env=environment,
            stdout=subprocess.PIPE,
            check=True,
        )
        answer: dict[str, str] = json.loads(done.stdout)
        return answer

    company = command("organisation", "add", "青葉工務店")["id"]
    command("user", "add", "aoi@aoba.example", "--organisation", company, "--role", "owner")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([*PORTAL, "web", "--port", str(port)], env=environment)
    try:
        _wait_for(tmp_path / "run" / "web.json")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0


def test_a_customer_signs_in_with_the_code_from_the_mail(base: str, mailbox: Mailbox) -> None:
    browser = Browser(base)
    browser.submit("/accounts/sign-in/", email="aoi@aoba.example")
    deadline = time.monotonic() + 10
    while not mailbox.mails and time.monotonic() < deadline:
        time.sleep(0.05)
    (caught,) = mailbox.mails
    assert caught.recipients == ("aoi@aoba.example",)
    code = re.search(r"\d{6}", caught.text)
    assert code
    with browser.submit("/accounts/sign-in/code/", code=code[0], action="verify") as home:
        assert "青葉工務店" in home.read().decode()


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, "the web process did not get ready"
        time.sleep(0.05)
