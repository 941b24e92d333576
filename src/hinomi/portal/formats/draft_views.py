"""Teaching a format: bring lines, look at the proposal, correct it, confirm it, use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.core.errors import HinomiError
from hinomi.normalise.learn import NothingChosen, PartsTouch
from hinomi.normalise.learned import read_definition
from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.formats import queries, samples, services, versions
from hinomi.portal.formats.forms import FieldsForm, MeaningForm, NewForm, PointForm
from hinomi.portal.formats.models import FormatDraft
from hinomi.portal.formats.views import firm_of
from hinomi.portal.formats.words import DEEDS, ROLE_CHOICES, THREATS
from hinomi.portal.sources.models import Source
from hinomi.portal.sources.publication import publish_if_changed

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_NOTHING = "この記録からは、形式を読み取れません。行をふやすか、別の記録で試してください。"
_NO_LINES = "記録がありません。別のところから選んでください。"


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.FORMAT_TEACH)
def format_new(request: PortalRequest) -> HttpResponse:
    """Where the lines come from; then on to the proposal."""
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    sources = Source.objects.within(request.scope).filter(revoked_at=None)
    form = NewForm(
        *sent,
        addresses=samples.unknown_addresses() if request.actor.can(Permission.UNKNOWN_READ) else (),
        sources=sources.select_related("organisation").order_by("organisation__name", "name")[:500],
        initial={key: request.GET.get(key, "") for key in ("address", "source")},
    )
    if form.is_valid():
        lines, company_id = _lines(request, form)
        try:
            if lines:
                draft = services.begin(
                    firm_id=firm_of(request),
                    name=form.cleaned_data["name"],
                    lines=lines,
                    user=request.user,
                    company_id=company_id,
                )
                return redirect("format_draft", draft_id=draft.pk)
            form.add_error("source" if form.cleaned_data["source"] else "address", _NO_LINES)
        except services.NothingLearned:
            form.add_error("text", _NOTHING)
    context = {"form": form}
    return render(request, "formats/new.html", context, status=422 if form.errors else 200)


@require_safe
@needs(Permission.FORMAT_TEACH)
def format_draft(request: PortalRequest, draft_id: str) -> HttpResponse:
    """The proposal with what it reads."""
    draft = one_or_404(FormatDraft.objects.all(), request, pk=draft_id)
    context = {"draft": draft, "view": queries.draft_view(draft), "roles": ROLE_CHOICES}
    return render(request, "formats/draft.html", context)


@require_POST
@needs(Permission.FORMAT_TEACH)
def draft_fields(request: PortalRequest, draft_id: str) -> HttpResponse:
    """What each field is."""
    draft = one_or_404(FormatDraft.objects.all(), request, pk=draft_id)
    form = FieldsForm(request.POST)
    try:
        if form.roles:
            services.set_fields(draft=draft, roles=form.roles)
            messages.success(request, "名前を保存しました。")
    except HinomiError:
        messages.error(request, "保存できませんでした。同じ欄を2度使っていないか、見てください。")
    return redirect("format_draft", draft_id=draft.pk)


@require_POST
@needs(Permission.FORMAT_TEACH)
def draft_more(request: PortalRequest, draft_id: str) -> HttpResponse:
    """More lines to look at."""
    draft = one_or_404(FormatDraft.objects.all(), request, pk=draft_id)
    lines = samples.lines_of_text(request.POST.get("text", ""))
    before = len(draft.lines)
    services.add_lines(draft=draft, lines=lines)
    messages.success(request, f"{len(draft.lines) - before}行を足しました。")
    return redirect("format_draft", draft_id=draft.pk)


@require_POST
@needs(Permission.FORMAT_TEACH)
def draft_again(request: PortalRequest, draft_id: str) -> HttpResponse:
    """Proposals for what is not read yet."""
    draft = one_or_404(FormatDraft.objects.all(), request, pk=draft_id)
    try:
        made = services.propose_again(draft=draft)
    except HinomiError:
        made = 0
    if made:
        messages.success(request, f"読み方を{made}個ふやしました。")
    else:
        messages.info(
            request, "ふやせる読み方はありませんでした。行を開いて、名前を付けてください。"
        )
    return redirect("format_draft", draft_id=draft.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.FORMAT_TEACH)
def draft_line(request: PortalRequest, draft_id: str, place: int) -> HttpResponse:
    """Point at parts of one line and say what they are."""
    draft = one_or_404(FormatDraft.objects.all(), request, pk=draft_id)
    if place >= len(draft.lines):
        raise Http404
    form = PointForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _point(request, draft, place, form):
        return redirect("draft_line", draft_id=draft.pk, place=place)
    body, shown, named = queries.pieces(draft, place)
    context = {
        "draft": draft,
        "form": form,
        "place": place,
        "body": body,
        "pieces": shown,
        "named": named,
        "is_pointable": queries.is_pointable(draft, place),
    }
    return render(request, "formats/line.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.FORMAT_TEACH)
def draft_meaning(request: PortalRequest, draft_id: str) -> HttpResponse:
    """When it happened, and what the device's words mean."""
    draft = one_or_404(FormatDraft.objects.all(), request, pk=draft_id)
    form = MeaningForm(request.POST if request.method == "POST" else None, draft=draft)
    if form.is_valid():
        try:
            services.set_meaning(
                draft=draft,
                time=form.time,
                deeds=form.deeds,
                sentences=form.sentences,
                judgements=form.judgements,
            )
            messages.success(request, "意味を保存しました。")
            return redirect("format_draft", draft_id=draft.pk)
        except HinomiError:
            form.add_error("pattern", "この書き方では読めません。例：yyyy/MM/dd HH:mm:ss")
    context = {
        "draft": draft,
        "form": form,
        "times": read_definition(draft.definition).time.fields,
        "words": queries.word_choices(draft),
        "sentences": queries.sentence_choices(draft),
        "threats": queries.threat_choices(draft),
        "deeds": list(DEEDS.items()),
        "kinds": list(THREATS.items()),
    }
    return render(request, "formats/meaning.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Permission.FORMAT_TEACH)
def draft_start(request: PortalRequest, draft_id: str) -> HttpResponse:
    """使い始める."""
    draft = one_or_404(FormatDraft.objects.all(), request, pk=draft_id)
    try:
        made = versions.start(draft=draft, user=request.user)
    except services.NotReady as fault:
        messages.error(request, fault.words_ja)
        return redirect("format_draft", draft_id=draft.pk)
    publish_if_changed()
    messages.success(request, f"「{made.name}」を使い始めました。機器を選んでください。")
    return redirect("format", format_id=made.pk)


@require_POST
@needs(Permission.FORMAT_TEACH)
def draft_drop(request: PortalRequest, draft_id: str) -> HttpResponse:
    """やめる."""
    draft = one_or_404(FormatDraft.objects.all(), request, pk=draft_id)
    if "sure" not in request.POST:
        return redirect("format_draft", draft_id=draft.pk)
    services.drop(draft=draft)
    messages.success(request, "作りかけの形式を消しました。")
    return redirect("formats")


def _lines(request: PortalRequest, form: NewForm) -> tuple[list[str], str | None]:
    """The lines of the place that was chosen, and whose they are."""
    cleaned = form.cleaned_data
    if cleaned["lines"]:
        return cleaned["lines"], None
    if cleaned["source"]:
        source = one_or_404(Source.objects.all(), request, pk=cleaned["source"])
        return samples.lines_of_source(source), source.organisation_id
    return samples.lines_of_unknown(cleaned["address"]), None


def _point(request: PortalRequest, draft: FormatDraft, place: int, form: PointForm) -> bool:
    """True when the line has changed; else the form says why not."""
    try:
        if name := request.POST.get("forget"):
            services.unpoint(draft=draft, place=place, name=name)
            return True
        chosen = [int(each) for each in request.POST.getlist("piece") if each.isdigit()]
        services.point(draft=draft, place=place, chosen=chosen, **form.cleaned_data)
        return True
    except HinomiError as fault:
        form.add_error(None, _WHY.get(type(fault), _CANNOT))
    return False


_WHY: dict[type[HinomiError], str] = {
    NothingChosen: "名前を付ける部分を、行の中から選んでください。",
    services.NoName: "何であるかを選ぶか、名前を入力してください。",
    PartsTouch: "となりの部分とくっついています。いっしょに1つの部分として選んでください。",
}
_CANNOT = "この選び方では読めません。ほかの部分を選んでください。行の全部は選べません。"
