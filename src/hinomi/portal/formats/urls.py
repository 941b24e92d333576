"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.formats import draft_views, views

urlpatterns = [
    path("formats/", views.formats, name="formats"),
    path("formats/new/", draft_views.format_new, name="format_new"),
    path("formats/import/", views.format_import, name="format_import"),
    path("formats/anonymise/", views.format_anonymise, name="format_anonymise"),
    path("formats/drafts/<str:draft_id>/", draft_views.format_draft, name="format_draft"),
    path("formats/drafts/<str:draft_id>/fields/", draft_views.draft_fields, name="draft_fields"),
    path("formats/drafts/<str:draft_id>/more/", draft_views.draft_more, name="draft_more"),
    path("formats/drafts/<str:draft_id>/again/", draft_views.draft_again, name="draft_again"),
    path(
        "formats/drafts/<str:draft_id>/lines/<int:place>/",
        draft_views.draft_line,
        name="draft_line",
    ),
    path("formats/drafts/<str:draft_id>/meaning/", draft_views.draft_meaning, name="draft_meaning"),
    path("formats/drafts/<str:draft_id>/start/", draft_views.draft_start, name="draft_start"),
    path("formats/drafts/<str:draft_id>/drop/", draft_views.draft_drop, name="draft_drop"),
    path("formats/<str:format_id>/", views.format, name="format"),
    path("formats/<str:format_id>/use/", views.format_use, name="format_use"),
    path("formats/<str:format_id>/edit/", views.format_edit, name="format_edit"),
    path("formats/<str:format_id>/back/<int:place>/", views.format_back, name="format_back"),
    path("formats/<str:format_id>/retire/", views.format_retire, name="format_retire"),
    path("formats/<str:format_id>/file/", views.format_export, name="format_export"),
]
