"""Libraries and programs that speak to the HTTP listener and to own ports by their own rules."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import logging
import ssl
import subprocess
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import pygelf
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExportResult
from pylogbeat import PyLogBeatClient
from splunk_hec_handler import SplunkHecHandler

from benchmarks._senders.pairs import Pair, Promise
from benchmarks._senders.programs import needs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import requests
    from opentelemetry.sdk._logs import ReadableLogRecord

    from benchmarks._senders.pairs import Sender, Way

PATIENCE_S = 30.0
_REPEAT_S = 120.0
_FILEBEAT = "Elastic-Filebeat/8.15.3 (linux; amd64; abc; 2024-09-01 00:00:00 +0000 UTC)"
# What Beats 8 and 7 ask before they send, and what they must find in the answer.
START_UP = (
    ("GET", "/", '"number": "8.15.3"'),
    ("GET", "/_license?human=false", '"type": "basic"'),
    ("GET", "/_xpack", '"ilm": {"available": true, "enabled": true}'),
    ("GET", "/_ilm/policy/filebeat", '"filebeat": {'),
    ("PUT", "/_ilm/policy/filebeat", '"acknowledged": true'),
    ("HEAD", "/_index_template/filebeat-8.15.3", ""),
    ("PUT", "/_index_template/filebeat-8.15.3", '"acknowledged": true'),
    ("HEAD", "/_template/filebeat-7.17.0", ""),
    ("GET", "/_data_stream/filebeat-8.15.3", '"name": "filebeat-8.15.3"'),
    ("PUT", "/_data_stream/filebeat-8.15.3", '"acknowledged": true'),
    ("HEAD", "/_alias/winlogbeat-7.17.0", ""),
    ("GET", "/_alias/winlogbeat-7.17.0", '"is_write_index": true'),
    ("GET", "/_ingest/pipeline/filebeat-8.15.3-system-auth", "filebeat-8.15.3-system-auth"),
    ("PUT", "/_ingest/pipeline/filebeat-8.15.3-system-auth", '"acknowledged": true'),
    ("GET", "/_nodes/http", '"nodes": {}'),
    ("GET", "/_cluster/health", '"status": "green"'),
)


def basic(token: str) -> str:
    """The token as a password, as Elasticsearch's clients are given it."""
    return "Basic " + base64.b64encode(f"hinomi:{token}".encode()).decode()


class _Noting(OTLPLogExporter):
    """The SDK's exporter, unchanged; it notes what each export was answered."""

    acked: list[str]

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        result = super().export(batch)
        if result is LogRecordExportResult.SUCCESS:
            self.acked += [str(each.log_record.body) for each in batch]
        return result


@contextmanager
def opentelemetry(way: Way) -> Iterator[Sender]:
    """The SDK with its batches; it repeats by itself for as long as its timeout says."""
    exporter = _Noting(
        endpoint=f"{way.base}/v1/logs",
        headers={"authorization": f"Bearer {way.token}"},
        certificate_file=str(way.authority) if way.authority else None,
        timeout=_REPEAT_S,
    )
    exporter.acked = []
    provider = LoggerProvider(shutdown_on_exit=False)
    processor = BatchLogRecordProcessor(exporter, schedule_delay_millis=100)
    provider.add_log_record_processor(processor)
    logger = provider.get_logger("senders")

    def send(texts: Sequence[str]) -> Sequence[str]:
        before = len(exporter.acked)
        for text in texts:
            logger.emit(
                LogRecord(
                    timestamp=1, body=text, severity_number=SeverityNumber.INFO, attributes={}
                )
            )
        processor.force_flush(int(_REPEAT_S * 1000))
        return exporter.acked[before:]

    try:
        yield send
    finally:
        provider.shutdown()


@contextmanager
def hec(way: Way) -> Iterator[Sender]:
    """The handler on a channel; an event counts as taken once its ackId was answered true."""
    handler = SplunkHecHandler(
        way.host,
        way.token,
        port=way.ingest_port,
        proto="https" if way.is_tls else "http",
        ssl_verify=str(way.authority or False),
        source="senders",
    )
    given: list[int] = []
    session: requests.Session = handler.r
    session.headers["X-Splunk-Request-Channel"] = "7c1c0b6e-4c6b-4f2a-9d5f-000000000001"

    def note(answer: requests.Response, *_: object, **__: object) -> None:
        if answer.ok and "ackId" in answer.json():
            given.append(int(answer.json()["ackId"]))

    session.hooks["response"].append(note)

    def send(texts: Sequence[str]) -> Sequence[str]:
        given.clear()
        for text in texts:
            handler.emit(logging.makeLogRecord({"msg": {"text": text}, "levelname": "INFO"}))
        answer = session.post(
            f"{way.base}/services/collector/ack", json={"acks": given}, timeout=PATIENCE_S
        )
        told = answer.json()["acks"]
        return [
            text for text, ack in zip(texts, given[: len(texts)], strict=True) if told[str(ack)]
        ]

    with session:
        yield send


