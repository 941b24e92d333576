"""What no single record shows, on a whole tower: from the wire to the owner's page, the analyst's
reasons and the mail."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from hinomi.rehearse.lines import windows
from hinomi.rehearse.mailbox import Mailbox
from hinomi.rehearse.over_time import GUESSER, OVER_TIME, VISITED, ordinary_weeks
from hinomi.rehearse.scenes import Line
from tests.e2e.contracts.tower import Tower
from tests.e2e.portal_contracts.street import wait_for
from tests.e2e.portal_contracts.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.e2e.contracts.tower import Source

pytestmark = [pytest.mark.journey, pytest.mark.sockets]

KINDS = {
    ("kita", "pc"): "windows",
    ("minato", "router"): "sophos_firewall",
    ("aoba", "router"): "fortigate",
}
SCENES = {scene.key: scene for scene in OVER_TIME}
ANALYST = "analyst@tower.example"
RULE = """
title: Somebody signed in to a server that only machines use
id: 0f7dbb56-6e0f-4f0c-9a3c-0a4c4f2a7a01
status: test
level: high
logsource: {product: windows, service: security}
detection:
  s: {EventID: 4624, Computer|expand: '%machines_only%'}
  condition: s
"""


@dataclass
class Town:
    """Three companies whose ordinary weeks are behind them."""

    tower: Tower
    mailbox: Mailbox
    ids: dict[str, str] = field(default_factory=dict)
    sources: dict[tuple[str, str], Source] = field(default_factory=dict)

    def settle(self) -> None:
        firm = self.tower.ask("firm", "add", "火の見サービス")["id"]
        self.tower.ask("user", "add", ANALYST, "--firm", firm, "--role", "analyst")
        for (company, machine), kind in KINDS.items():
            self.ids[company] = self.tower.organisation(f"{company}商店", "--firm", firm)
            owner = ("user", "add", f"owner@{company}.example", "--role", "owner")
            self.tower.ask(*owner, "--organisation", self.ids[company])
            self.sources[company, machine] = self.tower.source(self.ids[company], kind)

    def send(self, lines: Iterable[Line]) -> None:
        for line in lines:
            token = self.sources[line.company, line.machine].token
            assert self.tower.post(line.raw, token).status == 200

    def visitor(self, mail: str) -> Visitor:
        visitor = Visitor(self.tower.endpoints["web"].rstrip("/"))
        visitor.open(self.tower.ask("user", "link", mail)["url"])
        return visitor

    def pages(self, company: str, kind: str) -> tuple[str, str]:
        """What the owner and the analyst read of the company's incident of this kind."""
        rows = self.tower.incidents(
            self.ids[company], until=lambda rows: any(row["kind"] == kind for row in rows)
        )
        (number,) = [row["id"] for row in rows if row["kind"] == kind]
        owner = self.visitor(f"owner@{company}.example").open(f"/incidents/{number}/")
        case = self.visitor(ANALYST).open(f"/queue/{number}/")
        assert (owner.status, case.status) == (200, 200)
        return owner.seen, case.seen

    def subject(self, company: str, words: str) -> str:
        """The subject of the owner's mail that says so, waited for."""

        def look() -> str:
            mine = (f"owner@{company}.example",)
            mails = [mail for mail in self.mailbox.mails if mail.recipients == mine]
            return next((s for mail in mails if words in (s := str(mail.message["subject"]))), "")

        return wait_for(look)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with Mailbox() as mailbox:
        folder = tmp_path_factory.mktemp("scenes")
        tower = Tower(folder / "data", {"HINOMI_SMTP": mailbox.smtp_url})
        tower.up()
        try:
            made = Town(tower, mailbox)
            made.settle()
            made.send(ordinary_weeks(end=datetime.now(UTC)))
            yield made
        finally:
            assert tower.down() == 0, tower.errors()


def test_a_guessed_password_is_told_at_once_with_every_step_of_the_way(town: Town) -> None:
    town.send(SCENES["password_guessed"].lines(datetime.now(UTC)))
    owner, case = town.pages("kita", "login_succeeded")
    assert "今すぐ" in owner
    assert "外から" in owner
    assert "uketsuke" in owner
    assert GUESSER in case
    assert "「IpAddress」が同じ記録で、1時間のあいだに、この順にそろった条件の数が2以上" in case
    assert "「10分のあいだに、記録の数が10以上」になったのは1回" in case
    assert "Many failed logins from one address (Windows)" in case
    assert "event_count gte 10 within 10m" in case
    assert town.subject("kita", "今すぐ：外から入られたと見ています")


def test_a_device_nobody_knows_is_asked_about_with_what_is_usual(town: Town) -> None:
    town.send(SCENES["new_device"].lines(datetime.now(UTC)))
    owner, case = town.pages("minato", "new_device")
    assert "確認だけ" in owner
    assert "ふだんは、前からある機器だけがつながっています" in owner
    assert "今すぐ" not in owner
    assert "ふだんは「前からある機器だけ」、今回は「はじめての機器」" in case
    assert "これはいつものことです" in case
    assert town.subject("minato", "確認だけ：はじめての機器が、つながりました")


def test_what_is_learnt_today_finds_the_visit_of_two_days_ago(town: Town) -> None:
    assert town.tower.down() == 0, town.tower.errors()  # a clean stop writes the lake, at once
    town.tower.up()
    feed = town.tower.data / "feed.csv"
    feed.write_text(f"domain,confidence,malware\n{VISITED},90,C2 server\n")
    done = town.tower.command("intel", "import", str(feed), "--source", "町の情報共有")
    assert done.returncode == 0, done.stderr
    owner, case = town.pages("aoba", "c2_communication")
    assert "今日中" in owner
    assert "の記録です。あとから分かりました。" in owner
    assert VISITED in case
    assert "町の情報共有" in case
    assert "取り込んだ脅威情報にある値と一致" in case
    assert town.subject("aoba", "今日中：攻撃者のサーバーと通信したと見ています")


def test_a_company_s_own_values_reach_the_worker_within_seconds(town: Town) -> None:
    rule = town.tower.data / "own-rule.yml"
    rule.write_text(RULE)
    assert town.tower.command("rules", "import", str(rule)).returncode == 0
    company = town.ids["kita"]
    values = ("organisation", "values", "--organisation", company)
    told = town.tower.ask(*values, "set", "machines_only", "KITA-BATCH*")
    assert told == [{"name": "machines_only", "values": ["KITA-BATCH*"]}]
    seconds = time.monotonic()

    def is_met() -> bool:
        moment = datetime.now(UTC)
        data = {"TargetUserName": "batch", "LogonType": "5", "IpAddress": "-"}
        for computer in ("KITA-BATCH7", "KITA-OTHER"):
            line = windows.line("logon", moment, computer=computer, data=data)
            town.send([Line("kita", "pc", moment, line)])
        rows = town.tower.incidents(company, until=lambda _: True)
        return any(row["device"] == "KITA-BATCH7" for row in rows)

    assert wait_for(is_met)
    assert time.monotonic() - seconds < 15
    devices = {row["device"] for row in town.tower.incidents(company)}
    assert "KITA-OTHER" not in devices
    page = town.visitor(ANALYST).open(f"/customers/{company}/")
    assert "%machines_only%" in page.seen
    assert "KITA-BATCH*" in page.seen
