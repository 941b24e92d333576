"""A browser without a screen: cookies, pages, links and forms over HTTP, nothing imported from
inside. What it is told (host, headers) it sends as it stands."""

from __future__ import annotations

import gzip
import http.client
import http.cookies
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIELDS = ("input", "button", "textarea", "select")


@dataclass(frozen=True, slots=True)
class Form:
    """A form as the page offers it: hidden and preset values, and its buttons (name, value)."""

    action: str
    method: str
    values: dict[str, str]
    buttons: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; header names in lower case, a repeated header joined by line breaks."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    path: str

    @property
    def text(self) -> str:
        """The page."""
        return self.body.decode()

    @property
    def seen(self) -> str:
        """What a person reads: no tags, entities resolved, spaces folded."""
        return " ".join(_Reader.read(self.text).words)

    @property
    def forms(self) -> list[Form]:
        """Every form on the page."""
        return [
            Form(each.action or self.path, each.method, dict(each.values), tuple(each.buttons))
            for each in _Reader.read(self.text).forms
        ]

    @property
    def links(self) -> list[str]:
        """Where the page's links lead."""
        return [urljoin(self.path, link) for link in _Reader.read(self.text).links]

    def form(self, action: str) -> Form:
        """The first form whose address ends so."""
        return next(form for form in self.forms if form.action.endswith(action))


@dataclass(slots=True)
class Visitor:
    """One person's browser at `base`, e.g. http://127.0.0.1:8420."""

    base: str
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Answer:
        """One page, redirects not followed; `If_None_Match=` and so on are headers."""
        return self.send("GET", path, headers={_name(key): value for key, value in headers.items()})

    def open(self, path: str) -> Answer:
        """A page with its redirects followed."""
        return self._follow(self.get(path))

    def press(self, form: Form, button: str = "", /, **values: str) -> Answer:
        """Send a form by the button of that value (or none) and follow where it leads."""
        return self._follow(self.submit(form, button, **values))

    def submit(self, form: Form, button: str = "", /, **values: str) -> Answer:
        """Send a form and stay there."""
        pressed = {name: value for name, value in form.buttons if button and value == button}
        sent = {**form.values, **pressed, **values}
        return self.send("POST", form.action, sent)

    def post(self, path: str, values: Mapping[str, str], **headers: str) -> Answer:
        """A POST that no form offered, with this browser's CSRF token when it has one."""
        token = self.cookies.get("csrf", "")
        sent = {"csrfmiddlewaretoken": token, **values}
        named = {_name(key): value for key, value in headers.items()}
        return self.send("POST", path, sent, headers=named)

    def send(
        self,
        method: str,
        path: str,
        values: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Any request; keeps the cookies of the answer."""
        url = urlsplit(urljoin(self.base, path))
        body = urlencode(values).encode() if values is not None else None
        connection = http.client.HTTPConnection(str(url.hostname), url.port, timeout=20)
        told = {
            "Accept-Encoding": "gzip",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Origin": f"{url.scheme}://{url.netloc}",
        }
        if body is not None:
            told["Content-Type"] = "application/x-www-form-urlencoded"
        target = url.path + (f"?{url.query}" if url.query else "")
        try:
            connection.request(method, target, body, {**told, **self.headers, **(headers or {})})
            return self._answer(connection.getresponse(), target)
        finally:
            connection.close()

    def _answer(self, response: http.client.HTTPResponse, path: str) -> Answer:
        raw = response.read()
        named: dict[str, str] = {}
        for name, value in response.getheaders():
            key = name.lower()
            named[key] = f"{named[key]}\n{value}" if key in named else value
        for line in named.get("set-cookie", "").splitlines():
            for name, morsel in http.cookies.SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        body = gzip.decompress(raw) if named.get("content-encoding") == "gzip" and raw else raw
        return Answer(response.status, body, named, path)

    def _follow(self, answer: Answer) -> Answer:
        for _ in range(8):
            if answer.status not in (301, 302, 303, 307, 308):
                return answer
            answer = self.get(urljoin(answer.path, answer.headers["location"]))
        raise AssertionError(f"redirects without end at {answer.path}")


def _name(keyword: str) -> str:
    return keyword.replace("_", "-")


@dataclass(slots=True)
class _Open:
    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Open] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self._form: _Open | None = None
        self._select = ""
        self._area = ""

    @classmethod
    def read(cls, text: str) -> _Reader:
        reader = cls()
        reader.feed(text)
        return reader

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in told:
            self.links.append(told["href"])
        if tag == "form":
            self._form = _Open(told.get("action", ""), told.get("method", "get").lower())
            self.forms.append(self._form)
        if self._form is not None:
            self._take(self._form, tag, told)

    def _take(self, form: _Open, tag: str, told: dict[str, str]) -> None:
        name = told.get("name", "")
        self._area = name if tag == "textarea" else ""
        if tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in told:
            form.values[self._select] = told.get("value", "")
        elif tag == "button" and name:
            form.buttons.append((name, told.get("value", "")))
        elif tag in _FIELDS and name and told.get("type") not in ("checkbox", "radio"):
            form.values[name] = told.get("value", "")
        elif tag == "input" and name and "checked" in told:
            form.values[name] = told.get("value", "on")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area and self._form is not None:
            before = self._form.values[self._area]  # a first line break is HTML's, not the text's
            self._form.values[self._area] = before + data if before else data.lstrip("\r\n")
        if data.strip():
            self.words.append(" ".join(data.split()))
