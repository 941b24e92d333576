"""Which of their records firewalls write as what Sigma calls firewall, proxy and dns, by shape.

Only shapes and key fields: the names of the rules' fields stand in each format's aliases.
"""

from __future__ import annotations

_ANY = frozenset({"*"})
Rows = tuple[tuple[str, str, frozenset[str]], ...]  # shape, key field, its values in lower case

SHAPES = (
    "checkpoint",
    "palo_alto",
    "sonicwall",
    "watchguard",
    "stormshield",
    "clavister",
    "juniper",
    "barracuda",
)
PROXY: Rows = (
    ("palo_alto", "subtype", frozenset({"url"})),
    ("checkpoint", "resource", _ANY),
    ("sonicwall", "dstname", _ANY),
    ("watchguard", "dstname", _ANY),
    ("stormshield", "logtype", frozenset({"web"})),
    ("clavister", "url", _ANY),
    ("juniper", "url", _ANY),
)
DNS: Rows = (
    ("watchguard", "question", _ANY),
    ("checkpoint", "domain_name", _ANY),
    ("checkpoint", "dns_query", _ANY),
)
# Sigma's product → shape, where every record of the product is one shape.
PRODUCTS = {
    **{shape: shape for shape in SHAPES},
    "paloalto": "palo_alto",
    "junos": "juniper",
    "fortimail": "fortimail",
    "cortex_xdr": "cortex_xdr",
    "checkpoint_harmony": "checkpoint_harmony",
    "watchguard_epdr": "watchguard_epdr",
    "panda": "watchguard_epdr",
    "stormshield_endpoint": "stormshield_endpoint",
}
