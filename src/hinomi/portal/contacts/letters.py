"""The words of everything contacts sends, from `texts/tellings.yml`: every slot from a field."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from hinomi.business.new_numbers import WAIT
from hinomi.portal.access.time import configuration
from hinomi.portal.contacts.codes import code_of
from hinomi.portal.contacts.models import Kind, Subject, Telling
from hinomi.portal.contacts.shown import masked
from hinomi.portal.contacts.watchwords import watchword_of
from hinomi.portal.ui.moments import moment_ja
from hinomi.portal.ui.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.portal.contacts.models import Address

_TEXTS = Path(__file__).with_name("texts") / "tellings.yml"
_SALT = "hinomi.portal.contacts.yes"
SMS_LONGEST = 70


@dataclass(frozen=True, slots=True)
class Said:
    """One message in all its lengths. `short` holds no address of a page."""

    title: str
    body: str
    short: str
    spoken: str


def write(row: Telling) -> Said:
    """The message as it goes out now."""
    text = texts()[row.subject]
    slots = _slots(row)
    body = text["body"].format_map(slots)
    # Whoever is at an address that is not proved yet learns no 合言葉.
    word = "" if row.subject == Subject.CODE else watchword_of(row.organisation_id)
    tag = f"【{configuration().service_name}】"
    return Said(
        title=f"{tag}{text['title'].format_map(slots)}",
        body="\n".join((body.strip(), "", *_ending(row, word))) + "\n",
        short=_short(tag + text["short"].format_map(slots), word),
        spoken=text["spoken"].format_map(slots).strip(),
    )


@lru_cache(maxsize=1)
def texts() -> Mapping[str, Mapping[str, str]]:
    """By subject: title, body, short, spoken."""
    loaded: Mapping[str, Mapping[str, str]] = yaml.safe_load(_TEXTS.read_text(encoding="utf-8"))
    return loaded


def link_secret(row: Telling) -> str:
    """What the link to the page of yes and no carries; it can be made for this row only."""
    return Signer(salt=_SALT).sign(str(row.pk))


def opened(secret: str) -> int | None:
    """The telling a link belongs to; None for one that is not ours."""
    try:
        return int(Signer(salt=_SALT).unsign(secret))
    except (BadSignature, ValueError):
        return None


def _slots(row: Telling) -> dict[str, str]:
    about = row.about or (row.address.contact if row.address else None)
    address = row.address
    since = address.steps.counts_from() if address else None
    return {
        "service": configuration().service_name,
        "company": one_line(row.organisation.name),
        "person": one_line(about.name) if about else "",
        "kind": Kind(address.kind).label.partition("（")[0] if address else "",
        "masked": masked(address.kind, address.address) if address else "",
        "code": code_of(row.nonce) if row.subject == Subject.CODE else "",
        "digits": "、".join(code_of(row.nonce)) if row.subject == Subject.CODE else "",
        "asked_at": moment_ja(address.asked_at) if address else "",
        "from": moment_ja(since) if since else "",
        "until": _until(row, address),
    }


def _until(row: Telling, address: Address | None) -> str:
    removed = (address.removed_at if address else None) or (
        row.about.removed_at if row.about else None
    )
    return moment_ja(removed + WAIT) if removed else ""


def _ending(row: Telling, word: str) -> list[str]:
    """The link for a yes where the reader may give one, and how to know that it is us."""
    lines = []
    url = _yes_url(row) if row.voter_contact_id or row.voter_user_id else ""
    if url:
        lines += ["「はい」か「いいえ」を答える画面：", url, ""]
    if word:
        lines.append(f"合言葉：{word}")
    lines.append("こちらからパスワードや暗証番号、合言葉は聞きません。")
    return lines


def _yes_url(row: Telling) -> str:
    base = configuration().public_url
    return f"{base}{reverse('contact_yes', args=[link_secret(row)])}" if base else ""


def _short(text: str, word: str) -> str:
    """At most 70 characters with the 合言葉; the text itself is cut, never the word."""
    ending = f"合言葉：{word}" if word else ""
    return text[: SMS_LONGEST - len(ending)] + ending
