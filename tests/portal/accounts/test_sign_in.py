"""Signing in by a code in the mail, and the second factor that staff need."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.test import Client

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.accounts.links import make_link, path_of
from hinomi.portal.accounts.second_factor import STAFF_SESSION_S
from hinomi.respond.channels.channel import ChannelError
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from tests.portal.town import Town

SIGN_IN = "/accounts/sign-in/"
CODE = "/accounts/sign-in/code/"
SET_UP = "/accounts/second-factor/set-up/"


def ask_for_code(client: Client, address: str) -> str:
    """The code from the mail, "" when none was sent."""
    mail.outbox.clear()
    response = client.post(SIGN_IN, {"email": address})
    assert response.status_code == 302
    found = re.search(r"\b(\d{6})\b", mail.outbox[0].body) if mail.outbox else None
    return found[1] if found else ""


def app_code(secret: str) -> str:
    """What an authenticator app shows now."""
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))


def set_up(client: Client) -> str:
    """Set the second factor up as a person would; the app's secret."""
    page = client.get(SET_UP)
    secret = page.context["form"].secret
    assert client.post(SET_UP, {"code": app_code(secret)}).status_code == 302
    return str(secret)


def test_a_customer_signs_in_with_the_code_from_the_mail(town: Town) -> None:
    client, user = Client(), town.people["owner", "own"]
    code = ask_for_code(client, user.email)
    assert mail.outbox[0].to == [user.email]
    assert mail.outbox[0].subject.startswith("【")
    assert client.post(CODE, {"code": code}).status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)


def test_the_code_is_not_in_the_subject(town: Town) -> None:
    """Subjects show on locked screens."""
    code = ask_for_code(Client(), town.people["owner", "own"].email)
    assert code
    assert code not in mail.outbox[0].subject


def test_a_wrong_code_is_refused_and_three_end_the_try(town: Town) -> None:
    client = Client()
    right = ask_for_code(client, town.people["owner", "own"].email)
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(3):
        client.post(CODE, {"code": wrong})
    client.post(CODE, {"code": right})
    assert "_auth_user_id" not in client.session


def test_a_wrong_code_is_told_in_the_words_of_the_page(town: Town) -> None:
    """番号, never コード; and what to do next."""
    client = Client()
    right = ask_for_code(client, town.people["owner", "own"].email)
    wrong = "000000" if right != "000000" else "111111"
    refused = client.post(CODE, {"code": wrong}).content.decode()
    assert "いちばん新しい番号を入力してください" in refused
    assert "コード" not in refused


def test_an_unknown_address_gets_the_same_answer_and_no_mail(town: Town) -> None:
    known, unknown = Client(), Client()
    assert ask_for_code(known, town.people["owner", "own"].email)
    answer = unknown.post(SIGN_IN, {"email": "nobody@example.jp"})
    assert (answer.status_code, answer["Location"]) == (302, CODE)
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (ChannelError("It answered 550.", advice="Check HINOMI_SMTP."), "550. Check HINOMI_SMTP"),
        (RuntimeError("no"), "could not be made"),
    ],
)
def test_a_mail_that_fails_is_logged_and_does_not_break_the_sign_in_page(
    town: Town,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fault: Exception,
    told: str,
) -> None:
    address = town.people["owner", "own"].email

    def refuse(*_: object, **__: object) -> int:
        raise fault

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    assert Client().post(SIGN_IN, {"email": address}).status_code == 302
    assert told in caplog.text
    assert address not in caplog.text


def test_too_many_tries_from_one_place_are_told_to_wait(town: Town) -> None:
    for number in range(21):
        answer = Client().post(SIGN_IN, {"email": f"nobody{number}@example.jp"})
    assert answer.status_code in {200, 429}
    assert mail.outbox == []


def test_codes_are_limited_per_address(town: Town) -> None:
    for _ in range(3):
        assert ask_for_code(Client(), town.people["owner", "own"].email)
    mail.outbox.clear()
    Client().post(SIGN_IN, {"email": town.people["owner", "own"].email})
    assert mail.outbox == []


