"""Findings for the bell, and a mail channel that only remembers."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from hinomi.core.findings import Evidence, Finding
from hinomi.core.words import Disposition, Level
from hinomi.portal.access.time import now
from hinomi.portal.notices.models import NoticeAttempt
from hinomi.respond.channels.channel import Receipt

if TYPE_CHECKING:
    from hinomi.respond.channels.channel import ChannelError, Message, Setting


class Findings:
    """Makes findings with numbers that count up, as the worker would write them."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def row(self, organisation: str, **changes: Any) -> tuple[int, Finding]:
        number = next(self._numbers)
        moment = now() - timedelta(seconds=5)
        values: dict[str, Any] = {
            "id": f"f{number}",
            "organisation": organisation,
            "source": "src_x",
            "rule_id": "rule-1",
            "rule_title": "Shadow copies deleted",
            "level": Level.HIGH,
            "event_time": moment,
            "receive_time": moment,
            "device": "SOUMU1",
            "user": "",
            "case": "ransomware",
            "disposition": Disposition.UNKNOWN,
            "tags": ("attack.t1490",),
            "why": (),
            "evidence": (Evidence(f"e{number}", moment, {"Channel": "System"}, b"raw \xff"),),
            "slots": {},
            "late": False,
            "rule_pack": "pack-1",
            "directory_generation": 1,
        }
        return number, Finding(**(values | changes))


class FakeMail:
    """Remembers messages; raises `fails` when set. Sees how many attempts were recorded."""

    kind: ClassVar[str] = "mail"
    title_ja: ClassVar[str] = "メール"
    settings: ClassVar[dict[str, Setting]] = {}

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.recorded: list[int] = []
        self.fails: ChannelError | None = None

    def send(self, message: Message) -> Receipt:
        attempts = NoticeAttempt.objects.across_all(reason="a test looks")
        self.recorded.append(attempts.filter(finished_at=None).count())
        self.messages.append(message)
        if self.fails is not None:
            raise self.fails
        return Receipt(provider_id=message.message_id)


@pytest.fixture
def findings() -> Findings:
    return Findings()


@pytest.fixture
def mail() -> FakeMail:
    return FakeMail()
