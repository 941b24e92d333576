"""rsyslog and syslog-ng: each reads a file that grows, and sends it on by one of its outputs."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from benchmarks._senders.pairs import Pair, Promise
from benchmarks._senders.programs import files, needs, program, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks._senders.pairs import Sender, Way

_HEADED = re.compile(r"<\d+>1 \S+ \S+ senders - - (?:-|\[[^\]]*\]) (.*)", re.DOTALL)
_RSYSLOG_MODULES = "usr/lib/*-linux-gnu/rsyslog"
# The default queue of 1,000 lines drops what comes beyond while the tower is away.
_RSYSLOG = """
global(workDirectory="{folder}"{globals})
module(load="imuxsock" sysSock.use="off")
module(load="imfile")
template(name="json" type="list" option.jsonf="on") {{
  property(outname="message" name="msg" format="jsonf")
}}
input(type="imfile" file="{lines}" tag="senders" readMode="0")
{action} action.resumeRetryCount="-1" action.resumeInterval="1" queue.type="LinkedList"
  queue.size="100000")
"""
_FORWARD = (
    'action(type="omfwd" target="127.0.0.1" port="{port}" template="RSYSLOG_SyslogProtocol23Format"'
)
# Its option for a private authority's file is read for client certificates only.
_ELASTIC = (
    'module(load="omelasticsearch")\n'
    'action(type="omelasticsearch" server="127.0.0.1" serverport="{ingest_port}" bulkmode="on"'
    ' template="json" uid="hinomi" pwd="{token}" searchIndex="senders" searchType=""'
    ' usehttps="{https}" allowUnsignedCerts="{https}" skipverifyhost="{https}"'
    ' errorFile="{folder}/errors.json"'
)
_RSYSLOG_OUTPUTS = {
    "udp": _FORWARD + ' protocol="udp"',
    "tcp": _FORWARD + ' protocol="tcp"',
    "counted": _FORWARD + ' protocol="tcp" tcp_framing="octet-counted"',
    "tls": _FORWARD + ' protocol="tcp" StreamDriver="gtls" StreamDriverMode="1"'
    ' StreamDriverAuthMode="x509/certvalid"',
    "elastic": _ELASTIC,
}

_SYSLOG_NG = """@version: 3.38
options {{ time-reopen(1); flush-lines(1); }};
source lines {{
  file("{lines}" flags(no-parse) follow-freq(0.1) program-override("senders"));
}};
destination tower {{ {destination} }};
log {{ source(lines); destination(tower); }};
"""
_NETWORK = 'syslog("127.0.0.1" port({port}) transport("{transport}") {tls});'
_HTTP = """http(url("{ingest}") method("POST") headers("Authorization: Bearer {token}",
  "Content-Type: text/plain") body("$MSG") delimiter("\\n") batch-lines(20) batch-timeout(200)
  retries(1000000) {tls});"""
_SYSLOG_NG_OUTPUTS = {
    "udp": _NETWORK.replace("{transport}", "udp"),
    "tcp": _NETWORK.replace("{transport}", "tcp"),
    "tls": _NETWORK.replace("{transport}", "tls"),
    "http": _HTTP,
}


@contextmanager
def rsyslog(way: Way, *, output: str) -> Iterator[Sender]:
    """One rsyslogd with one action."""
    lines = way.folder / "lines.log"
    action = _RSYSLOG_OUTPUTS[output].format(
        port=way.port,
        ingest_port=way.ingest_port,
        token=way.token,
        folder=way.folder,
        https="on" if way.is_tls else "off",
    )
    trust = f' defaultNetstreamDriverCAFile="{way.authority}"' if output == "tls" else ""
    settings = way.folder / "rsyslog.conf"
    settings.write_text(
        _RSYSLOG.format(folder=way.folder, lines=lines, globals=trust, action=action)
    )
    modules = ":".join(map(str, files(_RSYSLOG_MODULES)))
    command = [str(program("rsyslogd")), "-n", "-f", str(settings), "-M", modules]
    command += ["-i", str(way.folder / "pid")]
    with growing(lines) as sender, running(command, log=way.folder / "log"):
        yield sender


@contextmanager
def syslog_ng(way: Way, *, output: str) -> Iterator[Sender]:
    """One syslog-ng with one destination."""
    lines, authority = way.folder / "lines.log", way.authority
    strict = "yes" if output == "http" else "required-trusted"  # its two words for the same
    tls = f'tls(ca-file("{authority}") peer-verify({strict}))'
    is_secret = output == "tls" or (output == "http" and way.is_tls)
    destination = _SYSLOG_NG_OUTPUTS[output].format(
        port=way.port, ingest=way.ingest, token=way.token, tls=tls if is_secret else ""
    )
    settings = way.folder / "syslog-ng.conf"
    settings.write_text(_SYSLOG_NG.format(lines=lines, destination=destination))
    command = [str(program("syslog-ng")), "-F", "-e", "--no-caps", "-f", str(settings)]
    command += [f"--module-path={files('usr/lib/syslog-ng/[0-9]*')[0]}"]
    for option, name in (("-R", "persist"), ("-c", "control"), ("-p", "pid")):
        command += [option, str(way.folder / name)]
    with growing(lines) as sender, running(command, log=way.folder / "log"):
        yield sender


@contextmanager
def growing(path: Path) -> Iterator[Sender]:
    """A log that a program writes; nobody is told what the daemon sent of it."""
    with path.open("a", encoding="utf-8") as file:

        def write(texts: Sequence[str]) -> Sequence[str]:
            file.write("".join(f"{text}\n" for text in texts))
            file.flush()
            return ()

        yield write


def message(raw: bytes) -> str:
    """What follows a header of RFC 5424 with our tag; ValueError when it has none."""
    found = _HEADED.fullmatch(raw.decode())
    if found is None:
        raise ValueError("no header of ours")
    return found[1]


def document(raw: bytes) -> str:
    """The message of a JSON document."""
    return str(json.loads(raw).get("message", ""))


def _rsyslog(output: str, listener: str, promise: Promise, package: str, module: str = "") -> Pair:
    return Pair(
        "rsyslog",
        listener,
        "http" if output == "elastic" else "syslog",
        promise,
        partial(rsyslog, output=output),
        document if output == "elastic" else message,
        missing=partial(needs, "rsyslogd", package, module and f"{_RSYSLOG_MODULES}/{module}"),
    )


def _syslog_ng(output: str, listener: str, promise: Promise) -> Pair:
    package = "syslog-ng-core" + (" syslog-ng-mod-http" if output == "http" else "")
    module = "usr/lib/syslog-ng/[0-9]*/libhttp.so" if output == "http" else ""
    return Pair(
        "syslog-ng",
        listener,
        "http" if output == "http" else "syslog",
        promise,
        partial(syslog_ng, output=output),
        bytes.decode if output == "http" else message,
        missing=partial(needs, "syslog-ng", package, module),
    )


PAIRS = (
    _rsyslog("udp", "syslog UDP", Promise.DATAGRAM, "rsyslog"),
    _rsyslog("tcp", "syslog TCP", Promise.STREAM, "rsyslog"),
    _rsyslog("counted", "syslog TCP, counted", Promise.STREAM, "rsyslog"),
    _rsyslog("tls", "syslog TLS", Promise.STREAM, "rsyslog-gnutls", "lmnsd_gtls.so"),
    _rsyslog("elastic", "_bulk", Promise.ACKED, "rsyslog-elasticsearch", "omelasticsearch.so"),
    _syslog_ng("udp", "syslog UDP", Promise.DATAGRAM),
    _syslog_ng("tcp", "syslog TCP", Promise.STREAM),
    _syslog_ng("tls", "syslog TLS", Promise.STREAM),
    _syslog_ng("http", "/ingest", Promise.ACKED),
)
