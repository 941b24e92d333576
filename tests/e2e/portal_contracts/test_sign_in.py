"""The way in: codes by mail, one-time links, second factors; what each must not do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.portal_contracts.street import wait_for
from tests.e2e.portal_contracts.visitor import Visitor

if TYPE_CHECKING:
    from tests.e2e.portal_contracts.street import Street
    from tests.e2e.portal_contracts.visitor import Answer, Form

pytestmark = [pytest.mark.journey, pytest.mark.sockets]

SIGN_IN = "/accounts/sign-in/"
ELSEWHERE = {"X-Forwarded-For": "203.0.113.9"}  # not from the tower's own machine


def test_the_code_from_the_mail_signs_in_and_signing_out_ends_it(street: Street) -> None:
    mail = _newcomer(street, "code@aoba.example")
    visitor = street.nobody()
    asked = _ask_for_code(visitor, mail)
    assert asked.path == SIGN_IN + "code/"
    inside = _send_code(visitor, asked, _code_for(street, mail))
    assert (inside.status, inside.path) == (200, "/home/")
    assert "青葉工務店" in inside.seen
    before = dict(visitor.cookies)
    visitor.press(inside.form("sign-out/"))
    thief = Visitor(street.web, cookies=before)
    assert thief.get("/home/").headers["location"].startswith(SIGN_IN)


def test_a_wrong_code_is_told_and_three_end_the_attempt(street: Street) -> None:
    mail = _newcomer(street, "wrong@aoba.example")
    visitor = street.nobody()
    page = _ask_for_code(visitor, mail)
    code = _code_for(street, mail)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    told = _send_code(visitor, page, wrong)
    assert "番号が違うか" in told.seen
    for _ in range(2):
        told = _send_code(visitor, page, wrong)
    assert _send_code(visitor, page, code).path != "/home/"
    assert visitor.get("/home/").headers["location"].startswith(SIGN_IN)


def test_an_unknown_address_gets_the_same_answer_and_no_mail(street: Street) -> None:
    known = _ask_for_code(street.nobody(), _newcomer(street, "known@aoba.example"))
    unknown = _ask_for_code(street.nobody(), "nobody@aoba.example")
    masked = [
        page.seen.replace("known@aoba.example", "MAIL").replace("nobody@aoba.example", "MAIL")
        for page in (known, unknown)
    ]
    assert masked[0] == masked[1]
    assert (known.status, known.path) == (unknown.status, unknown.path)
    _code_for(street, "known@aoba.example")
    assert not street.mails_to("nobody@aoba.example")


def test_one_address_cannot_be_flooded_with_codes(street: Street) -> None:
    mail = _newcomer(street, "flood@aoba.example")
    answers = [_ask_for_code(street.nobody(), mail) for _ in range(5)]
    assert answers[-1].status == 429 or "受け付けていません" in answers[-1].seen
    _code_for(street, mail)
    assert len(street.mails_to(mail)) <= 3


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"Sec-Purpose": "prefetch;prerender"}),
        ("GET", {"Purpose": "prefetch"}),
        ("GET", ELSEWHERE),
        ("GET", {"Forwarded": "for=203.0.113.9"}),
        ("GET", {"Via": "1.1 proxy"}),
    ],
    ids=["head", "sec-purpose", "purpose", "x-forwarded-for", "forwarded", "via"],
)
def test_looking_at_a_link_uses_nothing(
    street: Street, method: str, headers: dict[str, str]
) -> None:
    link = _link(street, "staff@bunkyo.example")
    seen = street.nobody().send(method, link, headers=headers)
    assert seen.status == 200
    assert "session" not in seen.headers.get("set-cookie", "")
    visitor = street.nobody()
    assert visitor.open(link).path == "/home/"


@pytest.mark.parametrize("mail", ["owner@aoba.example", "analyst@ours.example"])
def test_a_link_opened_here_signs_in_at_once_and_only_once(street: Street, mail: str) -> None:
    link, visitor = _link(street, mail), street.nobody()
    first = visitor.get(link)
    assert (first.status, first.headers["location"]) == (302, "/")
    assert visitor.open("/").status == 200
    assert street.nobody().get(link).status == 410


def test_staff_elsewhere_need_their_second_factor(street: Street) -> None:
    street.tower.ask(
        *("user", "add", "totp@ours.example", "--firm", street.firms["ours"], "--role", "analyst")
    )
    visitor = Visitor(street.web, headers=ELSEWHERE)
    page = visitor.open(_link(street, "totp@ours.example"))
    set_up = visitor.press(_with(page, ""))
    assert set_up.path == "/accounts/second-factor/set-up/"
    set_up = visitor.open("/queue/")  # leads back to it, with a new secret
    assert set_up.path == "/accounts/second-factor/set-up/"
    found = re.search(r"[A-Z2-7]{32}", re.sub(r"\s", "", set_up.seen))
    assert found, set_up.seen
    visitor.press(_with(set_up, "code"), code=_totp(found[0]))
    assert visitor.open("/queue/").path == "/queue/"
    again = Visitor(street.web, headers=ELSEWHERE)
    asked = again.press(_with(again.open(_link(street, "totp@ours.example")), ""))
    assert asked.path.startswith("/accounts/second-factor") or "second-factor" in asked.path
    assert again.open("/queue/").path != "/queue/"
    inside = again.press(_with(asked, "code"), code=_totp(found[0], step=1))
    assert inside.path == "/queue/"


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(street: Street) -> None:
    visitor = street.nobody()
    signed_in = visitor.get(_link(street, "owner@aoba.example"))
    page = visitor.get("/home/")
    for line in (signed_in.headers["set-cookie"] + "\n" + page.headers["set-cookie"]).splitlines():
        if "max-age=0" in line.lower():
            continue
        assert "httponly" in line.lower(), line
        assert "samesite=lax" in line.lower(), line
        assert "domain=" not in line.lower(), line


@pytest.mark.parametrize("how", ["no token", "other origin", "other's token"])
def test_a_form_from_elsewhere_is_refused(street: Street, how: str) -> None:
    visitor = street.visitor("owner@umi.example")
    path = f"/sources/{street.companies['umi'].source.id}/revoke/"
    visitor.get(path)
    answers = {
        "no token": lambda: visitor.send("POST", path, {}),
        "other origin": lambda: visitor.post(path, {}, Origin="https://evil.example"),
        "other's token": lambda: visitor.post(path, {"csrfmiddlewaretoken": "x" * 64}),
    }
    refused = answers[how]()
    assert refused.status == 403
    assert "受け取りを止めました" not in visitor.open("/sources/").seen


def test_no_address_leads_away(street: Street) -> None:
    for away in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:1"):
        visitor = street.fresh("owner@aoba.example")
        for path in (
            f"{SIGN_IN}?next={away}",
            f"/?next={away}",
            f"/accounts/sign-out/?next={away}",
        ):
            assert "evil" not in visitor.get(path).headers.get("location", ""), path
        out = visitor.get(f"/accounts/sign-out/?next={away}").form("sign-out/")
        assert "evil" not in visitor.submit(out, next=away).headers.get("location", "")


def test_a_foreign_host_name_is_refused_and_not_repeated(street: Street) -> None:
    visitor = street.nobody()
    for path in ("/", SIGN_IN, "/healthz"):
        refused = visitor.get(path, Host="evil.example")
        assert "evil.example" not in refused.text
        assert "evil.example" not in refused.headers.get("location", "")
    assert visitor.get(SIGN_IN, Host="evil.example").status == 400


def _newcomer(street: Street, mail: str) -> str:
    """A person of 青葉工務店 whom no other test knows."""
    company = street.companies["aoba"].id
    street.tower.ask("user", "add", mail, "--organisation", company, "--role", "staff")
    return mail


def _link(street: Street, mail: str) -> str:
    return str(street.tower.ask("user", "link", mail)["url"])


def _ask_for_code(visitor: Visitor, mail: str) -> Answer:
    return visitor.press(_with(visitor.open(SIGN_IN), "email"), email=mail)


def _send_code(visitor: Visitor, page: Answer, code: str) -> Answer:
    return visitor.press(_with(page, "code"), "verify", code=code)


def _code_for(street: Street, mail: str) -> str:
    (caught, *_) = wait_for(lambda: street.mails_to(mail))
    found = re.search(r"\b\d{6}\b", caught.text)
    assert found, caught.text
    return found[0]


def _with(page: Answer, field: str) -> Form:
    """The form with that field; "" is the page's first form that posts."""
    return next(f for f in page.forms if f.method == "post" and (not field or field in f.values))


def _totp(secret: str, *, step: int = 0) -> str:
    """RFC 6238, six digits; `step` 1 is the next half minute's."""
    counter = struct.pack(">Q", int(time.time()) // 30 + step)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"
