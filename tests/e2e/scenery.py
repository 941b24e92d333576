"""A portal with something on every screen: for the browser tests and for `tools/look.py`.

Rows are made by the portal's own services; what the worker would know is written by its own
writer. Texts that an attacker could have chosen are as nasty as attackers are. Run as a program it
fills HINOMI_DATA and prints the screens and the people's sessions as JSON (see stage).
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":  # a program of its own: make the keys, then wake Django
    os.environ["DJANGO_SETTINGS_MODULE"] = "hinomi.portal.settings"
    from hinomi.portal.access.keys import make

    for _name in ("django", "sources", "second-factor"):
        make(Path(os.environ["HINOMI_DATA"]), name=_name)
    import django

    django.setup()

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)

from hinomi.core.findings import Evidence, Finding, Why
from hinomi.core.words import Disposition, Level
from hinomi.portal.access.time import configuration, now
from hinomi.portal.accounts.second_factor import REHEARSAL_METHOD
from hinomi.portal.calls.services import Said, begin, save
from hinomi.portal.incidents.answering import give_answer
from hinomi.portal.incidents.casework import take
from hinomi.portal.incidents.models import (
    EntryKind,
    Incident,
    IncidentFinding,
    TimelineEntry,
)
from hinomi.portal.notices.models import Notice, NoticeState
from hinomi.portal.organisations.members import add_person, join_firm, join_organisation
from hinomi.portal.organisations.services import add_firm, add_organisation
from hinomi.portal.organisations.values import set_values
from hinomi.portal.sources.services import Wanted, name_device, register_source
from hinomi.store.finding_json import encode_finding
from hinomi.store.pipeline import FILE_NAME
from hinomi.store.pipeline_rows import DetectWork, SeenDevice, SetAsideCount, SourceStatus
from hinomi.store.pipeline_writer import PipelineWriter
from hinomi.store.unknown import UnknownLine, UnknownStore
from tests.e2e.cases import Cases, work_on
from tests.e2e.clouds import Clouds, gather
from tests.e2e.desk import Desk, open_desk
from tests.e2e.heard import hear
from tests.e2e.hunts import Hunts, hunt
from tests.e2e.known_bad import import_feeds
from tests.e2e.packs import Packs, try_packs
from tests.e2e.phone_tree import plant
from tests.e2e.post import PostOffice, fill
from tests.e2e.practising import Practising, practise
from tests.e2e.premises import furnish
from tests.e2e.silence import look_at_sources
from tests.e2e.storm import Storm, brew
from tests.e2e.taught import Taught, taught
from tests.portal.accounts.authenticator import passkey_of

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User
    from hinomi.portal.organisations.models import Organisation
    from hinomi.portal.sources.models import Source

MARKUP = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://x.example","y")'
TERMINAL = "\x1b[31mred\x1b[0m"
BACKWARDS = "\u202egpj.exe"
NASTY = f"{MARKUP} {FORMULA} {TERMINAL} {BACKWARDS}"
LONG = "経理部の田中さんが在宅勤務のときに使っている、少し古いノートパソコン（2019年購入）"
CASES = (
    # kind, level, certainty, disposition, state, device, minutes ago
    ("c2_communication", "now", "strong", "seen", "new", "SOUMU-01", 6),
    ("ransomware", "now", "confirmed", "let_through", "investigating", "FILESV", 55),
    ("unwanted_software", "today", "confirmed", "seen", "new", "KEIRI-02", 190),
    ("login_attempts", "today", "confirmed", "seen", "new", "", 400),
    ("fake_warning", "check", "confirmed", "stopped", "done", "UKETSUKE", 2_000),
    ("phishing_blocked", "none", "confirmed", "stopped", "done", "EIGYO-04", 3_100),
    ("attack_blocked", "none", "confirmed", "stopped", "done", "", 45_000),
    ("backup_touched", "now", "strong", "seen", "investigating", "FILESV", 50),
    ("remote_entry", "now", "strong", "seen", "investigating", "SOUMU-09", 300),
)


@dataclass(frozen=True)
class Scenery:
    """Who and what can be looked at."""

    owner: User
    newcomer: User
    quiet: User
    analyst: User
    aoba: Organisation
    bunkyo: Organisation
    numbers: tuple[str, ...]
    nasty: str
    sources: dict[str, Source]
    storm: Storm
    hunts: Hunts
    packs: Packs
    question: int
    taught: Taught
    manager: User
    post: PostOffice
    clouds: Clouds
    contact: int
    call: str
    cases: Cases
    desk: Desk
    passkey: int
    practising: Practising


def build() -> Scenery:
    """Three companies of one firm: one with trouble, one quite new, one calm."""
    firm = add_firm(name="火の見サービス")
    aoba = add_organisation(name="青葉工務店", firm_id=firm.id)
    bunkyo = add_organisation(name="文京歯科", firm_id=firm.id)
    umi = add_organisation(name="海野水産", firm_id=firm.id)
    people = {name: _person(name) for name in ("葵", "悠", "文", "海", "守", "長")}
    for name, company, role in (
        ("葵", aoba, "owner"),
        ("悠", aoba, "staff"),
        ("文", bunkyo, "owner"),
        ("海", umi, "owner"),
    ):
        join_organisation(user=people[name], organisation=company, role=role)
    join_firm(user=people["守"], firm=firm, role="analyst")
    join_firm(user=people["長"], firm=firm, role="manager")
    sources = _sources(aoba, umi)
    for native, nickname in (
        ("SOUMU-01", "総務1番"),
        ("KEIRI-02", LONG),
        ("FILESV", "共有サーバー"),
    ):
        name_device(
            organisation_id=aoba.id, native=native, nickname=nickname, user_id=people["葵"].pk
        )
    incidents = [_incident(aoba, sources["fortigate"], case, i) for i, case in enumerate(CASES)]
    give_answer(incident=incidents[1], choice="help", user=people["葵"])
    take(incident=incidents[1], from_user_id=None, user=people["守"])
    nasty = _incident(
        aoba, sources["linux"], ("other", "check", "possible", "seen", "new", NASTY, 20), 90
    )
    cases = work_on(
        worked=incidents[1],
        merged=incidents[7],
        waiting=incidents[8],
        analyst=people["守"],
        manager=people["長"],
    )
    storm = brew(firm, people["守"], nasty=NASTY)
    _write_pipeline(aoba, umi, sources)
    question = look_at_sources(firm, aoba, sources, long=LONG)
    import_feeds(nasty=NASTY)
    furnish(firm, aoba, sources, long=LONG, nasty=NASTY)
    for name, values in (("servers", ("FILESV", "BACKUP*", MARKUP)), ("admins", ("mamoru",))):
        set_values(organisation_id=aoba.id, name=name, values=values)
    titles = ("管理者の権限を増やした操作", NASTY, "夜間に大量のファイルを読んだ")
    packs = try_packs([aoba.id, bunkyo.id], titles=titles)
    return Scenery(
        owner=people["葵"],
        newcomer=people["文"],
        quiet=people["海"],
        analyst=people["守"],
        aoba=aoba,
        bunkyo=bunkyo,
        numbers=tuple(row.number for row in incidents),
        nasty=nasty.number,
        sources=sources,
        storm=storm,
        hunts=hunt(firm, people["守"], aoba, nasty=NASTY),
        packs=packs,
        question=question,
        taught=taught(firm, people["守"], nasty=NASTY),
        manager=people["長"],
        post=fill(firm, people["長"], aoba, nasty=NASTY),
        clouds=gather(firm, people["長"], aoba, nasty=NASTY),
        call=_call(aoba, people["長"]),
        contact=plant(aoba, people["葵"], asker=people["悠"], nasty=NASTY),
        cases=cases,
        desk=open_desk(
            firm, aoba, people["葵"], analyst=people["守"], manager=people["長"], nasty=NASTY
        ),
        passkey=_passkeys(people["葵"]),
        practising=practise(
            firm, aoba, umi, owner=people["海"], players=(people["守"], people["長"]), nasty=NASTY
        ),
    )


def _passkeys(user: User) -> int:
    """Two devices, one of them used; the longer name's id."""
    phone, laptop = passkey_of(user, name="葵の電話"), passkey_of(user, name=LONG[:40])
    phone.last_used_at = now() - timedelta(days=1)
    phone.save()
    return laptop.pk


