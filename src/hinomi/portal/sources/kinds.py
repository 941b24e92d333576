"""Which kinds of senders can be registered, and how each reaches us."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import UsageError
from hinomi.normalise import FORMATS, KINDS
from hinomi.normalise.learned import KIND, id_of_kind

if TYPE_CHECKING:
    from collections.abc import Callable

# Kinds that firms taught are known to an app above this one, which says so when it is ready: may
# sources of this company (its id) be read with this learned format (its id)?
LEARNED: list[Callable[[str, str], bool]] = []

# Kinds that speak syslog, or another wire that carries no token, get a port of their own; all
# others send over HTTP with their token.
SYSLOG_KINDS = frozenset(
    {
        "syslog",
        "rsyslog",
        "fortigate",
        "fortinet",
        "sophos",
        "sophos_firewall",
        "sophos_xg",
        "sophos_xgs",
        "sfos",
        "yamaha",
        "rtx",
        "yamaha_rtx",
        "linux",
        "sshd",
        "openssh",
        "sudo",
        "auth",
        "trend_micro",
        "trendmicro",
        "apex_one",
        "apex_central",
        "deep_security",
        "eset",
        "eset_protect",
        "symantec",
        "sep",
        "withsecure",
        "trellix",
        "epo",
        "kaspersky",
        "bitdefender",
        "sentinelone",
        "crowdstrike",
        "bluecoat",
        "cybereason",
        "panda",
        "asa",
        "ftd",
        "cisco_ftd",
        "firepower",
        "cisco_firepower",
        "cisco_secure_firewall",
        "ios",
        "nx_os",
        "nxos",
        "cisco_nx_os",
        "catalyst",
        "cisco_wlc",
        "meraki",
        "meraki_mx",
        "ise",
        "esa",
        "cisco_secure_email",
        "wsa",
        "cisco_secure_web",
        "squid_proxy",
        "apache2",
        "httpd",
        "named",
        "bind9",
        "pihole",
        "pi_hole",
        "dhcpd",
        "dhcp",
        "kea",
        "radius",
        "slapd",
        "ldap",
        "suricata",
        "snort",
        "pfsense",
        "opnsense",
        "mikrotik",
        "routeros",
        "unifi",
        "ubiquiti",
        "synology",
        "dsm",
        "qnap",
        "qts",
        "buffalo",
        "terastation",
        "allied_telesis",
        "alliedware_plus",
        "nec_ix",
        "univerge_ix",
        "yamaha_utx",
        "utx",
        "laurel",
        "cef",
        "leef",
        "gelf",
        "beats",
        "lumberjack",
        "logstash",
        "nxlog",
        "netflow",
        "ipfix",
        "palo_alto",
        "sonicwall",
        "watchguard",
        "stormshield",
        "clavister",
        "juniper",
        "barracuda",
        "checkpoint",
        "fortimail",
        "cisco",
        "snare",
        "cisco_asa",
        "cisco_ios",
        "cisco_meraki",
        "cisco_ise",
        "cisco_esa",
        "cisco_wsa",
        "squid",
        "nginx",
        "apache",
        "postfix",
        "openvpn",
        "bind",
        "unbound",
        "dnsmasq",
        "isc_dhcp",
        "freeradius",
        "openldap",
    }
)


def all_kinds() -> tuple[str, ...]:
    """Every kind a source may have, in alphabetical order."""
    return tuple(sorted({kind for kind in (*FORMATS, *KINDS) if kind}))


def may_learn(kind: str, *, organisation_id: str) -> bool:
    """Whether a learned kind exists and belongs to a firm that serves the company now."""
    return any(allows(id_of_kind(kind), organisation_id) for allows in LEARNED)


def known_kind(written: str, *, organisation_id: str = "") -> str:
    """The kind's own spelling. Refuses one that no reader knows, before a customer waits for
    records nobody can read."""
    if id_of_kind(written.strip()):
        if may_learn(written.strip(), organisation_id=organisation_id):
            return written.strip()
        raise UsageError(
            f"No format {written!r} was taught by a firm that serves this company.",
            advice="`hinomi format list` shows the taught formats.",
        )
    kind = written.strip().lower().replace("-", "_").replace(" ", "_")
    if kind not in all_kinds():
        raise UsageError(
            f"No kind of source is called {written!r}.", advice="One of: " + ", ".join(all_kinds())
        )
    return kind


def speaks_syslog(kind: str) -> bool:
    """True when the source gets its own UDP and TCP port."""
    return bool({kind, KINDS.get(kind, kind)} & SYSLOG_KINDS) or kind.startswith(KIND)
