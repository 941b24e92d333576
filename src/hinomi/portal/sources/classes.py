"""What a source is, as far as its silence goes: by its kind, unless a person said otherwise."""

from __future__ import annotations

from hinomi.business.watching import SourceClass
from hinomi.normalise import KINDS

# By the format's own name; other spellings of a kind lead there. What is not here runs day and
# night at the customer's place: firewalls, routers, servers.
_CLASSES = {
    SourceClass.PC: ("windows", "agent"),
    SourceClass.RELAY: ("relay",),
    SourceClass.MAIL: ("mail",),
    SourceClass.CLOUD: (
        "azure",
        "bitdefender",
        "checkpoint_harmony",
        "cortex_xdr",
        "crowdstrike",
        "cybereason",
        "entra",
        "eset",
        "google_workspace",
        "harfanglab",
        "kaspersky",
        "microsoft_defender",
        "office_365",
        "sentinelone",
        "sophos_central",
        "stormshield_endpoint",
        "symantec",
        "trellix",
        "trend_micro",
        "umbrella",
        "watchguard_epdr",
        "withsecure",
    ),
}
_BY_KIND = {kind: each for each, kinds in _CLASSES.items() for kind in kinds}


def named_kinds() -> frozenset[str]:
    """Every kind that has a class of its own."""
    return frozenset(_BY_KIND)


def class_of(*, kind: str, said: str, expect_every_s: int) -> SourceClass:
    """`said` is a person's word. A PC for which somebody promised a rhythm is not one that is
    switched off in the evening, but a server."""
    if said:
        return SourceClass(said)
    found = _BY_KIND.get(kind) or _BY_KIND.get(KINDS.get(kind, kind)) or SourceClass.NETWORK
    return SourceClass.NETWORK if found is SourceClass.PC and expect_every_s else found
