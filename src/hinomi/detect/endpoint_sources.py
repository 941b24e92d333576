"""Which records of cloud services, proxies and endpoint products Sigma calls proxy, dns and
webserver, and under which product names their shapes are asked for.

Only shapes and key fields: the names of the rules' fields stand in each format's aliases.
"""

from __future__ import annotations

_ANY = frozenset({"*"})
Rows = tuple[tuple[str, str, frozenset[str]], ...]  # shape, key field, its values in lower case

PROXY: Rows = (
    ("bluecoat", "cs-host", _ANY),
    ("umbrella", "log", frozenset({"proxy"})),
)
DNS: Rows = (
    ("umbrella", "log", frozenset({"dns"})),
    ("crowdstrike", "event_simpleName", frozenset({"dnsrequest"})),
    ("sentinelone", "event.dns.request", _ANY),
    ("harfanglab", "requested_name", _ANY),
)
WEBSERVER: Rows = (
    ("azure", "properties.requestUri", _ANY),
    ("iis", "cs-method", _ANY),
)
# Sigma's product → shape, where every record of the product is one shape.
PRODUCTS = {
    name: name
    for name in (
        "microsoft_defender", "office_365", "trend_micro", "withsecure", "eset", "sentinelone",
        "crowdstrike", "harfanglab", "symantec", "bluecoat", "trellix", "cybereason",
        "umbrella", "bitdefender", "kaspersky",
    )
}  # fmt: skip
