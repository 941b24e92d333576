"""One staged portal and one Chromium for all browser tests.

They end with the last test of this folder: Playwright keeps an event loop open in its thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from tests.e2e.stage import CHROMIUM, Screen, Stage, sign_in, staged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext

    Open = Callable[..., BrowserContext]


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The portal with something on every screen."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium: `make programs` installs it when root")
    with staged(tmp_path_factory.mktemp("stage") / "data") as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium: `make programs` installs it when root")
    with sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=CHROMIUM)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(stage: Stage, browser: Browser) -> Iterator[Open]:
    """Gives a fresh browser context in which the screen's person is signed in."""
    opened: list[BrowserContext] = []

    def open_as(screen: Screen, *, width: int = 390, **options: object) -> BrowserContext:
        context = browser.new_context(
            viewport={"width": width, "height": 844},
            locale="ja-JP",
            **options,  # type: ignore[arg-type]
        )
        sign_in(context, stage, screen)
        opened.append(context)
        return context

    yield open_as
    for context in opened:
        context.close()
