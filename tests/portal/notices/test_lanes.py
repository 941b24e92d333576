"""The outbox of many ways: one slow carrier holds up nobody else, 今すぐ goes first."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from hinomi.portal.access.time import now
from hinomi.portal.notices import outbox
from hinomi.portal.notices.chiefs import tell_chiefs
from hinomi.portal.notices.models import FirmNotice, Notice, NoticeState
from hinomi.portal.notices.postman import AT_ONCE, LANE_HOLDS, Due, Postman
from hinomi.portal.notices.trays import FIRMS
from hinomi.respond.channels.channel import ChannelError, Message, Receipt, Setting
from tests.portal.town import configured

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.town import Town

ALL = "a test looks at the outbox"


class Way:
    """Remembers messages, or fails."""

    kind: ClassVar[str] = "mail"
    title_ja: ClassVar[str] = "メール"
    settings: ClassVar[dict[str, Setting]] = {}

    def __init__(self, *, fails: ChannelError | None = None) -> None:
        self.messages: list[Message] = []
        self.fails = fails

    def send(self, message: Message) -> Receipt:
        self.messages.append(message)
        if self.fails is not None:
            raise self.fails
        return Receipt(provider_id="c-1", units=2, cost_yen=Decimal("6.60"))


def put(town: Town, number: int, *, channel: str = "mail", level: str = "") -> Notice:
    return Notice.objects.create(
        organisation=town.aoba.organisation,
        channel=channel,
        level=level,
        to=f"x{number}@example.jp",
        subject=str(number),
        body_text="x",
        dedupe_key=f"{channel}{number}",
        due_at=now() - timedelta(minutes=5) + timedelta(seconds=number),
    )


def test_what_a_message_cost_and_its_number_are_kept(town: Town) -> None:
    notice = put(town, 1, channel="sms")
    outbox.send_one(notice.pk, channels={"sms": Way()})
    notice.refresh_from_db()
    assert (notice.state, notice.provider_id, notice.units) == ("sent", "c-1", 2)
    assert notice.cost_yen == Decimal("6.60")


def test_a_carrier_that_asks_us_to_wait_is_heeded(town: Town) -> None:
    error = ChannelError("Too many messages (429).", retry_after_s=120)
    notice = put(town, 1, channel="sms")
    outbox.send_one(notice.pk, channels={"sms": Way(fails=error)})
    notice.refresh_from_db()
    assert notice.state == "queued"
    assert notice.due_at - now() > timedelta(seconds=110)


def test_only_a_call_gets_an_address_for_keys(town: Town, settings: SettingsWrapper) -> None:
    settings.HINOMI = configured(public_url="https://t.example")
    voice, sms = Way(), Way()
    for kind in ("voice", "sms"):
        outbox.send_one(put(town, 1, channel=kind).pk, channels={"voice": voice, "sms": sms})
    assert voice.messages[0].press_url.startswith("https://t.example/calls/keys/")
    assert sms.messages[0].press_url == ""


def test_our_own_people_are_told_once_and_apart_from_the_company(town: Town) -> None:
    firm = town.firm.id
    before = Notice.objects.across_all(reason=ALL).count()
    assert tell_chiefs(firm, reason="missed:1", title="約束の電話が済んでいません") == 1
    assert tell_chiefs(firm, reason="missed:1", title="約束の電話が済んでいません") == 0
    (told,) = FirmNotice.objects.of_firm(firm)
    assert told.to == town.people["manager", "own"].email
    assert Notice.objects.across_all(reason=ALL).count() == before
    way = Way()
    assert outbox.send_one(told.pk, channels={"mail": way}, tray=FIRMS)
    told.refresh_from_db()
    assert (told.state, told.tries.count()) == ("sent", 1)


def test_a_slow_carrier_fills_its_own_lane_and_no_other(town: Town) -> None:
    """Until the gate opens every SMS hangs; mails go on, the urgent one first."""
    Notice.objects.across_all(reason=ALL).update(state=NoticeState.SENT)
    gate, begun = threading.Event(), []

    def send(due: Due, _: object) -> bool:
        begun.append((due.kind, due.pk))
        return due.kind == "mail" or gate.wait(20)

    for number in range(LANE_HOLDS + 3):
        put(town, number, channel="sms")
    calm, urgent = put(town, 90), put(town, 95, level="now")
    ways = {"sms": Way(), "mail": Way()}
    postman = Postman(channels=lambda _: ways, firm_of=lambda _: "firm", send=send)
    mails = [due.pk for due in postman._due() if due.kind == "mail"]
    assert mails == [urgent.pk, calm.pk]
    try:
        assert postman.look() == LANE_HOLDS + 2
        assert _within(lambda: len(begun) == AT_ONCE + 2)
        postman.look()
        assert [kind for kind, _ in begun].count("sms") == AT_ONCE
    finally:
        gate.set()
        postman.stop()


def _within(holds: Callable[[], bool]) -> bool:
    for _ in range(200):
        if holds():
            return True
        threading.Event().wait(0.05)
    return False
