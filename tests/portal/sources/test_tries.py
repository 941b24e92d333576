"""A source is watched once its try (試験) came back; the try is repeated every month."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.clock import FixedClock
from hinomi.core.signals import try_names_in
from hinomi.portal.access.time import now
from hinomi.portal.sources.models import Source, SourceTry
from hinomi.portal.sources.publication import publish_directory
from hinomi.portal.sources.services import Wanted, register_source, revoke_source
from hinomi.portal.sources.tries import (
    EVERY,
    make_due_tries,
    make_try,
    take_back,
    try_state,
)
from hinomi.portal.sources.try_steps import steps_for
from hinomi.store.directory import open_directory
from hinomi.store.health_rows import SeenTry
from tests.portal.town import configured, sign_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.town import Town


@dataclass
class Came:
    """The pipeline's knowledge of tries, in memory."""

    seen: list[SeenTry] = field(default_factory=list)

    def tries(self, names: Mapping[str, str]) -> Sequence[SeenTry]:
        return [each for each in self.seen if names.get(each.name) == each.organisation]

    def back(self, made: SourceTry, *, by: str = "", readable: bool = True) -> None:
        source = by or made.source_id
        place = (made.organisation_id, source, made.name)
        self.seen.append(SeenTry(*place, f"E{len(self.seen)}", now(), readable))


@pytest.fixture
def source(town: Town) -> Source:
    return town.aoba.source


@pytest.fixture
def came() -> Came:
    return Came()


def fresh(source: Source) -> Source:
    return Source.objects.of(source.organisation_id).get(pk=source.pk)


def test_a_try_that_came_back_begins_the_watch_with_its_date(source: Source, came: Came) -> None:
    came.back(make_try(source=source))
    assert take_back(came) == 1
    assert fresh(source).started_at == came.seen[0].receive_time
    assert take_back(came) == 0
    assert try_state(source).open is None


def test_pressing_twice_keeps_the_name_that_may_be_on_its_way(source: Source) -> None:
    assert make_try(source=source).name == make_try(source=source).name


def test_what_came_by_another_source_or_unreadable_is_told_and_does_not_count(
    source: Source, town: Town, came: Came
) -> None:
    made = make_try(source=source)
    other = register_source(
        organisation_id=source.organisation_id, wanted=Wanted(kind="linux", name="別")
    ).source
    came.back(made, by=other.pk)
    assert take_back(came) == 0
    assert fresh(source).started_at is None
    client = sign_in(town.people["owner", "own"])
    page = client.get(f"/sources/{source.pk}/try/").content.decode()
    assert "別の機器として届きました" in page
    came.back(made)
    assert take_back(came) == 1


def test_an_unreadable_try_does_not_begin_the_watch(source: Source, town: Town, came: Came) -> None:
    came.back(make_try(source=source), readable=False)
    assert take_back(came) == 0
    client = sign_in(town.people["owner", "own"])
    assert "読み取れません" in client.get(f"/sources/{source.pk}/try/").content.decode()


def test_the_worker_is_told_the_name_while_the_try_is_out(
    source: Source, came: Came, data: Path
) -> None:
    made = make_try(source=source)
    assert _published(data, source) == made.name
    came.back(made)
    take_back(came)
    assert _published(data, source) == ""


def test_every_month_the_next_try_is_made_by_itself_and_listed_when_nobody_does_it(
    source: Source, town: Town, came: Came, settings: SettingsWrapper
) -> None:
    start = now()
    came.back(make_try(source=source))
    take_back(came)
    assert make_due_tries() == 0
    settings.HINOMI = configured(clock=FixedClock(start + EVERY + timedelta(hours=1)))
    assert make_due_tries() == 1
    assert make_due_tries() == 0
    assert try_state(fresh(source)).open is not None
    assert not try_state(fresh(source)).is_overdue
    settings.HINOMI = configured(clock=FixedClock(start + EVERY + timedelta(days=4)))
    assert make_due_tries() == 0, "it is still out"
    assert try_state(fresh(source)).is_overdue


def test_what_a_person_began_and_left_ends_after_a_day(
    source: Source, town: Town, settings: SettingsWrapper
) -> None:
    first = make_try(source=source, user_id=town.people["owner", "own"].pk)
    settings.HINOMI = configured(clock=FixedClock(now() + timedelta(hours=25)))
    make_due_tries()
    assert try_state(source).open is None
    assert make_try(source=source).name != first.name


def test_a_stopped_source_is_not_tried_again(
    source: Source, came: Came, settings: SettingsWrapper
) -> None:
    came.back(make_try(source=source))
    take_back(came)
    revoke_source(source=fresh(source))
    settings.HINOMI = configured(clock=FixedClock(now() + 2 * EVERY))
    assert make_due_tries() == 0


def test_the_owner_sees_what_to_do_and_that_it_came_back(
    source: Source, town: Town, came: Came
) -> None:
    client = sign_in(town.people["staff", "own"])
    url = f"/sources/{source.pk}/try/"
    assert "試験がまだです" in client.get(url).content.decode()
    assert client.post(url).status_code == 302
    (made,) = SourceTry.objects.of(source.organisation_id)
    waiting = client.get(url).content.decode()
    assert made.name in waiting
    assert "【試験】の記録を待っています" in waiting
    came.back(made)
    take_back(came)
    page = client.get(url).content.decode()
    assert "【試験】届きました" in page
    assert f"【試験】{made.name}" in page
    part = client.get(url, headers={"HX-Request": "true"})
    again = client.get(url, headers={"HX-Request": "true", "If-None-Match": part.headers["ETag"]})
    assert (b"<html" in part.content, again.status_code) == (False, 304)


@pytest.mark.parametrize("kind", ["fortigate", "winlogbeat", "linux", "http", "sophos_central"])
def test_each_kind_says_how_and_carries_the_name(kind: str) -> None:
    steps = steps_for(Source(kind=kind), name="shiken-abcdefgh")
    assert try_names_in(steps.line.encode()) == ["shiken-abcdefgh"]
    assert 1 <= len(steps.steps) <= 3


def _published(data: Path, source: Source) -> str:
    publish_directory()
    with open_directory(data) as directory:
        (found,) = [one for one in directory.load().sources if one.id == source.pk]
    return found.awaited_try
