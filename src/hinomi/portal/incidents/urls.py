"""The addresses of this app."""

from __future__ import annotations

from django.urls import path

from hinomi.portal.incidents.views import (
    browsing,
    campaigns,
    companies,
    composing,
    console,
    customer,
    leaving_alone,
    merging,
    playbooks,
    queue,
    sensors,
    timeline,
    today,
)

urlpatterns = [
    path("", customer.start, name="start"),
    path("home/", customer.home, name="home"),
    path("incidents/", customer.incidents, name="incidents"),
    path("incidents/<str:number>/", customer.incident, name="incident"),
    path("incidents/<str:number>/answer/", customer.answer, name="answer"),
    path("today/", today.today_by_company, name="today"),
    path("queue/", queue.queue_page, name="queue"),
    path("queue/many/", queue.many, name="many"),
    path("queue/many/<int:bulk_id>/", queue.report, name="bulk"),
    path("queue/many/<int:bulk_id>/undo/", queue.undo, name="bulk_undo"),
    path("queue/views/", queue.save_view, name="view_save"),
    path("queue/views/<int:view_id>/prefer/", queue.prefer_view, name="view_prefer"),
    path("queue/views/<int:view_id>/remove/", queue.remove_view, name="view_remove"),
    path("queue/views/<int:view_id>/restore/", queue.restore_view, name="view_restore"),
    path("queue/<str:number>/", console.case, name="case"),
    path("queue/<str:number>/take/", console.take, name="take"),
    path("queue/<str:number>/state/", console.change_state, name="change_state"),
    path("queue/<str:number>/note/", console.add_note, name="add_note"),
    path("queue/<str:number>/second-look/", console.second_look, name="second_look"),
    path("queue/<str:number>/playbook/", playbooks.playbook_reply, name="playbook_reply"),
    path("queue/<str:number>/compose/", composing.compose, name="compose"),
    path(
        "queue/<str:number>/compose/override/", composing.compose_override, name="compose_override"
    ),
    path("queue/<str:number>/exception/", leaving_alone.open_exception, name="open_exception"),
    path("queue/<str:number>/merge/", merging.merge, name="merge"),
    path("queue/<str:number>/part/", merging.part, name="part"),
    path("queue/<str:number>/timeline/", timeline.case_timeline, name="case_timeline"),
    path("queue/<str:number>/timeline/line/", timeline.change_line, name="change_line"),
    path("queue/<str:number>/timeline/record/", timeline.promote_record, name="promote_record"),
    path("queue/<str:number>/timeline/export/", timeline.export_timeline, name="export_timeline"),
    path("queue/<str:number>/browsing/", browsing.browsing, name="browsing"),
    path("queue/<str:number>/usual/", console.say_usual, name="say_usual"),
    path("sensors/", sensors.sensors, name="sensors"),
    path("sensors/questions/<int:mass_id>/", sensors.answer, name="silence_answer"),
    path("campaigns/<int:campaign_id>/", campaigns.campaign, name="campaign"),
    path("campaigns/<int:campaign_id>/answer/", campaigns.answer, name="campaign_answer"),
    path("campaigns/<int:campaign_id>/take-back/", campaigns.take_back, name="campaign_take_back"),
    path("campaigns/<int:campaign_id>/warn/", campaigns.warn, name="campaign_warn"),
    path("customers/", companies.customers, name="customers"),
    path("customers/<str:organisation_id>/", companies.customer, name="customer"),
    path("customers/<str:organisation_id>/watchword/", companies.watchword, name="watchword"),
    path("customers/<str:organisation_id>/note/", companies.write_note, name="phone_note"),
    path("customers/<str:organisation_id>/values/", companies.save_values, name="save_values"),
]
