"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.rules import views

urlpatterns = [
    path("rules/", views.rules, name="rules"),
    path("rules/back/", views.rules_back, name="rules_back"),
    path("rules/coverage/", views.coverage, name="coverage"),
    path("rules/held/", views.rule_held, name="rule_held"),
    path("rules/promote/", views.rules_promote, name="rules_promote"),
]
