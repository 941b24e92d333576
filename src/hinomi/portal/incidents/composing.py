"""お客様への文面: a person writes, the check judges, what is sent is kept word for word.

Red words are not sent; a manager may say why they are sent all the same, and that is logged with
the name. 「お知らせの訂正」 names the earlier words, and both stay visible.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max

from hinomi.core.errors import HinomiError
from hinomi.portal.access import audit
from hinomi.portal.access.time import configuration, now
from hinomi.portal.contacts.watchwords import watchword_of
from hinomi.portal.incidents.addressees import Line, going_to, plan_of, told_in_words
from hinomi.portal.incidents.casework import require_unchanged
from hinomi.portal.incidents.composed import basis_of, blocks_of, edited
from hinomi.portal.incidents.letters import letter_about, page_url
from hinomi.portal.incidents.models import CustomerWords, EntryKind, TimelineEntry, WordsKind
from hinomi.portal.incidents.opening import locked
from hinomi.portal.incidents.wording import automatic_text_of, marked_by, text_of
from hinomi.portal.notices.models import Notice
from hinomi.portal.notices.services import Letter, Recipient, queue_for
from hinomi.portal.organisations import levels
from hinomi.portal.organisations.models import Right
from hinomi.respond.channels.mail import incident_body, incident_html
from hinomi.respond.check import Fault, texts_check
from hinomi.respond.plain import plain
from hinomi.respond.short import short_text
from hinomi.respond.slots import slot
from hinomi.respond.text import SMS_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hinomi.portal.access.owned import ScopedQuerySet
    from hinomi.portal.accounts.models import User
    from hinomi.portal.incidents.addressees import Chosen
    from hinomi.portal.incidents.models import Incident
    from hinomi.respond.text import CustomerText


class RedWords(HinomiError):
    """The words do not pass the check. `faults` say why."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("The words do not pass the customer-text check.")
        self.faults = faults


class NothingToCorrect(HinomiError):
    """Nobody was told anything yet that could be corrected."""


class NotToBeWritten(HinomiError):
    """The customer does not read this incident: it went into another, or is held back."""


class DraftChanged(HinomiError):
    """Somebody else changed the draft meanwhile."""

    def __init__(self, draft: CustomerWords) -> None:
        super().__init__("The draft was changed meanwhile.")
        self.draft = draft


@dataclass(frozen=True, slots=True)
class Writing:
    """What a person wrote: `changes` by block. `revision` is the draft's that the person saw."""

    kind: WordsKind
    changes: Mapping[str, Any]
    revision: int = 0

    def text(self, incident: Incident) -> CustomerText:
        """The whole text with these words in it."""
        return edited(text_of(incident), self.changes)


def faults_of(incident: Incident, text: CustomerText) -> list[Fault]:
    """What the check says of a text, the SMS too; names from records are left out of it."""
    faults = texts_check(marked_by(incident, plain(text)))
    if text.sms:
        faults += texts_check(marked_by(incident, text.sms))
        if len(text.sms) > SMS_LIMIT:
            faults.append(Fault("長いSMS", f"{len(text.sms)}字", f"{SMS_LIMIT}字まで"))
    if not text.title:
        faults.append(Fault("見出し", "", "何が・どうした、を書く"))
    return faults


def draft_of(incident: Incident) -> CustomerWords | None:
    """What somebody wrote and nobody sent yet."""
    return _words(incident).filter(sent_at=None).select_related("written_by").first()


def told(incident: Incident) -> CustomerWords | None:
    """The newest words that went out; None when no person wrote any."""
    return _words(incident).exclude(sent_at=None).order_by("-version").first()


@transaction.atomic
def save_draft(*, incident: Incident, writing: Writing, user: User) -> CustomerWords:
    """Keep what was written, for oneself or a colleague. Raises DraftChanged."""
    row = locked(incident.organisation_id, incident.pk)
    return _draft(row, writing, user)


@transaction.atomic
def send(
    *,
    incident: Incident,
    version: int,
    writing: Writing,
    user: User,
    chosen: Chosen | None = None,
) -> CustomerWords:
    """To the people of the company by their ways, and onto its page. The same words twice are sent
    once. `chosen` None: to everybody on the list.

    Raises RedWords, ChangedMeanwhile, DraftChanged, NothingToCorrect, NotToBeWritten, PlanChanged,
    NobodyLeft or NoReason.
    """
    row = locked(incident.organisation_id, incident.pk)
    same = _same(row, writing)
    if same is not None:
        return same
    faults = faults_of(row, writing.text(row))
    if faults:
        raise RedWords(faults)
    return _send(row, version, writing, user=user, reason="", chosen=chosen)


@transaction.atomic
def send_red(
    *,
    incident: Incident,
    version: int,
    writing: Writing,
    reason: str,
    user: User,
    chosen: Chosen | None = None,
) -> CustomerWords:
    """A manager sends words that the check refuses, and says why; logged with the name. Raises
    LevelTooLow where the firm asks for a level of practice."""
    row = locked(incident.organisation_id, incident.pk)
    levels.require(organisation_id=row.organisation_id, right=Right.OVERRIDE, user_id=user.pk)
    same = _same(row, writing)
    return same or _send(row, version, writing, user=user, reason=reason, chosen=chosen)


