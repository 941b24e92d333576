"""Windows' event log by its own library (wevtapi), through ctypes: no package to install.

実機のWindowsでは未確認: written by the public manual, never run on a real Windows.
"""

from __future__ import annotations

import ctypes
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hinomi.agent.windows_events import ChannelUnread

if TYPE_CHECKING:
    from collections.abc import Iterator

_BY_CHANNEL, _FORWARD, _REVERSE = 0x1, 0x100, 0x200
_AS_XML = 1
_TIMEOUT_MS = 2_000
_NO_MORE, _TOO_SMALL = 259, 122
_LARGEST = 4 << 20
_BATCH = 64


class WindowsEventLog:
    """An `EventLog` on this PC."""

    def __init__(self) -> None:
        # Only there on Windows, so that it is asked for by name and when it is needed.
        library = getattr(ctypes, "WinDLL")("wevtapi", use_last_error=True)  # noqa: B009
        pointer, number = ctypes.c_void_p, ctypes.c_uint32
        text, count = ctypes.c_wchar_p, ctypes.POINTER(ctypes.c_uint32)
        library.EvtQuery.argtypes = [pointer, text, text, number]
        library.EvtQuery.restype = pointer
        library.EvtNext.argtypes = [pointer, number, ctypes.POINTER(pointer), number, number, count]
        library.EvtRender.argtypes = [pointer, pointer, number, number, pointer, count, count]
        library.EvtClose.argtypes = [pointer]
        self._library = library

    def after(self, channel: str, number: int, *, most: int) -> list[str]:
        """By a query for higher numbers."""
        found: list[str] = []
        query = f"*[System[(EventRecordID > {number})]]"
        with self._query(channel, query, _FORWARD) as results:
            while len(found) < most:
                batch = self._next(results, min(_BATCH, most - len(found)))
                if not batch:
                    break
                found += batch
        return found

    def newest(self, channel: str) -> int:
        """The first event from the end."""
        with self._query(channel, "*", _REVERSE) as results:
            for xml in self._next(results, 1):
                _, _, rest = xml.partition("<EventRecordID>")
                digits = rest.partition("<")[0]
                return int(digits) if digits.isdecimal() else 0
        return 0

    @contextmanager
    def _query(self, channel: str, query: str, direction: int) -> Iterator[ctypes.c_void_p]:
        results = self._library.EvtQuery(None, channel, query, _BY_CHANNEL | direction)
        if not results:
            raise ChannelUnread(_last_error(), f"EvtQuery {channel}")
        try:
            yield results
        finally:
            self._library.EvtClose(results)

    def _next(self, results: ctypes.c_void_p, most: int) -> list[str]:
        handles = (ctypes.c_void_p * most)()
        count = ctypes.c_uint32()
        if not self._library.EvtNext(results, most, handles, _TIMEOUT_MS, 0, ctypes.byref(count)):
            if _last_error() == _NO_MORE:
                return []
            raise ChannelUnread(_last_error(), "EvtNext")
        try:
            return [self._rendered(handles[place]) for place in range(count.value)]
        finally:
            for place in range(count.value):
                self._library.EvtClose(handles[place])

    def _rendered(self, event: int | None) -> str:
        used, properties = ctypes.c_uint32(), ctypes.c_uint32()
        sizes = (ctypes.byref(used), ctypes.byref(properties))
        self._library.EvtRender(None, event, _AS_XML, 0, None, *sizes)
        if _last_error() != _TOO_SMALL or used.value > _LARGEST:
            raise ChannelUnread(_last_error(), "EvtRender")
        buffer = ctypes.create_unicode_buffer(used.value // 2 + 1)
        if not self._library.EvtRender(None, event, _AS_XML, used.value, buffer, *sizes):
            raise ChannelUnread(_last_error(), "EvtRender")
        return buffer.value


def _last_error() -> int:
    return int(getattr(ctypes, "get_last_error")())  # noqa: B009
