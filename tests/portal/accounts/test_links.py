"""One-time links: opening uses nothing, the button signs in once, staff are asked for more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from hinomi.core.clock import FixedClock
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import now
from hinomi.portal.accounts.links import LinkRefused, make_link, path_of, use_link
from hinomi.portal.accounts.models import SignInLink
from tests.portal.town import configured, sign_in

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.town import Town


def url_for(town: Town, role: str, relation: str = "own") -> str:
    """A new link's path for the person."""
    return "/" + path_of(make_link(mail=town.people[role, relation].email))


def on_this_machine(**headers: str) -> Client:
    """A client as the tower's own machine has it; the others ask for the name `testserver`."""
    return Client(HTTP_HOST="127.0.0.1:8420", REMOTE_ADDR="127.0.0.1", **headers)


def is_signed_in(client: Client) -> bool:
    """True when the session belongs to a person."""
    return "_auth_user_id" in client.session


def test_opening_the_link_uses_nothing_and_signs_nobody_in(town: Town) -> None:
    """A mail scanner opens every link, often twice."""
    url, client = url_for(town, "owner"), Client()
    for _ in range(3):
        assert client.get(url).status_code == 200
        assert client.head(url).status_code == 200
    assert not is_signed_in(client)
    assert SignInLink.objects.get().used_at is None


def test_the_button_signs_a_customer_in(town: Town) -> None:
    url, client = url_for(town, "owner"), Client()
    response = client.post(url)
    assert response.status_code == 302
    assert response["Location"] == "/"
    assert is_signed_in(client)


def test_a_used_link_signs_nobody_in_again(town: Town) -> None:
    url = url_for(town, "owner")
    Client().post(url)
    second = Client()
    assert second.post(url).status_code == 410
    assert second.get(url).status_code == 410
    assert not is_signed_in(second)


def test_a_link_ends_after_fifteen_minutes(town: Town, settings: SettingsWrapper) -> None:
    url = url_for(town, "owner")
    settings.HINOMI = configured(clock=FixedClock(now() + timedelta(minutes=15, seconds=1)))
    client = Client()
    assert client.post(url).status_code == 410
    assert not is_signed_in(client)


def test_a_link_of_a_person_who_was_stopped_is_refused(town: Town) -> None:
    url, user = url_for(town, "owner"), town.people["owner", "own"]
    user.is_active = False
    user.save()
    assert Client().post(url).status_code == 410


def test_unknown_and_used_links_look_alike(town: Town) -> None:
    url = url_for(town, "owner")
    Client().post(url)
    assert Client().get(url).content == Client().get("/" + path_of("x" * 43)).content


def test_only_a_hash_of_the_secret_is_stored(town: Town) -> None:
    secret = make_link(mail=town.people["owner", "own"].email)
    assert secret not in str(SignInLink.objects.values().get())
    use_link(secret)
    with pytest.raises(LinkRefused):
        use_link(secret)


def test_staff_are_still_asked_for_the_second_factor(town: Town) -> None:
    client = Client()
    client.post(url_for(town, "analyst"))
    response = client.get("/")
    assert response.status_code == 302
    assert response["Location"] == "/accounts/second-factor/set-up/"


@pytest.mark.usefixtures("rehearsal")
def test_in_a_rehearsal_folder_the_link_signs_staff_in_fully(town: Town) -> None:
    client = Client()
    client.post(url_for(town, "analyst"))
    response = client.get("/")
    assert "/second-factor/" not in response.get("Location", "")


def test_whoever_was_signed_in_before_is_signed_out(town: Town) -> None:
    client = sign_in(town.people["staff", "same firm"])
    client.post(url_for(town, "owner"))
    assert client.session["_auth_user_id"] == str(town.people["owner", "own"].pk)


def test_the_button_needs_the_form_s_token(town: Town) -> None:
    """A page elsewhere must not sign a visitor in as somebody else."""
    client = Client(enforce_csrf_checks=True)
    assert client.post(url_for(town, "owner")).status_code == 403
    assert not is_signed_in(client)


@pytest.mark.parametrize("role", ["owner", "analyst"])
def test_on_the_tower_s_own_machine_opening_the_link_signs_in_fully(town: Town, role: str) -> None:
    """Whoever is there holds the data folder anyhow, and programs cannot press buttons."""
    client, url = on_this_machine(), url_for(town, role)
    assert client.get(url)["Location"] == "/"
    assert "/second-factor/" not in client.get("/")["Location"]
    assert on_this_machine().get(url).status_code == 410


def test_the_trail_says_that_the_link_was_opened_on_this_machine(town: Town) -> None:
    on_this_machine().get(url_for(town, "analyst"))
    used = AuditEntry.objects.get(what="accounts:link:use")
    began = AuditEntry.objects.get(what="accounts:session:start")
    assert used.detail == {"where": "this machine"}
    assert began.detail == {"by": "link_on_this_machine"}


@pytest.mark.parametrize(
    "told",
    [
        {"HTTP_X_FORWARDED_FOR": "192.0.2.9"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"HTTP_FORWARDED": "for=192.0.2.9"},
        {"HTTP_VIA": "1.1 somewhere"},
        {"HTTP_HOST": "testserver"},
        {"REMOTE_ADDR": "192.0.2.9"},
        {"REMOTE_ADDR": ""},
    ],
    ids=str,
)
def test_a_request_that_may_come_from_elsewhere_finds_the_button(
    town: Town, told: dict[str, str]
) -> None:
    client, url = on_this_machine(), url_for(town, "analyst")
    assert client.get(url, **told).status_code == 200
    assert not is_signed_in(client)
    client.post(url, **told)
    assert client.get("/")["Location"] == "/accounts/second-factor/set-up/"


def test_the_proxy_named_at_start_is_never_this_machine(
    town: Town, settings: SettingsWrapper
) -> None:
    """Even when it forgets to say for whom it asks."""
    settings.BEHIND_PROXY = "127.0.0.1"
    client, url = on_this_machine(), url_for(town, "analyst")
    assert client.get(url).status_code == 200
    assert client.get(url, HTTP_X_FORWARDED_FOR="127.0.0.1").status_code == 200
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "ahead",
    [
        {"HTTP_SEC_PURPOSE": "prefetch;prerender"},
        {"HTTP_PURPOSE": "prefetch"},
        {"HTTP_X_MOZ": "prefetch"},
    ],
    ids=str,
)
def test_looking_ahead_uses_nothing(town: Town, ahead: dict[str, str]) -> None:
    client, url = on_this_machine(), url_for(town, "owner")
    assert client.get(url, **ahead).status_code == 200
    assert client.head(url).status_code == 200
    assert not is_signed_in(client)
    assert SignInLink.objects.get().used_at is None