@contextmanager
def gelf(way: Way, *, wire: str) -> Iterator[Sender]:
    """pygelf's handlers. UDP goes in chunks, compressed; none of them hears an answer."""
    made: logging.Handler
    if wire == "udp":
        made = pygelf.GelfUdpHandler(way.host, way.port, chunk_size=60)
    elif wire == "tls":
        made = pygelf.GelfTlsHandler(
            validate=True, ca_certs=str(way.authority), host=way.host, port=way.port
        )
    elif wire == "http":
        made = _gelf_http(way)
    else:
        made = pygelf.GelfTcpHandler(way.host, way.port)
    made.handleError = lambda record: None  # type: ignore[method-assign]  # it sends on

    def send(texts: Sequence[str]) -> Sequence[str]:
        for text in texts:
            made.handle(logging.makeLogRecord({"msg": text, "levelno": 20, "levelname": "INFO"}))
        return ()

    with closing(made):
        yield send


def _gelf_http(way: Way) -> logging.Handler:
    """It leaves before it reads the answer."""
    trust = {"validate": True, "ca_certs": str(way.authority)} if way.is_tls else {}
    kind = pygelf.GelfHttpsHandler if way.is_tls else pygelf.GelfHttpHandler
    made = kind(way.host, way.ingest_port, **trust)
    made.headers["Authorization"] = f"Bearer {way.token}"
    return cast("logging.Handler", made)


@contextmanager
def lumberjack(way: Way, *, tls: bool) -> Iterator[Sender]:
    """A Beats client: it waits for the acknowledgement of each window."""
    trust: dict[str, Any] = {"ssl_enable": True, "ca_certs": str(way.authority)} if tls else {}
    clients: list[PyLogBeatClient] = []

    def send(texts: Sequence[str]) -> Sequence[str]:
        if not clients:
            clients.append(PyLogBeatClient(way.host, way.port, timeout=PATIENCE_S, **trust))
        try:
            clients[0].send([{"message": text} for text in texts])
        except BaseException:
            clients.pop().close()  # it does not find its way back on the same object
            raise
        return texts

    yield send
    for client in clients:
        client.close()


@contextmanager
def beats(way: Way) -> Iterator[Sender]:
    """Filebeat's and Winlogbeat's calls as recorded: what they ask at the start and again after a
    broken connection, then `_bulk`."""
    named = {"Authorization": basic(way.token), "User-Agent": _FILEBEAT}
    open_: list[http.client.HTTPConnection] = []

    def ask(method: str, path: str, body: bytes) -> dict[str, Any]:
        open_[0].request(method, path, body, {**named, "Content-Type": "application/json"})
        answer = open_[0].getresponse()
        said = answer.read()
        if answer.status != 200:
            raise ConnectionError(f"{path}: {answer.status}")
        return dict(json.loads(said)) if said and path == "/_bulk" else {}

    def send(texts: Sequence[str]) -> Sequence[str]:
        try:
            if not open_:
                open_.append(connection(way))
                for method, path, _ in START_UP:
                    ask(method, path, b"{}" if method == "PUT" else b"")
            body = b"".join(
                b'{"create":{"_index":"filebeat-8.15.3"}}\n'
                + json.dumps({"message": text}, ensure_ascii=False).encode()
                + b"\n"
                for text in texts
            )
            items = ask("POST", "/_bulk", body)["items"]
        except BaseException:
            open_.clear()
            raise
        return [
            text for text, item in zip(texts, items, strict=True) if item["create"]["status"] == 201
        ]

    yield send
    for each in open_:
        each.close()


