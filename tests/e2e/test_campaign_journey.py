"""An update storm and a real campaign on a whole tower: from records to the console, the answer,
and what each customer finds in the mail."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from hinomi.rehearse.mailbox import Mailbox
from hinomi.rehearse.storms import DESKS, STORMS
from tests.e2e.contracts.tower import Tower
from tests.e2e.portal_contracts.street import wait_for
from tests.e2e.portal_contracts.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hinomi.rehearse.mailbox import Caught
    from tests.e2e.contracts.tower import Source

pytestmark = [pytest.mark.journey, pytest.mark.sockets]

COMPANIES = [desk[0] for desk in DESKS]
STORM = next(scene for scene in STORMS if scene.key == "update_storm")
STRANGER = next(scene for scene in STORMS if scene.key == "same_stranger")
ANALYST = "analyst@tower.example"


@dataclass
class Town:
    """A tower with four customers and one that nothing happens to."""

    tower: Tower
    mailbox: Mailbox
    ids: dict[str, str] = field(default_factory=dict)
    sources: dict[tuple[str, str], Source] = field(default_factory=dict)

    def settle(self) -> None:
        firm = self.tower.ask("firm", "add", "火の見サービス")["id"]
        self.tower.ask("user", "add", ANALYST, "--firm", firm, "--role", "analyst")
        for key in (*COMPANIES, "quiet"):
            self.ids[key] = self.tower.organisation(f"{key}商店", "--firm", firm)
            owner = ("user", "add", f"owner@{key}.example")
            self.tower.ask(*owner, "--organisation", self.ids[key], "--role", "owner")
            self.sources[key, "pc"] = self.tower.source(self.ids[key], "windows", "PC")
        self.sources["bunkyo", "server"] = self.tower.source(self.ids["bunkyo"], "linux", "予約")

    def send(self, scene: object, *companies: str) -> None:
        """The scene's records of these companies, by HTTP where there is a token."""
        for line in scene.lines(datetime.now(UTC)):  # type: ignore[attr-defined]
            if line.company in companies:
                token = self.sources[line.company, line.machine].token
                assert self.tower.post(line.raw, token).status == 200

    def visitor(self, mail: str) -> Visitor:
        visitor = Visitor(self.tower.endpoints["web"].rstrip("/"))
        visitor.open(self.tower.ask("user", "link", mail)["url"])
        return visitor

    def mails(self, key: str, words: str = "") -> list[Caught]:
        """What the company's owner got, by words of the subject."""
        mine = [mail for mail in self.mailbox.mails if mail.recipients == (f"owner@{key}.example",)]
        return [mail for mail in mine if words in str(mail.message["subject"])]

    def states(self, key: str) -> list[str]:
        return [row["state"] for row in self.tower.incidents(self.ids[key])]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with Mailbox() as mailbox:
        tower = Tower(tmp_path / "data", {"HINOMI_SMTP": mailbox.smtp_url})
        tower.up()
        try:
            made = Town(tower, mailbox)
            made.settle()
            yield made
        finally:
            assert tower.down() == 0, tower.errors()


def test_an_update_storm_is_held_asked_and_corrected(town: Town) -> None:
    town.send(STORM, "aoba")
    assert wait_for(lambda: town.mails("aoba")), "the first company is told at once"
    town.send(STORM, "bunkyo")
    assert wait_for(lambda: town.mails("bunkyo"))
    town.send(STORM, "minato", "kita")
    for key in ("minato", "kita"):
        assert town.tower.incidents(town.ids[key])
    analyst = town.visitor(ANALYST)
    queue = analyst.open("/queue/")
    assert "4社で同じ動き" in queue.seen
    link = next(link for link in queue.links if "/campaigns/" in link)
    question = analyst.open(link)
    assert "更新プログラムですか？" in question.seen
    assert not town.mails("minato")
    assert "お願いが" not in town.visitor("owner@minato.example").open("/home/").seen
    told = town.visitor("owner@aoba.example").open("/home/")
    assert "同じ動きを複数の会社で見つけ、調べています" in told.seen
    confirm = analyst.open(f"{link}answer/?say=update")
    assert "「お知らせの訂正」を送ります（2件）" in confirm.seen
    answered = analyst.press(confirm.form("answer/"), reason="作った会社に電話で確かめた")
    assert "まだ取り消せます" in answered.seen
    for key in ("aoba", "bunkyo"):
        assert wait_for(lambda key=key: town.mails(key, "お知らせの訂正")), key
    assert [town.states(key) for key in COMPANIES] == [["false_alarm"]] * 4
    assert [len(town.mails(key)) for key in (*COMPANIES, "quiet")] == [2, 2, 0, 0, 0]
    for mail in town.mailbox.mails:
        own = mail.recipients[0].removeprefix("owner@").removesuffix(".example")
        assert not [key for key in COMPANIES if key != own and f"{key}商店" in mail.text]
    assert "社で同じ動き" not in analyst.open("/queue/").seen


def test_one_stranger_at_three_companies_waits_for_nobody_and_others_are_warned(
    town: Town,
) -> None:
    town.send(STRANGER, *COMPANIES)
    hit = ("bunkyo", "minato", "kita")
    for key in hit:
        assert wait_for(lambda key=key: town.mails(key)), key
    analyst = town.visitor(ANALYST)
    queue = wait_for(
        lambda: next((p for p in [analyst.open("/queue/")] if "3社で" in p.seen), None)
    )
    assert queue, "the campaign stands in the queue"
    link = next(link for link in queue.links if "/campaigns/" in link)
    page = analyst.open(link)
    assert "お知らせは、いつものとおり送っています" in page.seen
    confirm = analyst.open(f"{link}answer/?say=attack")
    page = analyst.press(confirm.form("answer/"), reason="3社の記録に同じ相手がある")
    wait_for(lambda: "注意喚起を送る" in analyst.open(link).seen)
    preview = analyst.open(f"{link}warn/")
    assert "2社に注意喚起を送りますか" in preview.seen
    assert "2社への注意の知らせ" in analyst.press(preview.form("warn/")).seen
    for key in ("aoba", "quiet"):
        mails = wait_for(lambda key=key: town.mails(key, "注意の知らせ"))
        assert len(mails) == 1, key
        assert not [name for name in hit if f"{name}商店" in mails[0].text]
    assert not [mail for key in hit for mail in town.mails(key, "注意の知らせ")]
