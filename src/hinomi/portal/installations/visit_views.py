"""Screens of a new customer: はじめの設定, 電話予約, the survey on site and 設置完了確認書."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import now
from hinomi.portal.installations import papers, queries, services
from hinomi.portal.installations.forms import CallForm, CompletionForm, SurveyForm, TaskForm
from hinomi.portal.installations.models import CallRequest, Task
from hinomi.portal.installations.survey import SECTIONS
from hinomi.portal.installations.views import company_of, file, page

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest
    from hinomi.portal.organisations.models import Organisation


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.SETUP_USE)
def setup(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """何が残ってる？"""
    company = company_of(request, organisation_id)
    if request.method != "POST":
        return _setup(request, company)
    form = TaskForm(request.POST)
    if not form.is_valid():
        return _setup(request, company, task=form)
    services.finish(
        organisation_id=company.id,
        task=Task(form.cleaned_data["task"]),
        value=form.cleaned_data["value"],
        user_id=request.user.pk,
    )
    messages.success(request, f"「{Task(form.cleaned_data['task']).label}」が終わりました。")
    return redirect("setup", organisation_id=company.id)


@require_POST
@needs(Permission.SETUP_USE)
def setup_call(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """わからない: our people call."""
    company = company_of(request, organisation_id)
    form = CallForm(request.POST)
    if not form.is_valid():
        return _setup(request, company, call=form)
    data = form.cleaned_data
    is_new = services.ask_for_call(
        organisation_id=company.id,
        task=Task(data["task"]),
        phone=data["phone"],
        wish=data["wish"],
        user_id=request.user.pk,
    )
    if is_new:
        messages.success(request, "電話の予約を受け付けました。こちらから電話します。")
    else:
        messages.info(request, "この予約は、もう受け付けています。電話を待ってください。")
    return redirect("setup", organisation_id=company.id)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.CALL_ANSWER)
def calls(request: PortalRequest) -> HttpResponse:
    """Who waits for a call."""
    if request.method == "POST":
        written = request.POST.get("call", "")
        if not written:
            messages.info(request, "電話した予約を選んでください。")
            return redirect("calls")
        is_number = written.isascii() and written.isdigit() and len(written) < 16
        row = one_or_404(CallRequest.objects.all(), request, pk=int(written) if is_number else 0)
        services.called(request=row, user_id=request.user.pk)
        messages.success(request, "電話したことを記録しました。")
        return redirect("calls")
    context = {"calls": queries.open_calls(request.scope)}
    return render(request, "installations/calls.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.VISIT_WRITE)
def survey(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """What stands where, written down on site."""
    company = company_of(request, organisation_id)
    found = queries.newest_survey(company.id)
    form = SurveyForm(request.POST or None, initial=found.answers if found else {})
    if request.method != "POST" or not form.is_valid():
        sections = [
            (section.title, [form[each.name] for each in section.questions]) for section in SECTIONS
        ]
        context = {"company": company, "form": form, "sections": sections, "found": found}
        status = 422 if form.is_bound else 200
        return render(request, "installations/survey.html", context, status=status)
    services.write_survey(
        organisation_id=company.id, answers=form.cleaned_data, user_id=request.user.pk
    )
    messages.success(request, "現地調査票を保存しました。")
    return redirect("survey", organisation_id=company.id)


@require_safe
@needs(Permission.VISIT_WRITE)
def survey_paper(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """現地調査票 as a page."""
    company = company_of(request, organisation_id)
    back = reverse("survey", args=[company.id])
    return page(request, papers.survey_paper(company), back=back)


@require_safe
@needs(Permission.VISIT_WRITE)
def survey_pdf(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """現地調査票 as a file."""
    return file(papers.survey_paper(company_of(request, organisation_id)), name="chousa")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.VISIT_WRITE)
def completion(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """設置完了確認書 as of now, and who confirmed it."""
    company = company_of(request, organisation_id)
    paper = papers.completion_paper(company)
    form = CompletionForm(request.POST or None, initial={"signed_on": localdate(now())})
    if request.method != "POST" or not form.is_valid():
        context = {
            "company": company,
            "form": form,
            "paper": paper,
            "signed": queries.newest_completion(company.id),
        }
        status = 422 if form.is_bound else 200
        return render(request, "installations/completion.html", context, status=status)
    services.complete(
        organisation_id=company.id,
        signer=form.cleaned_data["signer"],
        signed_on=form.cleaned_data["signed_on"],
        paper=papers.signed(paper, **form.cleaned_data),
        user_id=request.user.pk,
    )
    messages.success(request, "設置完了確認書を保存しました。")
    return redirect("completion", organisation_id=company.id)


@require_safe
@needs(Permission.SETUP_USE)
def completion_pdf(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """The signed paper as it was; before, the one of now."""
    company = company_of(request, organisation_id)
    signed = queries.newest_completion(company.id)
    paper = papers.paper_of(signed.body) if signed else papers.completion_paper(company)
    return file(paper, name="kanryou")


def _setup(
    request: PortalRequest,
    company: Organisation,
    *,
    task: TaskForm | None = None,
    call: CallForm | None = None,
) -> HttpResponse:
    steps = queries.steps(company)
    faulty = task or call
    context = {
        "company": company,
        "steps": steps,
        "left": sum(not step.is_done for step in steps),
        "call": call or CallForm(),
        "faulty": faulty,
        "wrong": task,
        "completion": queries.newest_completion(company.id),
    }
    status = 422 if faulty is not None else 200
    return render(request, "installations/setup.html", context, status=status)
