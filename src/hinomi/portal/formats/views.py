"""覚えさせた形式: those in use, their versions, files in and out, and samples without names."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.core.errors import HinomiError
from hinomi.normalise.anonymise import anonymise
from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.scope import CustomersOf
from hinomi.portal.formats import queries, services, versions
from hinomi.portal.formats.forms import AnonymiseForm, ImportForm, UseForm
from hinomi.portal.formats.models import TaughtFormat
from hinomi.portal.sources.models import Source
from hinomi.portal.sources.publication import publish_if_changed

if TYPE_CHECKING:
    from hinomi.portal.access.guard import PortalRequest

_KEY = "anonymise_key"  # one key per sign-in: preview and file have the same stand-ins


@require_safe
@needs(Permission.FORMAT_TEACH)
def formats(request: PortalRequest) -> HttpResponse:
    """All of the firm's, and what is in the making."""
    context = {
        "formats": list(queries.formats(request.scope)),
        "drafts": list(queries.drafts(request.scope)[:50]),
    }
    return render(request, "formats/formats.html", context)


@require_safe
@needs(Permission.FORMAT_TEACH)
def format(request: PortalRequest, format_id: str) -> HttpResponse:
    """One format: who uses it, its versions."""
    found = one_or_404(TaughtFormat.objects.all(), request, pk=format_id)
    return _page(request, found, UseForm(sources=queries.may_use_it(found, request.scope)))


@require_POST
@needs(Permission.FORMAT_TEACH)
def format_use(request: PortalRequest, format_id: str) -> HttpResponse:
    """A source is read with it from now on."""
    found = one_or_404(TaughtFormat.objects.all(), request, pk=format_id)
    form = UseForm(request.POST, sources=queries.may_use_it(found, request.scope))
    if not form.is_valid():
        return _page(request, found, form, status=422)
    source = one_or_404(Source.objects.all(), request, pk=form.cleaned_data["source"])
    try:
        versions.use_for(format=found, source=source, user=request.user)
    except HinomiError:
        form.add_error("source", "この機器には使えません。同じ名前の機器が、もうこの形式です。")
        return _page(request, found, form, status=422)
    publish_if_changed()
    messages.success(request, "これから届く記録を、この形式で読みます。")
    return redirect("format", format_id=found.pk)


@require_POST
@needs(Permission.FORMAT_TEACH)
def format_edit(request: PortalRequest, format_id: str) -> HttpResponse:
    """A draft of the next version."""
    found = one_or_404(TaughtFormat.objects.all(), request, pk=format_id)
    draft = services.edit(format=found, user=request.user)
    return redirect("format_draft", draft_id=draft.pk)


@require_POST
@needs(Permission.FORMAT_TEACH)
def format_back(request: PortalRequest, format_id: str, place: int) -> HttpResponse:
    """An old version again."""
    found = one_or_404(TaughtFormat.objects.all(), request, pk=format_id)
    if place not in {version.place for version in queries.versions(found)}:
        raise Http404
    versions.roll_back(format=found, place=place, user=request.user)
    publish_if_changed()
    messages.success(request, f"第{place}版にもどしました。")
    return redirect("format", format_id=found.pk)


@require_POST
@needs(Permission.FORMAT_TEACH)
def format_retire(request: PortalRequest, format_id: str) -> HttpResponse:
    """Out of use, when no source uses it."""
    found = one_or_404(TaughtFormat.objects.all(), request, pk=format_id)
    try:
        versions.retire(format=found, user=request.user)
    except versions.StillUsed:
        messages.error(
            request, "使っている機器があるので、やめられません。先に機器の形式を変えてください。"
        )
        return redirect("format", format_id=found.pk)
    publish_if_changed()
    messages.success(request, f"「{found.name}」を使うのをやめました。")
    return redirect("formats")


@require_safe
@needs(Permission.FORMAT_TEACH)
def format_export(request: PortalRequest, format_id: str) -> HttpResponse:
    """The version in use as a file, with its tests."""
    found = one_or_404(TaughtFormat.objects.all(), request, pk=format_id)
    present = next(each for each in queries.versions(found) if each.place == found.version)
    return _file(
        present.definition, name=f"{found.name}-{found.version}.json", kind="application/json"
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.FORMAT_TEACH)
def format_import(request: PortalRequest) -> HttpResponse:
    """A file becomes a draft: its meaning is confirmed here again."""
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if form.is_valid():
        try:
            draft = services.bring(
                firm_id=firm_of(request), raw=form.cleaned_data["file"].read(), user=request.user
            )
            return redirect("format_draft", draft_id=draft.pk)
        except services.NotReady as fault:
            form.add_error("file", fault.words_ja)
        except HinomiError as fault:
            form.add_error("file", f"形式のファイルとして読めません。{fault.message}")
    context = {"form": form}
    return render(request, "formats/import.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.FORMAT_TEACH)
def format_anonymise(request: PortalRequest) -> HttpResponse:
    """A sample without names: to look at, then as a file. Nothing of it is kept."""
    form = (
        AnonymiseForm(request.POST, request.FILES) if request.method == "POST" else AnonymiseForm()
    )
    made = None
    if form.is_valid():
        cleaned = form.cleaned_data
        words = [word.strip() for word in cleaned["words"].splitlines() if word.strip()]
        key = bytes.fromhex(request.session.setdefault(_KEY, secrets.token_hex(32)))
        made = anonymise(cleaned["raw"], key=key, words=words, shift_days=cleaned["shift_days"])
        if "download" in request.POST:
            return _file(made.text, name="sample.txt", kind="text/plain; charset=utf-8")
        form = AnonymiseForm(initial={**cleaned, "text": cleaned["raw"].decode("utf-8", "replace")})
    context = {"form": form, "made": made, "counts": _counts(made.counts) if made else []}
    return render(request, "formats/anonymise.html", context, status=422 if form.errors else 200)


def firm_of(request: PortalRequest) -> str:
    """The firm in whose name the person teaches: the first that gives the right."""
    return next(part.firm_id for part in request.scope.parts if isinstance(part, CustomersOf))


def _page(
    request: PortalRequest, found: TaughtFormat, form: UseForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "format": found,
        "versions": queries.versions(found),
        "used": queries.used_by(found, request.scope),
        "form": form,
    }
    return render(request, "formats/format.html", context, status=status)


def _file(text: str, *, name: str, kind: str) -> HttpResponse:
    answer = HttpResponse(text, content_type=kind)
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer


_COUNTED = {
    "ip": "アドレス",
    "mac": "MACアドレス",
    "mail": "メールアドレス",
    "domain": "ドメイン",
    "phone": "電話番号",
    "serial": "シリアル番号",
    "number": "長い番号",
    "user": "利用者",
    "host": "機器の名前",
    "company": "会社などの名前",
    "text": "件名",
    "sid": "Windowsの番号",
    "guid": "識別番号",
}


def _counts(counts: dict[str, int]) -> list[tuple[str, int]]:
    return [(_COUNTED.get(kind, kind), count) for kind, count in sorted(counts.items())]
