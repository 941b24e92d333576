"""Tokens and client certificates are replaced without losing a record, and never shared."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.collect.tls import fingerprint_of_pem
from hinomi.core.errors import UsageError
from hinomi.portal.access.time import configuration, now
from hinomi.portal.organisations.services import UnknownThing
from hinomi.portal.sources.credentials import (
    MOST_CERTIFICATES,
    add_certificate,
    find_by_any_token,
    remove_certificate,
    rotate_token,
)
from hinomi.portal.sources.publication import publish_if_changed
from hinomi.portal.sources.services import registered, revoke_source
from hinomi.portal.sources.tokens import token_sha256
from hinomi.store.directory import load
from tests.collect.certificates import make_pair

if TYPE_CHECKING:
    from pathlib import Path

    from hinomi.core.directory import Source as Sender
    from tests.portal.town import Town

DAY = timedelta(days=1)


def published(source_id: str) -> Sender:
    publish_if_changed()
    return next(row for row in load(data=configuration().data).sources if row.id == source_id)


def test_both_tokens_work_until_the_overlap_is_over(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = town.aoba.source
    old = registered(source).token
    rotated = rotate_token(token=old, overlap=DAY)
    assert rotated.token != old
    sender = published(source.id)
    assert sender.token_sha256 == token_sha256(rotated.token)
    assert sender.older_tokens == (token_sha256(old),)
    later = now() + DAY
    monkeypatch.setattr("hinomi.portal.sources.credentials.now", lambda: later)
    assert published(source.id).older_tokens == ()
    with pytest.raises(UnknownThing):
        find_by_any_token(old)
    assert find_by_any_token(rotated.token).id == source.id


def test_said_again_with_the_old_token_it_answers_the_same_new_one(town: Town) -> None:
    old = registered(town.aoba.source).token
    first = rotate_token(token=old, overlap=DAY)
    assert rotate_token(token=old, overlap=DAY).token == first.token
    second = rotate_token(token=first.token, overlap=DAY)
    assert second.token != first.token
    with pytest.raises(UnknownThing):
        find_by_any_token(old)  # two at a time, never three


def test_an_overlap_of_nothing_ends_the_old_token_at_once(town: Town) -> None:
    """For a token that was stolen."""
    old = registered(town.aoba.source).token
    rotate_token(token=old, overlap=timedelta(0))
    assert published(town.aoba.source.id).older_tokens == ()


def test_a_revoked_source_gets_no_new_token(town: Town) -> None:
    old = registered(town.aoba.source).token
    revoke_source(source=town.aoba.source)
    with pytest.raises(UnknownThing):
        rotate_token(token=old, overlap=DAY)


def test_certificates_are_published_and_taken_away(town: Town, tmp_path: Path) -> None:
    source = town.aoba.source
    old, new = make_pair(tmp_path, "old").pem, make_pair(tmp_path, "new").pem
    add_certificate(source=source, pem=old)
    marks = add_certificate(source=source, pem=new)
    assert marks == [fingerprint_of_pem(old), fingerprint_of_pem(new)]
    assert add_certificate(source=source, pem=new) == marks
    assert published(source.id).certificates == (old, new)
    assert remove_certificate(source=source, mark=marks[0].upper()) == marks[1:]
    assert published(source.id).certificates == (new,)
    with pytest.raises(UnknownThing):
        remove_certificate(source=source, mark=marks[0])


def test_a_certificate_of_another_company_is_refused(town: Town, tmp_path: Path) -> None:
    pem = make_pair(tmp_path, "shared").pem
    add_certificate(source=town.aoba.source, pem=pem)
    with pytest.raises(UsageError, match="Another source"):
        add_certificate(source=town.fumi.source, pem=pem)
    revoke_source(source=town.aoba.source)
    assert add_certificate(source=town.fumi.source, pem=pem)


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "no certificate",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ],
)
def test_what_is_no_certificate_is_refused(town: Town, pem: str) -> None:
    with pytest.raises(UsageError):
        add_certificate(source=town.aoba.source, pem=pem)


def test_there_is_an_end_to_certificates(town: Town, tmp_path: Path) -> None:
    for number in range(MOST_CERTIFICATES):
        add_certificate(source=town.aoba.source, pem=make_pair(tmp_path, str(number)).pem)
    with pytest.raises(UsageError, match="Remove an old one"):
        add_certificate(source=town.aoba.source, pem=make_pair(tmp_path, "one more").pem)
