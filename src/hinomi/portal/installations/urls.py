"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.installations import views, visit_views

_AT = "companies/<str:organisation_id>/"
_OF = "sources/<str:source_id>/"

urlpatterns = [
    path(f"{_AT}equipment/", views.equipment, name="equipment"),
    path(f"{_OF}care/", views.care, name="source_care"),
    path(f"{_OF}vendor-letter/", views.vendor_letter, name="vendor_letter"),
    path(f"{_OF}vendor-letter.pdf", views.vendor_letter_pdf, name="vendor_letter_pdf"),
    path("ends/", views.ends, name="ends"),
    path(f"{_AT}setup/", visit_views.setup, name="setup"),
    path(f"{_AT}setup/call/", visit_views.setup_call, name="setup_call"),
    path("calls/", visit_views.calls, name="calls"),
    path(f"{_AT}survey/", visit_views.survey, name="survey"),
    path(f"{_AT}survey/paper/", visit_views.survey_paper, name="survey_paper"),
    path(f"{_AT}survey/paper.pdf", visit_views.survey_pdf, name="survey_pdf"),
    path(f"{_AT}completion/", visit_views.completion, name="completion"),
    path(f"{_AT}completion.pdf", visit_views.completion_pdf, name="completion_pdf"),
]
