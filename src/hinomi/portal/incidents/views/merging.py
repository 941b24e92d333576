"""まとめる and 分ける."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.incidents import casework, merging
from hinomi.portal.incidents.forms import MergeForm, PartForm
from hinomi.portal.incidents.models import Incident, Merge
from hinomi.portal.incidents.queries.merging import candidates, merged_into, why_joined
from hinomi.portal.incidents.views.meanwhile import told

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_INCIDENTS = Incident.objects.select_related("organisation", "assigned_to", "merged_into")
_CANNOT_PART = {
    merging.CannotPart: "先に、まとめた先の案件をもとに分けてください。",
    casework.AnotherIsOpen: "同じ件の新しい案件が開いているため、分けられません。",
}


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.INCIDENT_WORK)
def merge(request: PortalRequest, number: str) -> HttpResponse:
    """Choose another open incident of the company, see why they belong together, say why."""
    found = one_or_404(_INCIDENTS.all(), request, number=number)
    search = request.GET.get("q", "").strip()[:100]
    if request.method != "POST":
        form = MergeForm(initial={"version": found.version})
        return _page(request, found, form, search=search, status=200)
    form = MergeForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, search=search, status=422)
    target = _target(found, form)
    if target is None:
        form.add_error("into", "この会社に、その受付番号の開いている案件はありません。")
        return _page(request, found, form, search=search, status=422)
    return _merge(request, found, target, form)


@require_POST
@needs(Permission.INCIDENT_WORK)
def part(request: PortalRequest, number: str) -> HttpResponse:
    """Undo a merge of which this incident is one side."""
    found = one_or_404(_INCIDENTS.all(), request, number=number)
    form = PartForm(request.POST)
    if not form.is_valid():
        messages.error(request, "分ける理由を入力してください。")
        return redirect("merge", number=found.number)
    rows = Merge.objects.of(found.organisation_id).select_related("source", "target")
    row = rows.filter(pk=form.cleaned_data["merge"], target=found).first()
    if row is None:
        messages.error(request, "まとめた記録が見つかりません。画面を開き直してください。")
        return redirect("merge", number=found.number)
    try:
        merging.part(merge=row, reason=form.cleaned_data["reason"], user=request.user)
        messages.success(request, f"{row.source.number}を分けました。")
    except (merging.CannotPart, casework.AnotherIsOpen) as refused:
        messages.error(request, _CANNOT_PART[type(refused)])
    return redirect("merge", number=found.number)


def _merge(
    request: PortalRequest, found: Incident, target: Incident, form: MergeForm
) -> HttpResponse:
    why = next((each.why_ja for each in candidates(found, search=target.number)), "")
    try:
        merging.merge(
            source=found,
            target=target,
            version=form.cleaned_data["version"],
            reason=form.cleaned_data["reason"],
            why=why,
            user=request.user,
        )
    except casework.ChangedMeanwhile as changed:
        messages.warning(request, told(changed))
        again = MergeForm(initial={**form.cleaned_data, "version": _present(found)})
        return _page(request, found, again, search="", status=409)
    except merging.CannotMerge as refused:
        messages.error(request, str(refused))
        return redirect("merge", number=found.number)
    messages.success(request, f"{found.number}を{target.number}にまとめました。")
    return redirect("case", number=target.number)


def _target(found: Incident, form: MergeForm) -> Incident | None:
    rows = Incident.objects.of(found.organisation_id).exclude(pk=found.pk)
    return rows.select_related("organisation").filter(number=form.cleaned_data["into"]).first()


def _present(found: Incident) -> int:
    return Incident.objects.of(found.organisation_id).get(pk=found.pk).version


def _page(
    request: PortalRequest, found: Incident, form: MergeForm, *, search: str, status: int
) -> HttpResponse:
    context = {
        "incident": found,
        "form": form,
        "search": search,
        "candidates": candidates(found, search=search),
        "merged": merged_into(found),
        "joined": why_joined(found),
    }
    return render(request, "incidents/merge.html", context, status=status)
