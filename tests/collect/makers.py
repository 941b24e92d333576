"""The makers' APIs, played over a real socket: their pages, tokens and cursors, and their bad days.

What they hold is replayed from `tests/collect/replay/*.json` (invented) or put there by a test. The
host that a question was meant for is the first part of its path.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

REPLAY = Path(__file__).parent / "replay"
CLIENT, KEY = "client-1", "key-1"
AOI, FUMI = "11111111-aaaa-4aaa-8aaa-000000000001", "22222222-bbbb-4bbb-8bbb-000000000002"
_GRAPH_TIME = {"alerts_v2": "alerts", "signIns": "sign_ins", "directoryAudits": "directory"}
_AUDIT = {"Audit.AzureActiveDirectory": "entra", "Audit.Exchange": "exchange",
          "Audit.SharePoint": "sharepoint", "Audit.General": "general"}  # fmt: skip

Values = dict[str, str]
Answer = tuple[int, Any, dict[str, str]]


@dataclass
class Makers:
    """All five at once. `shelf`: (API, stream, tenant) → records with the time they are asked by.

    `faults`: what happens to the next questions for records, one each: "429", "500", "503", "cut",
    "drop", "json", "slow", "empty object", "expired" (all tokens end), "same link", "elsewhere".
    """

    shelf: dict[tuple[str, str, str], list[tuple[datetime, dict[str, Any]]]] = field(
        default_factory=dict
    )
    faults: list[str] = field(default_factory=list)
    page_size: int = 3
    retry_after: str = "1"
    skew: timedelta = timedelta()
    newest_first: bool = False
    twice: bool = False  # each page begins with the last record of the one before
    token_answer: tuple[int, dict[str, Any]] | None = None
    refusals: dict[str, Answer] = field(default_factory=dict)  # host + path begins with → answer
    tokens: set[str] = field(default_factory=set)
    subscribed: set[tuple[str, str]] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    url: str = ""

    def put(
        self, api: str, stream: str, record: dict[str, Any], *, tenant: str = "",
        at: datetime | None = None,
    ) -> None:  # fmt: skip
        """A record as the API holds it from now on; `at`: the time it is asked by. Not this very
        moment: a server tells its time in whole seconds, and windows end there."""
        self.shelf.setdefault((api, stream, tenant), []).append(
            (at or self.now() - timedelta(seconds=2), record)
        )

    def all_of(self, *apis: str) -> list[dict[str, Any]]:
        return [
            record
            for (api, _, _), found in self.shelf.items()
            if api in apis
            for _, record in found
        ]

    def now(self) -> datetime:
        return datetime.now(UTC) + self.skew

    def between(
        self, api: str, stream: str, tenant: str, start: datetime, end: datetime
    ) -> list[dict[str, Any]]:
        rows = [row for row in self.shelf.get((api, stream, tenant), []) if start <= row[0] <= end]
        rows.sort(key=lambda row: row[0], reverse=self.newest_first)
        return [record for _, record in rows]

    def page(self, rows: list[dict[str, Any]], start: int) -> tuple[list[dict[str, Any]], int]:
        """The page and where the next one starts, 0 for nowhere."""
        after = start + self.page_size
        first = max(0, start - 1) if self.twice else start
        return rows[first:after], after if after < len(rows) else 0

    def token(self, host: str, values: Values, headers: dict[str, str]) -> Answer:
        if self.token_answer is not None:
            return (*self.token_answer, {})
        if "assertion" in values:
            self.statements.append(values["assertion"])
            said = json.loads(_unpacked(values["assertion"].split(".")[1]))
            if abs(said["iat"] - self.now().timestamp()) > 60:
                return 400, {"error": "invalid_grant", "error_description": "Invalid JWT"}, {}
        else:
            basic = base64.b64encode(f"{CLIENT}:{KEY}".encode()).decode()
            named = (values.get("client_id"), values.get("client_secret")) == (CLIENT, KEY)
            if not named and headers.get("Authorization") != f"Basic {basic}":
                return 401, {"error": "invalid_client", "error_description": "AADSTS7000215"}, {}
        token = f"token-{len(self.tokens)}-{time.monotonic_ns()}"
        self.tokens.add(token)
        return 200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}, {}

    def graph(self, path: str, values: Values, headers: dict[str, str]) -> Answer:
        name = path.rpartition("/")[2]
        tenant = headers["X-Tenant"]
        times = re.findall(r"(?:ge|le) (\S+)", values["$filter"])
        start, end = (datetime.fromisoformat(text) for text in times)
        rows = self.between("microsoft_graph", _GRAPH_TIME[name], tenant, start, end)
        found, after = self.page(rows, int(values.get("$skiptoken", 0)))
        body: dict[str, Any] = {"@odata.context": "x", "value": found}
        if after:
            more = urlencode({**values, "$skiptoken": after})
            body["@odata.nextLink"] = f"https://graph.microsoft.com{path}?{more}"
        return 200, body, {}

    def office(self, path: str, values: Values, headers: dict[str, str]) -> Answer:
        tenant, what = path.split("/")[3], path.rpartition("/")[2]
        stream = _AUDIT.get(values.get("contentType", ""), "")
        if what == "start":
            self.subscribed.add((tenant, stream))
            return 200, {"status": "enabled"}, {}
        if what != "content":
            _, stream, number = what.split("~")
            rows = self.shelf[("office_365", stream, tenant)]
            return 200, [record for _, record in rows[int(number) : int(number) + 2]], {}
        if (tenant, stream) not in self.subscribed:
            return 400, {"error": {"code": "AF20022", "message": "No subscription found"}}, {}
        start, end = (
            datetime.fromisoformat(values[name]).replace(tzinfo=UTC)
            for name in ("startTime", "endTime")
        )
        rows = self.shelf.get(("office_365", stream, tenant), [])
        blobs = [
            {"contentUri": f"https://manage.office.com/api/v1.0/{tenant}/activity/feed/audit/"
                           f"b~{stream}~{number}", "contentId": str(number)}
            for number, (at, _) in enumerate(rows)
            if number % 2 == 0 and start <= at <= end + timedelta(seconds=1)
        ]  # fmt: skip
        first = int(values.get("page", 0))
        more = {}
        if first + 2 < len(blobs):
            following = urlencode({**values, "page": first + 2})
            more["NextPageUri"] = f"https://manage.office.com{path}?{following}"
        return 200, blobs[first : first + 2], more

    def google(self, path: str, values: Values, headers: dict[str, str]) -> Answer:
        start, end = (datetime.fromisoformat(values[name]) for name in ("startTime", "endTime"))
        rows = self.between("google_workspace", path.rpartition("/")[2], "", start, end)
        found, after = self.page(rows, int(values.get("pageToken", 0)))
        body: dict[str, Any] = {"kind": "admin#reports#activities"}
        return (
            200,
            body
            | ({"items": found} if found else {})
            | ({"nextPageToken": str(after)} if after else {}),
            {},
        )

    def withsecure(self, path: str, values: Values, headers: dict[str, str]) -> Answer:
        stream = "incidents" if "incidents" in path else "security_events"
        prefix = "updatedTimestamp" if stream == "incidents" else "persistenceTimestamp"
        times = (values[f"{prefix}Start"], values[f"{prefix}End"])
        start, end = (datetime.fromisoformat(text) for text in times)
        rows = self.between("withsecure", stream, "", start, end)
        found, after = self.page(rows, int(values.get("anchor", 0)))
        return 200, {"items": found} | ({"nextAnchor": str(after)} if after else {}), {}

    def sophos(self, path: str, values: Values, headers: dict[str, str]) -> Answer:
        if path.startswith("/whoami"):
            hosts = {"global": "https://api.central.sophos.com"}
            return 200, {"id": "partner-1", "idType": "partner", "apiHosts": hosts}, {}
        if path.startswith("/partner"):
            host = "https://api-jp01.central.sophos.com"
            names = ((AOI, "葵製作所"), (FUMI, "文商店"))
            items = [{"id": id_, "name": name, "apiHost": host} for id_, name in names]
            page = int(values["page"]) - 1
            return 200, {"items": items[page : page + 1], "pages": {"total": 2}}, {}
        rows = self.shelf.get(
            ("sophos_central", path.rpartition("/")[2], headers["X-Tenant-Id"]), []
        )
        oldest = self.now() - timedelta(hours=24)
        if "cursor" in values:
            start = int(values["cursor"][1:])
            if start < 0 or (start < len(rows) and rows[start][0] < oldest):
                return 400, {"error": "Bad Request", "message": "cursor is too old"}, {}
        else:
            wanted = datetime.fromtimestamp(int(values["from_date"]), UTC)
            if wanted < oldest:
                return 400, {"error": "Bad Request", "message": "from_date"}, {}
            start = next((n for n, row in enumerate(rows) if row[0] >= wanted), len(rows))
        found = [record for _, record in rows[start : start + self.page_size]]
        after = start + len(found)
        body = {"items": found, "next_cursor": f"c{after}", "has_more": after < len(rows)}
        return 200, body, {}


_HOSTS: dict[str, Callable[[Makers, str, Values, dict[str, str]], Answer]] = {
    "graph.microsoft.com": Makers.graph,
    "manage.office.com": Makers.office,
    "admin.googleapis.com": Makers.google,
    "api.connect.withsecure.com": Makers.withsecure,
    "api.central.sophos.com": Makers.sophos,
    "api-jp01.central.sophos.com": Makers.sophos,
}
_TOKENS = ("/oauth2/v2.0/token", "/as/token.oauth2", "/api/v2/oauth2/token", "/token")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    makers: Makers

    def do_GET(self) -> None:
        self._answer("")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        return format_datetime(self.makers.now(), usegmt=True)

    def _answer(self, body: str) -> None:
        makers, parts = self.makers, urlsplit(self.path)
        _, host, path = parts.path.split("/", 2)
        path = f"/{path}"
        found = parse_qs(parts.query) | parse_qs(body)
        values = {name: each[0] for name, each in found.items()}
        headers = {name.title(): value for name, value in self.headers.items()}
        makers.asked.append(f"{host}{path}")
        if (path.endswith(_TOKENS) and host not in _HOSTS) or path == "/as/token.oauth2":
            status, told, more = makers.token(host, values, headers)
            if host == "login.microsoftonline.com" and "access_token" in told:
                told["access_token"] += f"@{path.split('/')[1]}"
                makers.tokens.add(told["access_token"])
            return self._send(status, json.dumps(told).encode(), more)
        refusal = next((a for at, a in makers.refusals.items() if f"{host}{path}".startswith(at)),
                       None)  # fmt: skip
        if refusal is not None:
            return self._send(refusal[0], json.dumps(refusal[1]).encode(), refusal[2])
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in makers.tokens:
            return self._send(401, b'{"error": {"code": "InvalidAuthenticationToken"}}', {})
        headers["X-Tenant"] = token.partition("@")[2]
        fault = makers.faults.pop(0) if makers.faults else ""
        status, told, more = _HOSTS[host](makers, path, values, headers)
        return self._with_fault(fault, status, told, more)

    def _with_fault(self, fault: str, status: int, told: Any, more: dict[str, str]) -> None:
        raw = json.dumps(told, ensure_ascii=False, indent=1).encode()
        if fault in ("429", "503"):
            return self._send(int(fault), b"{}", {"Retry-After": self.makers.retry_after})
        if fault == "500":
            return self._send(500, b"<html>oops</html>", {})
        if fault == "drop":
            self.close_connection = True
            return None
        if fault == "json":
            return self._send(200, b"<html>sign in first</html>", {})
        if fault == "empty object":
            return self._send(200, b'{"error": {"code": "generalException"}}', {})
        if fault == "expired":
            self.makers.tokens.clear()
            return self._send(401, b'{"error": {"code": "InvalidAuthenticationToken"}}', {})
        if fault == "slow":
            time.sleep(0.05)
        if fault == "elsewhere":
            told["@odata.nextLink"] = "https://evil.example/v1.0/security/alerts_v2?x=1"
            raw = json.dumps(told).encode()
        if fault == "same link":
            told["@odata.nextLink"] = "https://graph.microsoft.com/" + self.path.split("/", 2)[2]
            raw = json.dumps(told).encode()
        if fault == "cut":
            self.send_response(200)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw[: len(raw) // 2])
            self.close_connection = True
            return None
        return self._send(status, raw, more)

    def _send(self, status: int, raw: bytes, more: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in more.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


class Playing:
    """The makers, listening: `with Playing() as makers`."""

    def __init__(self) -> None:
        self.makers = Makers()
        handler = type("Handler", (_Handler,), {"makers": self.makers})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.makers.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Makers:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self.makers

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def replay(makers: Makers, *, at: datetime | None = None) -> None:
    """Put what the files hold on the shelf, as if it had happened at `at` (a minute ago)."""
    moment = at or makers.now() - timedelta(minutes=1)
    for file in sorted(REPLAY.glob("*.json")):
        for entry in json.loads(file.read_text("utf-8")):
            makers.put(
                file.stem, entry["stream"], entry["record"], tenant=entry.get("tenant", ""),
                at=moment,
            )  # fmt: skip


@cache
def google_key() -> str:
    """A service account's key file, with a key drawn once: that takes a while."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    pem = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    return json.dumps(
        {"client_email": "reader@project.example", "private_key": pem.decode(),
         "private_key_id": "k1"}
    )  # fmt: skip


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
