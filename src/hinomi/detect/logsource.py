"""Which events a rule looks at: its log source → routes, as tables.

A route is a shape, what its key fields must say, and the names the source gives the rule's fields.
A source that is in no table, or in one without a row, is "no source today": the rule loads and is
listed, and waits for a format.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hinomi.core.words import ThreatKind
from hinomi.detect import endpoint_sources as endpoints
from hinomi.detect import gate_sources as gates
from hinomi.detect import server_sources as servers
from hinomi.detect import windows_sources as windows
from hinomi.detect.json_sources import ALSO_NAMED, KNOWN_BY, SHAPES_OF, SHAPES_OF_SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hinomi.detect.rule import Logsource

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """One kind of event. `keys`: field → values it may have (lower case), `*` for "is there".

    `renames`: a rule's field → the native names that hold it here. The shape may be ANY_SHAPE.
    """

    shape: str
    keys: tuple[tuple[str, frozenset[str]], ...] = ()
    renames: Mapping[str, Names] = field(default_factory=dict)

    def takes(self, shape: str) -> bool:
        """Whether events of this shape may be of the kind; the keys decide the rest."""
        return self.shape in (shape, ANY_SHAPE)


PRESENT = frozenset({"*"})
# A route by what an event says, whatever shape it has: shapes of formats that customers teach us
# are not known when rules are compiled.
ANY_SHAPE = "*"
VERDICT = "verdict.kind"  # what a security product judged, in one vocabulary (ADR 0026)


def routes_of(source: Logsource) -> tuple[Route, ...]:
    """The routes of a rule; empty when we collect no such source today."""
    if source.product == "windows":
        return tuple(_windows(source))
    if source.product == "verdict":
        return _verdicts(source)
    if known := KNOWN_BY.get((source.product, source.service)):
        names = ALSO_NAMED.get(source.product, {})
        shapes = SHAPES_OF.get(source.product, ("generic",))
        return tuple(_json_route(shape, fields, names) for shape in shapes for fields in known)
    if not source.category and (rows := servers.BY_SERVICE.get((source.product, source.service))):
        return (*_GENERIC_SERVICES.get(source.service, ()), *_served(rows))
    if source.product == "generic":
        shapes = SHAPES_OF_SERVICE.get(source.service, ("generic",))
        return tuple(Route(shape) for shape in shapes)
    if source.product in _WHOLE_SHAPES:
        return (Route(_WHOLE_SHAPES[source.product]),)
    if not source.product and not source.service:
        rows = servers.BY_CATEGORY.get(source.category, ())
        return (*_BY_CATEGORY.get(source.category, ()), *_served(rows))
    if source.product == "linux":
        return _linux(source)
    return ()


def _verdicts(source: Logsource) -> tuple[Route, ...]:
    """Everything a product judged, or one kind of it, named by service or category."""
    named = {name for name in (source.service, source.category) if name}
    if not named:
        return (Route(ANY_SHAPE, ((VERDICT, PRESENT),)),)
    is_kind = len(named) == 1 and named <= set(ThreatKind)
    return (Route(ANY_SHAPE, ((VERDICT, frozenset(named)),)),) if is_kind else ()


def _served(rows: tuple[servers.Row, ...]) -> Iterator[Route]:
    for shape, keys in rows:
        yield Route(shape, keys, servers.NAMES)


def _json_route(shape: str, fields: Names, names: Mapping[str, Names]) -> Route:
    return Route(shape, tuple((name, PRESENT) for name in fields), names)


def _windows(source: Logsource) -> Iterator[Route]:
    """Category rows say channel and event ids; service rows say channels; both must hold."""
    channels = windows.SERVICES.get(source.service, ()) if source.service else ()
    if source.service and not channels:
        return
    if not source.category:
        yield _windows_route(channels, (), {})
        return
    for row in windows.CATEGORIES.get(source.category, ()):
        if not channels or set(row.channels) & set(channels):
            yield _windows_route(row.channels, row.event_ids, row.renames)


def _windows_route(channels: Names, event_ids: Names, renames: Mapping[str, Names]) -> Route:
    keys = []
    if channels:
        keys.append(("Channel", frozenset(channel.lower() for channel in channels)))
    if event_ids:
        keys.append(("EventID", frozenset(event_ids)))
    return Route("windows", tuple(keys), renames)


def _linux(source: Logsource) -> tuple[Route, ...]:
    """Text logs by the program that wrote them; without a service, every one of them."""
    if source.category:
        event_ids = _LINUX_SYSMON.get(source.category)
        keys = (("Channel", frozenset({"linux-sysmon/operational"})),)
        sysmon = (Route("windows", (*keys, ("EventID", event_ids))),) if event_ids else ()
        joined = (_LINUX_JOINED.get(source.category, ()), _LINUX_AGENT.get(source.category, ()))
        return (*sysmon, *(route for routes in joined for route in routes))
    if source.service == "auditd":
        return (
            Route("auditd"),
            Route("laurel"),
            Route("agent", (("type", PRESENT),)),
            Route("linux", (("type", _AUDIT_TYPES),)),
            Route("generic", (("type", _AUDIT_TYPES),)),
        )
    if source.service in ("", "syslog", "auth", "authpriv"):
        kernel = () if source.service else (Route("auditd"), Route("laurel"))
        text = tuple(Route(shape) for shape in servers.ON_LINUX)
        return (Route("linux"), Route("generic", (("program", PRESENT),)), *text, *kernel)
    programs = _LINUX_PROGRAMS.get(source.service)
    if programs is None:
        return ()
    keys = (("program", frozenset(programs)),)
    return tuple(Route(shape, keys, _SUDO_NAMES) for shape in ("linux", "generic"))


# Sysmon for Linux writes Windows' own XML, so its events have that shape.
_LINUX_SYSMON = {
    "process_creation": frozenset({"1"}),
    "network_connection": frozenset({"3"}),
    "file_event": frozenset({"11"}),
    "file_delete": frozenset({"23", "26"}),
}
# What normalise joins of the audit's records.
_LINUX_JOINED = {
    "process_creation": (Route("linux_process"), Route("laurel", (("Image", PRESENT),))),
}
# Our own agent's records by Sysmon's numbers.
_LINUX_AGENT = {
    category: (Route("agent", (("EventID", event_ids),)),)
    for category, event_ids in _LINUX_SYSMON.items()
}
_SUDO_NAMES = {
    "USER": ("target_user",), "COMMAND": ("command",), "PWD": ("pwd",), "TTY": ("tty",),
}  # fmt: skip
_LINUX_PROGRAMS: dict[str, Names] = {
    "sshd": ("sshd", "sshd-session", "sshd-auth"),
    "sudo": ("sudo", "sudoedit"),
    "su": ("su",),
    "cron": ("cron", "crond", "crontab", "anacron", "/usr/sbin/cron"),
    "clamav": ("clamd", "clamav", "clamscan", "freshclam"),
    "vsftpd": ("vsftpd",),
    "guacamole": ("guacd", "guacamole"),
}
_AUDIT_TYPES = frozenset({
    "syscall", "execve", "path", "cwd", "proctitle", "config_change", "daemon_start", "daemon_end",
    "daemon_abort", "login", "user_login", "user_auth", "user_acct", "user_cmd", "user_start",
    "user_end", "user_err", "user_mgmt", "add_user", "del_user", "add_group", "del_group",
    "user_chauthtok", "service_start", "service_stop", "bprm_fcaps", "crypto_key_user", "sockaddr",
    "socketcall", "anom_promiscuous", "tty", "user_tty", "avc", "kern_module",
})  # fmt: skip

_FIREWALL_NAMES = {
    "src_ip": ("srcip",), "dst_ip": ("dstip",), "src_port": ("srcport",), "dst_port": ("dstport",),
    "username": ("user",),
}  # fmt: skip
_FORTIGATE_ANY = Route("fortigate", renames=_FIREWALL_NAMES)
_VIRUS_NAMES = {
    "Signature": ("virus", "Threat Name", "threatname", "malware", "verdict.name"),
    "Filename": ("filename", "Path", "file_path", "file_name", "verdict.file"),
    "Action": ("action", "Action Name", "log_subtype"),
}
_ANTIVIRUS = (
    Route(
        "windows",
        (
            ("Channel", frozenset(c.lower() for c in windows.SERVICES["windefend"])),
            ("EventID", frozenset({"1006", "1015", "1116", "1117", "1118", "1119"})),
        ),
        _VIRUS_NAMES,
    ),
    Route("fortigate", (("subtype", frozenset({"virus"})),), _VIRUS_NAMES),
    Route("sophos", (("log_type", frozenset({"anti-virus"})),), _VIRUS_NAMES),
    Route("sophos_central", renames=_VIRUS_NAMES),
    Route(
        ANY_SHAPE,
        ((VERDICT, frozenset({"malware", "ransomware", "unwanted", "mail_malware"})),),
        _VIRUS_NAMES,
    ),
)
_WEB_NAMES = {
    "c-uri": ("url", "request", "cs-uri", "uri"),
    "c-useragent": ("agent", "user_agent", "cs-user-agent", "requestClientApplication"),
    "cs-host": ("hostname", "domain", "dhost"),
    "cs-method": ("httpmethod", "requestMethod", "method", "verb"),
    "cs-uri-query": ("url", "request", "uri", "cs-uri"),
    "cs-uri-stem": ("url", "request", "uri", "cs-uri"),
    "cs-user-agent": ("agent", "user_agent", "c-useragent", "requestClientApplication"),
    "cs-referer": ("referralurl", "referer", "referrer", "requestContext"),
    "sc-status": ("status_code", "status", "sc_status", "response"),
    "cs-username": ("user", "user_name", "suser"),
    "dst_ip": ("dstip",),
    "r-dns": ("hostname", "domain", "dhost"),
}
_FORTIGATE_WEB = Route("fortigate", (("subtype", frozenset({"webfilter"})),), _WEB_NAMES)
_SOPHOS_WEB = Route("sophos", (("log_type", frozenset({"content filtering"})),), _WEB_NAMES)
# Roles are the columns of formats that people taught (normalise/learned/roles.py).
_LEARNED_WEB = Route(
    "learned",
    (("url", PRESENT),),
    {
        "c-uri": ("url",),
        "cs-uri": ("url",),
        "cs-uri-query": ("url",),
        "cs-uri-stem": ("url",),
        "cs-host": ("site", "dst_host"),
        "r-dns": ("site", "dst_host"),
        "cs-method": ("method",),
        "c-useragent": ("user_agent",),
        "cs-user-agent": ("user_agent",),
        "sc-status": ("status",),
        "cs-username": ("user",),
    },
)
_GENERIC_WEB = tuple(
    Route("generic", ((name, PRESENT),), _WEB_NAMES)
    for name in ("cs-method", "cs-uri-query", "cs-uri-stem", "c-uri", "cs-uri")
)
_DNS_NAMES = {"query": ("qname", "dns_query", "QueryName"), "record_type": ("qtype", "qtypeval")}


def _at_gates(rows: gates.Rows) -> tuple[Route, ...]:
    return tuple(Route(shape, ((name, values),)) for shape, name, values in rows)


_BY_CATEGORY: dict[str, tuple[Route, ...]] = {
    "antivirus": _ANTIVIRUS,
    "firewall": (
        _FORTIGATE_ANY,
        Route("sophos"),
        Route("yamaha"),
        *map(Route, gates.SHAPES),
        *(Route("generic", ((name, PRESENT),)) for name in ("src_ip", "dst_ip", "src", "dst")),
        *(Route("learned", ((name, PRESENT),)) for name in ("src_ip", "dst_ip")),
    ),
    "proxy": (
        _FORTIGATE_WEB,
        _SOPHOS_WEB,
        *_at_gates((*gates.PROXY, *endpoints.PROXY)),
        _LEARNED_WEB,
        *_GENERIC_WEB,
    ),
    "webserver": (
        Route("fortigate", (("subtype", frozenset({"waf"})),), _WEB_NAMES),
        Route("sophos", (("log_type", frozenset({"waf"})),), _WEB_NAMES),
        *_at_gates(endpoints.WEBSERVER),
        *_GENERIC_WEB,
    ),
    "dns": (
        Route("fortigate", (("subtype", frozenset({"dns"})),), _DNS_NAMES),
        *_at_gates((*gates.DNS, *endpoints.DNS)),
        *(Route("generic", ((name, PRESENT),), _DNS_NAMES) for name in ("query", "qname")),
        Route("learned", (("query", PRESENT),)),
    ),
}

# Services that come as plain syslog or JSON, known by a field that only they have.
_GENERIC_SERVICES: dict[str, tuple[Route, ...]] = {
    "apache": (Route("generic", (("program", frozenset({"apache", "apache2", "httpd"})),)),),
    "nginx": (Route("generic", (("program", frozenset({"nginx"})),)),),
}
# A product whose every record is one shape: our own rules name the shape and nothing more.
_WHOLE_SHAPES = {
    **gates.PRODUCTS,
    **endpoints.PRODUCTS,
    "fortigate": "fortigate",
    "fortios": "fortigate",
    "fortinet": "fortigate",
    "sophos": "sophos",
    "sophos_central": "sophos_central",
    "yamaha": "yamaha",
    "hinomi_agent": "agent",
}
