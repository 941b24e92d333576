"""Two hunts for the screens: one that found something, one that could not begin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.core.findings import Evidence, Finding, Why
from hinomi.core.ids import ulid
from hinomi.core.words import Disposition, Level
from hinomi.pipeline.hunt_orders import Wanted, order_hunt
from hinomi.portal.access.time import configuration, now
from hinomi.portal.hunts.models import Hunt, HuntState
from hinomi.store.hunt_rows import HuntEnd, HuntProgress, HuntTrouble, Scope
from hinomi.store.hunt_rows import HuntState as State

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User
    from hinomi.portal.organisations.models import Firm, Organisation


@dataclass(frozen=True)
class Hunts:
    """Ids."""

    found: str
    failed: str


def hunt(firm: Firm, person: User, company: Organisation, *, nasty: str) -> Hunts:
    """As the bell and a hunt's process leave them."""
    found = _row(firm, person, HuntState.DONE, minutes_ago=30, indicators=["ip:198.51.100.77"])
    scope = Scope((company.id,), found.since, found.until)
    folder = order_hunt(
        Wanted(indicators=("ip:198.51.100.77",)), scope, config=configuration(), hunt_id=found.id
    )
    findings = [_finding(company, number, nasty=nasty) for number in range(3)]
    with folder.running():
        folder.keep(
            findings,
            HuntProgress(rows=1_204_311, findings=3, faults=("2026-11-02/a.parquet is torn",)),
        )
    failed = _row(firm, person, HuntState.FAILED, minutes_ago=20, rules=["no-such-rule"])
    ended = HuntEnd(State.FAILED, now(), failed.detail, HuntTrouble.UNKNOWN_RULE)
    wanted = Wanted(rules=("no-such-rule",))
    order_hunt(wanted, scope, config=configuration(), hunt_id=failed.id).finish(ended)
    return Hunts(found.id, failed.id)


def _row(firm: Firm, person: User, state: HuntState, *, minutes_ago: int, **wanted: object) -> Hunt:
    moment = now() - timedelta(minutes=minutes_ago)
    return Hunt.objects.create(
        id=ulid(time_ms=int(moment.timestamp() * 1000)),
        firm=firm,
        since=moment - timedelta(days=30),
        until=moment,
        ordered_by=person,
        ordered_at=moment,
        state=state,
        detail="'no-such-rule' is neither a file nor the id of a rule in use.",
        **wanted,
    )


def _finding(company: Organisation, number: int, *, nasty: str) -> Finding:
    moment = now() - timedelta(days=3, minutes=number)
    return Finding(
        id=f"{number:032x}",
        organisation=company.id,
        source="src_1",
        rule_id="indicator",
        rule_title="Traffic to a known attacker",
        level=Level.HIGH,
        event_time=moment,
        receive_time=moment,
        device=nasty if number == 1 else f"KEIRI-{number:02d}",
        user="",
        case="c2_communication",
        disposition=Disposition.SEEN,
        tags=(),
        why=(
            Why("indicator", "dstip", "198.51.100.77", "ip"),
            Why("indicator", "hostname", nasty, "x"),
        ),
        evidence=(Evidence(f"E{number}", moment, {"dstip": "198.51.100.77"}, b""),),
        slots={},
        late=True,
        rule_pack="",
        directory_generation=1,
        rule_title_ja="攻撃に使われる相手との通信",
    )
