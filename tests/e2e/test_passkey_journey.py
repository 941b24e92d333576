"""A real browser with a virtual finger: a passkey is added, the person signs out and comes in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.e2e.stage import PHONE, _wait_for
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

pytestmark = [pytest.mark.browser, pytest.mark.sockets]
PORTAL = [sys.executable, "-m", "hinomi.portal.manage"]
MAIL = "aoi@aoba.example"
# What a telephone with a finger on it says of itself.
TELEPHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Tower:
    """A portal on a new data folder with one company and its owner, at a name and not a number."""

    def __init__(self, data: Path) -> None:
        self._port = free_port()
        self.address = f"http://localhost:{self._port}"
        self._data = data
        self._environment = {
            **os.environ,
            "HINOMI_DATA": str(data),
            "HINOMI_PHONE": PHONE,
            "HINOMI_PUBLIC_URL": self.address,
        }

    def command(self, *words: str) -> dict[str, str]:
        """One of the portal's commands; what it answered."""
        done = subprocess.run(
            [*PORTAL, *words, "--format", "json"],
            env=self._environment,
            stdout=subprocess.PIPE,
            check=True,
        )
        answer: dict[str, str] = json.loads(done.stdout)
        return answer

    def start(self) -> subprocess.Popen[bytes]:
        """The web process, ready."""
        command = [*PORTAL, "web", "--port", str(self._port)]
        process = subprocess.Popen(command, env=self._environment)
        _wait_for(self._data / "run" / "web.json", process)
        return process


@pytest.fixture
def tower(tmp_path: Path) -> Iterator[Tower]:
    """Running, with 葵 of 青葉工務店."""
    tower = Tower(tmp_path)
    company = tower.command("organisation", "add", "青葉工務店")["id"]
    tower.command("user", "add", MAIL, "--organisation", company, "--role", "owner")
    process = tower.start()
    try:
        yield tower
    finally:
        process.terminate()
        process.wait(20)


def with_telephone(context: BrowserContext) -> tuple[Page, CDPSession, str]:
    """A page whose browser has an authenticator; the session and the id to ask it by."""
    page = context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    made = tools.send("WebAuthn.addVirtualAuthenticator", {"options": TELEPHONE})
    return page, tools, made["authenticatorId"]


def test_a_passkey_is_added_and_opens_the_door(tower: Tower, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="ja-JP")
    page, tools, telephone = with_telephone(context)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    page.goto(tower.command("user", "link", MAIL)["url"])
    page.goto(f"{tower.address}/account/")
    page.get_by_role("link", name="パスキーを見る").click()
    page.get_by_role("link", name="この端末のパスキーを加える").click()
    page.get_by_label("名前").fill("葵の電話")
    page.get_by_role("button", name="パスキーを加える").click()
    page.wait_for_url("**/account/passkeys/")
    assert page.get_by_text("葵の電話").is_visible()
    assert page.get_by_text("まだ使っていません").is_visible()
    held = tools.send("WebAuthn.getCredentials", {"authenticatorId": telephone})["credentials"]
    assert [each["rpId"] for each in held] == ["localhost"]

    page.goto(f"{tower.address}/account/passkeys/new/")
    page.get_by_label("名前").fill("もう一度")
    page.get_by_role("button", name="パスキーを加える").click()
    page.get_by_text("もう登録されています").wait_for()

    page.get_by_role("button", name="ログアウト").click()
    page.wait_for_url("**/accounts/sign-in/")
    page.get_by_role("button", name="パスキーで入る").click()
    page.wait_for_url(f"{tower.address}/home/")
    assert page.get_by_text("青葉工務店").first.is_visible()
    page.goto(f"{tower.address}/account/passkeys/")
    assert page.get_by_text("最後に使った日").is_visible()

    # The finger is not the right one: the page says so, and the mail's number is still there.
    page.get_by_role("button", name="ログアウト").click()
    page.wait_for_url("**/accounts/sign-in/")
    wrong = {"authenticatorId": telephone, "isUserVerified": False}
    tools.send("WebAuthn.setUserVerified", wrong)
    page.get_by_role("button", name="パスキーで入る").click()
    page.get_by_text("パスキーで入れませんでした").wait_for()
    assert page.get_by_role("button", name="番号を送る").is_enabled()
    assert said == []
    context.close()


def test_without_a_script_only_the_mail_s_number_is_offered(tower: Tower, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="ja-JP")
    page = context.new_page()
    page.goto(f"{tower.address}/accounts/sign-in/")
    assert page.get_by_role("button", name="番号を送る").is_visible()
    assert not page.get_by_role("button", name="パスキーで入る").is_visible()
    context.close()
