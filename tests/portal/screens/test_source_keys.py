"""Tokens are replaced and certificates kept on screens, by our own people, with a trace of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from hinomi.collect.tls import fingerprint_of_pem
from hinomi.collect.validity import ends_at
from hinomi.core.clock import FixedClock
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import configuration, now
from hinomi.portal.sources.models import Source
from hinomi.portal.sources.publication import publish_if_changed
from hinomi.portal.sources.services import registered, revoke_source
from hinomi.portal.sources.tokens import token_sha256
from hinomi.store.directory import load
from tests.collect.certificates import make_pair
from tests.portal.town import configured, sign_in

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client
    from pytest_django.fixtures import SettingsWrapper

    from hinomi.core.directory import Source as Sender
    from tests.portal.town import Town


@pytest.fixture
def source(town: Town) -> Source:
    return town.aoba.source


@pytest.fixture
def analyst(town: Town) -> Client:
    return sign_in(town.people["analyst", "own"])


def published(source: Source) -> Sender:
    publish_if_changed()
    return next(row for row in load(data=configuration().data).sources if row.id == source.id)


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def acts(source: Source) -> list[str]:
    rows = AuditEntry.objects.filter(what__startswith="sources:source:").order_by("pk")
    return [row.what.rpartition(":")[2] for row in rows if row.detail.get("source") == source.id]


def replaced(client: Client, source: Source, *, days: int = 7) -> str:
    url = f"/sources/{source.id}/keys/token/"
    (version,) = re.findall(r'name="version" value="(\d+)"', text(client, url))
    page = client.post(url, {"days": days, "version": version}).content.decode()
    (token,) = re.findall(r"hnm_[\w-]+", page)
    return str(token)


def test_the_old_token_works_until_its_day_or_until_it_is_ended(
    source: Source, analyst: Client
) -> None:
    old = registered(source).token
    new = replaced(analyst, source)
    assert new != old
    assert published(source).token_sha256 == token_sha256(new)
    assert published(source).older_tokens == (token_sha256(old),)
    page = text(analyst, f"/sources/{source.id}/keys/")
    assert "に止まります" in page
    assert new[-4:] in page
    assert new not in page
    assert old not in page
    assert analyst.post(f"/sources/{source.id}/keys/token/end/").status_code == 302
    assert published(source).older_tokens == ()
    assert "前のトークンをいま止める" not in text(analyst, f"/sources/{source.id}/keys/")
    assert acts(source)[-2:] == ["rotate", "rotate-end"]


def test_asking_changes_nothing(source: Source, analyst: Client) -> None:
    before = published(source)
    for path in ("", "token/", "token/end/"):
        analyst.get(f"/sources/{source.id}/keys/{path}")
    assert published(source) == before


def test_a_button_pressed_twice_replaces_once_and_stops_nothing(
    source: Source, analyst: Client
) -> None:
    old = registered(source).token
    url = f"/sources/{source.id}/keys/token/"
    replaced(analyst, source)
    present = published(source)
    assert analyst.post(url, {"days": 1, "version": 1}).status_code == 302
    assert published(source) == present
    assert analyst.post(f"/sources/{source.id}/keys/token/end/").status_code == 302
    assert analyst.post(url, {"days": 1, "version": 1}).status_code == 302, "an old page"
    assert published(source).token_sha256 == present.token_sha256
    assert token_sha256(old) not in published(source).older_tokens


def test_a_time_that_is_not_offered_is_refused_with_a_sentence(
    source: Source, analyst: Client
) -> None:
    url = f"/sources/{source.id}/keys/token/"
    answer = analyst.post(url, {"days": 4_000, "version": 1})
    assert answer.status_code == 422
    assert "期間を選んでください" in answer.content.decode()
    assert published(source).older_tokens == ()


def test_a_certificate_is_added_shown_with_its_end_and_removed(
    source: Source, analyst: Client, tmp_path: Path
) -> None:
    pem = make_pair(tmp_path, "gate").pem
    mark, url = fingerprint_of_pem(pem), f"/sources/{source.id}/keys/"
    assert analyst.post(url, {"pem": pem}).status_code == 302
    assert published(source).certificates == (pem.strip() + "\n",)
    page = text(analyst, url)
    assert mark[:4] in page
    assert "まで" in page
    remove = f"{url}certificate/remove/"
    assert "証明書を外しますか" in text(analyst, f"{remove}?mark={mark}")
    assert analyst.post(remove, {"mark": "0" * 64}).status_code == 302
    assert published(source).certificates
    for _ in range(2):
        assert analyst.post(remove, {"mark": mark}).status_code == 302
    assert published(source).certificates == ()
    assert acts(source)[-2:] == ["certificate-add", "certificate-remove"]


def test_what_is_no_good_certificate_is_refused_with_a_sentence(
    source: Source, analyst: Client, town: Town, tmp_path: Path, settings: SettingsWrapper
) -> None:
    pair, taken = make_pair(tmp_path, "gate"), make_pair(tmp_path, "taken")
    theirs = Source.objects.of(town.umi.source.organisation_id).filter(pk=town.umi.source.id)
    theirs.update(certificates=[taken.pem])
    broken = pair.pem.replace("M", "!", 3)
    for pem, sentence in (
        ("", "証明書を貼り付けてください"),
        ("hello", "証明書として読めません"),
        (broken, "証明書として読めません"),
        (pair.pem + taken.pem, "証明書として読めません"),
        (taken.pem, "ほかの機器が使っています"),
        (pair.pem + pair.key.read_text(), "秘密鍵が入っていました"),
    ):
        answer = analyst.post(f"/sources/{source.id}/keys/", {"pem": pem})
        assert answer.status_code == 422, sentence
        page = answer.content.decode()
        assert sentence in page
        assert "PRIVATE KEY" not in page
        assert town.umi.canary not in page
    settings.HINOMI = configured(clock=FixedClock(now() + timedelta(days=31)))
    answer = sign_in(town.people["analyst", "own"]).post(
        f"/sources/{source.id}/keys/", {"pem": pair.pem}
    )
    assert "期限が過ぎています" in answer.content.decode()
    assert published(source).certificates == ()


def test_only_our_people_with_the_right_and_only_of_their_customers(
    town: Town, source: Source, analyst: Client
) -> None:
    paths = ("", "token/", "token/end/", "certificate/remove/")
    for path in paths:
        url = f"/sources/{source.id}/keys/{path}"
        assert sign_in(town.people["owner", "own"]).get(url).status_code == 403
        assert sign_in(town.people["owner", "other firm"]).post(url).status_code == 404
        assert analyst.get(f"/sources/{town.umi.source.id}/keys/{path}").status_code == 404
    assert "トークンと証明書" not in text(
        sign_in(town.people["owner", "own"]), f"/sources/{source.id}/"
    )
    assert "トークンと証明書" in text(analyst, f"/sources/{source.id}/")
    revoke_source(source=source)
    assert analyst.get(f"/sources/{source.id}/keys/").status_code == 404


def test_the_end_of_a_certificate_is_read_as_the_library_reads_it(tmp_path: Path) -> None:
    pem = make_pair(tmp_path, "gate").pem
    assert ends_at(pem) == x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc
    assert ends_at("") is None
    lines = pem.splitlines()
    assert ends_at("\n".join([*lines[:2], lines[-1]])) is None
    assert ends_at(pem) != datetime(2026, 1, 1, tzinfo=UTC)
