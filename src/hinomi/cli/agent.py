"""`hinomi agent enrol|run|status|remove|unit|kit`: watch this machine for its company.

`run` and `remove` need root, for the kernel's audit. `kit` writes what a Windows PC needs.
"""

from __future__ import annotations

import getpass
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from hinomi.agent.running import Agent
    from hinomi.core.signals import Goodbye

_DATA = Path("/var/lib/hinomi-agent")
_STALE_S = 600.0
_SENT_S = 20.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A token in a file is in no list of processes."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    enrol = actions.add_parser("enrol", help="write down the tower's address and this PC's token")
    enrol.add_argument("endpoint", help="as the tower showed it: https://…/ingest/v1/events")
    enrol.add_argument("--token-file", required=True, metavar="FILE|-", help="- for standard input")
    enrol.add_argument("--authority", type=Path, help="PEM of the tower's certificate, if its own")
    enrol.add_argument("--watch", action="append", metavar="FOLDER", help="files to watch below it")
    enrol.add_argument("--log", action="append", metavar="FILE", help="sign-ins (auth.log, secure)")
    enrol.add_argument("--spool-mb", type=int, default=256, help="disk for days offline")
    actions.add_parser("run", help="watch until stopped (what the unit starts)")
    actions.add_parser("status", help="how the agent here is").add_argument(
        "--format", choices=["table", "json"], default="table"
    )
    actions.add_parser("remove", help="say goodbye for good, and leave nothing behind")
    actions.add_parser("unit", help="print the systemd unit").add_argument(
        "--sleep-hook", action="store_true", help="print the hook for going to sleep instead"
    )
    kit = actions.add_parser("kit", help="write a folder with all that a Windows PC needs")
    kit.add_argument("endpoint", help="of the company's source, as the tower showed it")
    kit.add_argument("--organisation", required=True, help="the company's name, for the README")
    kit.add_argument("--output", type=Path, required=True, metavar="FOLDER")
    kit.add_argument("--sender", choices=["winlogbeat", "otelcol"], default="winlogbeat")
    for each in (enrol, *(actions.choices[name] for name in ("run", "status", "remove", "unit"))):
        each.add_argument("--data", type=Path, default=_DATA, metavar="DIR", help=str(_DATA))


def run(arguments: argparse.Namespace) -> int:
    """Exit 1 when the agent is not well, or the tower refused it."""
    return _ACTIONS[arguments.action](arguments)


def _enrol(arguments: argparse.Namespace) -> int:
    from hinomi.agent import settings
    from hinomi.agent.refusal import Refusal
    from hinomi.agent.running import hello
    from hinomi.agent.sending import Outcome, Sender

    source = arguments.token_file
    token = (_asked() if source == "-" else _text(Path(source))).strip()
    authority = str(arguments.authority.resolve()) if arguments.authority else ""
    chosen = settings.checked(
        settings.Settings(
            endpoint=arguments.endpoint,
            token=token,
            authority=authority,
            folders=tuple(arguments.watch or settings.FOLDERS),
            logs=tuple(arguments.log or settings.LOGS),
            spool_bytes=max(8, arguments.spool_mb) << 20,
        )
    )
    sender = Sender(chosen)
    answer = sender.send(*hello(now_s=time.time()))
    sender.close()
    if answer.outcome is Outcome.UNKNOWN_TOKEN:
        raise HinomiError(
            "The tower does not know this token.", advice="Copy it whole; was it revoked?"
        )
    settings.write_settings(arguments.data, chosen)
    Refusal(arguments.data).note(answer, now_s=time.time())
    if answer.outcome is Outcome.NO_CONSENT:
        print(f"written, but {answer.why}; nothing is recorded until then", file=sys.stderr)
        return 1
    if answer.outcome is not Outcome.TAKEN:
        print(f"written, but {answer.why}; the agent goes on trying", file=sys.stderr)
        return 1
    print("enrolled; the tower answered")
    return 0


