"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.papers import paper_views, views
from hinomi.portal.papers.kinds import KINDS

_AT = "queue/<str:number>/papers/"

urlpatterns = [
    path(_AT, views.papers, name="papers"),
    path(f"{_AT}recognised/", views.recognise, name="papers_recognise"),
    path(f"{_AT}delivered/", views.deliver, name="papers_deliver"),
    path(f"{_AT}evidence/", paper_views.evidence_list, name="papers_evidence"),
    *(
        path(f"{_AT}{kind}/", paper_views.write, {"kind": kind}, name=f"paper_{kind}_of_case")
        for kind in KINDS
    ),
    *(
        path(f"{_AT}{kind}/pdf/", paper_views.pdf, {"kind": kind}, name=f"pdf_{kind}_of_case")
        for kind in KINDS
    ),
    *(
        path(f"{_AT}{kind}/docx/", paper_views.docx, {"kind": kind}, name=f"docx_{kind}_of_case")
        for kind in KINDS
    ),
]
