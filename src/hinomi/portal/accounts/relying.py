"""For which address our passkeys are made: the configured public one, never what a request says."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hinomi.portal.access.time import configuration

if TYPE_CHECKING:
    from django.http import HttpRequest

_THIS_MACHINE = "localhost"
_OWN_MACHINE = re.compile(r"http://localhost(:[0-9]{1,5})?")
_USUAL_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Place:
    """The name a passkey hangs on, and the one address from which a browser may use it; "" is any
    port of this machine, for trials without a public address."""

    name: str
    origin: str

    def is_ours(self, origin: str) -> bool:
        """True when a browser that used a passkey stood on our pages."""
        if self.origin:
            return origin == self.origin
        return bool(_OWN_MACHINE.fullmatch(origin))


def place() -> Place | None:
    """None where browsers offer no passkeys: without https, or under a number instead of a name."""
    public = configuration().public_url
    if not public:
        return Place(_THIS_MACHINE, origin="")
    url = urlsplit(public)
    name = url.hostname or ""
    is_safe = url.scheme == "https" or (url.scheme == "http" and name == _THIS_MACHINE)
    if not is_safe or not name or _is_number(name):
        return None
    port = "" if url.port in (None, _USUAL_PORTS[url.scheme]) else f":{url.port}"
    return Place(name, origin=f"{url.scheme}://{name}{port}")


def is_offered(request: HttpRequest) -> bool:
    """True when the page stands under the name our passkeys hang on."""
    ours = place()
    return ours is not None and urlsplit(f"//{request.get_host()}").hostname == ours.name


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
