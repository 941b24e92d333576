"""The menu: flat for a customer, sections for staff, and never without a mark where one is."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from django.urls import get_resolver

from hinomi.portal.ui.menu import SECTIONS
from tests.portal.town import Town, sign_in

if TYPE_CHECKING:
    from hinomi.portal.ui.menu import Entry

ENTRIES = [entry for section in SECTIONS for entry in section.entries]


def nav(town: Town, role: str, path: str) -> str:
    page = sign_in(town.people[role, "own"]).get(path).content.decode()
    found = re.search(r'<nav aria-label="メニュー">(.*?)</nav>', page, re.DOTALL)
    assert found
    return found[1]


def test_an_owner_sees_few_entries_in_one_line(town: Town) -> None:
    shown = nav(town, "owner", "/home/")
    assert shown.count("<ul") == 1
    assert 'aria-current="page">ホーム' in shown
    assert "届き方" not in shown


@pytest.mark.parametrize("role", ["analyst", "manager", "desk"])
def test_staff_see_the_sections_and_the_entries_of_the_one_they_are_in(
    town: Town, role: str
) -> None:
    shown = nav(town, role, "/sensors/")
    assert shown.count("<ul") == 2
    assert 'aria-current="true">届き方' in shown
    assert 'aria-current="page">センサー' in shown
    assert "今日の警報" not in shown
    assert shown.count("aria-current") == 2


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_each_entry_names_addresses_that_exist(entry: Entry) -> None:
    known = {key for key in get_resolver().reverse_dict if isinstance(key, str)}
    assert {entry.name, *entry.here} <= known


def test_each_address_is_marked_by_one_entry_only() -> None:
    doubled = Counter(name for entry in ENTRIES for name in entry.here)
    assert not [name for name, times in doubled.items() if times > 1]
