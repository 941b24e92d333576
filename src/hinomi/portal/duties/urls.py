"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.duties.views import company, handover, promises, rota, settings, stops

_AT = "companies/<str:organisation_id>/"

urlpatterns = [
    path(f"{_AT}closure/", company.closure, name="closure"),
    path(f"{_AT}night/", company.night_terms, name="night"),
    path(f"{_AT}night/record/", company.night_record, name="night_record"),
    path(f"{_AT}stops/", stops.stop_sheet, name="stop_sheet"),
    path(f"{_AT}stops/write/", stops.stop_write, name="stop_write"),
    path(f"{_AT}stops/agree/", stops.stop_agree, name="stop_agree"),
    path(f"{_AT}stops.pdf", stops.stop_pdf, name="stop_pdf"),
    path("handovers/", handover.handover, name="handovers"),
    path("promises/", promises.promises, name="promises"),
    path("rota/", rota.rota, name="rota"),
    path("rota/lay/", rota.rota_lay, name="rota_lay"),
    path("rota/publish/", rota.rota_publish, name="rota_publish"),
    path("rota/change/", rota.rota_change, name="rota_change"),
    path("rota/swaps/ask/", rota.swap_ask, name="swap_ask"),
    path("rota/swaps/answer/", rota.swap_answer, name="swap_answer"),
    path("rota/pattern/", settings.rota_pattern, name="rota_pattern"),
    path("rota/settings/", settings.rota_settings, name="rota_settings"),
]
