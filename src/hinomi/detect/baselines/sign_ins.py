"""Sign-ins of people that worked, as each sender writes them: who, and from which country.

A country counts only when the sender states it; no database of addresses is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hinomi.core.records import Event

_BY_HAND = frozenset({"2", "7", "10", "11"})  # LogonType: at the keyboard, unlocked, remote, cached
_MACHINES = frozenset({"font driver host", "window manager", "nt authority", "nt service"})
_WORKED = frozenset({"success", "successful"})
_NOWHERE = frozenset({"", "n/a", "-", "reserved", "unknown", "r1", "zz"})


_CAME_IN = frozenset({"session-started", "vpn_login"})


@dataclass(frozen=True, slots=True)
class SignIn:
    """`country` as stated, "" when it is not or the address is a private one. `network` is the
    number of the provider's network (AS), where the sender states one."""

    user: str
    source_field: str
    country: str = ""
    network: str = ""


def _fortigate(event: Event) -> SignIn | None:
    """The VPN and the management of the firewall itself."""
    fields = event.fields
    is_vpn = fields.get("subtype") == "vpn" and fields.get("action") == "tunnel-up"
    is_management = fields.get("action") == "login" and fields.get("status") == "success"
    if not (is_vpn or is_management):
        return None
    return SignIn(event.user, "srccountry", _stated(fields.get("srccountry", "")))


def _sophos(event: Event) -> SignIn | None:
    fields = event.fields
    is_sign_in = fields.get("log_subtype") == "Authentication" or (
        fields.get("log_subtype") == "Admin" and "logged in" in fields.get("message", "")
    )
    if not is_sign_in or fields.get("status", "").lower() not in _WORKED:
        return None
    return SignIn(event.user, "src_country", _stated(fields.get("src_country", "")))


def _windows(event: Event) -> SignIn | None:
    fields = event.fields
    if fields.get("EventID") != "4624" or fields.get("LogonType") not in _BY_HAND:
        return None
    user, domain = fields.get("TargetUserName", ""), fields.get("TargetDomainName", "")
    if not user or user.endswith("$") or domain.lower() in _MACHINES:
        return None
    return SignIn(user, "LogonType")


def _yamaha(event: Event) -> SignIn | None:
    fields = event.fields
    if fields.get("kind") != "login" or fields.get("outcome") != "succeeded":
        return None
    return SignIn(event.user, "outcome")


def _linux(event: Event) -> SignIn | None:
    """By password only: keys are how machines sign in to each other at night."""
    fields = event.fields
    is_sign_in = fields.get("action") == "ssh_login" and fields.get("outcome") == "success"
    if not is_sign_in or fields.get("method") == "publickey":
        return None
    return SignIn(event.user, "method")


def _vpn(event: Event) -> SignIn | None:
    """VPN gateways whose sentences we read: who came in, by `action` or `kind`."""
    fields = event.fields
    what = fields.get("action", "") or fields.get("kind", "")
    if what not in _CAME_IN or fields.get("outcome") != "success" or not event.user:
        return None
    return SignIn(event.user, "outcome")


def _entra(event: Event) -> SignIn | None:
    """Microsoft Entra, exported by Azure Monitor or read from Graph."""
    fields = event.fields
    if fields.get("category") == "SignInLogs":
        if fields.get("resultType") != "0":
            return None
        user, place = fields.get("properties.userPrincipalName", ""), "location"
        network = fields.get("properties.autonomousSystemNumber", "")
    elif "location.countryOrRegion" in fields:
        if fields.get("status.errorCode") != "0":
            return None
        user, place = fields.get("userPrincipalName", ""), "location.countryOrRegion"
        network = fields.get("autonomousSystemNumber", "")
    else:
        return None
    return SignIn(user, place, _stated(fields.get(place, "")), network)


def _stated(country: str) -> str:
    return "" if country.lower() in _NOWHERE else country


SIGN_INS: Mapping[str, Callable[[Event], SignIn | None]] = {
    "fortigate": _fortigate,
    "sophos": _sophos,
    "windows": _windows,
    "yamaha": _yamaha,
    "linux": _linux,
    "cisco_asa": _vpn,
    "openvpn": _vpn,
    "mikrotik": _vpn,
    "generic": _entra,
    "entra": _entra,
}
