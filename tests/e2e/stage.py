"""The portal as visitors meet it: a data folder with something on every screen (built by a child
process, see scenery) and the real web process in front of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext

ROOT = Path(__file__).parents[2]
# The shell draws the same pages with a quarter of the processor.
_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM = next(filter(None, map(shutil.which, _BROWSERS)), None)
PHONE = "03-1234-5678"


@dataclass(frozen=True)
class Screen:
    """One page as one person sees it; `session` "" means nobody signed in."""

    name: str
    path: str
    session: str
    status: int


@dataclass(frozen=True)
class Stage:
    """A running portal. `sessions` are session keys by person."""

    address: str
    screens: tuple[Screen, ...]
    sessions: dict[str, str]

    def screen(self, name: str) -> Screen:
        """The screen of that name."""
        return next(screen for screen in self.screens if screen.name == name)


@contextmanager
def staged(data: Path) -> Iterator[Stage]:
    """Build the scenery in `data` and serve it until the block ends."""
    data.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "HINOMI_DATA": str(data), "HINOMI_PHONE": PHONE}
    environment["PYTHONPATH"] = f"{ROOT}{os.pathsep}{ROOT / 'src'}"
    told = subprocess.run(
        [sys.executable, "-m", "tests.e2e.scenery"],
        env=environment,
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    plan = json.loads(told.stdout)
    port = free_port()
    command = [sys.executable, "-m", "hinomi.portal.manage", "web", "--data", str(data)]
    with (data / "web.log").open("w") as log:
        web = subprocess.Popen(
            [*command, "--port", str(port)], env=environment, cwd=ROOT, stderr=log, stdout=log
        )
    try:
        _wait_for(data / "run" / "web.json", web)
        screens = tuple(Screen(**screen) for screen in plan["screens"])
        yield Stage(f"http://127.0.0.1:{port}", screens, plan["sessions"])
    finally:
        web.terminate()
        web.wait(timeout=20)


def sign_in(context: BrowserContext, stage: Stage, screen: Screen) -> None:
    """Give the browser the session of the screen's person, if it has one."""
    if screen.session:
        context.add_cookies([{"name": "session", "value": screen.session, "url": stage.address}])


def _wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if path.exists():
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError("the web process did not become ready")
