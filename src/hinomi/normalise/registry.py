"""Which formats there are and in which order they are tried.

A new format is one file and one row.
"""

from __future__ import annotations

import importlib
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from hinomi.core.errors import UsageError

if TYPE_CHECKING:
    from hinomi.normalise.format import Format

# Name → module, in sniffing order: the most particular first, the reader of anything last.
FORMATS: dict[str, str] = {
    "agent": "hinomi.normalise.formats.agent",
    "windows": "hinomi.normalise.formats.windows",
    "cortex_xdr": "hinomi.normalise.formats.cortex_xdr",
    "palo_alto": "hinomi.normalise.formats.palo_alto",
    "sonicwall": "hinomi.normalise.formats.sonicwall",
    "watchguard": "hinomi.normalise.formats.watchguard",
    "watchguard_epdr": "hinomi.normalise.formats.watchguard_epdr",
    "stormshield": "hinomi.normalise.formats.stormshield",
    "stormshield_endpoint": "hinomi.normalise.formats.stormshield_endpoint",
    "clavister": "hinomi.normalise.formats.clavister",
    "juniper": "hinomi.normalise.formats.juniper",
    "barracuda": "hinomi.normalise.formats.barracuda",
    "yamaha_utx": "hinomi.normalise.formats.yamaha_utx",
    "checkpoint": "hinomi.normalise.formats.checkpoint",
    "checkpoint_harmony": "hinomi.normalise.formats.checkpoint_harmony",
    "fortimail": "hinomi.normalise.formats.fortimail",
    "fortigate": "hinomi.normalise.formats.fortigate",
    "sophos": "hinomi.normalise.formats.sophos",
    "sophos_central": "hinomi.normalise.formats.sophos_central",
    "microsoft_defender": "hinomi.normalise.formats.microsoft_defender",
    "entra": "hinomi.normalise.formats.entra",
    "office_365": "hinomi.normalise.formats.office_365",
    "azure": "hinomi.normalise.formats.azure",
    "trend_micro": "hinomi.normalise.formats.trend_micro",
    "withsecure": "hinomi.normalise.formats.withsecure",
    "eset": "hinomi.normalise.formats.eset",
    "sentinelone": "hinomi.normalise.formats.sentinelone",
    "crowdstrike": "hinomi.normalise.formats.crowdstrike",
    "harfanglab": "hinomi.normalise.formats.harfanglab",
    "symantec": "hinomi.normalise.formats.symantec",
    "bluecoat": "hinomi.normalise.formats.bluecoat",
    "trellix": "hinomi.normalise.formats.trellix",
    "cybereason": "hinomi.normalise.formats.cybereason",
    "umbrella": "hinomi.normalise.formats.umbrella",
    "bitdefender": "hinomi.normalise.formats.bitdefender",
    "kaspersky": "hinomi.normalise.formats.kaspersky",
    "google_workspace": "hinomi.normalise.formats.google_workspace",
    "netflow": "hinomi.normalise.formats.netflow",
    "iis": "hinomi.normalise.formats.iis",
    "yamaha": "hinomi.normalise.formats.yamaha",
    "suricata": "hinomi.normalise.formats.suricata",
    "zeek": "hinomi.normalise.formats.zeek",
    "osquery": "hinomi.normalise.formats.osquery",
    "laurel": "hinomi.normalise.formats.laurel",
    "nfdump": "hinomi.normalise.formats.nfdump",
    "auditd": "hinomi.normalise.formats.auditd",
    "pfsense": "hinomi.normalise.formats.pfsense",
    "mikrotik": "hinomi.normalise.formats.mikrotik",
    "unifi": "hinomi.normalise.formats.unifi",
    "synology": "hinomi.normalise.formats.synology",
    "qnap": "hinomi.normalise.formats.qnap",
    "buffalo": "hinomi.normalise.formats.buffalo",
    "allied_telesis": "hinomi.normalise.formats.allied_telesis",
    "nec_ix": "hinomi.normalise.formats.nec_ix",
    "cisco_asa": "hinomi.normalise.formats.cisco_asa",
    "cisco_ios": "hinomi.normalise.formats.cisco_ios",
    "cisco_wsa": "hinomi.normalise.formats.cisco_wsa",
    "squid": "hinomi.normalise.formats.squid",
    "nginx": "hinomi.normalise.formats.nginx",
    "apache": "hinomi.normalise.formats.apache",
    "cisco_meraki": "hinomi.normalise.formats.cisco_meraki",
    "cisco_ise": "hinomi.normalise.formats.cisco_ise",
    "cisco_esa": "hinomi.normalise.formats.cisco_esa",
    "postfix": "hinomi.normalise.formats.postfix",
    "openvpn": "hinomi.normalise.formats.openvpn",
    "bind": "hinomi.normalise.formats.bind",
    "unbound": "hinomi.normalise.formats.unbound",
    "dnsmasq": "hinomi.normalise.formats.dnsmasq",
    "isc_dhcp": "hinomi.normalise.formats.isc_dhcp",
    "freeradius": "hinomi.normalise.formats.freeradius",
    "openldap": "hinomi.normalise.formats.openldap",
    "linux": "hinomi.normalise.formats.linux",
    "mail": "hinomi.normalise.formats.mail",
    "generic": "hinomi.normalise.formats.generic",
}

