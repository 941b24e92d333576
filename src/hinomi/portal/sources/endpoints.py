"""Where senders reach us: what the running tower wrote down, else the documented defaults."""

from __future__ import annotations

import json

from hinomi.portal.access.time import configuration

INGEST_PATH = "/ingest/v1/events"
_DEFAULTS = {
    "web": "http://127.0.0.1:8420/",
    "ingest": f"http://127.0.0.1:8421{INGEST_PATH}",
    "syslog": "127.0.0.1:5514",
}


def endpoints() -> dict[str, str]:
    """`web` and `ingest` are URLs, `syslog` is host:port of the shared listener."""
    told = {**_read("collect"), **_read("endpoints")}
    known = {name: told.get(name) or default for name, default in _DEFAULTS.items()}
    if not known["ingest"].endswith(INGEST_PATH):
        known["ingest"] = known["ingest"].rstrip("/") + INGEST_PATH
    return known


def mail_address() -> str:
    """host:port at which mails are taken in; "" while that port is closed."""
    return {**_read("collect"), **_read("endpoints")}.get("smtp", "")


def web_address() -> str:
    """The screens' address without a slash at its end, for links."""
    return (configuration().public_url or endpoints()["web"]).rstrip("/")


# Kinds whose programs ask for another address of the HTTP listener.
_PATHS = {
    "filebeat": "",
    "elasticsearch": "",
    "hec": "/services/collector/event",
    "splunk_hec": "/services/collector/event",
    "otlp": "/v1/logs",
    "opentelemetry": "/v1/logs",
    "relay": "/ingest/v1/relay",
}


RELAY_HOST = "中継機のIPアドレス"  # given to it by DHCP: people there read it from the box


def relay_endpoint() -> str:
    """Where relays bring what they heard."""
    return endpoint_of(port=None, kind="relay")


def endpoint_of(*, port: int | None, kind: str = "", relay_port: int | None = None) -> str:
    """A source's own endpoint: host:port where it has a port, at its relay where it has one, else
    the URL its kind sends to."""
    if relay_port is not None:
        return f"{RELAY_HOST}:{relay_port}"
    known = endpoints()
    if port is None:
        path = _PATHS.get(kind, INGEST_PATH)
        return known["ingest"].removesuffix(INGEST_PATH) + path
    return f"{known['syslog'].rpartition(':')[0]}:{port}"


def _read(name: str) -> dict[str, str]:
    path = configuration().data / "run" / f"{name}.json"
    try:
        told = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}  # not running: the defaults are what will be
    return {key: value for key, value in told.items() if isinstance(value, str)}
