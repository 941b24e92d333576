"""After a restore: the world outside knows more than this portal, and nobody is hurt by it."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.accounts.links import is_usable, make_link
from hinomi.portal.commands import restored
from hinomi.portal.incidents.opening import next_number
from hinomi.portal.notices.models import Notice, NoticeState
from hinomi.portal.notices.repeats import may_have_been_told, note_restoration
from hinomi.store.directory import load

if TYPE_CHECKING:
    from pathlib import Path

    from tests.portal.town import Town

pytestmark = pytest.mark.django_db(transaction=True)
TAKEN_AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
REASON = "a test looks at every company"


@pytest.fixture
def notice(town: Town) -> Notice:
    return town.aoba.notice


def restore() -> None:
    assert restored.run(argparse.Namespace(taken_at=TAKEN_AT, format="json")) == 0


def test_a_mail_that_waited_goes_out_marked_as_perhaps_a_repeat(notice: Notice) -> None:
    restore()
    restore()
    notice.refresh_from_db()
    assert notice.state == NoticeState.QUEUED
    assert notice.subject.count("【再送】") == 1


def test_a_mail_that_was_sent_before_the_backup_is_not_sent_again(notice: Notice) -> None:
    Notice.objects.across_all(reason=REASON).filter(pk=notice.pk).update(state=NoticeState.SENT)
    restore()
    notice.refresh_from_db()
    assert notice.state == NoticeState.SENT
    assert "【再送】" not in notice.subject


def test_only_what_happened_before_the_restore_may_have_been_told() -> None:
    before = datetime.now(UTC)
    assert not may_have_been_told(before)
    note_restoration(taken_at=TAKEN_AT)
    assert may_have_been_told(before)
    assert not may_have_been_told(datetime.now(UTC) + timedelta(seconds=5))


def test_numbers_the_lost_time_may_have_given_are_never_given_again(town: Town) -> None:
    """A customer who calls about K-1001 must not hear of another company's incident."""
    first = int(next_number().removeprefix("K-"))
    restore()
    assert int(next_number().removeprefix("K-")) > first + restored.NUMBERS_LEFT_OUT


def test_sign_in_links_that_are_out_do_not_work_a_second_time(town: Town) -> None:
    secret = make_link(mail=town.people["owner", "own"].email)
    restore()
    assert not is_usable(secret)


def test_the_data_path_hears_at_once_what_this_portal_knows(town: Town, data: Path) -> None:
    restore()
    assert town.aoba.organisation.id in {each.id for each in load(data=data).organisations}


def test_the_restore_stands_in_the_audit_trail(town: Town) -> None:
    restore()
    assert AuditEntry.objects.filter(what="portal:data:restored").count() == 1
