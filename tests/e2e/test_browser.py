"""Every screen in a real browser: accessible, light, quiet, without JavaScript, on paper."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.stage import sign_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, BrowserContext, Page, Request

    from tests.e2e.stage import Screen, Stage

    Open = Callable[..., BrowserContext]

pytestmark = [pytest.mark.browser, pytest.mark.sockets]

# target-size runs only when wcag22aa is named.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What another width can change; the rest was asked of the same document at 390 pixels.
LAYOUT_RULES = [
    "color-contrast",
    "empty-table-header",
    "link-in-text-block",
    "scrollable-region-focusable",
    "target-size",
    "td-headers-attr",
    "th-has-data-cells",
]
AXE = Axe().axe_script
PAGE_BYTES = 25 * 1024
HEAVIER = {"fax": 150 * 1024}  # the sheet is what there is to read; ux.md §5.2 on console pages
# A box to tick is pressed by its label.
SMALL_TARGETS = """() => [...document.querySelectorAll("a,button,summary,input,select,textarea")]
  .filter(e => e.offsetParent && e.type !== "hidden")
  .filter(e => !e.matches(".skip"))
  .map(e => ["checkbox", "radio"].includes(e.type) && e.closest("label") || e)
  .map(e => [e.outerHTML.slice(0, 90), Math.round(e.getBoundingClientRect().width),
             Math.round(e.getBoundingClientRect().height)])
  .filter(([_, width, height]) => width < 44 || height < 44)"""
FONT_SIZES = """() => [...new Set([...document.querySelectorAll("body *")]
  .filter(e => e.offsetParent && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .map(e => parseFloat(getComputedStyle(e).fontSize)))]"""


HIDDEN = ("\x1b", "\u202e", "<script>alert")


@dataclass
class Seen:
    """What one screen showed, at three widths."""

    axe: list[object] = field(default_factory=list)
    sideways: int = 0
    small: list[object] = field(default_factory=list)
    fonts: list[float] = field(default_factory=list)
    weight: int = 0
    hosts: set[str] = field(default_factory=set)
    said: list[str] = field(default_factory=list)
    policy: str = ""
    inline: int = 0
    hidden: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def seen(stage: Stage, browser: Browser) -> dict[str, Seen]:
    """Every screen, loaded once and looked at in every way."""
    return {screen.name: _look(stage, browser, screen) for screen in stage.screens}


def _look(stage: Stage, browser: Browser, screen: Screen) -> Seen:
    seen = Seen()
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="ja-JP")
    sign_in(context, stage, screen)
    page = context.new_page()
    page.on("console", lambda message: seen.said.append(message.text))
    page.on("pageerror", lambda error: seen.said.append(str(error)))
    requests: list[Request] = []
    page.on("requestfinished", lambda request: requests.append(request))
    answer = page.goto(stage.address + screen.path, wait_until="load")
    assert answer is not None
    assert answer.status == screen.status, screen.name
    seen.policy = answer.headers["content-security-policy"]
    seen.fonts = page.evaluate(FONT_SIZES)
    seen.small = page.evaluate(SMALL_TARGETS)
    seen.inline = page.evaluate("[...document.scripts].filter(s => !s.src).length")
    first = list(requests)  # on a slow machine the page asks for news before we have looked
    html = page.content()
    seen.hidden = [text for text in HIDDEN if text in html]
    # At the end the phone's bar lies under the page, not on what happens to be above the edge.
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.evaluate(AXE)
    seen.axe = _axe(page)
    page.set_viewport_size({"width": 320, "height": 844})
    seen.sideways = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.set_viewport_size({"width": 1280, "height": 900})
    seen.axe += _axe(page, only=LAYOUT_RULES)
    seen.weight = sum(request.sizes()["responseBodySize"] for request in first)
    seen.hosts = {request.url.split("/")[2] for request in requests if "//" in request.url}
    context.close()
    return seen


def _axe(page: Page, *, only: list[str] | None = None) -> list[object]:
    wanted = {"type": "rule", "values": only} if only else {"type": "tag", "values": TAGS}
    # What passes is not told: telling it takes three times as long as looking. Nothing is loaded
    # beforehand: that is for media and for styles of other hosts, which no page of ours has.
    options = {"runOnly": wanted, "resultTypes": ["violations"], "preload": False}
    found = page.evaluate("async options => (await axe.run(document, options)).violations", options)
    return [(each["id"], [node["html"][:160] for node in each["nodes"][:3]]) for each in found]


def go(stage: Stage, screen: Screen, context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto(stage.address + screen.path)
    return page


def test_axe_finds_nothing_on_any_screen(seen: dict[str, Seen]) -> None:
    assert {name: each.axe for name, each in seen.items() if each.axe} == {}


def test_no_screen_scrolls_sideways_at_320_pixels(seen: dict[str, Seen]) -> None:
    assert {name: each.sideways for name, each in seen.items() if each.sideways > 0} == {}


def test_everything_to_press_is_as_large_as_a_thumb(seen: dict[str, Seen]) -> None:
    assert {name: each.small for name, each in seen.items() if each.small} == {}


def test_few_sizes_of_letters_are_used_and_none_is_small(seen: dict[str, Seen]) -> None:
    fonts = {name: each.fonts for name, each in seen.items()}
    assert {name: sizes for name, sizes in fonts.items() if min(sizes) < 14} == {}
    assert {name: sizes for name, sizes in fonts.items() if len(sizes) > 5} == {}


def test_a_first_view_weighs_at_most_25_kb(seen: dict[str, Seen]) -> None:
    weights = {name: each.weight for name, each in seen.items() if name != "patterns"}
    assert all(weights.values())
    too_heavy = {
        name: size for name, size in weights.items() if size > HEAVIER.get(name, PAGE_BYTES)
    }
    assert too_heavy == {}


def test_no_screen_asks_any_other_host(stage: Stage, seen: dict[str, Seen]) -> None:
    assert set().union(*(each.hosts for each in seen.values())) == {stage.address.split("/")[2]}


def test_the_content_policy_is_strict_and_never_violated(seen: dict[str, Seen]) -> None:
    expected = re.compile(r"status of (403|404)")
    said = {name: [t for t in each.said if not expected.search(t)] for name, each in seen.items()}
    assert {name: texts for name, texts in said.items() if texts} == {}
    assert not [name for name, each in seen.items() if "unsafe" in each.policy]
    assert not [name for name, each in seen.items() if each.inline]


def test_hostile_log_text_never_becomes_markup_or_hides_itself(seen: dict[str, Seen]) -> None:
    assert {name: each.hidden for name, each in seen.items() if each.hidden} == {}


def test_a_customer_answers_without_javascript(stage: Stage, visit: Open) -> None:
    screen = stage.screen("incident-today")
    page = go(stage, screen, visit(screen, java_script_enabled=False))
    steps = page.locator("ol.steps li").count()
    assert 1 <= steps <= 3
    button = page.locator("form.pair button").first
    label = button.inner_text()
    button.click()
    assert page.locator("#answer").inner_text().startswith(f"「{label}」を受け取りました")
    page.get_by_role("link", name="最新の状態を見る").click()
    assert page.locator("#answer").is_visible()


@pytest.mark.parametrize(
    ("name", "box"),
    [("source-make", "input:not([type=hidden])"), ("case", "textarea"), ("sign-in", "input")],
)
def test_a_form_with_faults_says_so_on_top_and_leads_to_each(
    stage: Stage, visit: Open, name: str, box: str
) -> None:
    screen = stage.screen(name)
    page = go(stage, screen, visit(screen))
    form = page.locator("form.form", has=page.locator(box)).last
    form.locator("input:not([type=hidden]), textarea").first.fill("")
    form.locator("button").first.click()
    page.get_by_role("heading", name="問題があります").wait_for()
    assert page.title().startswith("エラー：")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    for link in page.locator("[role=alert] a").all():
        assert page.locator(str(link.get_attribute("href"))).count() == 1
    assert page.locator("[aria-invalid=true]").count() >= 1
    page.evaluate(AXE)
    assert _axe(page) == []


def test_an_alert_fits_on_one_sheet_of_paper(stage: Stage, visit: Open) -> None:
    screen = stage.screen("incident-now")
    page = go(stage, screen, visit(screen, width=794))
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1


def test_a_whole_call_stands_on_one_screen_without_scrolling(
    stage: Stage, browser: Browser
) -> None:
    """Who rings and may decide, what their page shows now, five questions, the next promise."""
    screen = stage.screen("call")
    context = browser.new_context(viewport={"width": 1280, "height": 720}, locale="ja-JP")
    sign_in(context, stage, screen)
    page = context.new_page()
    page.goto(stage.address + screen.path)
    bottoms = """e => [...e.querySelectorAll("*")].filter(e => e.checkVisibility())
      .map(e => e.getBoundingClientRect().bottom)"""
    assert max(page.locator(".oncall").evaluate(bottoms)) <= 720
    assert page.locator(".asked").count() == 5
    context.close()


def test_the_queue_is_worked_by_keys(stage: Stage, visit: Open) -> None:
    screen = stage.screen("queue")
    page = go(stage, screen, visit(screen, width=1280))
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    picked = page.locator("tr[data-picked]")
    assert picked.count() == 1
    title = picked.locator("a").first.inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/queue/K-*/")
    assert page.locator("h1").inner_text() == title


def test_new_incidents_are_told_without_moving_rows(stage: Stage, visit: Open) -> None:
    screen = stage.screen("queue")
    context = visit(screen, width=1280)
    context.add_init_script("const wait = setInterval; setInterval = (ask, _) => wait(ask, 200)")
    page = go(stage, screen, context)
    rows = page.locator("tbody tr").count()
    page.evaluate(
        "document.getElementById('news').dataset.poll = '/queue/?view=unassigned&since=0'"
    )
    page.get_by_text("新しい警報が").wait_for()
    assert page.locator("tbody tr").count() == rows
    assert page.get_by_role("link", name="表示").is_visible()


def test_focus_is_always_visible_and_never_under_the_phone_bar(stage: Stage, visit: Open) -> None:
    screen = stage.screen("incident-now")
    page = go(stage, screen, visit(screen))
    for _ in range(14):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
              const e = document.activeElement, box = e.getBoundingClientRect();
              const bar = document.querySelector(".phonebar").getBoundingClientRect();
              const style = getComputedStyle(e);
              return {outline: parseFloat(style.outlineWidth), inBar: !!e.closest(".phonebar"),
                      hidden: box.top >= bar.top && box.bottom > bar.top, body: e === document.body}
            }"""
        )
        if seen["body"]:
            break
        assert seen["outline"] >= 2
        assert seen["inBar"] or not seen["hidden"]
