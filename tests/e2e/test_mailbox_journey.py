"""From a mailbox and an Excel list to today's alerts by company, as a manager does it: sixty
invented companies, five consoles, every step a press of a button, counted."""

from __future__ import annotations

import csv
import http.client
import io
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest
import xlsxwriter

from hinomi.core.company_names import read_company_name
from hinomi.rehearse.console_mails import JUDGE, RECIPIENT, ConsoleMail, morning
from hinomi.rehearse.customers import Customer, customers, roster
from hinomi.store.pipeline import FILE_NAME, PipelineReader
from tests.collect.imap_server import FakeImap, Folder
from tests.e2e.contracts.tower import Tower
from tests.e2e.portal_contracts.street import wait_for
from tests.e2e.portal_contracts.visitor import Answer, Form, Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.sockets]

MANAGER = "manager@tower.example"
MOST_PRESSES = 40  # of an hour's work; what the journey needs is asserted below
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass
class Manager:
    """The manager at the browser. `presses` counts pages opened and buttons pressed."""

    visitor: Visitor
    presses: int = 0
    said: list[str] = field(default_factory=list)

    def open(self, path: str) -> Answer:
        self.presses += 1
        return self._checked(self.visitor.open(path))

    def press(self, form: Form, button: str = "", /, **values: str) -> Answer:
        self.presses += 1
        return self._checked(self.visitor.press(form, button, **values))

    def upload(self, form: Form, *, name: str, raw: bytes) -> Answer:
        """A file by the form's only file field."""
        self.presses += 1
        token, base = form.values["csrfmiddlewaretoken"], urlsplit(self.visitor.base)
        parts = [
            b'--edge\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n'
            + token.encode(),
            f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'.encode()
            + f"Content-Type: {XLSX}\r\n\r\n".encode()
            + raw,
            b"--edge--\r\n",
        ]
        connection = http.client.HTTPConnection(str(base.hostname), base.port, timeout=60)
        headers = {
            "Content-Type": "multipart/form-data; boundary=edge",
            "Cookie": "; ".join(f"{key}={value}" for key, value in self.visitor.cookies.items()),
            "Origin": self.visitor.base,
        }
        with closing(connection):
            connection.request("POST", form.action, b"\r\n".join(parts), headers)
            answer = connection.getresponse()
            answer.read()
        assert answer.status == 302, answer.status
        return self._checked(self.visitor.open(str(answer.getheader("Location"))))

    def _checked(self, answer: Answer) -> Answer:
        assert answer.status == 200, (answer.status, answer.seen[:500])
        return answer


def excel() -> bytes:
    """The provider's own list."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet("一覧")
    for number, row in enumerate(roster()):
        sheet.write_row(number, 0, row)
    book.close()
    return buffer.getvalue()


@pytest.fixture
def server() -> Iterator[FakeImap]:
    with FakeImap(Folder()) as opened:
        yield opened


@pytest.fixture
def tower(tmp_path: Path) -> Iterator[Tower]:
    tower = Tower(tmp_path / "data")
    tower.up()
    try:
        yield tower
    finally:
        assert tower.down() == 0, tower.errors()


def test_from_a_mailbox_and_a_list_to_todays_alerts(tower: Tower, server: FakeImap) -> None:
    began = time.monotonic()
    mails = morning(datetime.now(UTC))
    for mail in mails:
        server.folder.add(mail.raw)
    firm = tower.ask("firm", "add", "まちの見守りセンター")["id"]
    tower.ask("user", "add", MANAGER, "--firm", firm, "--role", "manager")
    visitor = Visitor(tower.endpoints["web"].rstrip("/"))
    visitor.open(tower.ask("user", "link", MANAGER)["url"])
    manager = Manager(visitor)
    box = connect(manager, server)
    take_in_list(manager)
    came = answer_questions(manager, box)
    assert came == {"sender": 5, "company": 3}, manager.said
    wanted = wanted_counts(mails)
    assert wait_for(lambda: counts(visitor) == wanted, seconds=90), difference(visitor, wanted)
    no_alert_reached_another_company(tower, visitor)
    page = manager.open("/today/")
    assert f"警報が{sum(wanted.values())}件" in page.seen.replace(" ", "")
    assert "今日" in page.seen
    told = f"presses {manager.presses}, seconds {time.monotonic() - began:.0f}"
    sys.stderr.write(f"{told}\n")
    assert manager.presses <= MOST_PRESSES


def connect(manager: Manager, server: FakeImap) -> str:
    """The mailbox, tried and kept; its address."""
    form = manager.open("/mailboxes/connect/").form("/connect/")
    answer = manager.press(
        form,
        name="警報の受け箱",
        address=RECIPIENT,
        host="127.0.0.1",
        port=str(server.port),
        security="none",
        kind="imap",
        user="soc",
        password="open",
        verdict_from=JUDGE,
    )
    assert "つなぎました" in answer.seen
    return answer.path


def take_in_list(manager: Manager) -> None:
    """Upload, choose the mailbox, look, and press 取り込む."""
    page = manager.upload(
        manager.open("/rosters/").form("/rosters/"), name="お客様.xlsx", raw=excel()
    )
    form = page.form("/columns/")
    boxes = page.text.partition('name="mailbox"')[2].partition("</select>")[0]
    box = boxes.partition('value="mbx_')[2].partition('"')[0]
    chosen = {name: value for name, value in columns(page).items() if value}
    page = manager.press(form, mailbox=f"mbx_{box}", **chosen)
    assert "新規 60" in page.seen
    assert "直してください 0" in page.seen
    page = manager.press(page.form("/take/"))
    assert "60行を取り込みました" in page.seen


def columns(page: Answer) -> dict[str, str]:
    """The meanings that the page proposes: what stands selected."""
    found = {}
    for part in page.text.split('name="column_')[1:]:
        number, options = part.partition('"')[0], part.partition("</select>")[0]
        chosen = options.partition(" selected")[0].rpartition('value="')[2].partition('"')[0]
        found[f"column_{number}"] = chosen if " selected" in options else ""
    return found


def answer_questions(manager: Manager, box: str) -> Counter[str]:
    """Whatever the page asks, until it asks no more; looking again while mails are sorted costs no
    press. Returns how often each kind of question came."""
    came: Counter[str] = Counter()
    quiet_since = time.monotonic()
    deadline = quiet_since + 120
    while time.monotonic() - quiet_since < 6:
        assert time.monotonic() < deadline, (came, manager.said)
        page = manager.visitor.open(f"{box}waiting/")
        if "この送信者を認めますか" in page.seen:
            came["sender"] += believe_sender(manager, page)
        elif "どの会社のメールですか" in page.seen:
            came["company"] += name_company(manager, page, box)
        else:
            time.sleep(0.3)
            if "通を分けています" not in page.seen:
                continue
        quiet_since = time.monotonic()
    return came


def believe_sender(manager: Manager, page: Answer) -> int:
    """The page's own proposal, by its one button."""
    domain = page.text.partition('name="domain" value="')[2].partition('"')[0]
    answer = manager.press(page.form("/sender/"), "accept", domain=domain, format="auto")
    assert "認めました" in answer.seen
    return 1


