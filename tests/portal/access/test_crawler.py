"""Promise 2 again, from the other side: sign in as everybody, follow every link, submit every
form, and look for canary words of companies that are none of theirs."""

from __future__ import annotations

import re
from collections import Counter, deque
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import pytest

from tests.portal.access.partners import partner_of
from tests.portal.access.test_matrix import PEOPLE, _strangers
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

    from tests.portal.town import Town

MOST_PAGES = 400
# Forty senders' pages differ by what hinomi knows of a product, not by whose they are.
ALIKE = re.compile(r"(/companies/[^/]+/sources/new|/answers)/[^/]+/$")
MOST_ALIKE = 3  # of each company
MOST_VIEWS = 8  # of one address with other questions: weeks of a rota, pages of a list
LEAVES = ("/accounts/sign-out/",)  # submitting it would end the crawl


class Page(HTMLParser):
    """Links, polling addresses and forms (with the values they already hold) of one page."""

    def __init__(self, *, url: str, text: str) -> None:
        super().__init__()
        self.url = url
        self.links: set[str] = set()
        self.forms: list[tuple[str, str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Collect what can be followed or sent."""
        held = {name: value or "" for name, value in attributes}
        for name in ("href", "hx-get", "data-poll"):
            if name in held and tag != "link":
                self._link(held[name])
        if tag == "form":
            action = urljoin(self.url, held.get("action", "") or self.url)
            self.forms.append((held.get("method", "get").lower(), action, {}))
        if tag in {"input", "button", "textarea", "select"} and self.forms and "name" in held:
            self.forms[-1][2].setdefault(held["name"], held.get("value", "") or "1")

    def _link(self, href: str) -> None:
        target = urljoin(self.url, href)
        if urlsplit(target).scheme in ("", "http") and urlsplit(target).netloc in (
            "",
            "testserver",
        ):
            self.links.add(urlsplit(target)._replace(fragment="", scheme="", netloc="").geturl())


class Crawl:
    """One person's walk through the portal. Links first, then every form once."""

    def __init__(self, client: Client, *, canaries: list[str]) -> None:
        self.client = client
        self.canaries = canaries
        self.seen: set[str] = set()
        self.sent: set[tuple[str, tuple[str, ...]]] = set()
        self.faults: list[str] = []
        self.forms: list[tuple[str, str, dict[str, str]]] = []
        self.alike: Counter[str] = Counter()
        self.views: Counter[str] = Counter()

    def run(self) -> Crawl:
        """Until nothing new is found."""
        self._follow(deque(["/"]))
        while self.forms:
            method, action, fields = self.forms.pop()
            key = (action.split("?")[0], tuple(sorted(fields)))
            if key in self.sent or action.startswith(LEAVES):
                continue
            self.sent.add(key)
            fields.pop("csrfmiddlewaretoken", None)
            response = getattr(self.client, method)(action, fields, follow=True)
            self._follow(self._read(action, response))
        return self

    def _follow(self, waiting: deque[str]) -> None:
        while waiting and len(self.seen) < MOST_PAGES:
            url = waiting.popleft()
            if url in self.seen or url.startswith("/static/") or self._has_enough_of(url):
                continue
            self.seen.add(url)
            waiting += self._read(url, self.client.get(url, follow=True))

    def _has_enough_of(self, url: str) -> bool:
        path = url.partition("?")[0]
        self.views[path] += 1
        if found := ALIKE.match(url):
            self.alike[found[1]] += 1
        too_alike = bool(found) and self.alike[found[1]] > MOST_ALIKE
        return too_alike or self.views[path] > MOST_VIEWS

    def _read(self, url: str, response: HttpResponse) -> deque[str]:
        if response.streaming:
            return deque()
        text = response.content.decode(errors="replace")
        self.faults += [f"{url} shows {canary}" for canary in self.canaries if canary in text]
        if response.status_code >= 500:
            self.faults.append(f"{url} answers {response.status_code}")
        if "html" not in response.get("Content-Type", ""):
            return deque()
        page = Page(url=url, text=text)
        self.forms += page.forms
        return deque(sorted(page.links))


@pytest.mark.parametrize(("role", "relation"), PEOPLE)
def test_a_walk_through_everything_meets_no_other_company(
    town: Town, role: str, relation: str
) -> None:
    strangers = _strangers(town, role=role, relation=relation)
    client = sign_in(town.people[role, relation])
    crawl = Crawl(client, canaries=[company.canary for company in strangers]).run()
    assert crawl.faults == []
    assert crawl.seen, "the walk began"


def test_a_partner_on_its_slot_meets_no_company_but_the_one_that_named_it(town: Town) -> None:
    client = sign_in(partner_of(town, relation="on slot"))
    crawl = Crawl(client, canaries=[town.fumi.canary, town.umi.canary]).run()
    assert crawl.faults == []
    assert f"/queue/{town.aoba.incident.number}/" in crawl.seen


def test_the_crawler_notices_a_canary(town: Town) -> None:
    """The test above is worth something only if it can fail."""
    client = sign_in(town.people["owner", "own"])
    crawl = Crawl(client, canaries=[town.aoba.canary]).run()
    assert crawl.faults, "葵 sees her own company's words, so the crawler must find them"
