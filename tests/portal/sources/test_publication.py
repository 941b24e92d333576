"""The data path is told of every change, also when the telling was cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.time import configuration, now
from hinomi.portal.organisations.models import DirectoryState
from hinomi.portal.sources import publication
from hinomi.portal.sources.publication import publish_if_changed
from hinomi.portal.sources.services import revoke_source
from hinomi.store.directory import load

if TYPE_CHECKING:
    from tests.portal.town import Town


def test_what_is_published_is_what_the_portal_knows(town: Town) -> None:
    publish_if_changed()
    directory = load(data=configuration().data)
    assert {row.name for row in directory.organisations} == {"青葉工務店", "文京歯科", "海野水産"}
    (source,) = (row for row in directory.sources if row.id == town.aoba.source.id)
    assert source.organisation == town.aoba.organisation.id
    assert source.token_sha256 == town.aoba.source.token_sha256
    assert source.nicknames == ((f"{town.aoba.canary}-PC", f"{town.aoba.canary}の机"),)
    assert not source.is_revoked


def test_nothing_changed_means_nothing_published(town: Town) -> None:
    assert publish_if_changed() is not None
    assert publish_if_changed() is None


def test_a_publication_that_was_cut_off_is_made_up_for(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash between commit and publication leaves the counters apart; the bell sends again."""
    publish_if_changed()
    revoke_source(source=town.aoba.source)

    def crash(*_: object, **__: object) -> int:
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(publication, "publish", crash)
        with pytest.raises(OSError, match="disk full"):
            publish_if_changed()
    state = DirectoryState.objects.get()
    assert state.changes != state.published
    publish_if_changed()
    published = {row.id: row.is_revoked for row in load(data=configuration().data).sources}
    assert published[town.aoba.source.id] is True


def test_a_deleted_company_is_published_as_deleted(town: Town) -> None:
    organisation = town.aoba.organisation
    organisation.deleted_at = now()
    organisation.save()
    publication.publish_directory()
    directory = load(data=configuration().data)
    assert [row.id for row in directory.organisations if row.is_deleted] == [organisation.id]
