"""Which rules read network devices and servers: shapes by category and service, as tables.

Their formats call the parts of a sentence alike (`src_ip`, `query`, `cs-uri-stem`), so few renames
are needed; where a device has names of its own they stand here.
"""

from __future__ import annotations

Names = tuple[str, ...]
Row = tuple[str, tuple[tuple[str, frozenset[str]], ...]]

_THERE = frozenset({"*"})
_QUERY = (("query", _THERE),)
_COMMAND = (("command", _THERE),)
# Category → (shape, fields that must be there).
BY_CATEGORY: dict[str, tuple[Row, ...]] = {
    "firewall": (
        ("cisco_asa", ()),
        ("cisco_ios", ()),
        ("cisco_meraki", ()),
        ("pfsense", (("src_ip", _THERE),)),
        ("mikrotik", (("src_ip", _THERE),)),
        ("unifi", (("src_ip", _THERE),)),
        ("allied_telesis", (("src_ip", _THERE),)),
        ("nec_ix", (("dst_ip", _THERE),)),
        ("yamaha_utx", ()),
        ("suricata", (("src_ip", _THERE),)),
        ("netflow", ()),
        ("nfdump", ()),
        ("zeek", (("conn_state", _THERE),)),
    ),
    "proxy": (
        ("squid", ()),
        ("cisco_wsa", ()),
        ("cisco_meraki", (("url", _THERE),)),
        ("suricata", (("http.url", _THERE),)),
        ("zeek", (("uri", _THERE),)),
    ),
    "webserver": (
        ("nginx", ()),
        ("apache", ()),
        ("suricata", (("http.url", _THERE),)),
        ("zeek", (("uri", _THERE),)),
    ),
    "dns": (
        ("bind", _QUERY),
        ("unbound", _QUERY),
        ("dnsmasq", _QUERY),
        ("cisco_asa", (("DNSQuery", _THERE),)),
        ("suricata", (("dns.rrname", _THERE),)),
        ("zeek", _QUERY),
    ),
}
# (product, service) → shapes whose every record may be meant.
BY_SERVICE: dict[tuple[str, str], tuple[Row, ...]] = {
    ("", "apache"): (("apache", ()),),
    # Our own rules for what a small company's server writes; what no reader knows stays generic.
    ("generic", "mail"): (("generic", ()), ("postfix", ())),
    ("generic", "dns"): (("generic", ()), ("bind", ()), ("unbound", ()), ("dnsmasq", ())),
    ("generic", "squid"): (("squid", ()),),
    ("", "nginx"): (("nginx", ()),),
    ("", "netflow"): (("netflow", ()), ("nfdump", ())),
    ("cisco", "aaa"): (("cisco_ios", _COMMAND), ("cisco_asa", _COMMAND)),
    ("cisco", "syslog"): (("cisco_ios", ()), ("cisco_asa", ())),
    ("cisco", "bgp"): (("cisco_ios", ()),),
    ("cisco", "ldp"): (("cisco_ios", ()),),
}
# Text logs that a Linux server writes beside those of the shape `linux`.
ON_LINUX: Names = (
    "nginx", "apache", "squid", "postfix", "bind", "unbound", "dnsmasq", "isc_dhcp", "openvpn",
    "freeradius", "openldap",
)  # fmt: skip
# A rule's field → other names the same thing has in these shapes.
NAMES: dict[str, Names] = {
    "src_ip": ("SrcIP", "c-ip"),
    "dst_ip": ("DstIP",),
    "src_port": ("SrcPort",),
    "dst_port": ("DstPort",),
    "action": ("AccessControlRuleAction", "verb"),
    "username": ("User",),
    "query": ("DNSQuery",),
    "record_type": ("DNSRecordType",),
    "answer": ("DNSAnswer",),
    "destination.port": ("dst_port",),
    "source.port": ("src_port",),
    "destination.ip": ("dst_ip",),
    "source.ip": ("src_ip",),
}
