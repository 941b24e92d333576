"""Real senders, unmodified: sent, acknowledged, stored, and stored equals sent.

Those that Debian packages run where they are installed; those of PyPI always.
"""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pygelf
import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from splunk_hec_handler import SplunkHecHandler

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
    rsyslogd = shutil.which("rsyslogd") or "/usr/sbin/rsyslogd"
    module = list(Path("/usr/lib").glob("*/rsyslog/omelasticsearch.so"))
    if not Path(rsyslogd).exists() or not module:
        pytest.skip("rsyslogd with omelasticsearch is not installed (apt: rsyslog-elasticsearch)")
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
