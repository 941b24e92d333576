"""Accounts at makers' APIs in every state, for the screens: well, in trouble, new, key ending."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.portal.access.time import configuration, now
from hinomi.portal.connections.models import CustomerRoute
from hinomi.portal.connections.services import Access, connect
from hinomi.portal.connections.state import today
from hinomi.store.pollroom import PollRoom, Step, Waiting

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User
    from hinomi.portal.connections.models import Connection
    from hinomi.portal.organisations.models import Firm, Organisation


@dataclass(frozen=True)
class Clouds:
    """Ids of accounts: one that fails in part and asks, one that nothing came from yet."""

    busy: str
    fresh: str


def gather(firm: Firm, person: User, company: Organisation, *, nasty: str) -> Clouds:
    """As staff and collect leave them."""
    tenants = ("11111111-aaaa-4aaa-8aaa-000000000001", "aoba.example")
    busy = connect(
        firm_id=firm.id,
        api="microsoft_graph",
        wanted=Access(
            name="お客様のMicrosoft 365", client="0000-client", tenants=tenants, secret="x",
            streams=("alerts", "sign_ins"), secret_ends=today() + timedelta(days=9),
        ),
        user=person,
    )  # fmt: skip
    fresh = connect(
        firm_id=firm.id, api="google_workspace",
        wanted=Access(name="新しい連携", client="a@project.example", subject="a@aoba.example",
                      streams=("login",), secret="x"),
        user=person,
    )  # fmt: skip
    for customer, organisation in ((tenants[0], company), ("社内検証", None)):
        CustomerRoute.objects.within_connection(busy).create(
            connection=busy, customer=customer, key=customer, name=company.name if organisation
            else nasty[:150], organisation=organisation, by=person,
        )  # fmt: skip
    with PollRoom(configuration().data) as room:
        _fetched(room, busy, tenants, nasty)
    return Clouds(busy.pk, fresh.pk)


def _fetched(room: PollRoom, busy: Connection, tenants: tuple[str, ...], nasty: str) -> None:
    moment = now() - timedelta(minutes=3)
    row = Waiting(
        busy.pk, "d1", tenants[1], f"株式会社青葉{nasty}", "entra", moment,
        f'{{"userPrincipalName": "aoi@aoba.example", "text": "{nasty[:40]}"}}'.encode(),
    )  # fmt: skip
    for tenant in tenants:
        for stream in ("alerts", "sign_ins"):
            step = Step(busy.pk, tenant, stream)
            waits = [row] if (tenant, stream) == (tenants[1], "sign_ins") else []
            seen = [f"{tenant}{stream}{number}" for number in range(7)]
            room.keep(step, seen=seen, waiting=waits, at=moment, cursor="x", reached_at=moment)
            room.looked(step, name="", at=moment)
    room.looked(
        Step(busy.pk, tenants[0], "sign_ins"), name="", at=now(), trouble="no_licence",
        sentence="先方の契約に、この記録を読む機能がふくまれていません。",
    )  # fmt: skip