def _call(company: Organisation, user: User) -> str:
    """A call with the company that runs, half written down."""
    call = begin(organisation_id=company.id, number="03-1234-5678", caller="葵", user=user)
    said = Said(call.version, "葵", {"seen": "赤い画面に電話番号が出ている", "cable": "はい"})
    return save(call=call, said=said, user=user).pk


def _person(name: str) -> User:
    mails = {"葵": "aoi", "悠": "yu", "文": "fumi", "海": "umi", "守": "mamoru", "長": "osa"}
    return add_person(mail=f"{mails[name]}@example.jp", name=name)


def _sources(aoba: Organisation, umi: Organisation) -> dict[str, Source]:
    wanted = (
        ("fortigate", aoba, Wanted(kind="fortigate", name="本社の見守り機器", expect_every_s=900)),
        ("linux", aoba, Wanted(kind="linux", name="社内サーバー")),
        (
            "late",
            aoba,
            Wanted(kind="sophos", name=f"工場の見守り機器（{LONG}）", expect_every_s=900),
        ),
        ("waiting", aoba, Wanted(kind="winlogbeat", name="経理のパソコン")),
        ("broken", aoba, Wanted(kind="yamaha", name="倉庫のルーター")),
        ("calm", umi, Wanted(kind="fortigate", name="事務所の見守り機器", expect_every_s=900)),
    )
    return {
        key: register_source(
            organisation_id=company.id, wanted=want, consent_by="aoi@example.jp"
        ).source
        for key, company, want in wanted
    }


