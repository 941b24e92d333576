"""One-time links: opening uses nothing, the button signs in once, staff are asked for more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from hinomi.core.clock import FixedClock
from hinomi.portal.access.time import now
from hinomi.portal.accounts.links import LinkRefused, make_link, path_of, use_link
from hinomi.portal.accounts.models import SignInLink
from tests.portal.conftest import configured, sign_in

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.conftest import Town


def url_for(town: Town, role: str, relation: str = "own") -> str:
    """A new link's path for the person."""
    return "/" + path_of(make_link(mail=town.people[role, relation].email))


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
