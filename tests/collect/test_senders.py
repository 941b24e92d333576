"""Real senders, unmodified: sent, acknowledged, stored, and stored equals sent.

Those that Debian packages run where they are installed; those of PyPI always.
"""

from __future__ import annotations

import json
import logging
import struct
import subprocess
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pygelf
import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from pylogbeat import PyLogBeatClient
from splunk_hec_handler import SplunkHecHandler
from tests.collect.installed import missing, program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.collect.conftest import Collect

pytestmark = pytest.mark.sockets
COUNT = 50
TEXTS = [f'日本語の行 {number} "quoted" \\ tab\t end' for number in range(COUNT)]


def base(collect: Collect) -> str:
    return "{0.scheme}://{0.netloc}".format(urlsplit(collect.endpoints["ingest"]))


def stored(collect: Collect, read: Callable[[dict[str, object]], object]) -> list[object]:
    return [read(json.loads(record.raw)) for record in collect.records(at_least=COUNT)]


def assert_equal(found: Iterable[object]) -> None:
    assert Counter(found) == Counter(TEXTS)


def test_the_opentelemetry_sdk(collect: Collect) -> None:
    exporter = OTLPLogExporter(
        endpoint=f"{base(collect)}/v1/logs", headers={"authorization": "Bearer token-aoi"}
    )
    provider = LoggerProvider(shutdown_on_exit=False)
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    logger = provider.get_logger("tests")
    for text in TEXTS:
        logger.emit(
            LogRecord(timestamp=1, body=text, severity_number=SeverityNumber.INFO, attributes={})
        )
    provider.shutdown()
    assert_equal(stored(collect, lambda record: record["body"]))
    resource = json.loads(collect.records()[0].raw)["resource"]
    assert resource["attributes"]["telemetry.sdk.language"] == "python"


def test_the_splunk_hec_handler(collect: Collect) -> None:
    url = urlsplit(collect.endpoints["ingest"])
    handler = SplunkHecHandler(
        url.hostname, "token-aoi", port=url.port, proto="http", ssl_verify=False, source="tests"
    )
    for text in TEXTS:
        handler.emit(logging.makeLogRecord({"msg": {"text": text}, "levelname": "INFO"}))
    handler.close()
    assert_equal(stored(collect, lambda record: record["event"]["text"]))  # type: ignore[index]


@pytest.mark.filterwarnings("ignore")  # it leaves its sockets for the collector of garbage
def test_pygelf_by_http(collect: Collect) -> None:
    url = urlsplit(collect.endpoints["ingest"])
    handler = pygelf.GelfHttpHandler(url.hostname, url.port)
    handler.headers["Authorization"] = "Bearer token-aoi"
    for text in TEXTS:
        handler.emit(logging.makeLogRecord({"msg": text, "levelno": 20, "levelname": "INFO"}))
    assert_equal(stored(collect, lambda record: record["short_message"]))


RSYSLOG = """
module(load="imuxsock" sysSock.use="off")
module(load="imfile")
module(load="omelasticsearch")
template(name="line" type="list" option.jsonf="on") {{
  property(outname="message" name="msg" format="jsonf")
}}
input(type="imfile" file="{folder}/lines.log" tag="tests" readMode="0")
action(type="omelasticsearch" server="127.0.0.1" serverport="{port}" bulkmode="on" template="line"
       uid="hinomi" pwd="token-aoi" searchIndex="tests" searchType="" skipverifyhost="on"
       errorFile="{folder}/errors.json")
"""


def test_rsyslogs_omelasticsearch(collect: Collect, tmp_path: Path) -> None:
    rsyslogd = program("rsyslogd", package="rsyslog")
    if not list(Path("/usr/lib").glob("*/rsyslog/omelasticsearch.so")):
        pytest.skip(missing("omelasticsearch", package="rsyslog-elasticsearch"))
    texts = [text.replace("\t", " ") for text in TEXTS]
    (tmp_path / "lines.log").write_text("\n".join(texts) + "\n")
    port = urlsplit(collect.endpoints["ingest"]).port
    (tmp_path / "rsyslog.conf").write_text(
        f'global(workDirectory="{tmp_path}")' + RSYSLOG.format(folder=tmp_path, port=port)
    )
    command = [rsyslogd, "-n", "-f", str(tmp_path / "rsyslog.conf"), "-i", str(tmp_path / "pid")]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        try:
            found = stored(collect, lambda record: record["message"])
        finally:
            process.terminate()
    assert Counter(found) == Counter(texts)


