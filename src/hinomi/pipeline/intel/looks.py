"""Which field of which shape is looked up, out of normalise's own tables: one truth for views
and for intelligence. What those tables cannot say (composite fields) stands here."""

from __future__ import annotations

from functools import cache

from hinomi.detect.intel import Look
from hinomi.normalise.registry import all_formats
from hinomi.normalise.spellings import known_as

_OF_ECS: dict[str, Look] = {
    "source.ip": Look.SOURCE,
    "source.address": Look.SOURCE,
    "source.domain": Look.SOURCE,
    "client.ip": Look.SOURCE,
    "destination.ip": Look.DESTINATION,
    "destination.address": Look.DESTINATION,
    "server.ip": Look.DESTINATION,
    "dns.resolved_ip": Look.ANSWERS,
    "destination.domain": Look.NAME,
    "server.domain": Look.NAME,
    "url.domain": Look.NAME,
    "dns.question.name": Look.NAME,
    "url.original": Look.URL,
    "url.full": Look.URL,
    "http.request.referrer": Look.URL,
    **{
        f"{thing}.hash.{kind}": Look.HASH
        for thing in ("file", "process")
        for kind in ("md5", "sha1", "sha256")
    },
    "email.from.address": Look.SENDER,
    "email.to.address": Look.RECIPIENT,
    "email.cc.address": Look.RECIPIENT,
    "process.command_line": Look.TEXT,
    "process.parent.command_line": Look.TEXT,
    "message": Look.MESSAGE,
}
# (shape, native field): values inside a larger one, or names only a view derives.
_PARTICULAR: dict[tuple[str, str], Look] = {
    ("fortigate", "qname"): Look.NAME,
    ("fortigate", "ui"): Look.SOURCE,
    ("fortigate", "ipaddr"): Look.ANSWERS,
    ("fortigate", "filehash"): Look.HASH,
    ("fortigate", "analyticscksum"): Look.HASH,
    ("linux", "message"): Look.MESSAGE,
    ("agent", "Hashes"): Look.HASH,
    ("windows", "Hashes"): Look.HASH,
    ("windows", "Hash"): Look.HASH,
    ("windows", "QueryResults"): Look.ANSWERS,
    ("windows", "ScriptBlockText"): Look.TEXT,
    ("windows", "ContextInfo"): Look.TEXT,
    ("windows", "Message"): Look.TEXT,
    ("windows", "message"): Look.TEXT,
    ("windows", "SourceHostname"): Look.SOURCE,
    ("eset", "object_uri"): Look.URL,
    ("fortimail", "relay_ip"): Look.DESTINATION,
    ("fortimail", "relay_name"): Look.NAME,
    ("kaspersky", "p4"): Look.HASH,
    ("laurel", "SOCKADDR.SADDR.addr"): Look.DESTINATION,
    ("mail", "hash"): Look.HASH,
    ("microsoft_defender", "evidence.0.sha1"): Look.HASH,
    ("microsoft_defender", "Process.sha1"): Look.HASH,
    ("office_365", "ObjectId"): Look.URL,
    ("postfix", "relay_name"): Look.NAME,
    ("sentinelone", "process.file.sha256"): Look.HASH,
    ("squid", "peer"): Look.DESTINATION,
    ("trellix", "fileHash"): Look.HASH,
    ("trellix", "attributes.host.netInterfaces.0.ip"): Look.SOURCE,
    ("trend_micro", "dst"): Look.DESTINATION,
    ("trend_micro", "fileHash"): Look.HASH,
    ("trend_micro", "shost"): Look.SENDER,
    ("trend_micro", "suser"): Look.SENDER,
    ("trend_micro", "dhost"): Look.RECIPIENT,
    ("trend_micro", "duser"): Look.RECIPIENT,
    ("watchguard_epdr", "ip_address"): Look.SOURCE,
    ("watchguard_epdr", "path"): Look.URL,
    ("withsecure", "details.attachments.0.sha1"): Look.HASH,
}
_SPELT_FREELY = frozenset({"generic"})  # shapes whose senders choose the names


def look_of(shape: str, field: str) -> Look | None:
    """What the field holds for intelligence; None for most fields."""
    found = _tables().get((shape, field)) or _OF_ECS.get(field)
    if found is None and shape in _SPELT_FREELY:
        names = (_OF_ECS.get(name) for name in known_as(field))
        found = next((look for look in names if look), None)
    return found


@cache
def _tables() -> dict[tuple[str, str], Look]:
    tables = {
        (form.shape, native): look
        for form in reversed(all_formats())
        for name, look in reversed(_OF_ECS.items())
        for native in form.ecs.get(name, ())
    }
    return tables | _PARTICULAR
