"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.mailboxes import sorting, views

urlpatterns = [
    path("mailboxes/", views.mailboxes, name="mailboxes"),
    path("mailboxes/connect/", views.connect, name="mailbox_connect"),
    path("mailboxes/<str:mailbox_id>/", views.mailbox, name="mailbox"),
    path("mailboxes/<str:mailbox_id>/settings/", views.settings, name="mailbox_settings"),
    path("mailboxes/<str:mailbox_id>/try/", views.try_again, name="mailbox_try"),
    path("mailboxes/<str:mailbox_id>/pause/", views.pause, name="mailbox_pause"),
    path("mailboxes/<str:mailbox_id>/resume/", views.resume, name="mailbox_resume"),
    path("mailboxes/<str:mailbox_id>/remove/", views.remove, name="mailbox_remove"),
    path("mailboxes/<str:mailbox_id>/waiting/", sorting.mail_waiting, name="mail_waiting"),
    path("mailboxes/<str:mailbox_id>/waiting/answer/", sorting.answer, name="mail_answer"),
    path("mailboxes/<str:mailbox_id>/waiting/sender/", sorting.answer_sender, name="mail_sender"),
    path("mailboxes/<str:mailbox_id>/learned/", views.learned, name="mail_learned"),
    path("mailboxes/<str:mailbox_id>/learned/forget/", views.forget, name="mail_forget"),
    path("mailboxes/<str:mailbox_id>/learned/change/", views.change_route, name="mail_change"),
]
