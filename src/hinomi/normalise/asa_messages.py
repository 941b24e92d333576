"""What the ASA's message numbers mean, and the few ways its sentences name ends, users and groups.

Numbers and wording: Cisco's "Secure Firewall ASA Series Syslog Messages" and "Secure Firewall
Threat Defense Syslog Messages".
"""

from __future__ import annotations

import re

from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.sentences import IP, MAC, parts

_IF = r"[A-Za-z][\w.\-]*"
_NAME = rf"(?:{IP}|[A-Za-z][\w.\-]*)"  # `name 192.0.2.1 server-a` puts words for addresses
_USED_BY = r"(?: ?\((?P<{p}_user>(?:[^()\s]*\\)?[^()\s\\/,]+)(?:, ?\d+[^)]*)?\))?"


def _end(side: str) -> str:
    """`outside:192.0.2.1/443 (198.51.100.1/443) (LOCAL\\user)`, as far as it is there."""
    return (
        rf"(?:(?P<{side}_if>{_IF}):(?P<{side}_ip>{_NAME})|(?P<{side}_ip_2>{IP}))"
        rf"(?:/(?P<{side}_port>\d+))?"
        rf"(?: ?\((?P<{side}_nat_ip>{IP})/(?P<{side}_nat_port>\d+)\))?"
        + _USED_BY.replace("{p}", side)
    )


_ENDS = (
    rf"(?:\bfrom|\bsrc|\bfor|\bsource) (?:host )?{_end('src')}.{{0,60}}?"
    rf"(?:\bto|\bdst|\bdest|\bdestination|->)(?: PAT address| host)? {_end('dst')}"
)
_LISTED = (
    rf"access-list (?P<rule>\S+) (?P<verb>permitted|denied|est-allowed) (?P<proto>\w+) "
    rf"(?:for user '?(?P<user>[^'\s]+)'? )?(?P<src_if>[^/\s]+)/(?P<src_ip>{_NAME})"
    rf"\((?P<src_port>\d+)\)(?: ?\([^)]*\))? -> (?P<dst_if>[^/\s]+)/(?P<dst_ip>{_NAME})"
    r"\((?P<dst_port>\d+)\)"
)
_USER = r"(?:<(?P<user>[^>]+)>|['\"]?(?P<user_2>[^'\"<>\s,;:]+))"

