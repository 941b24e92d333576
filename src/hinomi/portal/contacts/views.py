"""P12 連絡先と社員: who is reached in which order; for the company's people and our desk."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.contacts import addresses, pages, queries, services
from hinomi.portal.contacts.errors import NotPossible
from hinomi.portal.contacts.forms import AddressForm, ContactForm, NewContactForm, initial_of
from hinomi.portal.contacts.models import Address, Contact
from hinomi.portal.organisations.models import Organisation
from hinomi.portal.ui import pages as ui_pages

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.portal.access.guard import PortalRequest

ROWS = Contact.objects.select_related("organisation", "user")


@require_safe
@needs(Permission.CONTACT_READ)
def contacts(request: PortalRequest) -> HttpResponse:
    """To one's own company's contacts; for our people, whose contacts need something."""
    companies = Organisation.objects.within(request.scope).order_by("name", "pk")
    if not request.actor.is_firm_staff:
        own = companies.first()
        if own is not None and not companies[1:2]:
            return redirect("company_contacts", organisation_id=own.pk)
        return render(request, "contacts/companies.html", {"companies": companies})
    search = request.GET.get("q", "").strip()[:100]
    page = queries.in_need(
        request.scope, search=search, number=ui_pages.asked(request), question=request.GET
    )
    return render(request, "contacts/desk.html", {"page": page, "search": search})


@require_safe
@needs(Permission.CONTACT_READ)
def company_contacts(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """だれに電話が行く？"""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    page = pages.page(company, user_id=request.user.pk)
    return render(request, "contacts/contacts.html", {"page": page, "company": company})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.CONTACT_WRITE)
def contact_new(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """One more person, and the code goes out."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    members = pages.members(company.id)
    initial = {"form_key": secrets.token_hex(16), "kind": "voice"}
    form = NewContactForm(request.POST or None, members=members, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = addresses.add_with_address(
                organisation_id=company.id,
                said=form.said(),
                form_key=form.cleaned_data["form_key"] or None,
                kind=form.cleaned_data["kind"],
                text=form.cleaned_data["address"],
                user_id=request.user.pk,
            )
        except NotPossible as refused:
            form.add_error("address", refused.words_ja)
        else:
            messages.success(request, "連絡先を加えました。届いた番号を入力してください。")
            return redirect("contact", contact_id=made.pk)
    status = 422 if form.errors or request.method == "POST" else 200
    context = {"form": form, "company": company}
    return render(request, "contacts/new.html", context, status=status)


@require_POST
@needs(Permission.CONTACT_WRITE)
def contact_move(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """One up or one down."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    rows = Contact.objects.of(company.id).filter(ended_at=None)
    found = rows.filter(pk=number_of(request.POST.get("contact", ""))).first()
    if found is not None:
        services.move(
            contact=found,
            places=-1 if request.POST.get("to") == "up" else 1,
            version=number_of(request.POST.get("version", "")),
            user_id=request.user.pk,
        )
    return redirect("company_contacts", organisation_id=company.id)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.CONTACT_WRITE)
def contact(request: PortalRequest, contact_id: int) -> HttpResponse:
    """One person: hours, levels, deputy, computers; and the addresses."""
    found = one_or_404(ROWS.all(), request, pk=contact_id)
    if request.method != "POST":
        return contact_page(request, found)
    form = _form(found, request)
    if form.is_valid():
        try:
            services.change_contact(
                contact=found,
                said=form.said(),
                version=form.cleaned_data["version"],
                user_id=request.user.pk,
            )
        except NotPossible as refused:
            form.add_error(None, refused.words_ja)
        else:
            messages.success(request, "保存しました。")
            return redirect("contact", contact_id=found.pk)
    return contact_page(request, found, form=form)


@require_POST
@needs(Permission.CONTACT_WRITE)
def address_new(request: PortalRequest, contact_id: int) -> HttpResponse:
    """One more address: its code goes out, and all are told."""
    found = one_or_404(ROWS.all(), request, pk=contact_id)
    form = _address_form(found, request)
    if form.is_valid():
        replaced = Address.objects.of(found.organisation_id).filter(contact=found)
        try:
            addresses.ask_for(
                contact=found,
                kind=form.cleaned_data["kind"],
                text=form.cleaned_data["address"],
                replaces=replaced.filter(pk=form.replaced() or 0).first(),
                user_id=request.user.pk,
            )
        except NotPossible as refused:
            form.add_error("address", refused.words_ja)
        else:
            messages.success(request, "確認の番号を送りました。届いた番号を入力してください。")
            return redirect("contact", contact_id=found.pk)
    return contact_page(request, found, address_form=form)


def contact_page(
    request: PortalRequest,
    found: Contact,
    *,
    form: ContactForm | None = None,
    address_form: AddressForm | None = None,
    trouble: str = "",
) -> HttpResponse:
    """The page of one contact, with what was typed."""
    card = pages.card(found, user_id=request.user.pk)
    bound = [each for each in (form, address_form) if each is not None]
    context = {
        "company": found.organisation,
        "card": card,
        "contact": found,
        "form": form or _form(found),
        "address_form": address_form or _address_form(found),
        "faulty": bound[0] if bound else None,
        "trouble": trouble,
    }
    status = 422 if bound or trouble else 200
    return render(request, "contacts/contact.html", context, status=status)


def number_of(text: str) -> int:
    """A number from a hidden field; 0 for anything else, which names nothing."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _form(found: Contact, request: PortalRequest | None = None) -> ContactForm:
    others = Contact.objects.of(found.organisation_id).filter(ended_at=None).exclude(pk=found.pk)
    return ContactForm(
        request.POST if request else None,
        initial=initial_of(found),
        members=pages.members(found.organisation_id),
        others=[(str(each.pk), each.name) for each in others.order_by("position", "pk")],
    )


def _address_form(found: Contact, request: PortalRequest | None = None) -> AddressForm:
    card = pages.card(found, user_id=None)
    used = [
        (str(line.row.pk), f"{line.kind} {line.row.address}")
        for line in (card.lines if card else ())
        if line.standing.is_used
    ]
    return AddressForm(request.POST if request else None, used=used)
