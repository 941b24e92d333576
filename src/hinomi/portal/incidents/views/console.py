"""The console's page of one case, and what an analyst does to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from hinomi.core.words import IncidentState
from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import now
from hinomi.portal.duties.stops import stops_now
from hinomi.portal.incidents import casework, composing, playbooks, second_looks, usual
from hinomi.portal.incidents.forms import NoteForm, SecondLookForm, StateForm
from hinomi.portal.incidents.models import Incident
from hinomi.portal.incidents.queries.campaigns import campaigns_of
from hinomi.portal.incidents.queries.changes import differences, seen
from hinomi.portal.incidents.queries.console import case_view
from hinomi.portal.incidents.queries.merging import merged_numbers
from hinomi.portal.incidents.queries.said import versions
from hinomi.portal.incidents.queries.similar import similar
from hinomi.portal.incidents.second_looks import pending
from hinomi.portal.incidents.views.meanwhile import told
from hinomi.portal.organisations.levels import LevelTooLow
from hinomi.portal.ui import pages

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_INCIDENTS = Incident.objects.select_related("organisation", "assigned_to", "merged_into")
_LOOK_IDS = "look_%s"  # the page has another field of that name
_WAITS = "2人目の確認を待ちます。正午までに、別の担当者が確かめます。"
_NO_LOOK = {
    second_looks.SamePerson: "2人目の確認は、別の担当者が行ってください。",
    second_looks.NothingToLookAt: "2人目の確認は、もう終わっています。",
    LevelTooLow: LevelTooLow.words_ja,
}


@require_safe
@needs(Permission.INCIDENT_WORK)
def case(request: PortalRequest, number: str) -> HttpResponse:
    """One incident with everything we know."""
    found = one_or_404(_INCIDENTS.all(), request, number=number)
    return _case_page(request, found)


@require_POST
@needs(Permission.INCIDENT_WORK)
def take(request: PortalRequest, number: str) -> HttpResponse:
    """取る."""
    found = one_or_404(_INCIDENTS.all(), request, number=number)
    try:
        casework.take(
            incident=found,
            from_user_id=_number(request.POST.get("from", "")),
            user=request.user,
        )
        messages.success(request, f"{found.number}を取りました。")
    except casework.ChangedMeanwhile as changed:
        messages.warning(request, told(changed))
    return redirect("case", number=found.number)


@require_POST
@needs(Permission.INCIDENT_WORK)
def change_state(request: PortalRequest, number: str) -> HttpResponse:
    """Move the incident, with a reason. What was typed survives another's move."""
    found = one_or_404(_INCIDENTS.all(), request, number=number)
    form = StateForm(request.POST, present=IncidentState(found.state))
    try:
        # Before the form: what another's move took off the list is no mistake of this person.
        version = _number(request.POST.get("version", ""))
        casework.require_unchanged(incident=found, version=version)
        if not form.is_valid():
            return _case_page(request, found, state_form=form, status=422)
        row = casework.change_state(
            incident=found,
            version=form.cleaned_data["version"],
            state=IncidentState(form.cleaned_data["state"]),
            reason=form.cleaned_data["reason"],
            user=request.user,
        )
        messages.success(request, _WAITS if pending(row) else "状態を変えました。")
    except casework.ChangedMeanwhile as changed:
        messages.warning(request, told(changed))
        return _state_again(request, number)
    except LevelTooLow as low:
        messages.error(request, low.words_ja)
    except casework.AnotherIsOpen:
        messages.error(
            request, "同じ件の新しい案件が開いているため、戻せません。新しい案件を使ってください。"
        )
    except casework.WentIntoAnother:
        messages.error(request, "ほかの案件にまとめてあります。戻すときは、分けてください。")
    return redirect("case", number=found.number)