# Sentences with an order of their own, by number; "" is for all others, the first that fits counts.
SPECIAL: dict[str, tuple[re.Pattern[str], ...]] = {
    number: tuple(re.compile(text) for text in texts)
    for numbers, texts in (
        (("",), (_ENDS,)),
        (
            ("302020", "302021"),
            (
                (r"(?:Built (?P<direction>inbound|outbound)|Teardown) (?P<proto>ICMP(?:v6)?) "
                rf"connection for faddr (?P<src_ip>{_NAME})(?:/(?P<src_port>\d+))?"
                rf"{_USED_BY.replace('{p}', 'src')} gaddr (?P<dst_nat_ip>{_NAME})"
                rf"(?:/(?P<dst_nat_port>\d+))? laddr (?P<dst_ip>{_NAME})(?:/(?P<dst_port>\d+))?"),
            ),
        ),
        (("106100", "106102", "106103"), (_LISTED,)),
        (
            ("304001", "304002"),
            (
                (rf"(?:(?P<user>[^@\s]+)@)?(?P<src_ip>{IP}) ?(?:\([^)]*\) )?Accessed URL "
                rf"(?P<dst_ip>{_NAME}): ?(?P<url>\S+)"),
                (rf"Access denied URL (?P<url>\S+) SRC (?P<src_ip>{_NAME}) ?(?:\([^)]*\) )?DEST "
                rf"(?P<dst_ip>{_NAME})"),
            ),
        ),
        (
            ("401004",),
            (rf"Shunned packet: (?P<src_ip>{_NAME}) (?:==>|=) (?P<dst_ip>{_NAME})",),
        ),
        (("401002", "401003"), (rf"Shun \w+: (?P<src_ip>{IP})(?: (?P<dst_ip>{IP}))?",)),
        (
            ("402116", "402117", "402118", "402119", "402120", "402114", "402115"),
            (
                (rf"\bfrom (?P<src_ip>{_NAME})(?: \((?:user= ?)?(?P<user>[^)]+)\))? to "
                rf"(?P<dst_ip>{_NAME})"),
            ),
        ),
        (
            ("602303", "602304"),
            (
                (r"(?P<direction>inbound|outbound) .*? between "
                rf"(?P<src_ip>{_NAME}) and (?P<dst_ip>{_NAME}) \((?:user= ?)?(?P<user>[^)]+)\)"),
            ),
        ),
        (
            ("313004",),
            (
                (rf"from (?:laddr )?(?P<src_ip>{_NAME}) on interface (?P<src_if>\S+) to "
                rf"(?P<dst_ip>{_NAME})"),
            ),
        ),
        (("733102", "733103"), (rf"host (?P<src_ip>{IP})",)),
        (("733101",), (rf"(?:Object|Host) (?P<src_ip>{IP})",)),
        (("604103",), (rf"granted (?P<src_mac>\S+) \((?P<src_ip>{IP})\)",)),
        (
            ("405001",),
            (rf"from (?P<src_ip>{IP})/(?P<src_mac>{MAC}) on interface (?P<src_if>\S+)",),
        ),
        (("322001",), (rf"MAC address (?P<src_mac>{MAC})",)),
        (("722051",), (
            rf"User <(?P<user>[^>]*)> IP <(?P<src_ip>{IP})>.*?Address <(?P<src_nat_ip>{IP})>",
            rf"client user (?P<user>[^,\s]+), IP (?P<src_ip>{IP})",
        )),
        (("722055",), (rf"IP <(?P<src_ip>{IP})> Client Type: (?P<agent>.+?)\.?$",)),
        (("303002",), (rf"{_ENDS}, user (?P<user>\S+) (?P<verb>\S+) file (?P<file>\S+)",)),
        (("113006",), (r"User ['\"<]?(?P<user>\S+?)['\">]? locked out",)),
        (("308001",), (rf"\(from (?P<src_ip>{IP})\)",)),
        (("711004",), (r"(?P<reason>Task ran for \d+ msec), Process ?= ?(?P<process>[^,]+)",)),
        (
            ("111008", "111009", "111010"),
            (
                (r"User '(?P<user>[^']*)', running '(?P<app>[^']*)' from IP (?P<src_ip>\S+?), "
                r"executed '(?P<command>.*?)'\.?$"),
                (r"User '(?P<user>[^']*)' executed (?:the '(?P<command>.*)' command|"
                r"cmd: ?(?P<command_2>.*?))\.?$"),
            ),
        ),
    )
    for number in numbers
}  # fmt: skip

