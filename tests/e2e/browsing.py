"""How tests and `tools/look.py` open the portal in a real Chromium: a server, a session, a list of
all screens."""

from __future__ import annotations

import shutil
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from django.conf import settings
from django.test import Client

from hinomi.portal.accounts.second_factor import REHEARSAL_METHOD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright._impl._api_structures import SetCookieParam

    from hinomi.portal.accounts.models import User
    from tests.e2e.scenery import Scenery

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass(frozen=True)
class Screen:
    """One page as one person sees it. `user` None: nobody signed in."""

    name: str
    path: str
    user: User | None
    status: int = 200


def screens(town: Scenery) -> list[Screen]:
    """Every screen that shows something, each in its most telling state."""
    owner, analyst = town.owner, town.analyst
    ids = {key: source.id for key, source in town.sources.items()}
    company, number = town.aoba.id, town.numbers[0]
    return [
        Screen("sign-in", "/accounts/sign-in/", None),
        Screen("home-ask", "/home/", owner),
        Screen("home-new", "/home/", town.newcomer),
        Screen("home-calm", "/home/", town.quiet),
        Screen("incident-now", f"/incidents/{number}/", owner),
        Screen("incident-today", f"/incidents/{town.numbers[2]}/", owner),
        Screen("incident-none", f"/incidents/{town.numbers[5]}/", owner),
        Screen("incident-nasty", f"/incidents/{town.nasty}/", owner),
        Screen("incidents", "/incidents/", owner),
        Screen("incidents-empty", "/incidents/", town.newcomer),
        Screen("sources", "/sources/", owner),
        Screen("sources-empty", "/sources/", town.newcomer),
        Screen("source-arrived", f"/sources/{ids['fortigate']}/", owner),
        Screen("source-waiting", f"/sources/{ids['waiting']}/", owner),
        Screen("source-broken", f"/sources/{ids['broken']}/", owner),
        Screen("source-setup", f"/sources/{ids['waiting']}/setup/", owner),
        Screen("source-revoke", f"/sources/{ids['waiting']}/revoke/", owner),
        Screen("source-new", f"/companies/{company}/sources/new/", owner),
        Screen("source-make", f"/companies/{company}/sources/new/fortigate/", owner),
        Screen("devices", f"/companies/{company}/devices/", owner),
        Screen("not-found", "/incidents/K-1/", owner, 404),
        Screen("forbidden", "/queue/", owner, 403),
        Screen("queue", "/queue/", analyst),
        Screen("queue-done", "/queue/?view=done", analyst),
        Screen("queue-mine", "/queue/?view=mine", analyst),
        Screen("case", f"/queue/{number}/", analyst),
        Screen("case-nasty", f"/queue/{town.nasty}/", analyst),
        Screen("mirror", f"/incidents/{number}/", analyst),
        Screen("customers", "/customers/", analyst),
        Screen("customer", f"/customers/{company}/", analyst),
        Screen("staff-sources", "/sources/", analyst),
        Screen("unknown-senders", "/sources/unknown/", analyst),
        Screen("patterns", "/_patterns/", analyst),
        Screen("second-factor", "/accounts/second-factor/", analyst),
        Screen("second-factor-set-up", "/accounts/second-factor/set-up/", analyst),
    ]


def session_cookie(user: User, address: str) -> SetCookieParam:
    """A session in which the person has proved everything."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": REHEARSAL_METHOD, "at": datetime.now(UTC).timestamp(), "reauthenticated": True}
    ]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session.save()
    return {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": address}


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        return


@contextmanager
def serve() -> Iterator[str]:
    """The portal on a free loopback port, in a thread of this process; gives its address."""
    from hinomi.portal.wsgi import application

    server: WSGIServer = make_server("127.0.0.1", 0, application, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
