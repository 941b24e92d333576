"""One case from the attack to the end, as its people live it: the owner on a phone, the desk and
the analysts on desktops. Nothing is called that a person could not press."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.e2e.twelve.cases import HELP
from tests.e2e.twelve.town import ANALYST, DESK, PHONE, SECOND, owner_of

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

    from hinomi.rehearse.mailbox import Caught
    from tests.e2e.twelve.cases import Case
    from tests.e2e.twelve.town import Town

PATIENCE_MS = 20_000
PHONE_SIZE, DESKTOP_SIZE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
RELEASED = "元に戻"
CHANGED_MEANWHILE = "開いている間に変わったこと"
MOST_PRESSES = 20
WAITS_FOR_SECOND = "2人目の確認を待っています"
END_WORDS = ("完了しました", "問題ありませんでした", "様子を見ています")


@dataclass(slots=True)
class Told:
    """What one case showed. `taps` from the home-screen icon to the right action; seconds count
    from the last record's acceptance."""

    case: Case
    number: str = ""
    level: str = ""
    notice_s: float | None = None
    taps: int = 0
    presses: int = 0
    mails: list[Caught] = field(default_factory=list)


@dataclass(slots=True)
class People:
    """Browsers that stay signed in through all cases, as real ones do."""

    browser: Browser
    town: Town
    photos: Path
    _contexts: dict[str, BrowserContext] = field(default_factory=dict)

    def page(self, mail: str) -> Page:
        """A page of the person, signed in."""
        if mail not in self._contexts:
            size = PHONE_SIZE if mail.startswith("owner@") else DESKTOP_SIZE
            context = self.browser.new_context(viewport=size, locale="ja-JP")  # type: ignore[arg-type]
            context.set_default_timeout(PATIENCE_MS)
            self._contexts[mail] = context
            page = context.new_page()
            page.goto(self.town.link(mail))
            confirm = page.locator("main form button").first
            if "/sign-in" in page.url and confirm.count():
                confirm.click()
            page.close()
        return self._contexts[mail].new_page()

    def photograph(self, page: Page, name: str) -> None:
        """Keep what the person saw."""
        page.screenshot(path=self.photos / f"{name}.png", full_page=True)

    def close(self) -> None:
        """The day is over."""
        for context in self._contexts.values():
            context.close()


def live(case: Case, *, town: Town, people: People) -> Told:
    """Play the case to its end; every assertion is something a person would miss."""
    told = Told(case)
    sent = _help(case, people=people) if case.machine == HELP else town.happen(case)
    row = town.incident(case)
    told.number, told.level = str(row["id"]), str(row["level"])
    if told.level == "none":
        _quiet(told, town=town, people=people)
        return told
    told.mails = _mails(town, told)
    told.notice_s = told.mails[0].arrived.timestamp() - sent
    _owner_acts(told, people=people)
    _desk_works(told, town=town, people=people)
    return told


def _help(case: Case, *, people: People) -> float:
    """困った in two taps; the desk calls back, hears what it is and opens the incident. The clock
    starts when the desk knows."""
    page = people.page(owner_of(case.company))
    page.goto(f"{people.town.web}/home/")
    page.get_by_role("link", name="困った").click()
    page.locator("form.six button").first.click()
    page.wait_for_url("**/help/*/")
    people.photograph(page, f"{case.number:02}-0-help")
    ticket = page.url.rstrip("/").rsplit("/", 1)[-1]
    page.close()
    desk = people.page(DESK)
    desk.goto(f"{people.town.web}/tickets/{ticket}/")
    desk.get_by_role("link", name="この相談から、案件を開く").click()
    desk.locator(f"input[value={case.kind}]").check()
    desk.locator("[name=device]").fill("受付のパソコン")
    desk.get_by_role("button", name="文面を見る").click()
    people.photograph(desk, f"{case.number:02}-0-desk")
    known = time.time()
    desk.get_by_role("button", name="この文面で知らせて、案件を開く").click()
    desk.wait_for_url("**/queue/K-*/")
    desk.close()
    return known


