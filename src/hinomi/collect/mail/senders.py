"""May this mail be believed? The sender must be one that a person accepted, and must have signed.

Pure: signatures were checked before; here stands what follows from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.mail import IGNORED, MailReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hinomi.core.directory import MailSender
    from hinomi.core.mail import MailHead


@dataclass(frozen=True, slots=True)
class Acceptance:
    """`format` to read it with when it is accepted; else `held` or `put_away` says why not."""

    format: str = ""
    held: MailReason | None = None
    put_away: MailReason | None = None


def accept(head: MailHead, *, senders: Iterable[MailSender], is_double: bool) -> Acceptance:
    """`senders` are those of the mail's mailbox; `is_double`: a head line stands twice, of which a
    signature covers one and a reader sees the other."""
    known = [sender for sender in senders if _is_of(head.sender, sender.address)]
    if not head.sender or not known:
        return Acceptance(held=MailReason.UNKNOWN_SENDER)
    if all(sender.format == IGNORED for sender in known):
        return Acceptance(put_away=MailReason.BY_PERSON)
    if is_double:
        return Acceptance(held=MailReason.DOUBLE_HEAD)
    if not head.signed_by:
        return Acceptance(held=MailReason.NOT_SIGNED)
    signed = [s for s in known if s.dkim_domain and s.dkim_domain.lower() in head.signed_by]
    if not signed:
        return Acceptance(held=MailReason.OTHER_SIGNER)
    formats = {sender.format for sender in signed} - {IGNORED}
    return Acceptance(format=formats.pop() if len(formats) == 1 else "auto")


def is_aligned(signer: str, *, sender: str) -> bool:
    """The signing domain is the From address's own, or one is within the other."""
    domain = sender.rpartition("@")[2].lower().rstrip(".")
    signer = signer.lower().rstrip(".")
    if not domain or "." not in signer:
        return False
    return signer == domain or domain.endswith(f".{signer}") or signer.endswith(f".{domain}")


def aligned(signers: Sequence[str], *, sender: str) -> tuple[str, ...]:
    """Those that speak for the From address, each once."""
    found = dict.fromkeys(each.lower().rstrip(".") for each in signers)
    return tuple(each for each in found if is_aligned(each, sender=sender))


def _is_of(sender: str, accepted: str) -> bool:
    accepted = accepted.strip().lower()
    if accepted.startswith("@"):
        return len(accepted) > 1 and sender.endswith(accepted)
    return sender == accepted
