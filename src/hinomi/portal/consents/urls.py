"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.consents import views
from hinomi.portal.consents.paper import PAPERS

_AT = "companies/<str:organisation_id>/consent/"

urlpatterns = [
    path(_AT, views.consent, name="consent"),
    path(f"{_AT}sign/", views.consent_sign, name="consent_sign"),
    path(f"{_AT}withdraw/", views.consent_withdraw, name="consent_withdraw"),
    *(
        path(
            f"{_AT}papers/{name}/", views.consent_paper, {"paper_name": name}, name=f"paper_{name}"
        )
        for name in PAPERS
    ),
    *(
        path(f"{_AT}papers/{name}.pdf", views.consent_pdf, {"paper_name": name}, name=f"pdf_{name}")
        for name in PAPERS
    ),
    path("entrusted/", views.entrusted, name="entrusted"),
]