# Other words for the same formats, as people and sources register them.
KINDS: dict[str, str] = {
    "hinomi_agent": "agent",
    "": "auto",
    "auto": "auto",
    "syslog": "auto",
    "http": "auto",
    "relay": "auto",
    "evtx": "windows",
    "winlogbeat": "windows",
    "sysmon": "windows",
    "defender": "windows",
    "nxlog": "windows",
    "snare": "windows",
    "windows_event_log": "windows",
    "fortinet": "fortigate",
    "check_point": "checkpoint",
    "junos": "juniper",
    "srx": "juniper",
    "stormshield_sns": "stormshield",
    "stormshield_ses": "stormshield_endpoint",
    "sonicos": "sonicwall",
    "firebox": "watchguard",
    "paloalto": "palo_alto",
    "pan_os": "palo_alto",
    "panorama": "palo_alto",
    "prisma_access": "palo_alto",
    "harmony_email": "checkpoint_harmony",
    "harmony_mobile": "checkpoint_harmony",
    "sophos_firewall": "sophos",
    "sophos_xg": "sophos",
    "sophos_xgs": "sophos",
    "sfos": "sophos",
    "sophos_edr": "sophos_central",
    "rtx": "yamaha",
    "yamaha_rtx": "yamaha",
    "audit": "auditd",
    "sshd": "linux",
    "openssh": "linux",
    "sudo": "linux",
    "auth": "linux",
    "asa": "cisco_asa",
    "ftd": "cisco_asa",
    "cisco_ftd": "cisco_asa",
    "firepower": "cisco_asa",
    "cisco_firepower": "cisco_asa",
    "cisco_secure_firewall": "cisco_asa",
    "ios": "cisco_ios",
    "nx_os": "cisco_ios",
    "nxos": "cisco_ios",
    "cisco_nx_os": "cisco_ios",
    "catalyst": "cisco_ios",
    "cisco_wlc": "cisco_ios",
    "squid_proxy": "squid",
    "apache2": "apache",
    "httpd": "apache",
    "defender_xdr": "microsoft_defender",
    "microsoft_365_defender": "microsoft_defender",
    "defender_for_endpoint": "microsoft_defender",
    "defender_for_identity": "microsoft_defender",
    "o365": "office_365",
    "m365": "office_365",
    "microsoft_365": "office_365",
    "entra_id": "entra",
    "azure_ad": "entra",
    "intune": "entra",
    "azure_monitor": "azure",
    "meraki": "cisco_meraki",
    "meraki_mx": "cisco_meraki",
    "ise": "cisco_ise",
    "esa": "cisco_esa",
    "cisco_secure_email": "cisco_esa",
    "wsa": "cisco_wsa",
    "cisco_secure_web": "cisco_wsa",
    "named": "bind",
    "bind9": "bind",
    "dhcpd": "isc_dhcp",
    "dhcp": "isc_dhcp",
    "kea": "isc_dhcp",
    "pihole": "dnsmasq",
    "pi_hole": "dnsmasq",
    "radius": "freeradius",
    "slapd": "openldap",
    "ldap": "openldap",
    "apex_one": "trend_micro",
    "apex_central": "trend_micro",
    "deep_security": "trend_micro",
    "vision_one": "trend_micro",
    "trendmicro": "trend_micro",
    "f_secure": "withsecure",
    "fsecure": "withsecure",
    "withsecure_elements": "withsecure",
    "eset_protect": "eset",
    "eset_inspect": "eset",
    "falcon": "crowdstrike",
    "crowdstrike_falcon": "crowdstrike",
    "sep": "symantec",
    "symantec_endpoint_protection": "symantec",
    "proxysg": "bluecoat",
    "cloud_swg": "bluecoat",
    "mcafee": "trellix",
    "fireeye": "trellix",
    "epo": "trellix",
    "panda": "watchguard_epdr",
    "panda_security": "watchguard_epdr",
    "cisco_umbrella": "umbrella",
    "gravityzone": "bitdefender",
    "kaspersky_security_center": "kaspersky",
    "gsuite": "google_workspace",
    "google": "google_workspace",
    "eve": "suricata",
    "snort": "suricata",
    "bro": "zeek",
    "corelight": "zeek",
    "goflow": "nfdump",
    "utx": "yamaha_utx",
    "opnsense": "pfsense",
    "routeros": "mikrotik",
    "ubiquiti": "unifi",
    "dsm": "synology",
    "qts": "qnap",
    "terastation": "buffalo",
    "alliedware_plus": "allied_telesis",
    "univerge_ix": "nec_ix",
    # These say how a record is wrapped, not who wrote it: a JSON sender may well be Winlogbeat.
    "json": "auto",
    "ndjson": "auto",
    "cef": "auto",
    "leef": "auto",
    "rsyslog": "auto",
    "webhook": "auto",
    "filebeat": "auto",
    "elasticsearch": "auto",
    "hec": "auto",
    "splunk_hec": "auto",
    "otlp": "auto",
    "opentelemetry": "auto",
    "gelf": "auto",
    "beats": "auto",
    "lumberjack": "auto",
    "logstash": "auto",
    "folder": "auto",
    "ipfix": "netflow",
    "other": "auto",
    "cisco": "auto",  # each of its systems marks its lines
}

