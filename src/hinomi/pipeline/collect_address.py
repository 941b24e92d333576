"""Addresses of collect's listeners: as they are shown, and who can reach them."""

from __future__ import annotations

import ipaddress


def shown_address(host: str, port: int) -> str:
    """`host:port` as a program on this machine reaches it."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104
    return f"[{shown}]:{port}" if ":" in shown and "[" not in shown else f"{shown}:{port}"


def is_loopback(host: str) -> bool:
    """True for an address that only this machine can reach."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