def test_pygelf_by_udp_and_tcp(collect: Collect) -> None:
    """In chunks and compressed, as it does by itself; TCP with NUL between."""
    long = TEXTS[0] * 40
    udp = pygelf.GelfUdpHandler("127.0.0.1", collect.aoi_port, chunk_size=300)
    tcp = pygelf.GelfTcpHandler("127.0.0.1", collect.fumi_port)
    for text in (*TEXTS[1:], long):
        for handler in (udp, tcp):
            handler.handle(logging.makeLogRecord({"msg": text, "levelno": 20, "levelname": "I"}))
    tcp.close()
    udp.close()
    kept = collect.records(at_least=2 * COUNT)
    for source in ("aoi_port", "fumi_port"):
        found = [json.loads(r.raw)["short_message"] for r in kept if r.source == source]
        assert Counter(found) == Counter([*TEXTS[1:], long])


def test_pylogbeat(collect: Collect) -> None:
    """A Beats client: it waits for the acknowledgement of each window."""
    with PyLogBeatClient("127.0.0.1", collect.aoi_port, timeout=10) as client:
        for at in range(0, COUNT, 20):
            client.send([{"message": text} for text in TEXTS[at : at + 20]])
    assert_equal(json.loads(record.raw)["message"] for record in collect.records())


FORWARD = """
module(load="imuxsock" sysSock.use="off")
module(load="imfile")
input(type="imfile" file="{folder}/lines.log" tag="tests" readMode="0")
action(type="omfwd" target="127.0.0.1" port="{port}" protocol="tcp" tcp_framing="{framing}"
       template="RSYSLOG_SyslogProtocol23Format")
"""


@pytest.mark.parametrize("framing", ["traditional", "octet-counted"])
def test_rsyslogs_forwarding(collect: Collect, tmp_path: Path, framing: str) -> None:
    rsyslogd = program("rsyslogd", package="rsyslog")
    texts = [text.replace("\t", " ") for text in TEXTS]
    (tmp_path / "lines.log").write_text("\n".join(texts) + "\n")
    settings = FORWARD.format(folder=tmp_path, port=collect.aoi_port, framing=framing)
    (tmp_path / "rsyslog.conf").write_text(f'global(workDirectory="{tmp_path}")' + settings)
    command = [rsyslogd, "-n", "-f", str(tmp_path / "rsyslog.conf"), "-i", str(tmp_path / "pid")]
    with subprocess.Popen(command) as process:
        try:
            kept = [record.raw.decode() for record in collect.records(at_least=COUNT)]
        finally:
            process.terminate()
    assert Counter(line.partition(" tests - - - ")[2].lstrip() for line in kept) == Counter(texts)


@pytest.mark.parametrize("version", ["5", "9", "10"])
def test_softflowd(collect: Collect, tmp_path: Path, version: str) -> None:
    """20 conversations in a capture file; flows of both directions come out."""
    softflowd = program("softflowd", package="softflowd")
    capture = tmp_path / "town.pcap"
    capture.write_bytes(conversations(20))
    address = f"127.0.0.1:{collect.aoi_port}"
    command = [softflowd, "-d", "-r", str(capture), "-n", address, "-v", version]
    command += ["-p", str(tmp_path / "pid"), "-c", "none"]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    kept = [json.loads(record.raw) for record in collect.records(at_least=20)]
    assert {each["netflow"] for each in kept} == {int(version)}
    ports = {flow_port(each) for each in kept if "record" in each or "7" in each["fields"]}
    assert ports >= set(range(40_000, 40_020))


def flow_port(flow: dict[str, Any]) -> int:
    """Where the source port stands: element 7, and bytes 32 to 34 of a v5 record."""
    if "record" in flow:
        return int(flow["record"][64:68], 16)
    return int(flow["fields"]["7"], 16)


def conversations(count: int) -> bytes:
    """A capture of UDP packets from 192.0.2.1 to 198.51.100.1, one source port each."""
    capture = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for number in range(count):
        data = b"x" * 100
        udp = struct.pack(">HHHH", 40_000 + number, 53, 8 + len(data), 0) + data
        addresses = bytes([192, 0, 2, 1, 198, 51, 100, 1])
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), number, 0, 64, 17, 0) + addresses
        frame = b"\2" * 6 + b"\4" * 6 + b"\x08\x00" + ip + udp
        stamp = struct.pack("<IIII", 1_700_000_000 + number, 0, len(frame), len(frame))
        capture += stamp + frame
    return capture
