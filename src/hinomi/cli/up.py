"""`hinomi up`: start the tower and stay until Ctrl-C."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.config import load_config
from hinomi.pipeline.supervisor import Plan, Supervisor

if TYPE_CHECKING:
    import argparse

_STEPS = {
    "stores": "stores brought up to date",
    "collect": "collect: takes records",
    "worker": "worker: reads and detects",
    "web": "web: screens",
    "bell": "bell: incidents, notices, escalation",
    "auditor": "auditor: proves that each due step ran",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Ports of 0 mean "any free one"."""
    parser.add_argument("--data", help="data folder (default: HINOMI_DATA or ./data)")
    parser.add_argument("--host", default="127.0.0.1", help="address to bind (default: loopback)")
    parser.add_argument("--port", type=int, default=8420, help="screens (default 8420)")
    parser.add_argument("--ingest-port", type=int, default=None, help="HTTP ingest (default 8421)")
    parser.add_argument("--syslog-port", type=int, default=5514, help="private syslog (5514)")
    parser.add_argument("--syslog-host", default="127.0.0.1", help="address of the private syslog")
    parser.add_argument(
        "--private-syslog",
        action="store_true",
        help="the shared syslog is on a relay, VPN or LAN: declared addresses identify there",
    )
    parser.add_argument("--smtp-port", type=int, help="takes mails in for mailboxes (default: not)")
    parser.add_argument("--smtp-host", default="127.0.0.1", help="address of the mail port")
    parser.add_argument("--certificate", type=Path, help="TLS certificate, PEM")
    parser.add_argument("--key", type=Path, help="TLS key, PEM")
    parser.add_argument("--behind-proxy", default="", metavar="ADDRESS", help="your TLS proxy")
    parser.add_argument("--format", choices=["text", "json"], default="text")


def run(arguments: argparse.Namespace) -> int:
    """Blocks until SIGINT or SIGTERM; both stop cleanly and exit 0."""
    config = load_config(data=arguments.data)
    with Supervisor(_plan(arguments, data=config.data)) as supervisor:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: supervisor.request_stop())
        endpoints = supervisor.start(on_step=lambda step: _say(f"  {_STEPS[step]}"))
        _announce(endpoints, as_json=arguments.format == "json")
        supervisor.watch()
        _say("stopping …")
    return 0


def _plan(arguments: argparse.Namespace, *, data: Path) -> Plan:
    ingest_port = arguments.ingest_port
    if ingest_port is None:
        ingest_port = 0 if arguments.port == 0 else 8421
    return Plan(
        data=data,
        host=arguments.host,
        port=arguments.port,
        ingest_port=ingest_port,
        syslog_port=arguments.syslog_port,
        syslog_host=arguments.syslog_host,
        private_syslog=arguments.private_syslog,
        smtp_host=arguments.smtp_host,
        smtp_port=arguments.smtp_port,
        certificate=arguments.certificate,
        key=arguments.key,
        behind_proxy=arguments.behind_proxy,
    )


def _announce(endpoints: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(endpoints), flush=True)
        return
    print(f"\nhinomi is up\n  screens  {endpoints['web']}")
    print(f"  ingest   {endpoints['ingest']}\n  syslog   {endpoints['syslog']}")
    if endpoints.get("smtp"):
        print(f"  mail     {endpoints['smtp']}")
    print("\nCtrl-C stops it.", flush=True)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
