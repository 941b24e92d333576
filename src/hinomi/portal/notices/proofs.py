"""Sends what 連絡先 has to say: codes, tests, news of a change. Nothing of them is stored here: a
code lives only in the message itself."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from hinomi.portal.access.time import now
from hinomi.portal.contacts import proofs
from hinomi.portal.notices.presses import proof_url
from hinomi.portal.ways.services import count
from hinomi.respond.channels.channel import ChannelError, Message
from hinomi.respond.channels.mail import as_html

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hinomi.portal.contacts.proofs import Proof
    from hinomi.respond.channels.channel import Channel

_MAIL = "mail"

log = logging.getLogger(__name__)


def send_proofs(
    *, channels: Callable[[str], Mapping[str, Channel]], firm_of: Callable[[str], str]
) -> int:
    """What is due now; returns how many went out."""
    return sum(_send(each, channels, firm_of) for each in proofs.due_proofs(now()))


def _send(
    proof: Proof,
    channels: Callable[[str], Mapping[str, Channel]],
    firm_of: Callable[[str], str],
) -> bool:
    firm_id = firm_of(proof.organisation_id)
    channel = channels(firm_id).get(proof.kind)
    if channel is None:
        proofs.try_later(proof.id, now(), f"{proof.kind} is not set up")
        return False
    try:
        receipt = channel.send(_message(proof))
    except ChannelError as error:
        settle = proofs.mark_lost if error.permanent else proofs.try_later
        settle(proof.id, now(), str(error))
        return False
    except Exception as error:  # one message nobody can build must not stop the others
        log.exception("proof %s could not be built", proof.id)
        proofs.try_later(proof.id, now(), type(error).__name__)
        return False
    proofs.mark_sent(proof.id, now())
    if firm_id:
        count(firm_id, proof.kind, receipt, now(), proof.organisation_id)
    return True


def _message(proof: Proof) -> Message:
    return Message(
        to=proof.address,
        subject=proof.title,
        body_text=proof.body_text,
        body_html=as_html(proof.body_text) if proof.kind == _MAIL else None,
        message_id=f"{proof.dedupe_key.replace(':', '.')}@hinomi",
        text_short=proof.text_short,
        spoken=proof.spoken,
        press_url=proof_url(proof.id) if proof.asks_for_key else "",
        organisation_id=proof.organisation_id,
    )
