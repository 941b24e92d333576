"""A new source by screen until its first record; the customer texts; what pages weigh and load."""

from __future__ import annotations

import gzip
import html
import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest

from tests.e2e.contracts.tower import udp
from tests.e2e.portal_contracts.street import fortigate_line, wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.portal_contracts.street import Street
    from tests.e2e.portal_contracts.visitor import Answer, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.sockets]

PAGE_BYTES = 25 * 1024


@pytest.mark.skipif(shutil.which("curl") is None, reason="the setting to paste needs curl")
def test_the_curl_lines_work_as_pasted_and_the_page_says_so(street: Street, tmp_path: Path) -> None:
    visitor = street.visitor("owner@aoba.example")
    setup = _make(street, visitor, "http", "受注システム")
    source = setup.path.split("/")[2]
    assert "まだ届いていません" in visitor.open(f"/sources/{source}/").seen
    (tmp_path / "events.ndjson").write_text('{"message":"one"}\n{"message":"two"}\n')
    assert wait_for(lambda: street.tower.post(b"", _token(setup)).status == 200, seconds=6)
    for block in _blocks(setup):
        done = subprocess.run(
            ["sh", "-c", block], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (block, done.stdout, done.stderr)
    page = _waited(visitor, source, "はじめて読み取れた記録")
    assert "one" in page.seen or "hinomi test" in page.seen
    token = _token(setup)
    assert token not in visitor.open(f"/sources/{source}/setup/").text  # shown once
    assert token not in page.text


def test_what_cannot_be_read_is_explained_and_mended_by_the_right_thing(street: Street) -> None:
    visitor = street.visitor("owner@aoba.example")
    setup = _make(street, visitor, "fortigate", "倉庫の見守り機器")
    source = setup.path.split("/")[2]
    port = re.search(r"set port (\d+)", setup.seen)
    assert port, setup.seen
    address = ("127.0.0.1", int(port[1]))
    wait_for(lambda: _arrives(visitor, source, address), seconds=15)
    page = _waited(visitor, source, "読み取れません")
    assert "<b>kore wa nani</b>" in page.seen
    udp(address, fortigate_line(srcname="SOUKO-01"))
    assert "SOUKO-01" in _waited(visitor, source, "はじめて読み取れた記録").seen


def test_a_revoked_source_is_deaf_within_seconds(street: Street) -> None:
    visitor = street.visitor("owner@aoba.example")
    setup = _make(street, visitor, "http", "止める送り元")
    token, source = _token(setup), setup.path.split("/")[2]
    assert wait_for(lambda: street.tower.post(b"a line", token).status == 200, seconds=6)
    asked = visitor.open(f"/sources/{source}/revoke/")
    told = visitor.press(asked.form("revoke/") if _has(asked, "revoke/") else asked.forms[-1])
    assert "受け取りを止めました" in told.seen
    assert wait_for(lambda: street.tower.post(b"a line", token).status == 401, seconds=6)
    assert "止める送り元" not in visitor.open("/home/").seen


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"name": ""}, "呼び名を入力してください"),
        ({"consent": ""}, "見守るには同意が必要です"),
        ({"name": "あ" * 201}, "200字まで"),
        ({"expect_every_s": "7"}, "エラー"),
    ],
    ids=["no name", "no consent", "long name", "odd interval"],
)
def test_a_wrong_source_form_is_explained(
    street: Street, values: dict[str, str], told: str
) -> None:
    visitor = street.visitor("owner@aoba.example")
    path = f"/companies/{street.companies['aoba'].id}/sources/new/syslog/"
    form = visitor.open(path).form("syslog/")
    page = visitor.press(form, **{"name": "試し", "consent": "on", **values})
    assert page.status == 422
    assert told in page.seen
    assert "試し" not in visitor.open("/sources/").seen