# Parts any sentence may have; each is looked for, what is already known stays.
PARTS = parts(
    (
        (
            "Group",
            (
                r"\bGroup[ =]{1,3}<?(?P<group>[^>,]{0,128}?)[>,]?,? "
                r"User(?:name)?[ =]{1,3}<?(?P<user>[^>,]{1,128}?)[>,],? "
                rf"IP[ =]{{1,3}}<?(?P<src_ip>{IP})>?"
            ),
        ),
        (
            "Local:",
            (
                rf"Local:(?P<src_ip>{IP}):(?P<src_port>\d+) "
                rf"Remote:(?P<dst_ip>{IP}):(?P<dst_port>\d+) "
                r"Username:(?P<user>\S+)"
            ),
        ),
        ("server", rf"\bserver ?= *(?P<dst_ip>{_NAME})"),
        ("", rf"\b(?:user IP|IP address|Addr|peer_address|Peer IP)(?: ?[=:] ?| )(?P<src_ip>{IP})"),
        ("IP", rf"\bIP ?(?:= ?|<)(?P<src_ip>{IP})"),
        (
            "ser",
            r"\b(?:Uname|Username|username|user ?=|User ?=|for user|user:|DAP: User)[ :=]{0,3}"
            + _USER,
        ),
        (
            "ser ",
            r"\b[Uu]ser (?!authentication|logged|user\b|priv|deleted|IP\b|name\b|from\b|is\b)"
            + _USER,
        ),
        (
            "",
            (
                rf"\b(?:with|client|server|for|local-host) (?:client |server |peer )?"
                rf"(?P<src_if>{_IF}):(?P<src_ip>{IP})(?:/(?P<src_port>\d+))?"
                rf"(?: to (?P<dst_ip>{IP})/(?P<dst_port>\d+))?"
            ),
        ),
        ("", rf"\b(?:from|source|src|of|host|attacker) (?P<src_ip>{IP})(?:/(?P<src_port>\d+))?"),
        ("nterface ", r"\bon [Ii]nterface (?P<src_if>[^\s.,\"']+)"),
        ("src =", rf"\bsrc ?= ?(?P<src_ip>{IP}), dest ?= ?(?P<dst_ip>{IP})"),
        ("Group =", r"\bGroup ?= ?(?P<group>[^,]{1,128}),"),
        ("access-group", r"\bby access-group \"?(?P<rule>[^\"\s]+)\"?"),
        ("", r"\b(?P<proto>TCP|UDP|ICMPv6|ICMP|GRE|ESP|tcp|udp|icmp6|icmp|gre|esp|sctp|SCTP)\b"),
        (
            "bound ",
            (
                r"\bdirection (?P<direction>inbound|outbound)\b|"
                r"\b(?P<direction_2>inbound|outbound) "
                r"(?:TCP|UDP|GRE|SCTP)"
            ),
        ),
        ("connection ", r"\bconnection (?P<connection>\d+)\b"),
        ("uration", r"\bduration (?P<duration>\d+:\d\d:\d\d)|\bDuration: (?P<duration_2>[^,]+)"),
        ("bytes ", r"\bbytes (?P<bytes>\d+)"),
        ("Bytes xmt", r"Bytes xmt: (?P<dst_bytes>\d+), Bytes rcv: (?P<src_bytes>\d+)"),
        ("Session Type", r"Session Type: (?P<session_type>[^,.]+)"),
        ("IP", r"\bIPS?:(?P<signature>\d+) (?P<attack>.+?) from "),
        (
            "threat-level",
            r"\bthreat-level: (?P<threat_level>[^,]+)(?:, category: (?P<category>[^,]+))?",
        ),
        ("resolved", r"resolved from (?:local|dynamic) list: (?P<dst_name>[^,\s]+)"),
        ("", r"(?:[Rr]eason ?[:=-]+ ?|\bERROR: )(?P<reason>.+?)(?= : server| : local| : user|$)"),
        ("SVC", r"SVC closing connection: (?P<reason>.+?)\.?$"),
        ("AnyConnect parent", r"(?P<reason>AnyConnect parent session started\.)"),
        ("IP options", r"(?P<reason>IP options: ?.+)$"),
        ("bytes ", r"\bbytes \d+ (?P<reason>[A-Z].*?)(?: \([^)]*\))?$"),
        ("Task ran", r"^(?P<reason>Task ran for \d+ msec), Process ?= ?(?P<process>[^,]+)"),
    )
)

