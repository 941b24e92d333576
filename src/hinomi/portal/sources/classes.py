"""What a source is, as far as its silence goes: by its kind, unless a person said otherwise."""

from __future__ import annotations

from hinomi.business.watching import SourceClass
from hinomi.normalise import KINDS

# By the format's own name; other spellings of a kind lead there. What is not here runs day and
# night at the customer's place: firewalls, routers, servers.
_CLASSES = {
    SourceClass.PC: ("windows", "agent", "winlogbeat", "sysmon"),
    SourceClass.RELAY: ("relay",),
    SourceClass.MAIL: ("mail", "mailbox", "report_mail"),
    SourceClass.CLOUD: (
        "sophos_central",
        "office365",
        "microsoft_365",
        "microsoft365",
        "azure",
        "entra",
        "google_workspace",
        "withsecure",
        "eset",
        "sentinelone",
        "crowdstrike",
        "bitdefender",
        "kaspersky",
        "defender",
        "harfanglab",
        "symantec",
        "trellix",
        "cybereason",
        "umbrella",
        "trendmicro",
    ),
}
_BY_KIND = {kind: each for each, kinds in _CLASSES.items() for kind in kinds}


def class_of(*, kind: str, said: str, expect_every_s: int) -> SourceClass:
    """`said` is a person's word. A PC for which somebody promised a rhythm is not one that is
    switched off in the evening, but a server."""
    if said:
        return SourceClass(said)
    found = _BY_KIND.get(kind) or _BY_KIND.get(KINDS.get(kind, kind)) or SourceClass.NETWORK
    if kind.startswith("mail_"):
        return SourceClass.MAIL
    return SourceClass.NETWORK if found is SourceClass.PC and expect_every_s else found
