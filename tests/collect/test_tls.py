"""TLS on the ports of sources: identity by port and by certificate, and rotation without loss."""

from __future__ import annotations

import http.client
import logging
import socket
import ssl
import threading
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pygelf
import pytest
from pylogbeat import PyLogBeatClient
from tests.collect.certificates import Pair, make_pair

from hinomi.collect.tls import fingerprint_of_pem
from hinomi.store.unknown import UnknownStore

if TYPE_CHECKING:
    from pathlib import Path

    from tests.collect.conftest import Collect

pytestmark = pytest.mark.sockets
HOST = "127.0.0.1"


@pytest.fixture
def ours(folder: Collect, tmp_path: Path) -> Pair:
    """The tower with TLS, started."""
    pair = make_pair(tmp_path, "tower")
    folder.start("--certificate", str(pair.certificate), "--key", str(pair.key))
    return pair


def connect(address: tuple[str, int], ours: Pair, client: Pair | None = None) -> ssl.SSLSocket:
    """Verifies our certificate, as a sender should."""
    context = ssl.create_default_context(cafile=str(ours.certificate))
    if client is not None:
        context.load_cert_chain(client.certificate, client.key)
    return context.wrap_socket(socket.create_connection(address), server_hostname=HOST)


def send(address: tuple[str, int], ours: Pair, line: bytes, client: Pair | None = None) -> None:
    with connect(address, ours, client) as sender:
        sender.sendall(line)
        sender.unwrap().close()


def is_refused(address: tuple[str, int], ours: Pair, client: Pair) -> bool:
    """With TLS 1.3 the client learns it when it reads."""
    try:
        with connect(address, ours, client) as sender:
            sender.sendall(b"<13>nobody\n")
            return sender.recv(1) == b""
    except (ssl.SSLError, ConnectionError):
        return True


def is_cut_off(sender: socket.socket) -> bool:
    """True once the other side ends the connection, with an alert or without."""
    sender.settimeout(5)
    try:
        while sender.recv(100):
            pass
    except ConnectionError:
        return True
    return True


def by_raw(collect: Collect, count: int) -> dict[bytes, str]:
    return {record.raw: record.source for record in collect.records(at_least=count)}


def test_own_ports_take_tls_and_plain_text_side_by_side(folder: Collect, ours: Pair) -> None:
    send((HOST, folder.aoi_port), ours, b"<13>by tls\n")
    with socket.create_connection((HOST, folder.aoi_port)) as plain:
        plain.sendall(b"<13>plain\n")
    assert by_raw(folder, 2) == {b"<13>by tls": "aoi_port", b"<13>plain": "aoi_port"}


def test_client_certificates_identify_on_the_shared_port(folder: Collect, ours: Pair) -> None:
    """Two companies behind one address, and a stranger; one certificate claimed by both."""
    aoi, fumi, twice, nobody = (
        make_pair(folder.data, name) for name in ("aoi", "fumi", "twice", "nobody")
    )
    folder.change(id="aoi_token", certificates=(aoi.pem, twice.pem, "no certificate"))
    folder.change(id="fumi_token", certificates=(fumi.pem, twice.pem))
    time.sleep(2.2)
    send(folder.syslog, ours, b"<13>aoi\n", aoi)
    send(folder.syslog, ours, b"<13>fumi\n", fumi)
    send(folder.syslog, ours, b'<13>devid="FGT40FAOI" serial of aoi\n', fumi)
    send(folder.syslog, ours, b"<13>claimed twice\n", twice)
    assert is_refused(folder.syslog, ours, nobody)
    assert by_raw(folder, 3) == {
        b"<13>aoi": "aoi_token",
        b"<13>fumi": "fumi_token",
        b'<13>devid="FGT40FAOI" serial of aoi': "fumi_token",
    }
    time.sleep(1.2)
    with closing(UnknownStore(folder.data)) as store:
        told = [line.line for line in store.lines(now=datetime.now(UTC))]
    assert b"<13>claimed twice" in told
    assert any(line.startswith(b"TLS:") for line in told)


def test_real_senders_by_tls(folder: Collect, ours: Pair) -> None:
    """A Beats client known by its certificate on the shared port; GELF on an own port."""
    aoi = make_pair(folder.data, "aoi")
    folder.change(id="aoi_token", certificates=(aoi.pem,))
    folder.change(id="fumi_port", kind="gelf")
    time.sleep(2.2)
    beats = PyLogBeatClient(
        *folder.syslog,
        timeout=10,
        ssl_enable=True,
        ca_certs=str(ours.certificate),
        certfile=str(aoi.certificate),
        keyfile=str(aoi.key),
    )
    with beats:
        beats.send([{"message": "by beats"}] * 20)
    gelf = pygelf.GelfTlsHandler(
        validate=True, ca_certs=str(ours.certificate), host=HOST, port=folder.fumi_port
    )
    gelf.emit(logging.makeLogRecord({"msg": "by gelf", "levelno": 20, "levelname": "INFO"}))
    gelf.close()
    kept = Counter(record.source for record in folder.records(at_least=21))
    assert kept == {"aoi_token": 20, "fumi_port": 1}