# Number → what happened, and how it ended where the number says so.
MESSAGES: dict[str, tuple[str, str]] = {
    number: (action, outcome)
    for action, outcome, numbers in (
        ("denied", "failure", ("106001 106002 106006 106007 106010 106011 106012 106013 106014 "
         "106015 106016 106017 106018 106020 106021 106022 106023 106027 313001 313004 313005 "
         "313008 313009 322001 401004 407001 418001 419001 419002 500003 500004 710003 710004 "
         "710005 710006 305013 209003 209004 209005 402114 402115 402116 402117 402118 402119 "
         "402120 415006 415008 415010 507003 304002 420002 410001")),
        ("access-list", "", "106100 106101 106102 106103"),
        ("built", "", ("302013 302015 302017 302020 302022 302024 302026 302303 302035 305009 "
         "305011 609001 302010")),
        ("teardown", "", ("302014 302016 302018 302021 302023 302025 302027 302304 302036 305010 "
         "305012 609002")),
        ("translation-failed", "failure", "305006 305005 202010"),
        ("permitted", "", "710001 710002"),
        ("url-access", "", "304001"),
        ("ftp", "", "303002 303004 303005"),
        ("no-route", "failure", "110002 110003"),
        ("login", "success", "605005 611101 109005 113004 113012 315001 716038"),
        ("login", "failure", "605004 611102 109002 109006 113005 113015 113016 716039 308001"),
        ("logout", "", "611103 113019 716002 315011"),
        ("locked-out", "failure", "113006"),
        ("unlocked", "success", "113007"),
        ("authorized", "success", "109007"),
        ("authorization-denied", "failure", "109008 109024 109025 109031"),
        ("aaa", "", "113003 113008 113009 113010 113011 113013 113014 113021 113022 113023"),
        ("session-started", "success", "113039 716001 722022 722033 722034 722051 722041 734001"),
        ("session-lost", "", "716058 722012 722023 722028 722037 716059 722029 722030 722031"),
        ("session-refused", "failure", ("113029 113030 113031 113032 113038 716023 734002 750003 "
         "751014 722020")),
        ("client-type", "", "722055 722053"),
        ("configuration", "", "111001 111002 111003 111004 111005 111007 112001"),
        ("command", "", "111008 111009 111010"),
        ("user-added", "success", "502101"),
        ("user-removed", "success", "502102"),
        ("privilege-changed", "success", "502103"),
        ("policy-changed", "success", "502111 502112"),
        ("embryonic-limit", "", "201003 201010 201012"),
        ("connection-limit", "failure", "201011 201013 201002"),
        ("ips", "", ("400000 400007 400008 400009 400010 400011 400013 400014 400015 400016 400017 "
         "400018 400019 400020 400021 400022 400023 400024 400025 400026 400027 400028 400029 "
         "400030 400031 400032 400033 400034 400035 400041 400050 420003")),
        ("shun", "", "401001 401002 401003 401005 733102 733103"),
        ("threat-rate", "", "733100 733104 733105"),
        ("scanning", "", "733101"),
        ("dynamic-filter", "", "338001 338002 338003 338004 338201 338202"),
        ("dynamic-filter", "failure", "338005 338006 338007 338008 338203 338204"),
        ("arp-spoof", "failure", "322002 322003 405001 405002"),
        ("ike", "success", "602303 713119 713120 713049 750001 750002 750006 713228"),
        ("ike", "", "602304 713050 713259 750007 750008 713903 713904 713905 713906 713172 713254"),
        ("ike", "failure", "713048 713061 713068 713122 713123 713198 713902 750004 750009 751009"),
        ("tls-started", "", "725001"),
        ("tls-completed", "success", "725002 725003 725007 725016"),
        ("tls-failed", "failure", "725006 725014"),
        ("certificate", "success", "717022 717028"),
        ("certificate", "failure", "717009 717027 717037"),
        ("dhcp-granted", "success", "604103"),
        ("dhcp-released", "", "604104"),
        ("asdm-session", "", "606001 606002 606003 606004"),
        ("interface-up", "", "411001 411003 105042"),
        ("interface-down", "", "411002 411004 105043"),
        ("failover", "", "104001 104002 104003 104004 105001 105003 105004 105005 105008"),
        ("task-ran-long", "", "711004"),
        ("connection-event", "", "430002 430003"),
        ("intrusion-event", "", "430001"),
        ("file-event", "", "430004"),
        ("malware-event", "", "430005"),
    )
    for number in numbers.split()
}  # fmt: skip

