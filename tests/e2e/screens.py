"""The list of screens that are photographed and checked, each in its most telling state."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.e2e.scenery import Scenery


def screens(town: Scenery) -> list[tuple[str, str, str, int]]:
    """(name, path, person, status); person "" is nobody."""
    ids = {key: source.id for key, source in town.sources.items()}
    company, number = town.aoba.id, town.numbers[0]
    return [
        ("sign-in", "/accounts/sign-in/", "", 200),
        ("home-ask", "/home/", "owner", 200),
        ("home-new", "/home/", "newcomer", 200),
        ("home-calm", "/home/", "quiet", 200),
        ("home-held", "/home/", "waiting", 200),
        ("incident-now", f"/incidents/{number}/", "owner", 200),
        ("incident-today", f"/incidents/{town.numbers[2]}/", "owner", 200),
        ("incident-answered", f"/incidents/{town.numbers[1]}/", "owner", 200),
        ("incident-none", f"/incidents/{town.numbers[5]}/", "owner", 200),
        ("incident-nasty", f"/incidents/{town.nasty}/", "owner", 200),
        ("incidents", "/incidents/", "owner", 200),
        ("incidents-empty", "/incidents/", "newcomer", 200),
        ("sources", "/sources/", "owner", 200),
        ("sources-empty", "/sources/", "newcomer", 200),
        ("source-arrived", f"/sources/{ids['fortigate']}/", "owner", 200),
        ("source-waiting", f"/sources/{ids['waiting']}/", "owner", 200),
        ("source-broken", f"/sources/{ids['broken']}/", "owner", 200),
        ("source-setup", f"/sources/{ids['waiting']}/setup/", "owner", 200),
        ("source-revoke", f"/sources/{ids['waiting']}/revoke/", "owner", 200),
        ("source-new", f"/companies/{company}/sources/new/", "owner", 200),
        ("source-make", f"/companies/{company}/sources/new/fortigate/", "owner", 200),
        ("source-try", f"/sources/{ids['fortigate']}/try/", "owner", 200),
        ("source-try-out", f"/sources/{ids['linux']}/try/", "owner", 200),
        ("source-watching", f"/sources/{ids['linux']}/watching/", "owner", 200),
        ("calendar", f"/companies/{company}/calendar/", "owner", 200),
        ("devices", f"/companies/{company}/devices/", "owner", 200),
        ("sign-out", "/accounts/sign-out/", "owner", 200),
        ("not-found", "/incidents/K-1/", "owner", 404),
        ("forbidden", "/queue/", "owner", 403),
        ("queue", "/queue/", "analyst", 200),
        ("queue-done", "/queue/?view=done", "analyst", 200),
        ("queue-mine", "/queue/?view=mine", "analyst", 200),
        ("case", f"/queue/{number}/", "analyst", 200),
        ("case-answered", f"/queue/{town.numbers[1]}/", "analyst", 200),
        ("case-nasty", f"/queue/{town.nasty}/", "analyst", 200),
        ("campaign", f"/campaigns/{town.storm.asked}/", "analyst", 200),
        ("campaign-update", f"/campaigns/{town.storm.asked}/answer/?say=update", "analyst", 200),
        ("campaign-attack", f"/campaigns/{town.storm.asked}/answer/?say=attack", "analyst", 200),
        ("campaign-answered", f"/campaigns/{town.storm.attack}/", "analyst", 200),
        ("campaign-warn", f"/campaigns/{town.storm.attack}/warn/", "analyst", 200),
        ("mirror", f"/incidents/{number}/", "analyst", 200),
        ("customers", "/customers/", "analyst", 200),
        ("customer", f"/customers/{company}/", "analyst", 200),
        ("staff-sources", "/sources/", "analyst", 200),
        ("sensors", "/sensors/", "analyst", 200),
        ("sensors-none", "/sensors/?show=mend", "analyst", 200),
        ("silence-answer", f"/sensors/questions/{town.question}/", "analyst", 200),
        ("unknown-senders", "/sources/unknown/", "analyst", 200),
        ("rules", "/rules/", "analyst", 200),
        ("rule-held", f"/rules/held/?rule={town.packs.held}", "analyst", 200),
        ("coverage", "/rules/coverage/", "analyst", 200),
        ("indicators", "/indicators/?q=evil", "analyst", 200),
        ("indicator-allow", "/indicators/allow/?kind=domain&value=google.com", "analyst", 200),
        ("hunts", "/hunts/", "analyst", 200),
        ("hunt", f"/hunts/{town.hunts.found}/", "analyst", 200),
        ("hunt-failed", f"/hunts/{town.hunts.failed}/", "analyst", 200),
        ("formats", "/formats/", "analyst", 200),
        ("format-new", "/formats/new/", "analyst", 200),
        ("format-draft", f"/formats/drafts/{town.taught.draft}/", "analyst", 200),
        ("format-line", f"/formats/drafts/{town.taught.draft}/lines/0/", "analyst", 200),
        ("format-meaning", f"/formats/drafts/{town.taught.draft}/meaning/", "analyst", 200),
        ("format", f"/formats/{town.taught.live}/", "analyst", 200),
        ("format-import", "/formats/import/", "analyst", 200),
        ("format-anonymise", "/formats/anonymise/", "analyst", 200),
        ("patterns", "/_patterns/", "analyst", 200),
        ("second-factor", "/accounts/second-factor/", "analyst", 200),
        ("second-factor-set-up", "/accounts/second-factor/set-up/", "analyst", 200),
    ]
