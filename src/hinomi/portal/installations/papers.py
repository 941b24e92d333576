"""Papers at the customer's place: 設定変更のお願い, 現地調査票 and 設置完了確認書."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
from django.utils.timezone import localdate, localtime

from hinomi.pipeline.report.paper import Paper, Part, Table
from hinomi.portal.access.time import configuration, now
from hinomi.portal.consents.paper import day_words
from hinomi.portal.consents.queries import provider_of, standing_of
from hinomi.portal.installations import queries, survey
from hinomi.portal.sources.senders import filled, needs_token, sender_of_kind
from hinomi.portal.sources.services import registered

if TYPE_CHECKING:
    from datetime import date, datetime

    from hinomi.portal.installations.models import Care
    from hinomi.portal.organisations.models import Organisation
    from hinomi.portal.sources.models import Source

_TOKEN = (
    "設定の中の「トークン」は、この紙には書きません。",
    "電話で本人を確かめてから、口頭か、消える連絡の方法で渡してください。",
    "メールや紙には書かないでください。ほかの人に使われるおそれがあります。",
)


def vendor_letter(source: Source, care: Care) -> Paper:
    """What the vendor is asked to set, with this source's own address and without its token."""
    company, sender = source.organisation, sender_of_kind(source.kind)
    offer = sender and filled(sender, registered(source), token_is_shown=False)
    blocks = [Part(title=each.title, code=each.text) for each in offer.blocks] if offer else []
    place = f"（{care.place}）" if care.place else ""
    parts = [
        Part(
            title="お願い",
            text=(
                f"{company.name}の「{source.name}」{place}の設定を変えてください。",
                "記録を、見守りの事業者にも送る設定です。ほかの設定は変えません。",
            ),
        ),
        Part(title="送り先", text=(registered(source).endpoint,)),
        *blocks,
    ]
    if sender and needs_token(sender):
        parts.append(Part(title="トークンの渡し方", points=_TOKEN))
    if offer is None:
        parts.append(
            Part(title="設定", text=("この機器の設定の書き方は、事業者に聞いてください。",))
        )
    parts.append(
        Part(
            title="終わったら",
            text=("設定した日を知らせてください。届いたことを、こちらで確かめます。",),
            boxes=(
                (False, "設定した日：　　　　年　　月　　日"),
                (False, "担当者：　　　　　　　　　"),
            ),
        )
    )
    return Paper(
        title="設定変更のお願い",
        to=f"{care.vendor or '機器の業者'} 様",
        by=_by(company),
        made=day_words(localdate(now())),
        parts=tuple(parts),
    )


def survey_paper(company: Organisation) -> Paper:
    """The form, with what was found so far; empty lines are for the pen."""
    found = queries.newest_survey(company.id)
    answers = found.answers if found else {}
    parts = tuple(
        Part(
            title=section.title,
            table=Table(
                ("聞くこと", "答え"),
                tuple((each.label, answers.get(each.name, "")) for each in section.questions),
                for_pen=True,
            ),
        )
        for section in survey.SECTIONS
    )
    return Paper(
        title="現地調査票",
        to=f"{company.name} 様",
        by=_by(company),
        made=day_words(localdate(found.at if found else now())),
        parts=parts,
        sign=("調べた人", "立ち会った人"),
    )


def completion_paper(company: Organisation) -> Paper:
    """The devices with the moment their 【試験】 came back; what was not proved says so."""
    boxes = queries.boxes(company)
    standing = standing_of(company.id)
    rows = tuple(
        (
            each.card.source.name,
            each.card.title,
            each.place or "書かれていません",
            _tried(each.card.source.tried_at or each.card.source.started_at),
        )
        for each in boxes
    )
    proved = sum(each.card.source.started_at is not None for each in boxes)
    table = Table(("呼び名", "種類", "場所", "【試験】が届いた時刻"), rows)
    return Paper(
        title="設置完了確認書",
        to=f"{company.name} 様",
        by=_by(company),
        made=day_words(localdate(now())),
        parts=(
            Part(
                title="見守りの機器",
                text=(
                    f"{len(boxes)}台のうち{proved}台で、【試験】の記録が届くことを確かめました。",
                ),
                table=table if rows else None,
            ),
            Part(
                title="確かめたこと",
                boxes=(
                    (bool(boxes) and proved == len(boxes), "すべての機器で【試験】が届いた"),
                    (bool(standing.covers), "見守りの同意がある"),
                    (bool(company.contact_phone), "連絡先の電話が登録されている"),
                ),
            ),
        ),
        sign=("会社名", "確認した人", "日付"),
    )


def paper_of(body: dict[str, object]) -> Paper:
    """A signed paper as it was kept."""
    return msgspec.convert(body, Paper)


def _tried(moment: datetime | None) -> str:
    if moment is None:
        return "まだ届いていません"
    local = localtime(moment)
    return f"{day_words(local.date())} {local.hour}時{local.minute:02d}分"


def _by(company: Organisation) -> str:
    phone = configuration().provider_phone
    name = provider_of(company.id) or configuration().service_name
    return f"{name}（電話 {phone}）" if phone else name


def signed(paper: Paper, *, signer: str, signed_on: date) -> Paper:
    """The paper with who confirmed it in place of empty lines."""
    confirmed = Part(
        title="確認した人", text=(f"{signer}（{day_words(signed_on)}に確認しました）",)
    )
    return replace(paper, parts=(*paper.parts, confirmed), sign=())
