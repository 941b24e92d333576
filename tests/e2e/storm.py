"""Two campaigns for the screens: one that asks "an update?", one that was answered as an attack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.core.findings import Evidence, Finding, Why
from hinomi.core.words import Disposition, Level
from hinomi.portal.access.time import now
from hinomi.portal.incidents.campaigns import rounds, verdicts
from hinomi.portal.incidents.campaigns.rows import Campaign
from hinomi.portal.incidents.intake import take_in
from hinomi.portal.organisations.members import add_person, join_organisation
from hinomi.portal.organisations.services import add_organisation
from hinomi.triage.campaigns import Stance

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User
    from hinomi.portal.organisations.models import Firm, Organisation

NAMES = ("北町印刷", "南町運輸（倉庫と配送センターのある会社）", "東町こども園", "西町会計")
_PARTITION = 9  # no other finding of the scenery comes through the bell


@dataclass(frozen=True)
class Storm:
    """The two campaigns, and the owner of a company whose notice waits."""

    asked: int
    attack: int
    waiting_owner: User


def brew(firm: Firm, analyst: User, *, nasty: str) -> Storm:
    """Four customers, and what they met. `nasty` stands where attackers could write."""
    companies = [add_organisation(name=name, firm_id=firm.id) for name in NAMES]
    owners = [add_person(mail=f"owner{n}@machi.example", name="主") for n in range(len(NAMES))]
    for company, owner in zip(companies, owners, strict=True):
        join_organisation(user=owner, organisation=company, role="owner")
    for number, company in enumerate(companies):
        program = rf"C:\Program Files\Kaikei\update.exe {nasty}"
        _take(company, 1 + number, case="suspicious_program", rule="storm", program=program)
    for number, company in enumerate(companies[:3]):
        _take(company, 11 + number, case="ransomware", rule="wave", program=r"C:\Temp\x.exe")
    rows = Campaign.objects.of(firm.id)
    asked, attack = (rows.get(stance=stance.value) for stance in (Stance.ASKED, Stance.SEEN))
    verdicts.answer(
        campaign=attack,
        version=attack.version,
        stance=Stance.ATTACK,
        reason=f"3社とも控えを消そうとしている {nasty}",
        user=analyst,
    )
    rounds.settle_answered()
    return Storm(asked.pk, attack.pk, owners[3])


def _take(company: Organisation, number: int, *, case: str, rule: str, program: str) -> None:
    at = now() - timedelta(minutes=9)
    fields = {"Channel": "Microsoft-Windows-Sysmon/Operational", "Image": program}
    finding = Finding(
        id=f"storm-{number}",
        organisation=company.id,
        source="src_none",
        rule_id=rule,
        rule_title="Program started from a folder where programs do not belong",
        level=Level.HIGH,
        event_time=at,
        receive_time=at + timedelta(seconds=2),
        device=f"JIMU-{number:02d}",
        user="",
        case=case,
        disposition=Disposition.UNKNOWN,
        tags=("attack.execution",),
        why=(Why("selection", "Image", program, r"endswith: \update.exe"),),
        evidence=(Evidence("01JD0000000000000000000001", at, fields, program.encode()),),
        slots={},
        late=False,
        rule_pack="abc123",
        directory_generation=3,
        rule_title_ja="ふつうは使わない場所からプログラムが動いた",
    )
    take_in(partition=_PARTITION, rows=[(number, finding)])
