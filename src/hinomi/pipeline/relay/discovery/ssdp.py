"""SSDP: devices that offer themselves (NOTIFY), and the system they say they run (SERVER)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.pipeline.relay.discovery.word import Word, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_LINES = 40
_KINDS = {
    "internetgatewaydevice": "gateway",
    "mediarenderer": "media",
    "mediaserver": "media-server",
    "printer": "printer",
    "wlanaccesspointdevice": "access-point",
    "basic": "",
}


def read(payload: bytes, *, sender_mac: str, sender: str) -> Iterator[Word]:
    """Of a NOTIFY that is no farewell; searches say nothing of who searches."""
    lines = payload[:2_000].split(b"\r\n")[:_MOST_LINES]
    if not lines[0].startswith(b"NOTIFY "):
        return
    told = {
        name.strip().lower(): value for name, _, value in (each.partition(b":") for each in lines)
    }
    if told.get(b"nts", b"").strip() == b"ssdp:byebye":
        return
    server = text(told.get(b"server", b""))
    asked = text(told.get(b"nt", b"")).lower()
    kind = next((word for name, word in _KINDS.items() if f":device:{name}:" in asked), "")
    yield Word(
        by="ssdp",
        mac=sender_mac,
        address=sender,
        facts={"server": server} if server else {},
        services=(kind,) if kind else (),
    )