@require_POST
@needs(Permission.INCIDENT_WORK)
def second_look(request: PortalRequest, number: str) -> HttpResponse:
    """The second person closes what the first one wanted to close, or does not."""
    found = one_or_404(_INCIDENTS.all(), request, number=number)
    form = SecondLookForm(request.POST, auto_id=_LOOK_IDS)
    if not form.is_valid():
        return _case_page(request, found, look_form=form, status=422)
    try:
        _look(request, found, form)
    except casework.ChangedMeanwhile as changed:
        messages.warning(request, told(changed))
    except tuple(_NO_LOOK) as refused:
        messages.error(request, _NO_LOOK[type(refused)])
    return redirect("case", number=found.number)


def _look(request: PortalRequest, found: Incident, form: SecondLookForm) -> None:
    reason = form.cleaned_data["reason"]
    if form.cleaned_data["outcome"] == second_looks.DECLINED:
        casework.decline_close(incident=found, note=reason, user=request.user)
        messages.success(request, "まだ完了にしません。")
        return
    casework.confirm_close(
        incident=found, version=form.cleaned_data["version"], note=reason, user=request.user
    )
    messages.success(request, "2人で確かめて、完了にしました。")


@require_POST
@needs(Permission.INCIDENT_WORK)
def add_note(request: PortalRequest, number: str) -> HttpResponse:
    """A line in the history."""
    found = one_or_404(_INCIDENTS.all(), request, number=number)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _case_page(request, found, note_form=form, status=422)
    casework.add_note(incident=found, user=request.user, **form.cleaned_data)
    messages.success(request, "メモを加えました。")
    return redirect("case", number=found.number)


@require_POST
@needs(Permission.USUAL_SAY)
def say_usual(request: PortalRequest, number: str) -> HttpResponse:
    """「これはいつものことです」, or that it is not after all."""
    found = one_or_404(_INCIDENTS.all(), request, number=number)
    is_usual = request.POST.get("usual") == "yes"
    try:
        usual.call_usual(incident=found, is_usual=is_usual, user=request.user)
        messages.success(
            request, "いつものこととしました。" if is_usual else "いつものことを取り消しました。"
        )
    except usual.NothingToConfirm:
        messages.error(request, "この案件には、いつものことにできる記録がありません。")
    return redirect("case", number=found.number)


def _case_page(
    request: PortalRequest,
    found: Incident,
    *,
    state_form: forms.Form | None = None,
    note_form: forms.Form | None = None,
    look_form: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    present = IncidentState(found.state)
    given = (state_form, note_form, look_form)
    context = {
        "view": case_view(found, number=pages.asked(request), question=request.GET),
        "incident": found,
        "campaigns": campaigns_of(found, request.scope),
        "state_form": state_form
        or StateForm(present=present, initial={"version": found.version, "seen": seen(found)}),
        "differences": differences(found, request.POST.get("seen", "")) if status == 409 else [],
        "playbook": playbooks.progress(found),
        "similar": similar(found, request.scope),
        "said": versions(found),
        "draft": composing.draft_of(found),
        "note_form": note_form or NoteForm(),
        "look": pending(found),
        "merged": merged_numbers(found),
        "stops": stops_now(found.organisation_id, moment=now()),
        "look_form": look_form
        or SecondLookForm(initial={"version": found.version}, auto_id=_LOOK_IDS),
        "called_usual": usual.is_called_usual(found),
        "failed": next((form for form in given if form and form.is_bound), None),
    }
    return render(request, "incidents/case.html", context, status=status)


def _state_again(request: PortalRequest, number: str) -> HttpResponse:
    """The page as it is now, with what the person had chosen and written."""
    found = one_or_404(_INCIDENTS.all(), request, number=number)
    typed = {name: request.POST.get(name, "") for name in ("state", "reason")}
    form = StateForm(
        present=IncidentState(found.state),
        initial={**typed, "version": found.version, "seen": seen(found)},
    )
    return _case_page(request, found, state_form=form, status=409)


def _number(text: str) -> int | None:
    """A row id from an address or form; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
