"""検知の範囲: what staff see, what customers never do, and a table that cannot be made."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.rules.queries import coverage as queries
from tests.portal.town import Town, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESS = "/rules/coverage/"


@pytest.fixture(autouse=True)
def _no_table_of_another_test() -> Iterator[None]:
    queries._made.cache_clear()
    yield
    queries._made.cache_clear()


def test_techniques_sources_and_stories_are_shown_in_words(town: Town) -> None:
    text = sign_in(town.people["desk", "own"]).get(ADDRESS).content.decode()
    assert "T1486" in text
    assert "ファイルを開けなくする" in text
    assert "ヤマハルーター" in text
    assert "身代金ウイルス" in text
    assert "hinomiのルールで見える" in text
    assert "すべての攻撃を見つけられるとは限りません" in text


@pytest.mark.parametrize("role", ["owner", "staff"])
def test_customers_do_not_see_it(town: Town, role: str) -> None:
    assert sign_in(town.people[role, "own"]).get(ADDRESS).status_code in (403, 404)


def test_the_table_is_made_once_until_a_rule_changes(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(town.people["analyst", "own"])
    assert client.get(ADDRESS).status_code == 200
    monkeypatch.setattr(subprocess, "run", _breaks)
    assert client.get(ADDRESS).status_code == 200
    monkeypatch.setattr(queries, "_marks", lambda paths: (("new.yml", 1, 1),))
    assert client.get(ADDRESS).status_code == 503


def test_a_table_that_cannot_be_made_is_said_calmly(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", _breaks)
    answer = sign_in(town.people["analyst", "own"]).get(ADDRESS)
    assert answer.status_code == 503
    assert "表をつくれませんでした" in answer.content.decode()


def _breaks(*arguments: object, **named: object) -> None:
    raise subprocess.CalledProcessError(1, "hinomi")
