"""First paint of what a frightened person opens, on a slow phone: a processor six times slower,
1.6 Mbit/s, 150 ms (ux.md §5.2).

Each page is loaded with an empty cache in headless Chromium, beside a bare page of the same server
that has one line and no style: their ratio says what our pages cost, whatever this machine's speed.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from tests.e2e.stage import Screen, Stage

SAYS = "first paint of the customers' and the desk's pages on a slow phone"
TAKES = ("repeat",)
BUDGET_MS = {
    "home-ask": 1000,
    "incident-now": 1000,
    "help": 1000,
    "help-received": 1000,
    "genuine": 1000,
    "now": 1800,
    "queue": 1800,
    "case": 1800,
}
_BARE = "/api/v1/"  # a problem in JSON: the server answers, and there is nothing to lay out
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
_SLOW = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 // 8,
    "uploadThroughput": 1_600_000 // 8,
}


def run(repeat: int = 5) -> dict[str, Any]:
    """Medians in ms and as a multiple of the bare page; `is_missed` when one is over its budget."""
    from playwright.sync_api import sync_playwright
    from tests.e2e.stage import CHROMIUM, staged

    with (
        tempfile.TemporaryDirectory(prefix="hinomi-paint-") as folder,
        staged(Path(folder) / "data") as stage,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        bare = _median(browser, stage, None, repeat=repeat)
        pages = {
            name: _median(browser, stage, stage.screen(name), repeat=repeat) for name in BUDGET_MS
        }
        browser.close()
    return {
        "repeat": repeat,
        "bare_ms": bare,
        "pages": [
            {
                "page": name,
                "ms": ms,
                "times_bare": round(ms / bare, 2),
                "budget_ms": BUDGET_MS[name],
            }
            for name, ms in pages.items()
        ],
        "is_missed": any(ms > BUDGET_MS[name] for name, ms in pages.items()),
    }


def _median(browser: Browser, stage: Stage, screen: Screen | None, *, repeat: int) -> float:
    return round(statistics.median(_once(browser, stage, screen) for _ in range(repeat)))


def _once(browser: Browser, stage: Stage, screen: Screen | None) -> float:
    from tests.e2e.stage import sign_in

    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="ja-JP")
    if screen is not None:
        sign_in(context, stage, screen)
    page = context.new_page()
    developer = context.new_cdp_session(page)
    developer.send("Network.enable")
    developer.send("Network.emulateNetworkConditions", _SLOW)
    developer.send("Emulation.setCPUThrottlingRate", {"rate": 6})
    page.goto(stage.address + (screen.path if screen else _BARE), wait_until="load")
    page.wait_for_function(f"({_PAINT}) > 0")
    painted = float(page.evaluate(_PAINT))
    context.close()
    return painted