def name_company(manager: Manager, page: Answer, box: str) -> int:
    """Search the company, choose what to know it by, press 「この会社のものです」."""
    strangers = [each for each in customers() if each.nickname and each.nickname in page.seen]
    assert strangers, page.seen
    stranger = strangers[0]
    mail = page.text.partition('name="mail" value="')[2].partition('"')[0]
    base = read_company_name(stranger.name).base
    page = manager.open(f"{box}waiting/?mail={mail}&q={quote(base)}")
    company = page.text.partition('name="company" value="')[2].partition('"')[0]
    claim = next(each for each in tokens(page) if each.partition(":")[2] == stranger.nickname)
    answer = manager.press(page.form("/answer/"), mail=mail, company=company, claim=claim)
    assert "のメールにしました" in answer.seen
    manager.said.append(f"{claim} → {stranger.name}")
    return 1


def tokens(page: Answer) -> list[str]:
    return [part.partition('"')[0] for part in page.text.split('name="claim" value="')[1:]]


def wanted_counts(mails: list[ConsoleMail]) -> dict[str, int]:
    """Company → alerts that were sent about it."""
    told: Counter[int] = Counter()
    for mail in mails:
        told.update(mail.alerts)
    return {each.name: told[each.number] for each in customers()}


def counts(visitor: Visitor) -> dict[str, int]:
    """As the page's file says."""
    raw = visitor.open("/today/?as=csv").body.decode("utf-8-sig")
    return {row["会社"]: int(row["今日の警報の数"]) for row in csv.DictReader(io.StringIO(raw))}


def difference(visitor: Visitor, wanted: dict[str, int]) -> list[tuple[str, int, int]]:
    found = counts(visitor)
    return [(name, n, found.get(name, -1)) for name, n in wanted.items() if found.get(name) != n]


def no_alert_reached_another_company(tower: Tower, visitor: Visitor) -> None:
    """Each finding's evidence names a machine, a serial or a name of its own company only."""
    page = visitor.open("/today/?view=alerts")
    ids = {
        link.split("/customers/")[1].strip("/") for link in page.links if "/customers/org_" in link
    }
    wrong, seen = [], 0
    with PipelineReader(tower.data / FILE_NAME) as reader:
        for id_ in ids:
            name = (
                visitor.open(f"/customers/{id_}/").text.partition("<h1>")[2].partition("</h1>")[0]
            )
            mine = next(each for each in customers() if each.name in name)
            for finding in reader.findings_of(id_):
                raw = b"".join(evidence.raw for evidence in finding.evidence).decode()
                seen += 1
                if not is_about(mine, raw):
                    wrong.append((mine.name, raw[:200]))
    assert seen >= 40, seen
    assert wrong == []


def is_about(mine: Customer, raw: str) -> bool:
    """It names something of this company, and nothing of any other: not even in a report over
    all of them may one customer's evidence hold another's row."""
    others = [other for other in customers() if other != mine]
    return any(word in raw for word in words_of(mine)) and not any(
        word in raw for other in others for word in words_of(other)
    )


def words_of(customer: Customer) -> list[str]:
    words = (customer.device, customer.serial, f"CE-{customer.number:02d}", customer.told_as)
    return [word for word in words if word]
