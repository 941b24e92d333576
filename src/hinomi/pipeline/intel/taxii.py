"""TAXII 2.1: discovery, API roots, collections, and the objects added since the last pull."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urljoin

import orjson

from hinomi.core.errors import Place, UsageError
from hinomi.detect.intel.feed import Feed
from hinomi.detect.intel.stix import read_stix
from hinomi.pipeline.intel.fetch import FetchFailed, fetch, origin, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.detect.intel import Defaults

ACCEPT = "application/taxii+json;version=2.1"
MOST_PAGES = 10_000
PAGE_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Account:
    """Basic with a user, bearer without one, nothing without a secret."""

    user: str = ""
    secret: str = field(default="", repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """What proves who asks."""
        if not self.secret:
            return {}
        if self.user:
            pair = base64.b64encode(f"{self.user}:{self.secret}".encode()).decode()
            return {"Authorization": f"Basic {pair}"}
        return {"Authorization": f"Bearer {self.secret}"}


@dataclass(frozen=True, slots=True)
class Collection:
    """One readable collection of a server."""

    url: str
    id: str
    title: str
    alias: str


@dataclass(frozen=True, slots=True)
class Pulled:
    """What was added; `cursor` is where the next pull begins."""

    feed: Feed
    cursor: str
    pages: int


def pull(url: str, *, account: Account, wanted: str, cursor: str, defaults: Defaults) -> Pulled:
    """Everything a collection got after the cursor. `url` is a server's discovery address or an API
    root; `wanted` a collection's id, alias or title ("" when there is only one).

    Raises FetchFailed and gives nothing when a page fails: the cursor stays, the next pull repeats.
    """
    collection = _choose(collections(url, account=account), wanted, url)
    feed = Feed(defaults)
    feed.read_as = f"TAXII 2.1, {collection.title or collection.id}"
    read_as, reached, mark, seen = feed.read_as, cursor, "", set[str]()
    for page in range(1, MOST_PAGES + 1):
        tree, last = _page(collection, account, cursor=cursor, mark=mark)
        read_stix(tree, feed)
        feed.read_as = read_as
        reached = max(reached, last)
        mark = str(tree.get("next") or "") if tree.get("more") else ""
        if not mark:
            return Pulled(feed, reached, page)
        if mark in seen:
            raise FetchFailed("the server repeats a page for ever", place=Place(shown(url)))
        seen.add(mark)
    raise FetchFailed(f"more than {MOST_PAGES:,} pages", place=Place(shown(url)))


def collections(url: str, *, account: Account) -> list[Collection]:
    """All that may be read, over every API root of the same server."""
    found: list[Collection] = []
    for root in _roots(url, account):
        for each in _objects(_get(urljoin(root, "collections/"), account).get("collections")):
            if each.get("can_read", True) is not False:
                found.append(_collection(root, each))
    return found


def _collection(root: str, each: Mapping[str, object]) -> Collection:
    name = str(each.get("id", ""))
    place = urljoin(root, f"collections/{quote(name, safe='')}/objects/")
    return Collection(
        place, name, str(each.get("title", ""))[:200], str(each.get("alias") or name)[:200]
    )


def _roots(url: str, account: Account) -> list[str]:
    """A root elsewhere is left out: the secret was given to this server only."""
    url = url if url.endswith("/") else f"{url}/"
    told = _get(url, account).get("api_roots")
    if not isinstance(told, list):
        return [url]
    roots = [urljoin(url, str(root).rstrip("/") + "/") for root in told]
    return [root for root in roots if origin(root) == origin(url)]


def _choose(found: list[Collection], wanted: str, url: str) -> Collection:
    fitting = [each for each in found if not wanted or wanted in (each.id, each.title, each.alias)]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(f"{each.id} ({each.title})" for each in found[:20]) or "none"
    raise UsageError(
        "No collection fits." if not fitting else "The server has several collections.",
        place=Place(shown(url)),
        advice=f"Choose one with --collection. There are: {names}",
    )


def _page(
    collection: Collection, account: Account, *, cursor: str, mark: str
) -> tuple[dict[str, object], str]:
    """One envelope, and the moment its last object was added."""
    asked = {"added_after": cursor, "next": mark, "limit": str(PAGE_ROWS)}
    question = urlencode({name: value for name, value in asked.items() if value})
    answer = fetch(f"{collection.url}?{question}", headers={"Accept": ACCEPT, **account.headers})
    return _tree(answer.body, collection.url), answer.headers.get("x-taxii-date-added-last", "")


def _get(url: str, account: Account) -> Mapping[str, object]:
    answer = fetch(url, headers={"Accept": ACCEPT, **account.headers})
    return _tree(answer.body, url)


def _tree(body: bytes, url: str) -> dict[str, object]:
    if not body.strip():
        return {}  # an envelope with nothing in it
    try:
        tree = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise FetchFailed("the answer is not JSON", place=Place(shown(url))) from error
    if not isinstance(tree, dict):
        raise FetchFailed("the answer is not TAXII 2.1", place=Place(shown(url)))
    return tree


def _objects(value: object) -> list[dict[str, object]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
