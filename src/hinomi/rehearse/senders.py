"""How the town's records travel: real datagrams, real TCP, real HTTP. Standard library only."""

from __future__ import annotations

import http.client
import socket
import uuid
from dataclasses import dataclass
from urllib.parse import urlsplit

from hinomi.core.errors import HinomiError


@dataclass(frozen=True, slots=True)
class Road:
    """One machine's way to collect. Exactly one of `token` and `syslog` matters per machine."""

    endpoint: str
    token: str = ""
    from_address: str = ""


def send_datagram(road: Road, raw: bytes) -> None:
    """One syslog line by UDP from the company's own address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        if road.from_address:
            channel.bind((road.from_address, 0))
        channel.sendto(raw, _host_port(road.endpoint))


def send_stream(road: Road, records: list[bytes]) -> None:
    """Syslog lines over one TCP connection, each ended by LF; waits until all left this side."""
    with socket.create_connection(_host_port(road.endpoint), timeout=10) as channel:
        channel.sendall(b"".join(raw + b"\n" for raw in records))
        channel.shutdown(socket.SHUT_WR)
        channel.recv(1)  # the other side closes after it has read everything


def post(road: Road, records: list[bytes]) -> None:
    """NDJSON by HTTP. Raises unless the answer says the records are on disk."""
    url = urlsplit(road.endpoint)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=30)
    try:
        connection.request(
            "POST",
            url.path,
            body=b"\n".join(records) + b"\n",
            headers={
                "Authorization": f"Bearer {road.token}",
                "Content-Type": "application/x-ndjson",
                "Idempotency-Key": uuid.uuid4().hex,
            },
        )
        answer = connection.getresponse()
        body = answer.read(500)
    except OSError as error:
        raise HinomiError(
            f"The rehearsal cannot reach {road.endpoint}: {error}.", advice="Is the tower up?"
        ) from error
    finally:
        connection.close()
    if answer.status // 100 != 2:
        raise HinomiError(f"Ingest answered {answer.status}: {body.decode(errors='replace')}")


def _host_port(endpoint: str) -> tuple[str, int]:
    host, _, port = endpoint.rpartition(":")
    return host.strip("[]"), int(port)
