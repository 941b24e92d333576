"""Two incidents become one, and apart again: findings, answers and history move, with their origin.

The target keeps its 受付番号. The other one is closed and points there, for the customer too. What
people decided stands in `merged_keys` and `split_keys`, so that the bell neither splits what was
merged nor joins again what was parted.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from hinomi.core.errors import HinomiError
from hinomi.core.words import ActionLevel, Certainty, Disposition, IncidentState
from hinomi.portal.access import audit
from hinomi.portal.access.time import now
from hinomi.portal.incidents import second_looks
from hinomi.portal.incidents.casework import AnotherIsOpen, require_unchanged
from hinomi.portal.incidents.models import (
    CLOSED_STATES,
    Answer,
    EntryKind,
    Incident,
    IncidentFinding,
    Merge,
    TimelineEntry,
)
from hinomi.portal.incidents.opening import locked
from hinomi.triage.merging import Standing, fold, unfold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hinomi.portal.accounts.models import User

_MOVED: tuple[tuple[str, type[IncidentFinding | TimelineEntry | Answer]], ...] = (
    ("findings", IncidentFinding),
    ("entries", TimelineEntry),
    ("answers", Answer),
)
_AS_ENUM = {
    "level": ActionLevel,
    "certainty": Certainty,
    "disposition": Disposition,
    "state": IncidentState,
}
_MOMENTS = ("first_event_at", "last_event_at")


class CannotMerge(HinomiError):
    """These two cannot become one. The message is for the person."""


class CannotPart(HinomiError):
    """This merge cannot be undone now. The message is for the person."""


@transaction.atomic
def merge(
    *, source: Incident, target: Incident, version: int, reason: str, why: str = "", user: User
) -> Merge:
    """`source` goes into `target`; `version` is the source's as the person saw it.

    Pressed twice it is one merge. Raises ChangedMeanwhile or CannotMerge.
    """
    given, taken = _both(source, target)
    held = _live(given)
    if held is not None and held.target_id == taken.pk:
        return held
    require_unchanged(incident=given, version=version)
    _require_mergeable(given, taken)
    before, after = standing(taken), fold(standing(taken), standing(given))
    keys = [key for key in _keys(given) if key not in {taken.group_key, *taken.merged_keys}]
    row = Merge.objects.create(
        organisation_id=given.organisation_id,
        source=given,
        target=taken,
        by=user,
        why=why[:300],
        reason=reason,
        source_was=_frozen(given),
        target_was=_written(before),
        target_became=_written(after),
        keys=keys,
    )
    _move(row, given, taken)
    taken.merged_keys = sorted({*taken.merged_keys, *keys})
    taken.split_keys = [key for key in taken.split_keys if key not in _keys(given)]
    _stand(taken, after)
    _close(given, taken)
    second_looks.withdraw(incident=given)
    _tell_merged(row, user)
    return row


@transaction.atomic
def part(*, merge: Merge, reason: str, user: User) -> Merge:
    """Put back exactly what moved; what came to the target since stays there. Twice is once.

    Raises CannotPart while the target went elsewhere, AnotherIsOpen when the same thing already
    has a newer open incident.
    """
    given, taken = _both(merge.source, merge.target)
    row = Merge.objects.of(merge.organisation_id).select_for_update().get(pk=merge.pk)
    if row.parted_at is not None:
        return row
    if taken.merged_into_id is not None:
        raise CannotPart("先に、まとめた先の案件をもとに分けてください。")
    _require_no_other(given, row.source_was)
    _move_back(row, given, taken)
    _stand(taken, _without(row, standing(taken)))
    taken.merged_keys = [key for key in taken.merged_keys if key not in row.keys]
    taken.split_keys = sorted({*taken.split_keys, *_keys(given)} - {taken.group_key})
    _reopen(given, row.source_was, apart_from=taken)
    taken.version += 1
    taken.save()
    row.parted_at, row.parted_by, row.part_reason = now(), user, reason
    row.save(update_fields=["parted_at", "parted_by", "part_reason"])
    _tell_parted(row, given, taken, user)
    return row


def standing(incident: Incident) -> Standing:
    """The incident as merging sees it."""
    return Standing(
        kind=incident.kind,
        level=ActionLevel(incident.level),
        certainty=Certainty(incident.certainty),
        disposition=Disposition(incident.disposition),
        state=IncidentState(incident.state),
        device=incident.device,
        first_event_at=incident.first_event_at,
        last_event_at=incident.last_event_at,
        late=incident.late,
        finding_count=incident.finding_count,
        text_version=incident.text_version,
        slots=dict(incident.slots),
    )


def _both(source: Incident, target: Incident) -> tuple[Incident, Incident]:
    """Both rows held, always in the same order, so that two who merge crosswise do not wait for
    each other for ever."""
    if source.organisation_id != target.organisation_id or source.pk == target.pk:
        raise CannotMerge("同じ会社の、別の案件だけをまとめられます。")
    rows = {pk: locked(source.organisation_id, pk) for pk in sorted((source.pk, target.pk))}
    return rows[source.pk], rows[target.pk]


def _require_mergeable(source: Incident, target: Incident) -> None:
    for each in (source, target):
        if each.state in CLOSED_STATES:
            raise CannotMerge(f"{each.number}は閉じています。開いている案件だけをまとめられます。")
        if each.held_since is not None:
            raise CannotMerge(f"{each.number}は、お客様へのお知らせを待たせています。")


def _require_no_other(source: Incident, was: dict[str, Any]) -> None:
    same = Incident.objects.of(source.organisation_id).filter(group_key=source.group_key)
    is_open_again = IncidentState(was["state"]).is_open
    if is_open_again and same.exclude(state__in=CLOSED_STATES).exclude(pk=source.pk).exists():
        raise AnotherIsOpen(f"{source.number} cannot be opened again: a newer one is open.")


def _live(source: Incident) -> Merge | None:
    rows = Merge.objects.of(source.organisation_id)
    return rows.filter(source=source, parted_at=None).first()


def _keys(incident: Incident) -> list[str]:
    return [incident.group_key, *incident.merged_keys]


def _move(row: Merge, source: Incident, target: Incident) -> None:
    for name, model in _MOVED:
        rows = model.objects.of(source.organisation_id).filter(incident=source)
        setattr(row, name, list(rows.order_by("pk").values_list("pk", flat=True)))
        rows.filter(origin="").update(origin=source.number)
        rows.update(incident=target)
    row.save(update_fields=[name for name, _ in _MOVED])


def _move_back(row: Merge, source: Incident, target: Incident) -> None:
    for name, model in _MOVED:
        rows = model.objects.of(source.organisation_id).filter(
            incident=target, pk__in=getattr(row, name)
        )
        rows.filter(origin=source.number).update(origin="")
        rows.update(incident=source)


def _without(row: Merge, present: Standing) -> Standing:
    """The target without this merge: the later ones are taken off, and put on again."""
    live = Merge.objects.of(row.organisation_id).filter(target_id=row.target_id, parted_at=None)
    later = list(live.filter(pk__gt=row.pk).order_by("pk"))
    for each in (*reversed(later), row):
        present = unfold(present, before=_read(each.target_was), after=_read(each.target_became))
    for each in later:
        each.target_was = _written(present)
        present = fold(present, _read(each.source_was["standing"]))
        each.target_became = _written(present)
        each.save(update_fields=["target_was", "target_became"])
    return present


def _close(source: Incident, target: Incident) -> None:
    source.state = IncidentState.DONE.value
    source.closed_at = now()
    source.merged_into = target
    source.version += 1
    source.save()
    target.version += 1
    target.save()


def _reopen(source: Incident, was: dict[str, Any], *, apart_from: Incident) -> None:
    source.state = was["state"]
    source.closed_at = None
    source.merged_into = None
    source.split_keys = sorted({*source.split_keys, *_keys(apart_from)} - set(_keys(source)))
    source.version += 1
    source.save()


def _stand(incident: Incident, values: Standing) -> None:
    for name, value in asdict(values).items():
        setattr(incident, name, getattr(value, "value", value))


def _frozen(source: Incident) -> dict[str, Any]:
    return {"state": source.state, "standing": _written(standing(source))}


def _written(values: Standing) -> dict[str, Any]:
    plain = {name: getattr(value, "value", value) for name, value in asdict(values).items()}
    return plain | {name: plain[name].isoformat() for name in _MOMENTS}


def _read(body: dict[str, Any]) -> Standing:
    moments = {name: datetime.fromisoformat(body[name]) for name in _MOMENTS}
    enums = {name: kind(body[name]) for name, kind in _AS_ENUM.items()}
    return Standing(**body | moments | enums)


def _tell_merged(row: Merge, user: User) -> None:
    source, target = row.source, row.target
    shown = f"{source.number}を、このお知らせにまとめました"
    _entries(target, user, f"{source.number}をまとめました。理由：{row.reason}", shown)
    shown = f"{source.number}は {target.number}とまとめました"
    _entries(source, user, f"{target.number}にまとめました。理由：{row.reason}", shown)
    _audit("merge", source, target, user)


def _tell_parted(row: Merge, source: Incident, target: Incident, user: User) -> None:
    shown = f"{source.number}を、別のお知らせに戻しました"
    why = f"{source.number}を分けました。理由：{row.part_reason}"
    for each in (source, target):
        _entries(each, user, why, shown)
    _audit("part", source, target, user)


def _entries(incident: Incident, user: User, inside: str, shown: str) -> None:
    lines: Iterable[tuple[str, str, bool]] = (
        (inside, user.shown_name, False),
        (shown, "", True),
    )
    for text, actor, is_shown in lines:
        TimelineEntry.objects.create(
            organisation_id=incident.organisation_id,
            incident=incident,
            kind=EntryKind.ACTION,
            text=text,
            actor=actor,
            visible_to_customer=is_shown,
        )


def _audit(act: str, source: Incident, target: Incident, user: User) -> None:
    audit.record(
        what=f"incidents:incident:{act}",
        user_id=user.pk,
        organisation_id=source.organisation_id,
        incident=source.number,
        into=target.number,
    )
