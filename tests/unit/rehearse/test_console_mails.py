"""The invented mailbox: sixty companies, five consoles, and a count to be held to."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from email import message_from_bytes

import pytest

from hinomi.core.company_names import read_company_name
from hinomi.normalise.mail import read_mail
from hinomi.rehearse.console_mails import SENDERS, alerts_of, morning
from hinomi.rehearse.customers import Console, customers, roster

MOMENT = datetime(2026, 11, 21, 23, 0, tzinfo=UTC)
MAILS = morning(MOMENT)


def test_sixty_companies_are_told_by_five_consoles() -> None:
    assert len({each.name for each in customers()}) == 60
    assert Counter(each.console for each in customers()) == dict.fromkeys(Console, 12)
    assert len(roster()) == 62


def test_consoles_spell_names_as_they_like_and_three_invent_them() -> None:
    nicknamed = [each for each in customers() if each.nickname]
    assert len(nicknamed) == 3
    assert len({each.console for each in nicknamed}) == 3
    for each in customers():
        own, told = read_company_name(each.name), read_company_name(each.told_as)
        assert own.may_be(told) is not bool(each.nickname)
        others = [other for other in customers() if other != each]
        assert not any(read_company_name(other.name).may_be(told) for other in others)


def test_the_mails_hold_as_many_alerts_as_they_say() -> None:
    told: Counter[int] = Counter()
    for mail in MAILS:
        told.update(mail.alerts)
    for each in customers():
        most = 1 if each.console is Console.UTM_REPORT else 9
        assert told[each.number] == min(alerts_of(each), most)
    assert {alerts_of(each) for each in customers()} == {0, 1, 2, 3}


@pytest.mark.parametrize("console", list(Console))
def test_our_own_reader_finds_each_alert_once(console: Console) -> None:
    """The templates were written from the makers' manuals, apart from the reader."""
    for mail in MAILS:
        if mail.console is console:
            read = read_mail(mail.raw, mail="m", mailbox="box")
            found = [piece for piece in read.pieces if piece.kind in ("alert", "row")]
            assert len(found) == sum(mail.alerts.values()), read.pieces
            assert message_from_bytes(mail.raw)["From"] == SENDERS[console]


def test_charsets_differ_as_in_real_mailboxes() -> None:
    charsets = {
        part.get_content_charset() for mail in MAILS for part in message_from_bytes(mail.raw).walk()
    }
    assert {"iso-2022-jp", "us-ascii", "shift_jis", "utf-8"} <= charsets