@pytest.mark.parametrize("screen", ["home", "incident", "queue", "case", "sources", "sign-in"])
def test_a_first_view_is_light_strict_and_asks_nobody_else(
    street: Street, numbers: dict[str, str], screen: str
) -> None:
    mail, path = {
        "home": ("owner@aoba.example", "/home/"),
        "incident": ("owner@aoba.example", f"/incidents/{numbers['aoba']}/"),
        "queue": ("analyst@ours.example", "/queue/?view=all"),
        "case": ("analyst@ours.example", f"/queue/{numbers['aoba']}/"),
        "sources": ("owner@aoba.example", "/sources/"),
        "sign-in": ("", "/accounts/sign-in/"),
    }[screen]
    visitor = street.visitor(mail) if mail else street.nobody()
    page = visitor.open(path)
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy or "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<style|style=|<script(?![^>]*src=)|\son\w+=", page.text)
    loaded = re.findall(r'<(?:link|script|img)[^>]*?(?:href|src)="([^"]+)"', page.text)
    files = [each for each in loaded if not each.startswith("data:")]
    assert all(urljoin(street.web, each).startswith(street.web) for each in files)
    weights = {path: int(page.headers["content-length"])}
    for each in sorted(set(files)):
        got = visitor.get(each)
        assert got.status == 200, each
        weights[each] = int(got.headers.get("content-length", len(gzip.compress(got.body))))
    assert sum(weights.values()) <= PAGE_BYTES, weights


@pytest.fixture(scope="module")
def listed(street: Street) -> list[dict[str, str]]:
    """All customer texts in all shapes, listed once: it takes a processor some ten seconds."""
    return list(street.tower.ask("texts", "list"))


def test_every_customer_text_is_listed_short_long_and_hostile(
    listed: list[dict[str, str]],
) -> None:
    rows = listed
    assert len(rows) > 50
    assert len({row["id"] for row in rows}) == len(rows)
    kinds = {row["id"].rsplit(".", 1)[-1] for row in rows}
    assert {"short", "long", "hostile1", "hostile2", "hostile3"} <= kinds
    for row in rows:
        opened, closed = row["text"].count("<<"), row["text"].count(">>")
        assert opened == closed, row["id"]
        assert opened or row["id"].endswith(".bare"), row["id"]  # bare: no value to speak of
        assert "{" not in re.sub(r"<<.*?>>", "", row["text"], flags=re.DOTALL), row["id"]


@pytest.mark.parametrize(
    ("planted", "code"),
    [
        ("", 0),
        ("インシデントが発生しました。", 1),
        ("ただちにパスワードを教えてください。", 1),
        ("絶対に安全です。", 1),
    ],
    ids=["as it is", "jargon", "asks a secret", "promises safety"],
)
def test_a_planted_bad_word_fails(
    street: Street, listed: list[dict[str, str]], planted: str, code: int
) -> None:
    text = listed[0]["text"].replace(
        "■ どのくらい危険か\n",
        f"■ どのくらい危険か\n{planted}\n" if planted else "■ どのくらい危険か\n",
    )
    done = street.tower.command("texts", "check", "-", "--format", "json", stdin=text)
    assert done.returncode == code, (done.stdout, done.stderr)
    assert bool(json.loads(done.stdout or "[]")) is bool(code)


def _make(street: Street, visitor: Visitor, sender: str, name: str) -> Answer:
    """Add a source by its form; the page with its setting."""
    path = f"/companies/{street.companies['aoba'].id}/sources/new/{sender}/"
    page = visitor.press(visitor.open(path).form(f"{sender}/"), name=name, consent="on")
    assert page.path.endswith("/setup/"), page.seen
    return page


def _blocks(page: Answer) -> list[str]:
    """What a person copies: the text of each block."""
    found = re.findall(r'<pre[^>]*id="block\d+"[^>]*>(.*?)</pre>', page.text, re.DOTALL)
    return [_plain(each) for each in found]


def _plain(markup: str) -> str:
    return html.unescape(markup)


def _token(page: Answer) -> str:
    found = re.search(r"Authorization: Bearer ([^\"\s]+)", page.seen)
    assert found, page.seen
    return found[1]


def _waited(visitor: Visitor, source: str, words: str) -> Answer:
    page = wait_for(
        lambda: next((p for p in [visitor.open(f"/sources/{source}/")] if words in p.seen), None),
        seconds=10,
    )
    assert page, visitor.open(f"/sources/{source}/").seen
    return page


def _arrives(visitor: Visitor, source: str, address: tuple[str, int]) -> bool:
    """Datagrams before the listener opened are lost, as in life: send until one is there."""
    udp(address, b"<b>kore wa nani</b>")
    return "まだ届いていません" not in visitor.open(f"/sources/{source}/").seen


def _has(page: Answer, action: str) -> bool:
    return any(form.action.endswith(action) for form in page.forms)