def _run(arguments: argparse.Namespace) -> int:
    from hinomi.agent.power import reason_to_end
    from hinomi.agent.settings import read_settings

    if sys.platform == "win32":
        from hinomi.agent.opening_windows import agent
    else:
        from hinomi.agent.opening import agent
    opened = agent(read_settings(arguments.data), arguments.data, own_pid=os.getpid())
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *unused: opened.ends.set())
    if hasattr(signal, "SIGUSR1"):
        signal.signal(signal.SIGUSR1, lambda *unused: opened.sleeps.set())
    for sentence in opened.broken():
        print(sentence, file=sys.stderr)
    opened.run(why_it_ends=reason_to_end)
    return 0


def _status(arguments: argparse.Namespace) -> int:
    from hinomi.agent.settings import STATE, read_settings

    read_settings(arguments.data)
    path = arguments.data / STATE
    try:
        state = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        state = {}
    is_stale = not state or time.time() - path.stat().st_mtime > _STALE_S
    state["is_running"] = not is_stale
    if arguments.format == "json":
        print(json.dumps(state, ensure_ascii=False))
    else:
        for name, value in state.items():
            print(f"{name:<14} {_cell(value)}")
    return 1 if is_stale or state.get("broken") else 0


def _remove(arguments: argparse.Namespace) -> int:
    from hinomi.agent import unit
    from hinomi.agent.opening import agent, remove_rules
    from hinomi.agent.settings import read_settings
    from hinomi.core.signals import Goodbye

    settings = read_settings(arguments.data)
    if Path(unit.UNIT_PATH).exists():
        subprocess.run(["systemctl", "disable", "--now", unit.UNIT], check=False)
    remove_rules()
    leaving = agent(settings, arguments.data, own_pid=os.getpid(), has_collectors=())
    is_told = _say(leaving, Goodbye.REMOVED)
    leaving.close()
    for name in (unit.UNIT_PATH, unit.SLEEP_PATH):
        Path(name).unlink(missing_ok=True)
    _empty(arguments.data)
    print("removed" if is_told else "removed; the tower could not be told", file=sys.stderr)
    return 0 if is_told else 1


def _say(leaving: Agent, reason: Goodbye) -> bool:
    """What waits and the last words, for as long as somebody would wait for it."""
    from hinomi.agent.sending import pauses

    leaving.say_goodbye(reason)
    backoff, end = pauses(), time.monotonic() + _SENT_S
    while (wait_s := leaving.send_once(backoff)) >= 0:
        if time.monotonic() + wait_s > end:
            return False
        time.sleep(wait_s)
    return True


def _empty(folder: Path) -> None:
    """Only what is ours: a wrong --data must not empty somebody's folder."""
    ours = ("agent.json*", "state.json*", "log-*", "spool.sqlite*", "spool.damaged*", "channels*",
            "refused*")  # fmt: skip
    for pattern in ours:
        for path in folder.glob(pattern):
            path.unlink()
    try:
        folder.rmdir()
    except OSError:
        print(f"{folder} holds other files and stays", file=sys.stderr)


def _unit(arguments: argparse.Namespace) -> int:
    from hinomi.agent import unit

    command = str(Path(sys.argv[0]).resolve())
    data = str(arguments.data.resolve())
    text = unit.sleep_text() if arguments.sleep_hook else unit.unit_text(command=command, data=data)
    sys.stdout.write(text)
    return 0


def _kit(arguments: argparse.Namespace) -> int:
    from hinomi.agent.kit import write_kit

    for path in write_kit(
        arguments.output,
        endpoint=arguments.endpoint,
        company=arguments.organisation,
        sender=arguments.sender,
    ):
        print(path)
    return 0


def _asked() -> str:
    """From a person without showing it, or from a pipe."""
    return getpass.getpass("token: ") if sys.stdin.isatty() else sys.stdin.read()


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The token cannot be read from {path}.") from error


def _cell(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in value.items())
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


_ACTIONS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "enrol": _enrol,
    "run": _run,
    "status": _status,
    "remove": _remove,
    "unit": _unit,
    "kit": _kit,
}
