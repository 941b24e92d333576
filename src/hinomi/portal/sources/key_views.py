"""Screens about what identifies a source: its token is replaced, its client certificates listed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from hinomi.core.errors import UsageError
from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.sources.credentials import (
    MOST_CERTIFICATES,
    BrokenCertificate,
    CertificateTaken,
    ExpiredCertificate,
    StillReplacing,
    TooManyCertificates,
    add_certificate,
    certificates_of,
    end_older_token,
    remove_certificate,
    replace_token,
)
from hinomi.portal.sources.forms import CertificateForm, TokenForm
from hinomi.portal.sources.models import Source
from hinomi.portal.sources.publication import publish_if_changed

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

_REFUSED: dict[type[UsageError], str] = {
    BrokenCertificate: (
        "証明書として読めません。1つだけ、始めと終わりの行も含めて貼り付けてください。"
    ),
    ExpiredCertificate: "この証明書は、期限が過ぎています。新しい証明書を作ってください。",
    CertificateTaken: (
        "この証明書は、ほかの機器が使っています。機器ごとに別の証明書を作ってください。"
    ),
    TooManyCertificates: (
        f"証明書は{MOST_CERTIFICATES}つまでです。使っていないものを外してください。"
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@needs(Permission.SOURCE_KEY)
def source_keys(request: PortalRequest, source_id: str) -> HttpResponse:
    """The token and the certificates as they are; a certificate is added here."""
    source = _live(request, source_id)
    form = CertificateForm(request.POST or None)
    if form.is_valid():
        try:
            add_certificate(source=source, pem=form.cleaned_data["pem"], user_id=request.user.pk)
        except UsageError as error:
            form.add_error("pem", _REFUSED.get(type(error), _REFUSED[BrokenCertificate]))
        else:
            publish_if_changed()
            messages.success(request, "証明書を加えました。")
            return redirect("source_keys", source_id=source.id)
    context = {"source": source, "certificates": certificates_of(source), "form": form}
    return render(request, "sources/keys.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@needs(Permission.SOURCE_KEY)
def source_token(request: PortalRequest, source_id: str) -> HttpResponse:
    """Asks how long the token before goes on; then shows the new one, once."""
    source = _live(request, source_id)
    if source.kind == "relay" or source.relay_id or source.older_token_sha256:
        messages.info(request, _why_not(source))
        return redirect("source_keys", source_id=source.id)
    start = {"days": 7, "version": source.token_version}
    form = TokenForm(request.POST or None, initial=start)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(
            request, "sources/token.html", {"source": source, "form": form}, status=status
        )
    try:
        rotated = replace_token(
            source=source,
            version=form.cleaned_data["version"],
            overlap=timedelta(days=form.cleaned_data["days"]),
            user_id=request.user.pk,
        )
    except StillReplacing:
        messages.info(request, _REPLACED)
        return redirect("source_keys", source_id=source.id)
    publish_if_changed()
    return render(request, "sources/token_new.html", {"source": source, "rotated": rotated})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.SOURCE_KEY)
def source_token_end(request: PortalRequest, source_id: str) -> HttpResponse:
    """Asks once, then the token before stops."""
    source = _live(request, source_id)
    if not source.older_token_sha256:
        messages.info(request, "前のトークンは、もう使えません。")
        return redirect("source_keys", source_id=source.id)
    if request.method != "POST":
        return render(request, "sources/token_end.html", {"source": source})
    end_older_token(source=source, user_id=request.user.pk)
    publish_if_changed()
    messages.success(request, "前のトークンを止めました。")
    return redirect("source_keys", source_id=source.id)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.SOURCE_KEY)
def source_certificate_remove(request: PortalRequest, source_id: str) -> HttpResponse:
    """Asks once, then the certificate named by `mark` identifies nobody."""
    source = _live(request, source_id)
    asked = request.POST if request.method == "POST" else request.GET
    mark = asked.get("mark", "")
    known = next((each for each in certificates_of(source) if each.mark == mark), None)
    if known is None:
        messages.info(request, "その証明書は、もうありません。")
        return redirect("source_keys", source_id=source.id)
    if request.method != "POST":
        context = {"source": source, "certificate": known}
        return render(request, "sources/certificate_remove.html", context)
    remove_certificate(source=source, mark=mark, user_id=request.user.pk)
    publish_if_changed()
    messages.success(request, "証明書を外しました。")
    return redirect("source_keys", source_id=source.id)


_REPLACED = (
    "トークンは、もう入れ替えています。前のトークンが止まってから、もう一度入れ替えられます。"
)
_RELAY = "中継機は、新しいコードで登録し直すと、トークンが替わります。"
_BEHIND = "この機器は中継機が届けるので、トークンを使いません。"


def _why_not(source: Source) -> str:
    if source.kind == "relay":
        return _RELAY
    return _BEHIND if source.relay_id else _REPLACED


def _live(request: PortalRequest, source_id: str) -> Source:
    """404 for a source that was stopped: nothing identifies it any more."""
    rows = Source.objects.select_related("organisation", "relay")
    source = one_or_404(rows, request, pk=source_id)
    if source.revoked_at is not None:
        raise Http404
    return source