# A server sends what all its programs write: what the format itself does not know by its look is
# tried with these first.
KIN: dict[str, tuple[str, ...]] = {
    "agent": ("windows", "linux"),
    "linux": (
        "auditd", "laurel", "suricata", "zeek", "osquery", "squid", "nginx", "apache", "postfix",
        "openvpn", "bind", "unbound", "dnsmasq", "isc_dhcp", "freeradius", "openldap",
    ),
    "juniper": ("linux",),  # Junos is a BSD: its sshd and cron write as theirs do
}  # fmt: skip


@cache
def format_named(name: str) -> Format:
    """The format of a registered name. Raises UsageError for a name that is no format."""
    if name not in FORMATS:
        raise UsageError(
            f"No format is called {name!r}.", advice="One of: auto, " + ", ".join(FORMATS)
        )
    form: Format = importlib.import_module(FORMATS[name]).FORMAT
    return form


@cache
def all_formats() -> tuple[Format, ...]:
    """Every format, in sniffing order, and the shape of those that people teach us."""
    learned: Format = importlib.import_module("hinomi.normalise.learned.shape").FORMAT
    return (*(format_named(name) for name in FORMATS), learned)


@cache
def particular_formats() -> tuple[Format, ...]:
    """Every format but the reader of anything."""
    return tuple(form for form in all_formats() if form.name != "generic")


def format_of_kind(kind: str) -> Format | None:
    """The format a source was registered with; None means: find out (also for unknown kinds)."""
    name = KINDS.get(kind, kind)
    return format_named(name) if name in FORMATS else None


@cache
def kin_of(name: str) -> tuple[Format, ...]:
    """The formats whose records a source of this format sends as well."""
    return tuple(format_named(kin) for kin in KIN.get(name, ()))


@cache
def _by_shape() -> dict[str, Format]:
    return {form.shape: form for form in reversed(all_formats())}


def format_of_shape(shape: str) -> Format:
    """The format that owns a shape; shapes nobody owns read as generic."""
    return _by_shape().get(shape) or format_named("generic")


@cache
def aliases_by_shape() -> dict[str, dict[str, str]]:
    """Per shape: Sigma's generic field name → the native field that holds it."""
    return {form.shape: dict(form.aliases) for form in all_formats()}


@lru_cache(maxsize=64)
def declared_fields(shape: str) -> tuple[str, ...]:
    """The fields that are columns of the lake for this shape; everything else goes to `_rest`."""
    return format_of_shape(shape).declared