def test_a_certificate_of_another_source_opens_no_own_port(folder: Collect, ours: Pair) -> None:
    fumi = make_pair(folder.data, "fumi")
    folder.change(id="fumi_port", certificates=(fumi.pem,))
    time.sleep(2.2)
    send((HOST, folder.fumi_port), ours, b"<13>own\n", fumi)
    send((HOST, folder.aoi_port), ours, b"<13>not mine\n", fumi)
    assert by_raw(folder, 1) == {b"<13>own": "fumi_port"}
    time.sleep(0.2)
    assert len(folder.records()) == 1


def test_our_certificate_rotates_without_losing_a_line(folder: Collect, ours: Pair) -> None:
    """A sender on an open connection goes on; new ones, HTTP included, see the new certificate."""
    stop, sent = threading.Event(), 0

    def keep_sending() -> None:
        nonlocal sent
        with connect((HOST, folder.aoi_port), ours) as sender:
            while not stop.is_set():
                sender.sendall(b"<13>line %d\n" % sent)
                sent += 1
                time.sleep(0.005)
            sender.unwrap().close()

    old = served(folder, ours)
    thread = threading.Thread(target=keep_sending)
    # `ours` is read when the context is made, so the sender's own trust is not affected.
    thread.start()
    time.sleep(0.3)
    ours.key.write_text("broken on the way")
    time.sleep(1.5)
    assert "cannot be used" in warnings(folder, ours)
    assert served(folder, ours) == old
    fresh = make_pair(folder.data, "tower")
    new = fingerprint_of_pem(fresh.pem)
    deadline = time.monotonic() + 10
    while served(folder, ours) != (new, new):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert old != (new, new)
    stop.set()
    thread.join()
    assert len(folder.records(at_least=sent)) == sent
    assert "cannot be used" not in warnings(folder, ours)


def served(collect: Collect, _: Pair) -> tuple[str, str]:
    """Fingerprints that an own port and the HTTP port show now."""
    port = int(collect.endpoints["ingest"].split("/")[2].rpartition(":")[2])
    pems = [ssl.get_server_certificate((HOST, each)) for each in (collect.aoi_port, port)]
    return fingerprint_of_pem(pems[0]), fingerprint_of_pem(pems[1])


def warnings(collect: Collect, _: Pair) -> str:
    port = int(collect.endpoints["ingest"].split("/")[2].rpartition(":")[2])
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with closing(http.client.HTTPSConnection(HOST, port, context=context)) as connection:
        connection.request("GET", "/readyz")
        return connection.getresponse().read().decode()


def test_plain_text_and_slow_handshakes_are_cut_off_and_cost_the_others_nothing(
    folder: Collect, ours: Pair
) -> None:
    """Bytes that begin like TLS and are none; half a hello."""
    for rubbish in (b"\x16\x03\x01\x00\x05hello", b"\x16\x03" + b"\xff" * 50):
        with socket.create_connection((HOST, folder.aoi_port)) as sender:
            sender.sendall(rubbish)
            sender.settimeout(5)
            assert is_cut_off(sender)
    with socket.create_connection((HOST, folder.aoi_port)) as slow:
        slow.sendall(b"\x16\x03")
        send((HOST, folder.aoi_port), ours, b"<13>meanwhile\n")
        assert by_raw(folder, 1) == {b"<13>meanwhile": "aoi_port"}


def test_a_public_port_takes_nothing_but_tls(folder: Collect, tmp_path: Path) -> None:
    pair = make_pair(tmp_path, "tower")
    files = ("--certificate", str(pair.certificate), "--key", str(pair.key))
    folder.start("--syslog-host", "0.0.0.0", *files)
    address = (HOST, folder.aoi_port)
    with socket.create_connection(address) as plain:
        plain.sendall(b"<13>plain\n")
        assert is_cut_off(plain)
    with socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        datagrams.sendto(b"<13>udp", address)
    send(address, pair, b"<13>by tls\n")
    assert by_raw(folder, 1) == {b"<13>by tls": "aoi_port"}
    time.sleep(0.2)
    assert len(folder.records()) == 1
