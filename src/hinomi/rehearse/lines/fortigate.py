"""FortiGate, FortiOS 7.x key=value syslog (FortiOS Log Message Reference)."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

from hinomi.rehearse.moments import jst

if TYPE_CHECKING:
    from datetime import datetime

_HEAD = (
    '<$pri>date=$date time=$time devname="$device" devid="$serial" eventtime=$nanoseconds '
    'tz="+0900" '
)
_FLOW = (
    'srcip=$src srcport=$sport srcintf="internal" srcintfrole="lan" dstip=$dst '
    'dstport=$dport dstintf="wan1" dstintfrole="wan" '
)

LINES = {
    "traffic": _HEAD
    + 'logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" '
    + _FLOW
    + 'srccountry="Reserved" dstcountry="Japan" sessionid=$session proto=6 action="close" '
    'policyid=1 policytype="policy" service="HTTPS" trandisp="snat" transip=203.0.113.10 '
    "transport=$sport duration=61 sentbyte=$sent rcvdbyte=$received sentpkt=21 rcvdpkt=34 "
    'appcat="unscanned"',
    "denied": _HEAD
    + 'logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" '
    'srcip=$src srcport=$sport srcintf="wan1" srcintfrole="wan" dstip=203.0.113.10 dstport=$dport '
    'dstintf="internal" dstintfrole="lan" sessionid=$session proto=6 action="deny" policyid=0 '
    'policytype="policy" service="tcp/$dport" trandisp="noop" duration=0 sentbyte=0 rcvdbyte=0 '
    'sentpkt=0 rcvdpkt=0 appcat="unscanned" crscore=30 craction=131072 crlevel="high"',
    "vpn_fail": _HEAD + 'logid="0101039426" type="event" subtype="vpn" level="alert" vd="root" '
    'logdesc="SSL VPN login fail" action="ssl-login-fail" tunneltype="ssl-web" tunnelid=0 '
    'remip=$src user="$user" group="N/A" dst_host="N/A" reason="sslvpn_login_unknown_user" '
    'msg="SSL user failed to logged in"',
    "web": _HEAD + 'logid="0317013312" type="utm" subtype="webfilter" eventtype="ftgd_allow" '
    'level="notice" vd="root" '
    + _FLOW
    + 'policyid=1 sessionid=$session proto=6 service="HTTPS" hostname="$site" profile="default" '
    'action="passthrough" reqtype="direct" url="https://$site/" sentbyte=$sent rcvdbyte=$received '
    'direction="outgoing" msg="URL belongs to an allowed category in policy" cat=52 '
    'catdesc="Information Technology"',
    "botnet": _HEAD
    + 'logid="0419016384" type="utm" subtype="ips" eventtype="signature" level="alert" vd="root" '
    'severity="critical" '
    + _FLOW
    + 'srccountry="Reserved" dstcountry="Netherlands" sessionid=$session action="detected" '
    'proto=6 service="HTTPS" policyid=1 attack="Cobalt.Strike.Beacon" attackid=49086 '
    'profile="default" ref="http://www.fortinet.com/ids/VID49086" direction="outgoing" '
    'incidentserialno=$session msg="botnet: Cobalt.Strike.Beacon" crscore=50 craction=4096 '
    'crlevel="critical"',
}
_PRIORITY = {"vpn_fail": 185, "botnet": 185}


def line(kind: str, moment: datetime, **slots: object) -> bytes:
    """One datagram of this kind; `moment` is aware, the line states JST."""
    local = jst(moment)
    filled = Template(LINES[kind]).substitute(
        pri=_PRIORITY.get(kind, 189),
        date=local.strftime("%Y-%m-%d"),
        time=local.strftime("%H:%M:%S"),
        nanoseconds=int(moment.timestamp() * 1_000_000) * 1_000,
        **{name: str(value) for name, value in slots.items()},
    )
    return filled.encode()
