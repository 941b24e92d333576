"""`hinomi up`: starts collect, worker, web, bell and auditor, restarts what dies, stops all.

Each child is a process of its own with its own store, so a crash of one costs the others nothing.
What the supervisor knows is in DATA/run/supervisor.json, which /readyz of the web process reads.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from hinomi.core.errors import StartRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

DEATHS_SHOWN = 5  # within a minute, then /readyz says so
_STOP_ORDER = ("auditor", "collect", "worker", "bell", "web")
_STOP_TIMEOUT_S = 15.0
_READY_TIMEOUT_S = 60.0
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What to start. Ports are 0 for "any free one"; `crash_at` maps a child to a crash point."""

    data: Path
    host: str = "127.0.0.1"
    port: int = 8420
    ingest_port: int = 8421
    syslog_port: int = 5514
    syslog_host: str = "127.0.0.1"
    private_syslog: bool = False
    smtp_host: str = "127.0.0.1"
    smtp_port: int | None = None  # mails are handed in there; None: only fetched
    dkim_keys: Path | None = None  # instead of the name server, for rehearsals
    certificate: Path | None = None
    key: Path | None = None
    behind_proxy: str = ""
    log_folder: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    worker_arguments: tuple[str, ...] = ()


@dataclass(slots=True)
class Child:
    """One supervised process and its recent deaths (monotonic seconds)."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=50))
    start_again_at: float = 0.0
    last_exit: int | None = None

    @property
    def is_running(self) -> bool:
        """True while the process lives."""
        return self.process is not None and self.process.poll() is None

    def deaths_in_last_minute(self) -> int:
        """How often it died within 60 s."""
        horizon = time.monotonic() - 60
        return sum(1 for moment in self.deaths if moment > horizon)


class Supervisor:
    """Runs a `Plan`. Use as a context manager: leaving it stops every child."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.run_folder = plan.data / "run"
        self.children: list[Child] = []
        self.endpoints: dict[str, str] = {}
        self._stopping = False
        self._lock: IO[str] | None = None
        self._environment: dict[str, str] = {}

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, *, on_step: Callable[[str], None] = lambda _: None) -> dict[str, str]:
        """Start everything; returns {"web", "ingest", "syslog"} when all are ready."""
        check_address(self.plan)
        _check_port(self.plan.host, self.plan.port, option="--port")
        self._take_folder()
        on_step("stores")
        self._migrate()
        web_port = self.plan.port or _free_port(self.plan.host)
        scheme = "https" if self.plan.certificate else "http"
        web_url = f"{scheme}://{_shown_host(self.plan.host)}:{web_port}"
        self._environment = _child_environment(self.plan, web_url=web_url)
        self.children = [Child(name, command) for name, command in _commands(self.plan, web_port)]
        for child in self.children:
            on_step(child.name)
            self._spawn(child)
            self._wait_ready(child)
        collect = json.loads((self.run_folder / "collect.json").read_text())
        self._keep_ports(collect)
        self.endpoints = {
            "web": f"{web_url}/",
            "ingest": collect["ingest"],
            "syslog": collect["syslog"],
        }
        if collect.get("smtp"):  # only where it was asked for: others rely on three names
            self.endpoints["smtp"] = collect["smtp"]
        _write_json(self.run_folder / "endpoints.json", self.endpoints)
        self._report()
        return self.endpoints

    def _keep_ports(self, told: Mapping[str, str]) -> None:
        """A collect that died must come back where its senders know it, free ports or not."""
        kept = replace(
            self.plan,
            ingest_port=urlsplit(told["ingest"]).port or self.plan.ingest_port,
            syslog_port=int(told["syslog"].rpartition(":")[2]),
            smtp_port=int(told["smtp"].rpartition(":")[2]) if told.get("smtp") else None,
        )
        for child in self.children:
            if child.name == "collect":
                child.command = dict(_commands(kept, self.plan.port))["collect"]

    def watch(self) -> None:
        """Restart what dies until `request_stop`; returns then."""
        while not self._stopping:
            for child in self.children:
                self._tend(child)
            time.sleep(0.1)

    @property
    def is_stopping(self) -> bool:
        """True once somebody asked to stop."""
        return self._stopping

    def request_stop(self) -> None:
        """Make `watch` return; safe in a signal handler."""
        self._stopping = True

    def stop(self) -> None:
        """Stop the children in the order of the flow, so that nothing acked is left half-way."""
        self._stopping = True
        for name in _STOP_ORDER:
            for child in self.children:
                if child.name == name:
                    _stop(child)
        for name in ("endpoints", "supervisor"):
            with contextlib.suppress(FileNotFoundError):
                (self.run_folder / f"{name}.json").unlink()
        if self._lock:
            self._lock.close()
            self._lock = None

    def _take_folder(self) -> None:
        """One tower per data folder: two supervisors would be two writers of each store."""
        self.plan.data.mkdir(parents=True, exist_ok=True, mode=0o700)  # it will hold secrets
        self.run_folder.mkdir(exist_ok=True)
        lock = (self.run_folder / "up.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise StartRefused(
                f"Another `hinomi up` already runs on {self.plan.data}.",
                advice="Stop it first, or choose another --data folder.",
            ) from error
        self._lock = lock

    def _migrate(self) -> None:
        command = [sys.executable, "-m", "hinomi.portal.manage", "migrate"]
        done = subprocess.run(
            [*command, "--data", str(self.plan.data)],
            env={**os.environ, **self.plan.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StartRefused(
                f"The stores in {self.plan.data} cannot be brought up to date:\n"
                f"{done.stderr.strip()[-2000:]}",
                advice="Run `hinomi doctor`; it says what is wrong with the folder.",
            )

    def _spawn(self, child: Child) -> None:
        with contextlib.suppress(FileNotFoundError):
            (self.run_folder / f"{child.name}.json").unlink()
        with contextlib.ExitStack() as stack:
            output: IO[bytes] | None = None
            if self.plan.log_folder:
                self.plan.log_folder.mkdir(parents=True, exist_ok=True)
                path = self.plan.log_folder / f"{child.name}.log"
                output = stack.enter_context(path.open("ab"))
            child.process = subprocess.Popen(
                child.command,
                stdin=subprocess.DEVNULL,
                stdout=output or sys.stderr.fileno(),
                stderr=output,
                env=self._environment,
                start_new_session=True,  # Ctrl-C reaches only us; we stop them in order
                preexec_fn=_die_with_parent,
            )

    def _wait_ready(self, child: Child) -> None:
        """A child is ready once it wrote DATA/run/<name>.json with its own pid."""
        deadline = time.monotonic() + _READY_TIMEOUT_S
        path = self.run_folder / f"{child.name}.json"
        while time.monotonic() < deadline and not self._stopping:
            if child.process is not None and child.process.poll() is not None:
                raise StartRefused(
                    f"{child.name} stopped at once (exit {child.process.returncode}).",
                    advice="Its message is above; `hinomi doctor` checks the machine.",
                )
            if _is_ready(path, child):
                return
            time.sleep(0.05)
        raise StartRefused(f"{child.name} was not ready within {_READY_TIMEOUT_S:.0f} s.")

    def _tend(self, child: Child) -> None:
        now = time.monotonic()
        if child.is_running:
            return
        if child.process is not None:
            child.last_exit = child.process.returncode
            child.process = None
            child.deaths.append(now)
            child.start_again_at = now + min(30.0, 0.2 * 2 ** child.deaths_in_last_minute())
            self._report()
        if now >= child.start_again_at and not self._stopping:
            self._spawn(child)
            self._report()

    def _report(self) -> None:
        state = {
            child.name: {
                "pid": child.process.pid if child.process else 0,
                "deaths_last_minute": child.deaths_in_last_minute(),
                "is_failing": child.deaths_in_last_minute() >= DEATHS_SHOWN,
                "last_exit": child.last_exit,
            }
            for child in self.children
        }
        _write_json(self.run_folder / "supervisor.json", {"pid": os.getpid(), "children": state})


def check_address(plan: Plan) -> None:
    """Refuse an open address without TLS, for screens and ingest as for plain syslog."""
    has_tls = plan.certificate is not None and plan.key is not None
    if not (_is_loopback(plan.syslog_host) or plan.private_syslog or has_tls):
        raise StartRefused(
            f"--syslog-host {plan.syslog_host} is reachable from outside and has no TLS.",
            advice="Give --certificate and --key (it then takes TLS alone), or --private-syslog"
            " if it is the address of a relay, a VPN or the LAN.",
        )
    if plan.smtp_port is not None and not _is_loopback(plan.smtp_host) and not has_tls:
        raise StartRefused(
            f"--smtp-host {plan.smtp_host} is reachable from outside and has no TLS.",
            advice="Give --certificate and --key: mails name your customers.",
        )
    if _is_loopback(plan.host) or plan.behind_proxy:
        return
    if has_tls:
        return
    raise StartRefused(
        f"--host {plan.host} is reachable from outside and has no TLS.",
        advice="Give --certificate and --key, or --behind-proxy ADDRESS of your TLS proxy.",
    )


def _child_environment(plan: Plan, *, web_url: str) -> dict[str, str]:
    """What the children see: links in mails need our address, a moved clock one common origin."""
    defaults = {"HINOMI_PUBLIC_URL": web_url, "HINOMI_CLOCK_ORIGIN": str(time.time())}
    return {**defaults, **os.environ, **plan.environment}


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def _commands(plan: Plan, web_port: int) -> list[tuple[str, list[str]]]:
    data = ["--data", str(plan.data)]
    tls = []
    if plan.certificate and plan.key:
        tls = ["--certificate", str(plan.certificate), "--key", str(plan.key)]
    web = ["--host", plan.host, "--port", str(web_port), *tls]
    if plan.behind_proxy:
        web += ["--behind-proxy", plan.behind_proxy]
    python = sys.executable
    collect = [python, "-m", "hinomi.pipeline.collect", *data]
    collect += ["--host", plan.host, "--ingest-port", str(plan.ingest_port)]
    collect += ["--syslog-host", plan.syslog_host, "--syslog-port", str(plan.syslog_port)]
    collect += tls
    if plan.smtp_port is not None:
        collect += ["--smtp-host", plan.smtp_host, "--smtp-port", str(plan.smtp_port)]
    if plan.dkim_keys is not None:
        collect += ["--dkim-keys", str(plan.dkim_keys)]
    if plan.private_syslog:
        collect.append("--private-syslog")
    return [
        ("collect", collect),
        ("worker", [python, "-m", "hinomi.pipeline.worker", *data, *plan.worker_arguments]),
        ("web", [python, "-m", "hinomi.portal.manage", "web", *data, *web]),
        ("bell", [python, "-m", "hinomi.portal.manage", "bell", *data]),
        ("auditor", [python, "-m", "hinomi.portal.manage", "auditor", *data]),
    ]


def _stop(child: Child) -> None:
    if child.process is None or not child.is_running:
        return
    child.process.terminate()
    try:
        child.process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        child.process.kill()
        child.process.wait()


def _is_ready(path: Path, child: Child) -> bool:
    try:
        told = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return False
    return child.process is not None and told.get("pid") == child.process.pid


def _die_with_parent() -> None:
    """Linux: when the supervisor is killed with -9, its children must not live on as orphans."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _check_port(host: str, port: int, *, option: str) -> None:
    """Refuse a taken port before anything starts: the screens come up last."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StartRefused(
                f"{option} {port} on {host} cannot be opened: {error.strerror}.",
                advice=f"Choose another {option}; 0 is any free one.",
            ) from error


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _shown_host(host: str) -> str:
    return f"[{host}]" if ":" in host else ("127.0.0.1" if host == "0.0.0.0" else host)  # noqa: S104


def _write_json(path: Path, value: object) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(value))
    temporary.replace(path)
