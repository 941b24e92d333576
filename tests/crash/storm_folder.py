"""A data folder in which four customers met the same update, as a program of its own (Django wakes
once per process): `fill` makes it, `answer update|attack` is the analyst."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "hinomi.portal.settings"
    from hinomi.portal.access.keys import make

    for _name in ("django", "sources", "second-factor"):
        make(Path(os.environ["HINOMI_DATA"]), name=_name)
    import django

    django.setup()

from hinomi.core.findings import Evidence, Finding
from hinomi.core.words import Disposition, Level
from hinomi.portal.access.time import configuration
from hinomi.portal.commands.schema import bring_stores_up_to_date, bring_up_to_date
from hinomi.portal.incidents.campaigns.rows import Campaign
from hinomi.portal.incidents.campaigns.verdicts import answer
from hinomi.portal.notices.models import Notice
from hinomi.portal.organisations.members import add_person, join_firm, join_organisation
from hinomi.portal.organisations.services import add_firm, add_organisation
from hinomi.store.pipeline import FILE_NAME
from hinomi.store.pipeline_rows import DetectWork
from hinomi.store.pipeline_writer import PipelineWriter
from hinomi.triage.campaigns import UNDO_FOR, Stance

_ANALYST = "analyst@tower.example"
_WHY = "a test's own folder"


def fill() -> None:
    """The firm, its customers and one finding each in the pipeline."""
    bring_up_to_date()
    bring_stores_up_to_date()
    firm = add_firm(name="火の見サービス")
    join_firm(user=add_person(mail=_ANALYST), firm=firm, role="analyst")
    findings = []
    for number in range(4):
        company = add_organisation(name=f"会社{number}", firm_id=firm.id)
        owner = add_person(mail=f"{number}@storm.example")
        join_organisation(user=owner, organisation=company, role="owner")
        findings.append(_finding(company.id, number))
    writer = PipelineWriter(configuration().data / FILE_NAME)
    held = writer.claim(owner="test", is_free=lambda *_: True)
    writer.commit_detect(DetectWork(offsets=dict.fromkeys(held, 1), findings=findings))
    writer.close()


def say(stance: Stance) -> None:
    """The first customer's notice had gone out; then the analyst answers, and time passes."""
    notices = Notice.objects.across_all(reason=_WHY)
    notices.filter(to="0@storm.example").update(state="sent", attempts=1)
    rows = Campaign.objects.across_all(reason=_WHY)
    campaign = rows.get()
    user = add_person(mail=_ANALYST)
    answer(campaign=campaign, version=campaign.version, stance=stance, reason="電話した", user=user)
    rows.update(answered_at=datetime.now(UTC) - UNDO_FOR)


def _finding(organisation: str, number: int) -> Finding:
    at = datetime.now(UTC) - timedelta(seconds=30 - number)
    evidence = Evidence(f"e{number}", at, {"Image": r"C:\Kaikei\update.exe"}, b"raw")
    return Finding(
        id=f"storm-{number}",
        organisation=organisation,
        source="src_none",
        rule_id="storm",
        rule_title="Program in an odd folder",
        level=Level.HIGH,
        event_time=at,
        receive_time=at,
        device=f"PC-{number}",
        user="",
        case="suspicious_program",
        disposition=Disposition.UNKNOWN,
        tags=(),
        why=(),
        evidence=(evidence,),
        slots={},
        late=False,
        rule_pack="pack",
        directory_generation=1,
    )


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        fill()
    else:
        say(Stance(sys.argv[2]))
