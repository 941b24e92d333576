"""The jobs people come for, in the fewest presses they may take (ux.md §5.1), with and without
JavaScript, and the budgets of §5.2 that no machine's speed can bend.

Speed itself is measured by `hinomi bench paint`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.e2e.stage import sign_in, staged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Locator, Page

    from tests.e2e.stage import Stage

    Come = Callable[..., "Visitor"]

pytestmark = [pytest.mark.browser, pytest.mark.sockets]

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
NUMBER = re.compile(r"[A-Z]-\d{4,}")
# §5.2, by what the page is for: requests, DOM nodes, bytes of JavaScript before compression, CLS.
BUDGETS = {
    "home-ask": (8, 300, 60_000, 0.02),
    "incident-now": (8, 300, 60_000, 0.02),
    "help": (8, 300, 60_000, 0.02),
    "help-received": (8, 300, 60_000, 0.02),
    "now": (15, 2500, 130_000, 0.05),
    "queue": (15, 2500, 130_000, 0.05),
    "case": (15, 2500, 130_000, 0.05),
    "call": (15, 2500, 130_000, 0.05),
}
SHIFTS = """new PerformanceObserver(list => list.getEntries().forEach(each => {
  if (!each.hadRecentInput) window.shifted = (window.shifted || 0) + each.value;
})).observe({type: 'layout-shift', buffered: true})"""


@pytest.fixture(scope="module")
def own_stage(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Stage]:
    """A portal of this module's own: what is pressed here, other tests must not find."""
    assert browser.is_connected()
    with staged(tmp_path_factory.mktemp("tasks") / "data") as running:
        yield running


@dataclass
class Visitor:
    """One person at a page; counts what they press. Typing is not pressing."""

    page: Page
    presses: int = 0

    def click(self, what: Locator) -> None:
        """One tap."""
        what.first.click()
        self.page.wait_for_load_state()
        self.presses += 1

    def key(self, name: str) -> None:
        """One key."""
        self.page.keyboard.press(name)
        self.page.wait_for_load_state()
        self.presses += 1

    @property
    def text(self) -> str:
        """What the page says."""
        return self.page.locator("main").inner_text()


@pytest.fixture
def come(own_stage: Stage, browser: Browser) -> Iterator[Come]:
    """Opens a screen as its person does, by one press on an icon or a bookmark."""
    opened: list[BrowserContext] = []

    def visitor(name: str, *, size: dict[str, int], **options: object) -> Visitor:
        context = browser.new_context(viewport=size, locale="ja-JP", **options)  # type: ignore[arg-type]
        opened.append(context)
        screen = own_stage.screen(name)
        sign_in(context, own_stage, screen)
        page = context.new_page()
        page.goto(own_stage.address + screen.path)
        return Visitor(page, presses=1)

    yield visitor
    for context in opened:
        context.close()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_t1_an_owner_does_what_is_asked_in_two_presses(come: Come, script: bool) -> None:
    owner = come("home-ask", size=PHONE, java_script_enabled=script)
    alert = owner.page.locator("article[data-level=now]").first
    assert alert.locator("ol.steps li").count() >= 1  # in full, without opening anything
    button = alert.locator("form.pair button").first
    label = button.inner_text()
    owner.click(button)
    assert f"「{label}」を受け取りました" in owner.text
    assert owner.presses <= 2


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_t2_help_is_two_presses_away_from_home_and_gives_a_number(come: Come, script: bool) -> None:
    owner = come("home-calm", size=PHONE, java_script_enabled=script)
    owner.presses = 0  # home is where §5.1 starts to count
    owner.click(owner.page.get_by_role("link", name="困った"))
    owner.click(owner.page.locator("form.six button"))
    assert "受付" in owner.text
    assert NUMBER.search(owner.text)
    assert owner.presses <= 2


def test_t3_home_says_whether_every_device_is_watched(come: Come) -> None:
    assert re.search(r"見守り中の機器\n\d+台のうち \d+台", come("home-calm", size=PHONE).text)


def test_a_person_without_javascript_reads_the_notice_and_asks_in_writing(come: Come) -> None:
    owner = come("home-ask", size=PHONE, java_script_enabled=False)
    owner.click(owner.page.get_by_role("link", name="相談", exact=True))
    assert owner.page.locator("h1").inner_text()
    owner.click(owner.page.locator("main a[href*='/consultations/']"))
    box = owner.page.locator("main textarea").first
    box.fill("きのうのお知らせについて、もう一度教えてください")
    owner.click(box.locator("xpath=ancestor::form").locator("button"))
    assert "もう一度教えてください" in owner.text


def test_t9_an_analyst_takes_the_first_alert_and_writes_to_the_customer_in_seven(
    come: Come,
) -> None:
    analyst = come("queue", size=DESKTOP)
    analyst.presses = 0
    page = analyst.page
    page.locator("#main").click(position={"x": 2, "y": 2})
    analyst.key("j")
    picked = page.locator("tr[data-picked]")
    number = str(NUMBER.findall(picked.inner_text())[0])
    if picked.locator("[data-take]").count():
        with page.expect_navigation():  # taking it opens it
            analyst.key("a")
    else:
        analyst.key("Enter")
    page.wait_for_url(f"**/queue/{number}/")
    analyst.click(page.get_by_role("link", name=re.compile("書く・訂正する|下書き")))
    analyst.click(page.locator("form#words button[value=send]"))
    page.goto(page.url)
    page.goto(f"{'/'.join(page.url.split('/')[:3])}/queue/{number}/")
    assert "1版" in analyst.text
    assert analyst.presses <= 7


def test_t12_the_desk_sees_at_one_glance_what_is_due_and_who_is_on_duty(come: Come) -> None:
    manager = come("now", size=DESKTOP)
    for label in ("次に約束の時間が来るもの", "当番"):
        box = manager.page.get_by_role("region", name=label).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= DESKTOP["height"]  # without scrolling


def test_t13_a_customer_is_found_by_the_number_they_call_from(come: Come) -> None:
    operator = come("first-call", size=DESKTOP)
    operator.presses = 0
    box = operator.page.locator("main input:not([type=hidden])").first
    box.fill("03-1234-5678")
    operator.key("Enter")
    assert "青葉工務店" in operator.text
    assert operator.presses <= 1


@pytest.mark.parametrize("name", BUDGETS)
def test_a_page_keeps_within_its_budget(own_stage: Stage, browser: Browser, name: str) -> None:
    requests, nodes, script, shift = BUDGETS[name]
    size = PHONE if requests == 8 else DESKTOP
    context = browser.new_context(viewport=size, locale="ja-JP")  # type: ignore[arg-type]
    context.add_init_script(SHIFTS)
    screen = own_stage.screen(name)
    sign_in(context, own_stage, screen)
    page = context.new_page()
    asked: list[str] = []
    scripts: list[int] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on(
        "response",
        lambda answer: scripts.append(len(answer.body())) if ".js" in answer.url else None,
    )
    page.goto(own_stage.address + screen.path, wait_until="networkidle")
    assert len(asked) <= requests, asked
    assert page.evaluate("document.querySelectorAll('*').length") <= nodes
    assert sum(scripts) <= script
    assert page.evaluate("window.shifted || 0") <= shift
    context.close()
