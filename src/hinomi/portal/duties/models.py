"""Rotas, partners' hours, hand-overs, promises, night terms and long holidays."""

from __future__ import annotations

from hinomi.portal.duties.closure_rows import ClosureAsk
from hinomi.portal.duties.handover_rows import ChiefAlert, Handover
from hinomi.portal.duties.night_rows import NightTerms
from hinomi.portal.duties.partner_rows import PartnerConsent, Partnership
from hinomi.portal.duties.promise_rows import Booking
from hinomi.portal.duties.rota_rows import DutyDesk, DutyMember, PatternLine, Slot, Swap, Week
from hinomi.portal.duties.stop_rows import StopSheet

__all__ = [
    "Booking",
    "ChiefAlert",
    "ClosureAsk",
    "DutyDesk",
    "DutyMember",
    "Handover",
    "NightTerms",
    "PartnerConsent",
    "Partnership",
    "PatternLine",
    "Slot",
    "StopSheet",
    "Swap",
    "Week",
]  # Django finds the app's tables here