@contextmanager
def curl(way: Way, *, path: str, media: str) -> Iterator[Sender]:
    """A script with curl. To /ingest with an Idempotency-Key of the body, kept for its repeats."""
    trust = ["--cacert", str(way.authority)] if way.authority else []

    def send(texts: Sequence[str]) -> Sequence[str]:
        body = "\n".join(_BODIES[media](text) for text in texts).encode()
        key = hashlib.sha256(body).hexdigest()
        command = ["curl", "--silent", "--show-error", "--fail", "--max-time", "30", *trust]
        command += ["-H", f"Authorization: Bearer {way.token}", "-H", f"Content-Type: {media}"]
        command += ["-H", f"Idempotency-Key: {key}", "--data-binary", "@-", f"{way.base}{path}"]
        done = subprocess.run(command, input=body, capture_output=True, check=False)
        if done.returncode:
            raise ConnectionError(done.stderr.decode(errors="replace"))
        return texts

    yield send


_BODIES: dict[str, Callable[[str], str]] = {
    "text/plain": str,
    "application/x-ndjson": lambda text: json.dumps({"message": text}, ensure_ascii=False),
    "application/json": lambda text: json.dumps(
        {"version": "1.1", "host": "curl", "short_message": text}
    ),
}


def connection(way: Way) -> http.client.HTTPConnection:
    """To the HTTP listener, its certificate verified."""
    if way.authority is None:
        return http.client.HTTPConnection(way.host, way.ingest_port, timeout=PATIENCE_S)
    context = ssl.create_default_context(cafile=str(way.authority))
    return http.client.HTTPSConnection(
        way.host, way.ingest_port, timeout=PATIENCE_S, context=context
    )


def _field(raw: bytes, *, names: tuple[str, ...]) -> str:
    """Walks into the record; "" where it is of another shape."""
    found: Any = json.loads(raw)
    for name in names:
        found = found.get(name, "") if isinstance(found, dict) else ""
    return str(found)


def _body(raw: bytes) -> str:
    """Each log record stands alone, with what the SDK said of its sender."""
    language = ("resource", "attributes", "telemetry.sdk.language")
    return _field(raw, names=("body",)) if _field(raw, names=language) == "python" else ""


_event = partial(_field, names=("event", "text"))
_short = partial(_field, names=("short_message",))
_message = partial(_field, names=("message",))
_no_curl = partial(needs, "curl", "curl")

PAIRS = (
    Pair(
        "OpenTelemetry SDK",
        "OTLP/HTTP",
        "http",
        Promise.ACKED,
        opentelemetry,
        _body,
        tells_acks=True,
    ),
    Pair(
        "splunk-hec-handler",
        "HEC with acks",
        "http",
        Promise.ACKED,
        hec,
        _event,
        sends_again=True,
        tells_acks=True,
    ),
    Pair(
        "pygelf", "GELF UDP, chunked", "gelf", Promise.DATAGRAM, partial(gelf, wire="udp"), _short
    ),
    Pair("pygelf", "GELF TCP", "gelf", Promise.STREAM, partial(gelf, wire="tcp"), _short),
    Pair("pygelf", "GELF TLS", "gelf", Promise.STREAM, partial(gelf, wire="tls"), _short),
    Pair("pygelf", "GELF HTTP", "http", Promise.STREAM, partial(gelf, wire="http"), _short),
    Pair(
        "curl",
        "GELF HTTP",
        "http",
        Promise.ACKED,
        partial(curl, path="/gelf", media="application/json"),
        _short,
        sends_again=True,
        tells_acks=True,
        missing=_no_curl,
    ),
    Pair(
        "pylogbeat",
        "Lumberjack v2",
        "beats",
        Promise.ACKED,
        partial(lumberjack, tls=False),
        _message,
        sends_again=True,
        tells_acks=True,
    ),
    Pair(
        "pylogbeat",
        "Lumberjack v2, TLS",
        "beats",
        Promise.ACKED,
        partial(lumberjack, tls=True),
        _message,
        sends_again=True,
        tells_acks=True,
    ),
    Pair(
        "Beats' calls",
        "_bulk",
        "http",
        Promise.ACKED,
        beats,
        _message,
        sends_again=True,
        tells_acks=True,
    ),
    Pair(
        "curl",
        "/ingest, text",
        "http",
        Promise.ONCE,
        partial(curl, path="/ingest/v1/events", media="text/plain"),
        bytes.decode,
        sends_again=True,
        tells_acks=True,
        missing=_no_curl,
    ),
    Pair(
        "curl",
        "/ingest, NDJSON",
        "http",
        Promise.ONCE,
        partial(curl, path="/ingest/v1/events", media="application/x-ndjson"),
        _message,
        sends_again=True,
        tells_acks=True,
        missing=_no_curl,
    ),
)