# Numbers with which the firewall judges, and what it did. Plain denials are traffic, no judgement.
_K, _D = ThreatKind, Disposition
JUDGED: dict[str, tuple[ThreatKind, Disposition]] = {
    number: (kind, disposition)
    for kind, disposition, numbers in (
        (_K.LOGIN_FAILED, _D.STOPPED, "605004 611102 109006 113005 113015 113016 716039 308001"),
        (_K.BRUTE_FORCE, _D.STOPPED, "113006"),
        (_K.NEW_ADMIN, _D.SEEN, "502101"),
        (_K.SETTING_CHANGED, _D.SEEN, "111004 111003 502102 502103"),
        (_K.INTRUSION, _D.STOPPED, "106017 106020 108003 401004 733102 420002"),
        (_K.INTRUSION, _D.SEEN, ("400007 400008 400009 400023 400024 400025 400031 400032 400033 "
         "400034 400035 400050 420003")),
        (_K.SCAN, _D.SEEN, "400010 400026 400027 400028 733101"),
        (_K.FLOOD, _D.STOPPED, "201003 201010 201012"),
        (_K.FLOOD, _D.SEEN, "733104"),
        (_K.CALLBACK, _D.SEEN, "338001 338002 338003 338004"),
        (_K.CALLBACK, _D.STOPPED, "338005 338006 338007 338008"),
        (_K.TAMPERING, _D.STOPPED, "322001 322002 322003"),
    )
    for number in numbers.split()
}  # fmt: skip
# 733100 names the counter that ran over; the others count plain drops.
RATES = {
    "Scanning": _K.SCAN,
    "SYN attack": _K.FLOOD,
    "DoS attack": _K.FLOOD,
    "ICMP attack": _K.FLOOD,
}
STOPPED_WORDS = ("dropped", "block", "drop", "reset", "quarantine")

# ECS name → the names of 430001–430005's parts.
FLOW_NAMES: dict[str, tuple[str, ...]] = {
    "source.ip": ("SrcIP", "InitiatorIP"),
    "source.port": ("SrcPort", "InitiatorPort"),
    "source.bytes": ("InitiatorBytes",),
    "source.packets": ("InitiatorPackets",),
    "source.nat.ip": ("NAT_InitiatorIP",),
    "source.nat.port": ("NAT_InitiatorPort",),
    "destination.ip": ("DstIP", "ResponderIP"),
    "destination.port": ("DstPort", "ResponderPort"),
    "destination.bytes": ("ResponderBytes",),
    "destination.packets": ("ResponderPackets",),
    "destination.nat.ip": ("NAT_ResponderIP",),
    "destination.nat.port": ("NAT_ResponderPort",),
    "network.transport": ("Protocol",),
    "network.protocol": ("ApplicationProtocol",),
    "network.application": ("Client", "WebApplication"),
    "observer.ingress.interface.name": ("IngressInterface",),
    "observer.egress.interface.name": ("EgressInterface",),
    "observer.ingress.zone": ("IngressZone",),
    "observer.egress.zone": ("EgressZone",),
    "rule.name": ("AccessControlRuleName", "Message"),
    "rule.ruleset": ("ACPolicy", "IntrusionPolicy"),
    "rule.id": ("SID",),
    "rule.category": ("Classification", "URLCategory"),
    "event.action": ("AccessControlRuleAction", "InlineResult", "FileAction"),
    "event.reason": ("AccessControlRuleReason",),
    "user.name": ("src_user", "dst_user", "User"),
    "user_agent.original": ("UserAgent",),
    "url.original": ("URL", "URI"),
    "http.response.status_code": ("HTTPResponse", "HTTP_Status"),
    "http.request.referrer": ("HTTPReferer",),
    "dns.question.name": ("DNSQuery",),
    "dns.question.type": ("DNSRecordType",),
    "dns.response_code": ("DNSResponseType",),
    "file.name": ("FileName", "file"),
    "file.size": ("FileSize",),
    "file.hash.sha256": ("FileSHA256",),
    "threat.indicator.name": ("ThreatName",),
    "process.name": ("process",),
    "user_agent.name": ("agent",),
    "network.direction": ("direction", "FileDirection"),
    "tls.version": ("SSLVersion",),
    "tls.cipher": ("SSLCipherSuite",),
    "event.start": ("FirstPacketSecond",),
    "event.severity": ("EventPriority",),
}
