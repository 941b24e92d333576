"""How fetching from an account goes, in one word and one sentence for the firm's staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.timezone import localtime

from hinomi.collect.pollers.registry import APIS, wanted_streams
from hinomi.collect.pollers.routes import plain
from hinomi.portal.access.time import now
from hinomi.portal.connections.pollroom import reading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from hinomi.portal.connections.models import Connection
    from hinomi.store.pollroom import Way

WARNED = timedelta(days=30)  # before a key ends
_LATE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class State:
    """`name` is well, start, late, partly, trouble, paused or removed."""

    name: str
    sentence: str = ""

    @property
    def word(self) -> str:
        """The state, shown."""
        return _SHOWN[self.name][0]

    @property
    def icon(self) -> str:
        """Its icon."""
        return _SHOWN[self.name][1]

    @property
    def is_trouble(self) -> bool:
        """Whether records are missing now."""
        return self.name in ("trouble", "partly", "late")


_SHOWN = {
    "well": ("つながっています", "circle-check"),
    "start": ("まだ取り込んでいません", "hourglass"),
    "late": ("しばらく確かめられていません", "clock-alert"),
    "partly": ("一部を取り込めません", "triangle-alert"),
    "trouble": ("取り込めません", "octagon-x"),
    "paused": ("止めています", "circle-pause"),
    "removed": ("外しました", "circle-slash"),
}


def state_of(connection: Connection, *, kind: str = "", customer: str = "") -> State:
    """Of the whole account, or of what it brings of one kind for one customer (its key)."""
    if connection.removed_at is not None:
        return State("removed")
    if connection.paused_at is not None:
        return State("paused", "再開するまで、記録を取り込みません。")
    ways = [way for way in wanted_ways(connection) if _is_about(way, connection, kind, customer)]
    looked = [way.at for way in ways if way.at]
    if not looked:
        return State("start")
    failed = [way for way in ways if way.trouble]
    if failed:
        all_failed = len(failed) == len([way for way in ways if way.step.stream]) or any(
            not way.step.stream for way in failed
        )
        return State("trouble" if all_failed else "partly", _sentence(connection, failed))
    if now() - max(looked) > max(_LATE, timedelta(seconds=connection.every_s * 3)):
        return State("late", "見守りの仕組みが動いているか、確かめてください。")
    return State("well")


def key_warning(connection: Connection) -> str:
    """From 30 days before the key's last day on."""
    ends = connection.secret_ends
    if ends is None or connection.removed_at is not None:
        return ""
    left = ends - today()
    if left > WARNED:
        return ""
    day = f"{ends.year}年{ends.month}月{ends.day}日"
    if left.days < 0:
        return f"鍵の期限（{day}）が過ぎています。新しい鍵を作り、設定に入れてください。"
    return f"鍵の期限は{day}です（あと{left.days}日）。新しい鍵を作り、設定に入れてください。"


def today() -> date:
    """In Japan."""
    return localtime(now()).date()


def wanted_ways(connection: Connection) -> list[Way]:
    """What the account asks for now; what it asked for earlier is left out."""
    with reading() as room:
        found = room.ways(accounts=[connection.pk]) if room else []
    api = APIS[connection.api]
    names = {each.name for each in wanted_streams(api, names=tuple(connection.streams))} | {""}
    tenants = {plain(tenant) for tenant in connection.tenants} | {""}
    return [
        way
        for way in found
        if way.step.stream in names and (not api.needs_tenants or plain(way.step.tenant) in tenants)
    ]


def last_well(ways: Sequence[Way]) -> datetime | None:
    """When something was fetched without trouble the last time."""
    return max((way.well_at for way in ways if way.well_at and way.step.stream), default=None)


def stream_word(connection: Connection, name: str) -> str:
    """What a stream brings; "" for the account itself."""
    streams = APIS[connection.api].streams
    return next((stream.word for stream in streams if stream.name == name), "")


def _is_about(way: Way, connection: Connection, kind: str, customer: str) -> bool:
    if not kind or not way.step.stream:
        return True
    kinds = {stream.name: stream.kind for stream in APIS[connection.api].streams}
    if kinds.get(way.step.stream) != kind:
        return False
    return not way.step.tenant or plain(way.step.tenant) == customer


def _sentence(connection: Connection, failed: Sequence[Way]) -> str:
    way = failed[0]
    about = stream_word(connection, way.step.stream)
    whose = way.name or way.step.tenant
    where = "・".join(each for each in (about, whose) if each)
    more = f"ほかに{len(failed) - 1}件あります。" if len(failed) > 1 else ""
    return f"{f'{where}：' if where else ''}{way.sentence}{more}"
