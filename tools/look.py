"""Photographs every screen at 390 and 1280 px, for people to look at: `look.py FOLDER [NAME …]`.

Makes its own data folder with something on every screen; needs Chromium.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
WIDTHS = {"390": (390, 844), "1280": (1280, 900)}


def main(argv: list[str]) -> int:
    """Write FOLDER/<name>-<width>.png for every screen, or only for those named."""
    folder, only = Path(argv[0]), set(argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        _prepare(Path(data))
        _photograph(folder, only)
    return 0


def _prepare(data: Path) -> None:
    os.environ["HINOMI_DATA"] = str(data)
    os.environ["HINOMI_PHONE"] = "03-1234-5678"
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright's own loop runs in this thread
    os.environ["DJANGO_SETTINGS_MODULE"] = "hinomi.portal.settings"
    from hinomi.portal.access.keys import make

    for name in ("django", "sources", "second-factor"):
        make(data, name=name)
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _photograph(folder: Path, only: set[str]) -> None:
    from playwright.sync_api import sync_playwright
    from tests.e2e.browsing import CHROMIUM, screens, serve, session_cookie
    from tests.e2e.scenery import build

    scenery = build()
    with serve() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        for screen in screens(scenery):
            if only and screen.name not in only:
                continue
            for width, (x, y) in WIDTHS.items():
                context = browser.new_context(
                    viewport={"width": x, "height": y}, locale="ja-JP", device_scale_factor=1
                )
                if screen.user is not None:
                    context.add_cookies([session_cookie(screen.user, address)])
                page = context.new_page()
                page.goto(address + screen.path)
                page.screenshot(path=folder / f"{screen.name}-{width}.png", full_page=True)
                context.close()
        browser.close()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:] or ["build/look"]))
