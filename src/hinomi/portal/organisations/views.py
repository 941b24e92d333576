"""「会社の休みと時間」: when a company works, for its own people and its provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from hinomi.portal.access.guard import needs, one_or_404
from hinomi.portal.access.permissions import Permission
from hinomi.portal.access.time import now
from hinomi.portal.organisations import calendars
from hinomi.portal.organisations.forms import HoursForm, SpecialDaysForm, initial_hours
from hinomi.portal.organisations.models import Organisation

if TYPE_CHECKING:
    from django.http import HttpResponse

    from hinomi.business.working_days import Calendar
    from hinomi.portal.access.guard import PortalRequest

_SHOWN_DAYS = 120
_SHOWN = 20
_WEEKDAYS = "月火水木金土日"


@dataclass(frozen=True, slots=True)
class Closed:
    """One coming closed day, as the page shows it."""

    day: str
    why: str


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.CALENDAR_WRITE)
def calendar(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """The ordinary year, and the company's own days."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    known = calendars.calendar_of(company.id)
    form = HoursForm(request.POST or None, initial=initial_hours(known))
    if request.method != "POST" or not form.is_valid():
        return _page(request, company, known, hours=form, status=422 if form.is_bound else 200)
    calendars.set_hours(organisation_id=company.id, hours=form.hours(), user_id=request.user.pk)
    messages.success(request, "会社の休みと時間を保存しました。")
    return redirect("calendar", organisation_id=company.id)


@require_POST
@needs(Permission.CALENDAR_WRITE)
def add_days(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """One more span of closed (or worked) days."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    form = SpecialDaysForm(request.POST)
    if form.is_valid() and len(calendars.special_days(company.id)) >= calendars.MOST_SPECIAL:
        form.add_error(None, "登録できる数を超えました。古いものを消してください。")
    if not form.is_valid():
        known = calendars.calendar_of(company.id)
        return _page(request, company, known, days=form, status=422)
    calendars.add_special_days(
        organisation_id=company.id,
        first=form.cleaned_data["first"],
        last=form.cleaned_data["last"],
        name=form.cleaned_data["name"],
        is_open=form.cleaned_data["is_open"],
        user_id=request.user.pk,
    )
    messages.success(request, "日付を登録しました。")
    return redirect("calendar", organisation_id=company.id)


@require_POST
@needs(Permission.CALENDAR_WRITE)
def remove_days(request: PortalRequest, organisation_id: str) -> HttpResponse:
    """Take a span of days away again."""
    company = one_or_404(Organisation.objects.all(), request, pk=organisation_id)
    written = request.POST.get("days", "")
    number = int(written) if written.isascii() and written.isdigit() and len(written) < 16 else 0
    done = calendars.remove_special_days(
        organisation_id=company.id, pk=number, user_id=request.user.pk
    )
    if done:
        messages.success(request, "日付を消しました。")
    else:
        messages.warning(request, "その日付は、もう消されています。")
    return redirect("calendar", organisation_id=company.id)


def _page(
    request: PortalRequest,
    company: Organisation,
    known: Calendar,
    *,
    hours: HoursForm | None = None,
    days: SpecialDaysForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "company": company,
        "hours": hours or HoursForm(initial=initial_hours(known)),
        "days": days or SpecialDaysForm(),
        "faulty": hours if hours and hours.errors else days,
        "special": calendars.special_days(company.id),
        "coming": _coming(known, known.local(now()).date()),
    }
    return render(request, "organisations/calendar.html", context, status=status)


def _coming(known: Calendar, today: date) -> list[Closed]:
    """The next closed days besides the weekly ones, so that a person sees what we understood."""
    coming = [today + timedelta(days=n) for n in range(_SHOWN_DAYS)]
    found = []
    for why, run in groupby(coming, key=known.closed_why):
        listed = list(run)
        if why and not why.startswith("定休日"):
            last = f"から{_written(listed[-1])}" if len(listed) > 1 else ""
            found.append(Closed(f"{_written(listed[0])}{last}", why))
    return found[:_SHOWN]


def _written(day: date) -> str:
    return f"{day.month}月{day.day}日（{_WEEKDAYS[day.weekday()]}）"