def _incident(
    company: Organisation, source: Source, case: tuple[str, ...] | tuple[object, ...], place: int
) -> Incident:
    kind, level, certainty, disposition, state, device, minutes = case
    at = now() - timedelta(minutes=int(str(minutes)))
    incident = Incident.objects.create(
        organisation=company,
        number=f"K-{2041 + place}",
        kind=str(kind),
        group_key=f"{kind}|{device}",
        level=str(level),
        certainty=str(certainty),
        disposition=str(disposition),
        state=str(state),
        device=str(device),
        opened_at=at,
        first_event_at=at,
        last_event_at=at,
        closed_at=at if state == "done" else None,
        finding_count=7 if state == "new" else 1,
        slots={"user": "tanaka", "threat": "Trojan.Generic", "file": NASTY if place == 90 else ""},
    )
    for number in range(7 if state == "new" else 1):
        finding = _finding(incident, source, at=at, number=number)
        IncidentFinding.objects.create(
            organisation=company,
            incident=incident,
            finding_id=finding.id,
            partition=0,
            seq=place * 100 + number + 1,
            event_at=at,
            body=encode_finding(finding),
        )
    _history(incident, at=at)
    return incident


def _finding(incident: Incident, source: Source, *, at: datetime, number: int) -> Finding:
    raw = (
        f'date=2026-11-20 time=10:12:{number:02d} devname="FG-HONSHA" type="utm" subtype="ips"'
        f' attack="Botnet.C2" srcip=192.0.2.31 hostname="{NASTY}" action="detected"'
    ).encode()
    why = Why("selection", "attack", f"Botnet.C2 {NASTY}", "contains: Botnet")
    return Finding(
        id=f"{incident.number}-{number}",
        organisation=incident.organisation_id,
        source=source.id,
        rule_id="2d4cbc1e-5b0f-4c28-8a57-0d1f5b6a9e10",
        rule_title="Botnet communication seen by the firewall",
        level=Level.HIGH,
        event_time=at,
        receive_time=at + timedelta(seconds=2),
        device=incident.device,
        user="tanaka",
        case=incident.kind,
        disposition=Disposition(incident.disposition),
        tags=("attack.command-and-control", "attack.t1071.001", "detection.emerging-threats"),
        why=(why, replace(why, field="srcip", value="192.0.2.31", pattern="cidr: 192.0.2.0/24")),
        evidence=(Evidence("01JD0000000000000000000000", at, {"attack": NASTY}, raw),),
        slots={},
        late=False,
        rule_pack="abc123",
        directory_generation=3,
    )


