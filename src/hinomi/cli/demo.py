"""`hinomi demo`: the make-believe town under attack, for a person or (`--check`) for a test."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError
from hinomi.core.words import ActionLevel
from hinomi.pipeline.demo import People, Rehearsal, Visitor
from hinomi.pipeline.demo_proof import witness
from hinomi.pipeline.supervisor import Plan, Supervisor
from hinomi.rehearse.mailbox import Mailbox
from hinomi.rehearse.over_time import OVER_TIME
from hinomi.rehearse.storms import STORMS
from hinomi.rehearse.town import ANALYST_NAME, TOWN

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from hinomi.pipeline.demo_proof import Witness

_CHECK_TIMEOUT_S = 90.0
LAKE_SECONDS = (
    "2"  # a real tower gathers a minute for each file; here the past is asked for at once
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Without --data a fresh folder is used and removed at the end."""
    parser.add_argument("--data", type=Path, help="an empty folder (default: a temporary one)")
    parser.add_argument("--port", type=int, default=0, help="port of the screens (default: any)")
    parser.add_argument(
        "--check",
        action="store_true",
        help="no person needed: exit 0 once pages and mails show every scene",
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 after Ctrl-C or a passed check; 1 when the check does not pass in time."""
    began = time.monotonic()
    with ExitStack() as stack:
        data = _folder(arguments.data, stack)
        mailbox = None if os.environ.get("HINOMI_SMTP") else stack.enter_context(Mailbox())
        town = Rehearsal(data=data, mailbox=mailbox)
        town.prepare_folder()
        _say("火の見 予行演習：4つの会社がある小さな町をつくります")
        town.move_in(lambda name: _say(f"  {name}"))
        plan = Plan(
            data=data,
            port=arguments.port,
            ingest_port=0,
            syslog_port=0,
            log_folder=data / "run" / "log",
            environment=town.environment,
            worker_arguments=("--lake-seconds", LAKE_SECONDS),
        )
        tower = stack.enter_context(Supervisor(plan))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: tower.request_stop())
        _say("見守りの塔を動かします")
        town.connect(tower.start(on_step=lambda step: _say(f"  {step}")))
        threading.Thread(target=tower.watch, daemon=True).start()
        _say(f"ふだんの日々の記録を流しました：{town.replay_quiet_days()}件")
        people = town.sign_in_links()
        if arguments.check:
            return _check(town, people, began)
        return _show(town, tower, people, began)


def _folder(asked: Path | None, stack: ExitStack) -> Path:
    if asked:
        return asked.absolute()
    folder = Path(tempfile.mkdtemp(prefix="hinomi-demo-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _show(town: Rehearsal, tower: Supervisor, people: People, began: float) -> int:
    owner = TOWN[0]
    print(f"\n  画面                 {tower.endpoints['web']}")
    print(f"  {owner.owner_name}さん（{owner.name}の社長）  {people.owner}")
    print(f"  {ANALYST_NAME}さん（見守りセンター）     {people.analyst}")
    if town.mailbox:
        print(f"  届いたメール         {town.mailbox.page_url}")
    print("\n  入口は1回だけ使えます。携帯の幅（390 px）で見てください。\n", flush=True)
    town.play(lambda title: _say(f"  いま：{title}"), pause_s=2.0)
    _say(f"\nすべての場面を流し終えました（{time.monotonic() - began:.0f}秒）。")
    _tell_where_to_look(town, tower.endpoints["web"])
    _say("\nCtrl-C で終わります。")
    while not tower.is_stopping:
        time.sleep(0.2)
    _say("終わります …")
    return 0


def _tell_where_to_look(town: Rehearsal, web: str) -> None:
    """The scenes that take more than one record, with the page of each."""
    _, seer = _signed_in(town, town.sign_in_links())
    _waited(seer.look)
    print(f"\n  記録1つでは分からない場面（{ANALYST_NAME}さんの画面）")
    for scene in (*OVER_TIME, *STORMS):
        found = seer.seen.get(scene.key)
        where = f"{web.rstrip('/')}{found.analyst_page}" if found else "（まだ画面に出ていません）"
        print(f"  {scene.title_ja}\n      {where}", flush=True)


def _check(town: Rehearsal, people: People, began: float) -> int:
    owner, seer = _signed_in(town, people)
    attack = time.monotonic()
    town.play(lambda title: _say(f"  いま：{title}"), pause_s=0.0)
    is_told = _waited(lambda: _is_shown(owner) and town.has_mailed(TOWN[0].key, ActionLevel.NOW))
    told = time.monotonic()
    if not (is_told and _waited(seer.look)):
        raise HinomiError(
            f"Not on the pages and in the mail within {_CHECK_TIMEOUT_S:.0f} s: "
            f"{', '.join(seer.missing) if is_told else 'the first incident'}.",
            advice=f"The processes' own words are in {town.data / 'run' / 'log'}.",
        )
    print(f"{told - attack:.1f} s from attack to page and mail")
    print(f"{time.monotonic() - attack:.1f} s until {', '.join(seer.seen)} were seen too")
    print(f"{time.monotonic() - began:.1f} s from an empty folder")
    return 0


def _signed_in(town: Rehearsal, people: People) -> tuple[Visitor, Witness]:
    owner, analyst = Visitor(people.owner), Visitor(people.analyst)
    owner.sign_in()
    analyst.sign_in()
    return owner, witness(town, analyst=analyst, owner=owner)


def _waited(look: Callable[[], bool]) -> bool:
    """Ask until it is true; False after the timeout."""
    end = time.monotonic() + _CHECK_TIMEOUT_S
    while not look():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def _is_shown(visitor: Visitor) -> bool:
    """The owner's first page names the level and tells what to do in order."""
    page = visitor.read("/")
    return "今すぐ" in page and "この順に" in page


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
