"""An exchange as its carrier would speak, over the real WSGI application."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.test import Client

from hinomi.core.clock import FixedClock
from hinomi.portal.access.time import now
from hinomi.portal.calls.exchanges import add
from hinomi.portal.calls.models import Exchange, IncomingCall, Speaks
from hinomi.portal.calls.telling import signature
from tests.portal.town import configured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse
    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.town import Town

NUMBER = "03-5555-1234"


@dataclass
class Pbx:
    """An exchange of the town's firm with its secret."""

    exchange: Exchange
    secret: str
    settings: SettingsWrapper

    @property
    def path(self) -> str:
        return f"/calls/events/{self.exchange.pk}/"

    def post(self, body: bytes, **headers: str) -> HttpResponse:
        stamp = headers.pop("stamp", str(int(now().timestamp())))
        signed = headers.pop("signed", signature(body, stamp=stamp, secret=self.secret))
        told = {"X-Hinomi-Timestamp": stamp, "X-Hinomi-Signature": signed, **headers}
        told = {name: text for name, text in told.items() if text}
        return Client(enforce_csrf_checks=True).post(  # type: ignore[return-value]
            self.path, body, content_type="application/json", headers=told
        )

    def tell(self, event: str, call: str = "c1", **changes: object) -> HttpResponse:
        return self.post(self.body(event, call, changes))

    def body(
        self, event: str, call: str = "c1", changes: Mapping[str, object] | None = None
    ) -> bytes:
        said = {
            "id": f"{call}-{event}", "event": event, "call": call, "from": NUMBER,
            "to": "0312345678", "time": now().isoformat(), **(changes or {}),
        }  # fmt: skip
        return json.dumps({name: each for name, each in said.items() if each is not None}).encode()

    def later(self, **by: float) -> None:
        self.settings.HINOMI = configured(clock=FixedClock(now() + timedelta(**by)))

    def calls(self) -> list[IncomingCall]:
        rows = IncomingCall.objects.of_firm(self.exchange.firm_id).filter(exchange=self.exchange)
        return list(rows.order_by("pk"))

    def seen(self) -> Exchange:
        return Exchange.objects.of_firm(self.exchange.firm_id).get(pk=self.exchange.pk)


def pbx_of(town: Town, settings: SettingsWrapper, **wanted: object) -> Pbx:
    """A new exchange of the firm, on a clock that stands at the next whole second: at the last one
    the town's firm may not yet have served its companies."""
    stands = now().replace(microsecond=0) + timedelta(seconds=1)
    settings.HINOMI = configured(clock=FixedClock(stands))
    known = {"name": "本社の電話", "speaks": Speaks.JSON, **wanted}
    exchange, secret = add(firm_id=town.firm.id, user=None, **known)  # type: ignore[arg-type]
    return Pbx(exchange, secret, settings)