def _history(incident: Incident, *, at: datetime) -> None:
    lines = (
        (EntryKind.FACT, "見守り機器が、攻撃者のサーバーとの通信を見つけました", "", True),
        (EntryKind.ACTION, "aoi@example.jpにお知らせを送りました", "", False),
        (EntryKind.ACTION, f"機器の名前に変わった文字があります：{NASTY}", "守", False),
    )
    for number, (kind, text, actor, shown) in enumerate(lines):
        TimelineEntry.objects.create(
            organisation=incident.organisation,
            incident=incident,
            at=at + timedelta(seconds=number),
            kind=kind,
            text=text,
            actor=actor,
            visible_to_customer=shown,
        )
    Notice.objects.create(
        organisation=incident.organisation,
        incident_number=incident.number,
        to="aoi@example.jp",
        subject="【まちの見守り】今すぐ：パソコンが通信しています｜青葉工務店",
        body_text="…",
        state=NoticeState.SENT,
        dedupe_key=f"opened {incident.number}",
    )


def _write_pipeline(aoba: Organisation, umi: Organisation, sources: dict[str, Source]) -> None:
    moment = now()
    rows = [
        _status(aoba, sources["fortigate"], at=moment - timedelta(minutes=1)),
        _status(aoba, sources["linux"], at=moment - timedelta(minutes=4)),
        _status(aoba, sources["late"], at=moment - timedelta(minutes=29)),
        _status(umi, sources["calm"], at=moment - timedelta(minutes=2)),
        replace(
            _status(aoba, sources["broken"], at=moment - timedelta(minutes=3)),
            readable=0,
            set_aside=12,
            last_alive=None,
            first_readable="",
            first_readable_at=None,
            last_set_aside_at=moment,
            last_set_aside_reason="unknown_format",
            last_set_aside_detail="no known line",
            last_set_aside=f"??? {NASTY}",
        ),
    ]
    devices = [
        SeenDevice(aoba.id, name, sources["fortigate"].id, moment, moment)
        for name in ("SOUMU-01", "KEIRI-02", "FILESV", NASTY)
    ]
    broken = SetAsideCount(aoba.id, sources["broken"].id, moment.date(), "unknown_format", 12)
    writer = PipelineWriter(configuration().data / FILE_NAME)
    writer.claim(owner="scenery", is_free=lambda *_: True)
    around, lan = hear(umi, nasty=NASTY)
    for each in filter(None, (around, around.relay)):
        rows.append(_status(umi, each, at=moment - timedelta(minutes=2)))
    writer.commit_detect(
        DetectWork(offsets={0: 1}, sources=rows, set_aside=[broken], devices=devices, lan=lan)
    )
    writer.close()
    store = UnknownStore(configuration().data)
    lines = [UnknownLine("192.0.2.77", moment, "unknown_sender", f"<13>{NASTY}".encode())]
    store.keep([*lines, UnknownLine("192.0.2.78", moment, "unknown_token", b"")], now=moment)
    store.close()


def _status(company: Organisation, source: Source, *, at: datetime) -> SourceStatus:
    return SourceStatus(
        organisation=company.id,
        source=source.id,
        records=1_204,
        readable=1_201,
        set_aside=3,
        last_receive=at,
        last_alive=at,
        last_event=at,
        first_readable_at=at - timedelta(days=3),
        first_readable=f'date=2026-11-20 devname="FG-HONSHA" msg="{NASTY}"',
    )


def main() -> None:
    """Fill the data folder named by HINOMI_DATA and say what there is."""
    from hinomi.portal.commands.schema import bring_up_to_date
    from tests.e2e.screens import screens

    bring_up_to_date()
    town = build()
    people = {
        "owner": town.owner,
        "newcomer": town.newcomer,
        "quiet": town.quiet,
        "analyst": town.analyst,
        "manager": town.manager,
        "waiting": town.storm.waiting_owner,
    }
    sessions = {name: _session(user) for name, user in people.items()}
    listed = [
        {"name": name, "path": path, "session": sessions.get(person, ""), "status": status}
        for name, path, person, status in screens(town)
    ]
    sys.stdout.write(json.dumps({"screens": listed, "sessions": sessions}))


def _session(user: User) -> str:
    """The key of a session in which the person has proved everything."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": REHEARSAL_METHOD, "at": now().timestamp(), "reauthenticated": True}
    ]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session.create()
    return str(session.session_key)


if __name__ == "__main__":
    main()