def _mails(town: Town, told: Told) -> list[Caught]:
    """The notices of the case, waited for; each goes to the company's own people only."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = [mail for mail in town.mailbox.mails if told.number in mail.text]
        if found:
            break
        time.sleep(0.1)
    assert found, f"{told.case.title}: no mail bears {told.number}; {town.tower.errors()}"
    for mail in found:
        assert mail.recipients == (owner_of(told.case.company),)
        assert PHONE in mail.text
        assert "パスワード" in mail.text  # we never ask for it
    return found


def _owner_acts(told: Told, *, people: People) -> None:
    """From the home-screen icon: the alert stands on top; one more tap says that it is done."""
    page = people.page(owner_of(told.case.company))
    page.goto(f"{people.town.web}/home/")
    told.taps = 1
    first = page.locator("main").inner_text()
    if told.number not in first:  # an older one is on top: the list leads there
        page.goto(f"{people.town.web}/incidents/{told.number}/")
        told.taps += 1
    body = page.locator("main").inner_text()
    assert told.number in body
    people.photograph(page, f"{told.case.number:02}-1-owner")
    button = page.locator(
        f'form[action="/incidents/{told.number}/answer/"] button[name=choice]'
    ).first
    assert button.count(), body
    button.click()
    page.wait_for_load_state()
    told.taps += 1
    page.goto(f"{people.town.web}/incidents/{told.number}/")
    people.photograph(page, f"{told.case.number:02}-2-owner-answered")
    page.close()


def _desk_works(told: Told, *, town: Town, people: People) -> None:
    """Take it, look into it, say when things may go back, and close it."""
    page = people.page(ANALYST)
    page.goto(f"{people.town.web}/queue/")
    page.locator(f'a[href="/queue/{told.number}/"]').first.click()
    told.presses = 1
    page.locator(f'form[action="/queue/{told.number}/take/"] button').first.click()
    told.presses += 1
    people.photograph(page, f"{told.case.number:02}-3-case")
    for state, reason in (
        ("investigating", "記録を調べます"),
        ("recovering", "確かめて、戻せます"),
    ):
        _move(page, told, state, reason)
    _released(told, town=town, people=people)
    _wait_for(page, town, told, "お客様の返事：元に戻した")
    _move(page, told, "done", "お客様が元に戻しました")
    page.goto(f"{town.web}/queue/{told.number}/")
    if WAITS_FOR_SECOND in page.locator("main").inner_text():
        _second_look(told, people=people)
    page.close()
    _ended(told, town=town, people=people)


def _move(page: Page, told: Told, state: str, reason: str) -> None:
    form = page.locator(f'form[action="/queue/{told.number}/state/"]')
    form.locator("[name=state]").first.select_option(state)
    form.locator("[name=reason]").first.fill(reason)
    told.presses += 2
    while True:
        with page.expect_navigation():
            form.locator("button").last.click()
        told.presses += 1
        # The customer's answer may arrive while one types: the page says so and keeps the words.
        if CHANGED_MEANWHILE not in page.locator("main").inner_text():
            return
        assert told.presses < MOST_PRESSES, told


def _released(told: Told, *, town: Town, people: People) -> None:
    """元に戻してよい合図: it comes by mail with the same number, and stands on the owner's page."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        told.mails = [mail for mail in town.mailbox.mails if told.number in mail.text]
        if any(RELEASED in str(mail.message["subject"]) + mail.text for mail in told.mails[1:]):
            break
        time.sleep(0.1)
    else:
        raise AssertionError(f"{told.number}: no mail says that things may go back")
    page = people.page(owner_of(told.case.company))
    page.goto(f"{people.town.web}/incidents/{told.number}/")
    assert RELEASED in page.locator("main").inner_text()
    people.photograph(page, f"{told.case.number:02}-4-owner-released")
    page.locator(
        f'form[action="/incidents/{told.number}/answer/"] button[name=choice]'
    ).first.click()
    page.wait_for_load_state()
    page.close()


def _wait_for(page: Page, town: Town, told: Told, words: str) -> None:
    """Look at the case again until it says so, as an analyst who waits for an answer does."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        page.goto(f"{town.web}/queue/{told.number}/")
        if words in page.locator("main").inner_text():
            return
        time.sleep(0.3)
    raise AssertionError(f"{told.number}: the case does not say {words}")


def _second_look(told: Told, *, people: People) -> None:
    """At night one person alone may not close what had to be done at once."""
    page = people.page(SECOND)
    page.goto(f"{people.town.web}/queue/{told.number}/")
    people.photograph(page, f"{told.case.number:02}-5-second-look")
    form = page.locator(f'form[action="/queue/{told.number}/second-look/"]')
    form.locator("[name=reason]").first.fill("記録と、お客様の返事を確かめました")
    with page.expect_navigation():
        form.locator("button[value=confirmed]").click()
    told.presses += 1
    page.close()


def _ended(told: Told, *, town: Town, people: People) -> None:
    row = town.incident(told.case)
    assert row["state"] == "done", row
    assert row["id"] == told.number
    page = people.page(owner_of(told.case.company))
    page.goto(f"{people.town.web}/incidents/{told.number}/")
    body = page.locator("main").inner_text()
    assert told.number in body
    assert any(words in body for words in END_WORDS), body
    people.photograph(page, f"{told.case.number:02}-6-owner-closed")
    page.close()


def _quiet(told: Told, *, town: Town, people: People) -> None:
    """対応は不要: nobody is woken; the owner finds it when looking."""
    time.sleep(3)  # a mail would be out by now: the first attempt is due within 5 s of 今すぐ
    assert not [mail for mail in town.mailbox.mails if told.number in mail.text]
    page = people.page(owner_of(told.case.company))
    page.goto(f"{people.town.web}/incidents/{told.number}/")
    assert "対応は不要" in page.locator("main").inner_text()
    people.photograph(page, f"{told.case.number:02}-1-owner")
    page.close()
    told.taps = 1
