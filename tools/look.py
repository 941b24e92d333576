"""Photographs every screen at 390 and 1280 px, for people to look at: `look.py FOLDER [NAME …]`.

Makes its own data folder with something on every screen; needs Chromium.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import sync_playwright
from tests.e2e.stage import CHROMIUM, Screen, Stage, sign_in, staged

WIDTHS = {"390": (390, 844), "1280": (1280, 900)}


def main(argv: list[str]) -> int:
    """Write FOLDER/<name>-<width>.png for every screen, or only for those named."""
    folder, only = Path(argv[0]), set(argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, staged(Path(data) / "data") as stage:
        chosen = [screen for screen in stage.screens if not only or screen.name in only]
        _photograph(stage, chosen, folder)
    return 0


def _photograph(stage: Stage, screens: list[Screen], folder: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        for name, (width, height) in WIDTHS.items():
            for screen in screens:
                context = browser.new_context(
                    viewport={"width": width, "height": height}, locale="ja-JP"
                )
                sign_in(context, stage, screen)
                page = context.new_page()
                page.goto(stage.address + screen.path)
                page.screenshot(path=folder / f"{screen.name}-{name}.png", full_page=True)
                context.close()
        browser.close()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:] or ["build/look"]))
