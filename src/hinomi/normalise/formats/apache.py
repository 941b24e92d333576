"""Apache httpd: access lines (common, combined, with virtual host) and error.log, 2.2 and 2.4.

Any server's access line in NCSA's form reads as this when nothing says who wrote it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.normalise.format import Format
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.scanners.access_lines import is_common, scan_common
from hinomi.normalise.sentences import fields_of_header
from hinomi.normalise.web_names import WEB_ALIASES, WEB_DECLARED, WEB_ECS, add_web

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Fields, Line

_PROGRAMS = frozenset({"apache", "apache2", "httpd"})
_ERROR = re.compile(
    r"\[(?P<time>\w{3} \w{3} {1,2}\d{1,2} \d\d:\d\d:\d\d(?:\.\d+)? \d{4})\] "
    r"\[(?:(?P<module>[\w\-]*):)?(?P<severity>\w+)\] "
    r"(?:\[pid (?P<pid>\d+)(?::tid (?P<tid>\d+))?\] )?(?:[^\[\]]{0,40}: )?"
    r"(?:\[(?:remote|client) (?P<ip>[0-9A-Fa-f.:]+?)(?::(?P<src_port>\d{1,5}))?\] )?"
    r"(?:(?P<error_code>AH\d+): )?(?P<reason>.*)",
    re.DOTALL,
)


def _sniff(line: Line) -> bool:
    body = line.header.body
    if line.header.program.rpartition("/")[2] in _PROGRAMS:
        return True
    if body[:1] == "[":
        return body[4:5] == " " and _ERROR.match(body[:400]) is not None
    return is_common(body)


def _parse(line: Line) -> Fields:
    body = line.header.body.strip()
    fields = fields_of_header(line)
    if found := _ERROR.match(body[:16_384]):
        fields |= {name: value for name, value in found.groupdict().items() if value}
        fields |= {"c-ip": ip} if (ip := fields.pop("ip", "")) else {}
        fields["message"] = body
        return fields
    if common := scan_common(body):
        fields |= common[0]
        fields |= {f"extra_{place}": text for place, text in enumerate(common[1][:9], 1)}
        return fields
    if line.header.program.rpartition("/")[2] in _PROGRAMS:
        return fields | {"message": body}
    raise NotThisFormat("Neither an access line nor a line of error.log.")


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    """`Wed Oct 11 14:32:52.123 2026`: the fraction stands before the year."""
    text = fields.get("time", "")
    if found := re.match(r"\w{3} (\w{3} +\d+) (\S+) (\d{4})$", text):
        text = f"{found[1]} {found[3]} {found[2]}"
    return from_text(text, zone, receive) if text else None


FORMAT = Format(
    name="apache",
    title_ja="Apache Webサーバー",
    title_en="Apache httpd",
    shape="apache",
    sniff=_sniff,
    marks=(*_PROGRAMS, "] [", '] "'),
    parse=_parse,
    declared=WEB_DECLARED,
    ecs=WEB_ECS,
    aliases=WEB_ALIASES,
    device=("host",),
    user=("cs-username",),
    stated_time=_stated_time,
    derive=add_web,
    ocsf_class=lambda fields: 4002 if "cs-method" in fields else 0,
    vendor="Apache",
    product="httpd",
    seen_ja=("common・combined・vhost_combinedのアクセスログ。2.2と2.4のerror.log。",),
    lost_ja=("LogFormatで後ろに足した項目は、名前がないため extra_1、extra_2 … になります。",),
)
