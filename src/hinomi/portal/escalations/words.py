"""What a promised call is called, on the page of a mail and in our call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.portal.escalations.promises import when
from hinomi.respond.speech import Booked

if TYPE_CHECKING:
    from hinomi.portal.escalations.models import CallBack
    from hinomi.portal.incidents.models import Incident


def booked(incident: Incident, back: CallBack | None) -> Booked | None:
    """The promise in words; None where no time was booked."""
    if back is None or back.booking is None:
        return None
    booking = back.booking
    return Booked(when(booking, incident), booking.user.shown_name, booking.phone)