def _send(
    row: Incident,
    version: int,
    writing: Writing,
    *,
    user: User,
    reason: str,
    chosen: Chosen | None,
) -> CustomerWords:
    require_unchanged(incident=row, version=version)
    if row.merged_into_id is not None or row.held_since is not None:
        raise NotToBeWritten(f"The customer does not read {row.number} now.")
    earlier = _earlier(row)
    if writing.kind is WordsKind.CORRECTION and earlier is None:
        raise NothingToCorrect(f"Nobody was told anything of {row.number}.")
    going, left_out = going_to(plan_of(row, writing.kind), chosen)
    text = writing.text(row)
    words = _draft(row, writing, user)
    words.corrects = earlier if writing.kind is WordsKind.CORRECTION else None
    words.basis, words.text, words.blocks = basis_of(row), plain(text), blocks_of(text)
    words.faults = [str(fault) for fault in faults_of(row, text)]
    words.override_reason = reason
    words.sent_by, words.sent_at = user, now()
    words.save()
    row.version += 1
    row.save(update_fields=["version"])
    letter = _letter(row, words, text)
    queue_for(organisation_id=row.organisation_id, letter=letter, recipients=going)
    _tell(row, words, going, user)
    if chosen is not None and left_out:
        _tell_left_out(row, left_out, chosen.reason, user)
    return words


def short_of(incident: Incident, text: CustomerText, kind: WordsKind) -> str:
    """What an SMS or a chat says: of a correction that it is one, unless a person wrote more."""
    if kind is WordsKind.CORRECTION and text.sms == automatic_text_of(incident).sms:
        text = replace(text, sms=f"{kind.label}：{text.title}。{text.number}")
    phone = configuration().provider_phone
    return short_text(text, password=watchword_of(incident.organisation_id), phone=phone)


def _draft(row: Incident, writing: Writing, user: User) -> CustomerWords:
    found = draft_of(row)
    if found is None:
        found = CustomerWords(
            organisation_id=row.organisation_id, incident=row, version=_next(row), revision=0
        )
    elif found.revision != writing.revision and found.written_by_id != user.pk:
        raise DraftChanged(found)
    found.kind, found.blocks = writing.kind, blocks_of(writing.text(row))
    found.written_by, found.written_at = user, now()
    found.revision += 1
    found.save()
    return found


def _same(row: Incident, writing: Writing) -> CustomerWords | None:
    last = told(row)
    if last is None or last.kind != writing.kind or last.basis != basis_of(row):
        return None
    return last if last.text == plain(writing.text(row)) else None


def _earlier(row: Incident) -> CustomerWords | None:
    """What was said before; the automatic notice is written down when a person first answers it."""
    last = told(row)
    if last is not None:
        return last
    notices = Notice.objects.of(row.organisation_id).filter(incident_number=row.number)
    notice = notices.order_by("-pk").first()
    if notice is None:
        return None
    return CustomerWords.objects.create(
        organisation_id=row.organisation_id,
        incident=row,
        version=_free(row),
        kind=WordsKind.AUTOMATIC,
        text=notice.body_text,
        written_at=notice.created_at,
        sent_at=notice.created_at,
    )


def _free(row: Incident) -> int:
    """The next version; an unsent draft makes room, so that numbers follow what was sent."""
    draft = draft_of(row)
    if draft is None:
        return _next(row)
    version = draft.version
    draft.version = _next(row)
    draft.save(update_fields=["version"])
    return version


def _next(row: Incident) -> int:
    last: int | None = _words(row).aggregate(last=Max("version"))["last"]
    return (last or 0) + 1


def _words(incident: Incident) -> ScopedQuerySet[CustomerWords]:
    return CustomerWords.objects.of(incident.organisation_id).filter(incident=incident)


def _letter(row: Incident, words: CustomerWords, text: CustomerText) -> Letter:
    if words.kind != WordsKind.CORRECTION:
        return letter_about(row, reason=f"words:{words.version}")
    service, company = slot(configuration().service_name), slot(row.organisation.name, limit=40)
    url = page_url(row)
    return Letter(
        incident_number=row.number,
        reason=f"correction:words:{words.version}",
        subject=f"【{service}】{words.get_kind_display()}：{text.title}｜{company}",
        body_text=incident_body(text, url=url),
        body_html=incident_html(text, url=url),
        text_short=short_of(row, text, WordsKind(words.kind)),
    )


def _tell(row: Incident, words: CustomerWords, going: Sequence[Recipient], user: User) -> None:
    kind = WordsKind(words.kind).label
    to = f"送り先：{told_in_words(going)}" if going else "届けられる人がなく、画面にだけ出しました"
    reason = f"検査で赤のまま、{user.shown_name}が送りました。理由：{words.override_reason}。{to}"
    told_how = reason if words.override_reason else to
    lines = [(f"{kind}（{words.version}版）を書きました。{told_how}", user.shown_name, False)]
    if words.kind == WordsKind.CORRECTION:
        lines.append(("お知らせを訂正しました", "", True))
    for text, actor, is_shown in lines:
        TimelineEntry.objects.create(
            organisation_id=row.organisation_id,
            incident=row,
            kind=EntryKind.ACTION,
            text=text,
            actor=actor,
            visible_to_customer=is_shown,
        )
    audit.record(
        what=f"incidents:text:{'override' if words.override_reason else 'send'}",
        user_id=user.pk,
        organisation_id=row.organisation_id,
        incident=row.number,
        version=words.version,
        reason=words.override_reason,
        sent=len(going),
    )


def _tell_left_out(row: Incident, left_out: Sequence[Line], reason: str, user: User) -> None:
    """Whom a person left out, and why, stands in the history and in the trail."""
    who = "、".join(
        f"{each.name or 'この人'}さん（{each.way.partition('（')[0]}）" for each in left_out
    )
    TimelineEntry.objects.create(
        organisation_id=row.organisation_id,
        incident=row,
        kind=EntryKind.ACTION,
        text=f"送りませんでした：{who}。理由：{reason}",
        actor=user.shown_name,
        visible_to_customer=False,
    )
    audit.record(
        what="incidents:text:left_out",
        user_id=user.pk,
        organisation_id=row.organisation_id,
        incident=row.number,
        left_out=len(left_out),
        reason=reason,
    )