def test_signing_in_and_out_leaves_a_trail_without_the_code(town: Town) -> None:
    client, user = Client(), town.people["owner", "own"]
    code = ask_for_code(client, user.email)
    client.post(CODE, {"code": code})
    client.post("/accounts/sign-out/")
    acts = AuditEntry.objects.filter(user=user, what__startswith="accounts:session")
    assert list(acts.values_list("what", "detail")) == [
        ("accounts:session:start", {"by": "code"}),
        ("accounts:session:end", {}),
    ]


def test_nobody_can_sign_up(town: Town) -> None:
    assert Client().get("/accounts/signup/").status_code == 404


@pytest.mark.django_db(transaction=True)  # allauth tells of the set-up once it is committed
def test_staff_set_up_the_second_factor_before_anything_else(town: Town) -> None:
    client = Client()
    code = ask_for_code(client, town.people["analyst", "own"].email)
    client.post(CODE, {"code": code})
    for page in ("/", "/sources/", f"/incidents/{town.aoba.incident.number}/"):
        assert client.get(page)["Location"] == SET_UP, page
    mail.outbox.clear()
    set_up(client)
    assert client.get("/sources/").status_code == 200
    assert "二段階の確認" in mail.outbox[0].subject, "the person is told of the change"


def test_the_next_sign_in_asks_for_the_app_s_code(town: Town) -> None:
    user, first = town.people["analyst", "own"], Client()
    first.post("/" + path_of(make_link(mail=user.email)))
    secret = set_up(first)
    second = Client()
    answer = second.post("/" + path_of(make_link(mail=user.email)))
    assert answer["Location"] == "/accounts/sign-in/second-factor/"
    assert "_auth_user_id" not in second.session
    second.post(answer["Location"], {"code": _unused(secret)})
    assert second.get("/sources/").status_code == 200


def test_a_session_from_before_the_set_up_does_not_come_along(town: Town) -> None:
    """Who holds only the mailbox signed in first; then the real person sets the app up."""
    user, thief, person = town.people["analyst", "own"], Client(), Client()
    thief.post("/" + path_of(make_link(mail=user.email)))
    person.post("/" + path_of(make_link(mail=user.email)))
    set_up(person)
    answer = thief.get("/sources/")
    assert answer["Location"].startswith("/accounts/second-factor/again/")
    assert thief.get("/accounts/second-factor/recovery-codes/").status_code == 302


def test_the_app_s_secret_is_encrypted_in_the_database(town: Town) -> None:
    client = Client()
    client.post("/" + path_of(make_link(mail=town.people["analyst", "own"].email)))
    secret = set_up(client)
    stored = Authenticator.objects.get(type=Authenticator.Type.TOTP).data["secret"]
    assert secret not in stored
    assert (
        Authenticator.objects.get(type=Authenticator.Type.TOTP)
        .wrap()
        .validate_code(_unused(secret))
    )


def test_customers_are_not_asked_for_a_second_factor(town: Town) -> None:
    client = Client()
    client.post("/" + path_of(make_link(mail=town.people["owner", "own"].email)))
    assert client.get("/sources/").status_code == 200


@pytest.mark.parametrize(("role", "is_ended"), [("analyst", True), ("owner", False)])
def test_a_staff_session_ends_after_a_working_day(town: Town, role: str, is_ended: bool) -> None:
    client = sign_in(town.people[role, "own"])
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY][0]["at"] = time.time() - STAFF_SESSION_S - 60
    session.save()
    answer = client.get("/sources/")
    assert (answer.get("Location") == SIGN_IN) is is_ended


def test_a_polling_part_sends_the_whole_page_to_the_sign_in(town: Town) -> None:
    answer = Client().get(
        "/sources/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/sources/?q=1"},
    )
    assert answer["HX-Redirect"] == f"{SIGN_IN}?next=/sources/"
    assert answer.content == b""


def _unused(secret: str) -> str:
    """A code the app shows in the next half minute: one that was used is refused."""
    from allauth.mfa.totp.internal import auth

    counters = list(auth.yield_hotp_counters_from_time())
    return str(format_hotp_value(hotp_value(secret, counters[0] + 1)))
