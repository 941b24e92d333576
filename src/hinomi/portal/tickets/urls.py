"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.tickets import (
    desk_views,
    fax_views,
    incident_views,
    mail_views,
    photo_views,
    views,
)

_ASKED = "consultations/<str:ticket_number>/"
_DESK = "tickets/<str:ticket_number>/"

urlpatterns = [
    path("help/", views.help_me, name="help"),
    path("help/<str:ticket_number>/", views.help_received, name="help_received"),
    path("help/<str:ticket_number>/phone/", views.help_phone, name="help_phone"),
    path("consultations/", views.consultations, name="consultations"),
    path(_ASKED, views.consultation, name="consultation"),
    path(f"{_ASKED}solved/", views.consultation_solved, name="consultation_solved"),
    path("tickets/", desk_views.tickets, name="tickets"),
    path("tickets/mails/", mail_views.mails, name="ticket_mails"),
    path("tickets/mails/<int:letter_id>/", mail_views.mail, name="ticket_mail"),
    path("tickets/faxes/", fax_views.faxes, name="faxes"),
    path("tickets/faxes/<int:fax_id>/", fax_views.fax, name="fax"),
    path("tickets/faxes/<int:fax_id>/read/", fax_views.fax_read, name="fax_read"),
    path("tickets/faxes/<int:fax_id>/ticket/", fax_views.fax_ticket, name="fax_ticket"),
    path("tickets/faxes/<int:fax_id>/pages/<int:place>/", fax_views.fax_page, name="fax_page"),
    path(_DESK, desk_views.ticket, name="ticket"),
    path(f"{_DESK}reply/", desk_views.ticket_reply, name="ticket_reply"),
    path(f"{_DESK}note/", desk_views.ticket_note, name="ticket_note"),
    path(f"{_DESK}called/", desk_views.ticket_called, name="ticket_called"),
    path(f"{_DESK}take/", desk_views.ticket_take, name="ticket_take"),
    path(f"{_DESK}hand-over/", desk_views.ticket_hand_over, name="ticket_hand_over"),
    path(f"{_DESK}link/", desk_views.ticket_link, name="ticket_link"),
    path(f"{_DESK}incident/", incident_views.ticket_incident, name="ticket_incident"),
    path(f"{_DESK}snooze/", desk_views.ticket_snooze, name="ticket_snooze"),
    path(f"{_DESK}call/", desk_views.ticket_book, name="ticket_book"),
    path(f"{_DESK}state/", desk_views.ticket_state, name="ticket_state"),
    path("companies/<str:organisation_id>/tickets/new/", desk_views.ticket_new, name="ticket_new"),
    path("photos/<str:file_id>/", photo_views.photo, name="ticket_photo"),
]
