"""お客様への文面: write, look at it as on a phone, see what the check says, send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.contacts.watchwords import watchword_of
from hinomi.portal.incidents import addressees, casework, composing
from hinomi.portal.incidents.composed import edited
from hinomi.portal.incidents.forms import OverrideForm, WordsForm
from hinomi.portal.incidents.models import Incident, WordsKind
from hinomi.portal.incidents.queries.page import page_with
from hinomi.portal.incidents.queries.said import versions
from hinomi.portal.incidents.views.meanwhile import told
from hinomi.portal.incidents.wording import text_of
from hinomi.portal.organisations.levels import LevelTooLow
from hinomi.portal.ui import live

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest
    from hinomi.portal.incidents.models import CustomerWords

_INCIDENTS = Incident.objects.select_related("organisation", "assigned_to", "merged_into")
_REFUSED = {
    LevelTooLow: LevelTooLow.words_ja,
    composing.NothingToCorrect: (
        "まだ何も送っていないため、訂正はできません。「お知らせ」を選んでください。"
    ),
    composing.NotToBeWritten: (
        "この案件は、お客様の画面に出ていません。まとめた先を開くか、答えを待ってください。"
    ),
    addressees.PlanChanged: (
        "送り先が変わりました。右の「送り先」を確かめて、もう一度押してください。"
    ),
    addressees.NobodyLeft: (
        "送り先を1つは残してください。電話で伝えたときは、「電話で話せた」に書いてください。"
    ),
}
_NO_REASON = "送り先から外した理由を入力してください。"


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.INCIDENT_WORK)
def compose(request: PortalRequest, number: str) -> HttpResponse:
    """Write and look; 「下書きを残す」 and 「送る」 are the buttons."""
    found = one_or_404(_INCIDENTS.all(), request, number=number)
    if request.method != "POST":
        return _page(request, found, _begin(found), status=200)
    form = WordsForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    if live.is_part(request):
        return render(request, "incidents/compose_preview.html", _preview(request, found, form))
    act = request.POST.get("act", "")
    if act == "save":
        return _save(request, found, form)
    if act == "send":
        return _send(request, found, form)
    return _page(request, found, form, status=200)


@require_POST
@needs(Permission.TEXT_OVERRIDE)
def compose_override(request: PortalRequest, number: str) -> HttpResponse:
    """A manager sends what the check refuses, by name and with a reason."""
    found = one_or_404(_INCIDENTS.all(), request, number=number)
    form, why = WordsForm(request.POST), OverrideForm(request.POST)
    if not form.is_valid() or not why.is_valid():
        return _page(request, found, form, why=why, status=422)
    try:
        composing.send_red(
            incident=found,
            version=form.cleaned_data["version"],
            writing=_writing(form),
            reason=why.cleaned_data["override_reason"],
            user=request.user,
            chosen=_chosen(request, form),
        )
    except addressees.NoReason:
        form.add_error("skip_reason", _NO_REASON)
        return _page(request, found, form, why=why, status=422)
    except casework.ChangedMeanwhile as changed:
        return _overtaken(request, found, told(changed))
    except composing.DraftChanged as changed:
        return _overtaken(request, found, _draft_told(changed.draft))
    except tuple(_REFUSED) as refused:
        messages.error(request, _REFUSED[type(refused)])
        return _page(request, found, form, why=why, status=409)
    messages.success(request, "上長の名前で送りました。")
    return redirect("case", number=found.number)


def _save(request: PortalRequest, found: Incident, form: WordsForm) -> HttpResponse:
    try:
        composing.save_draft(incident=found, writing=_writing(form), user=request.user)
    except composing.DraftChanged as changed:
        return _overtaken(request, found, _draft_told(changed.draft))
    messages.success(request, "下書きを残しました。")
    return redirect("compose", number=found.number)


def _send(request: PortalRequest, found: Incident, form: WordsForm) -> HttpResponse:
    try:
        words = composing.send(
            incident=found,
            version=form.cleaned_data["version"],
            writing=_writing(form),
            user=request.user,
            chosen=_chosen(request, form),
        )
    except addressees.NoReason:
        form.add_error("skip_reason", _NO_REASON)
        return _page(request, found, form, status=422)
    except composing.RedWords:
        messages.error(request, "検査で赤が残っているため、送れません。右の理由を見てください。")
        return _page(request, found, form, status=422)
    except casework.ChangedMeanwhile as changed:
        return _overtaken(request, found, told(changed))
    except composing.DraftChanged as changed:
        return _overtaken(request, found, _draft_told(changed.draft))
    except tuple(_REFUSED) as refused:
        messages.error(request, _REFUSED[type(refused)])
        return _page(request, found, form, status=409)
    messages.success(request, f"{words.get_kind_display()}（{words.version}版）を送ります。")
    return redirect("case", number=found.number)


def _overtaken(request: PortalRequest, found: Incident, said: str) -> HttpResponse:
    """What was typed stays; the next press is for the present version."""
    messages.warning(request, said)
    fresh = one_or_404(_INCIDENTS.all(), request, number=found.number)
    draft = composing.draft_of(fresh)
    data = request.POST.copy()
    data["version"], data["revision"] = str(fresh.version), str(draft.revision if draft else 0)
    return _page(request, fresh, WordsForm(data), status=409)


def _draft_told(draft: CustomerWords) -> str:
    who = draft.written_by.shown_name if draft.written_by else "別の担当者"
    return f"{who}さんが、先に下書きを変えました。内容を確かめてから、もう一度行ってください。"


def _begin(found: Incident) -> WordsForm:
    draft = composing.draft_of(found)
    blocks = draft.blocks if draft else None
    kind = draft.kind if draft else WordsKind.NOTICE
    text = edited(text_of(found), blocks or {})
    revision = draft.revision if draft else 0
    return WordsForm.of(text, kind=str(kind), version=found.version, revision=revision)


def _writing(form: WordsForm) -> composing.Writing:
    return composing.Writing(
        kind=WordsKind(form.cleaned_data["kind"]),
        changes=form.blocks(),
        revision=form.cleaned_data["revision"],
    )


def _chosen(request: PortalRequest, form: WordsForm) -> addressees.Chosen:
    return addressees.Chosen(
        seal=form.cleaned_data["seal"],
        keys=frozenset(request.POST.getlist("to")),
        reason=form.cleaned_data["skip_reason"].strip(),
    )


def _preview(request: PortalRequest, found: Incident, form: WordsForm) -> dict[str, object]:
    changes = form.blocks() if form.is_bound and form.is_valid() else form.initial_blocks()
    text = edited(text_of(found), changes)
    kind = form["kind"].value()
    kind = WordsKind(kind) if kind in WordsKind.values else WordsKind.NOTICE
    plan = addressees.plan_of(found, kind)
    is_same = request.POST.get("seal", "") == plan.seal
    ticked = set(request.POST.getlist("to")) if is_same else {each.key for each in plan.lines}
    return {
        "incident": found,
        "page": page_with(found, text),
        "text": text,
        "plan": plan,
        "lines": [(each, each.key in ticked) for each in plan.lines],
        "short": _without_watchword(found, composing.short_of(found, text, kind)),
        "faults": composing.faults_of(found, text),
    }


def _without_watchword(found: Incident, short: str) -> str:
    """合言葉 is shown to our people on one page only, and each look is kept."""
    watchword = watchword_of(found.organisation_id)
    return short.replace(watchword, "●" * len(watchword)) if watchword else short


def _page(
    request: PortalRequest,
    found: Incident,
    form: WordsForm,
    *,
    status: int,
    why: OverrideForm | None = None,
) -> HttpResponse:
    context = {
        "incident": found,
        "form": form,
        "why": why or OverrideForm(),
        "draft": composing.draft_of(found),
        "versions": versions(found),
        "failed": next((each for each in (form, why) if each and each.errors), None),
        **_preview(request, found, form),
    }
    return render(request, "incidents/compose.html", context, status=status)
