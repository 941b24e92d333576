"""The papers of a case: from fields, 「案」 until settled, PDF and Word; evidence with hashes."""

from __future__ import annotations

import hashlib
import io
import subprocess
import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from hinomi.core.findings import Evidence, Finding
from hinomi.core.words import Disposition, Level
from hinomi.pipeline.report.docx import render_docx
from hinomi.pipeline.report.paper import Paper, Part, Table
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import now
from hinomi.portal.incidents.models import IncidentFinding, TimelineEntry
from hinomi.portal.papers.kinds import KINDS, kind_of
from hinomi.portal.papers.models import Draft
from hinomi.respond.check import texts_check
from hinomi.store.finding_json import encode_finding
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from tests.portal.town import Town

pytestmark = pytest.mark.django_db
_TEXT = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"


def page(town: Town, kind: str) -> str:
    return f"/queue/{town.aoba.incident.number}/papers/{kind}/"


@pytest.fixture
def desk(town: Town) -> Client:
    return sign_in(town.people["desk", "own"])


def words_of(document: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(document)) as opened:
        for name in opened.namelist():
            ElementTree.fromstring(opened.read(name))  # each part is XML
        tree = ElementTree.fromstring(opened.read("word/document.xml"))
    return "\n".join(each.text or "" for each in tree.iter(_TEXT))


@pytest.mark.parametrize("kind", KINDS)
def test_each_paper_is_a_draft_until_a_person_settles_it(
    desk: Client, town: Town, kind: str
) -> None:
    name = kind_of(kind).fields[0].name
    said = {"seen": 0, name: "調べています。\n二行目"}
    for _ in range(2):
        assert desk.post(page(town, kind), said).status_code == 302
    row = Draft.objects.of(town.aoba.organisation.id).get()
    assert (row.version, row.settled_at) == (1, None)
    draft = words_of(desk.get(page(town, kind) + "docx/").content)
    assert "【案】" in draft
    assert "二行目" in draft
    assert desk.post(page(town, kind), said | {"seen": 1, "settle": "yes"}).status_code == 302
    final = words_of(desk.get(page(town, kind) + "docx/").content)
    assert "案" not in final.replace("案件", "")
    assert desk.post(page(town, kind), said | {"seen": 1, name: "別"}).status_code == 302
    assert "【案】" in words_of(desk.get(page(town, kind) + "docx/").content), "a draft again"


def test_two_people_do_not_overwrite_each_other(desk: Client, town: Town) -> None:
    desk.post(page(town, "first"), {"seen": 0, "outline": "一人目"})
    stale = desk.post(page(town, "first"), {"seen": 0, "outline": "二人目"})
    assert stale.status_code == 422
    assert "二人目" in stale.content.decode()
    assert Draft.objects.of(town.aoba.organisation.id).get().fields["outline"] == "一人目"
    again = desk.post(page(town, "first"), {"seen": 1, "outline": "二人目"})
    assert again.status_code == 302
    too_long = desk.post(page(town, "first"), {"seen": 2, "outline": "あ" * 4001})
    assert too_long.status_code == 422


def test_the_pdf_is_tagged_and_says_draft(desk: Client, town: Town) -> None:
    desk.post(page(town, "first"), {"seen": 0, "outline": "名簿が開けません"})
    answer = desk.get(page(town, "first") + "pdf/")
    assert answer["Content-Type"] == "application/pdf"
    read = PdfReader(io.BytesIO(answer.content))
    assert read.root_object["/MarkInfo"]["/Marked"]  # type: ignore[index]
    text = "".join(each.extract_text() for each in read.pages)
    assert "案" in text
    assert "名簿が開けません" in text
    assert "お客様の返事" in text


def test_only_starred_lines_go_into_the_report(desk: Client, town: Town) -> None:
    for text, starred in (("載せる行", True), ("載せない行", False)):
        TimelineEntry.objects.create(
            organisation=town.aoba.organisation,
            incident=town.aoba.incident,
            kind="fact",
            text=text,
            starred=starred,
        )
    words = words_of(desk.get(page(town, "final") + "docx/").content)
    assert "載せる行" in words
    assert "載せない行" not in words


def test_hostile_words_stay_words_in_word() -> None:
    nasty = "<w:br/>&\x00\x1b[31m\u202e]]>"
    document = render_docx(
        Paper(
            title=nasty,
            to=nasty,
            by=nasty,
            made=nasty,
            parts=(Part(title=nasty, text=(nasty,), table=Table((nasty,), ((nasty,),))),),
            warning=nasty,
            sign=(nasty,),
        )
    )
    words = words_of(document)
    assert "<w:br/>&" in words
    assert not set("\x00\x1b\u202e") & set(words)


def find(town: Town) -> None:
    """A finding with a record as written, one whose line was too long, and a hostile id."""
    moment, incident = now(), town.aoba.incident
    finding = Finding(
        id="f1",
        organisation=incident.organisation_id,
        source=town.aoba.source.id,
        rule_id="r1",
        rule_title="t",
        level=Level.HIGH,
        event_time=moment,
        receive_time=moment,
        device="PC",
        user="",
        case=incident.kind,
        disposition=Disposition.SEEN,
        tags=(),
        why=(),
        evidence=(
            Evidence("e1", moment, {}, b"raw \xff\x00 line"),
            Evidence("../../e2\n", moment, {"url": "長い行"}, b""),
        ),
        slots={},
        late=False,
        rule_pack="",
        directory_generation=0,
    )
    IncidentFinding.objects.create(
        organisation=town.aoba.organisation,
        incident=incident,
        finding_id="f1",
        partition=1,
        seq=1,
        event_at=moment,
        body=encode_finding(finding),
    )


def test_the_evidence_proves_itself(desk: Client, town: Town, tmp_path: Path) -> None:
    find(town)
    address = page(town, "evidence")
    shown = desk.get(address)
    answer = desk.post(address)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        opened.extractall(tmp_path)
        records = [name for name in opened.namelist() if name != "manifest.txt"]
    assert len(records) == 2
    assert (tmp_path / records[0]).read_bytes() == b"raw \xff\x00 line"
    assert not any(".." in name.split("/") for name in records)
    lines = (tmp_path / "manifest.txt").read_text().splitlines()
    assert len(lines) == len(records) == shown.context["page"].total
    for line in lines:
        digest, name = line.split("  ")
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == digest
        assert digest in shown.content.decode()
    checking = ["sha256sum", "-c", "manifest.txt"]
    assert subprocess.run(checking, cwd=tmp_path, check=False, capture_output=True).returncode == 0
    (tmp_path / records[0]).write_bytes(b"changed")
    assert subprocess.run(checking, cwd=tmp_path, check=False, capture_output=True).returncode == 1
    assert AuditEntry.objects.filter(what="papers:evidence:take_out").count() == 1


def test_another_company_s_papers_do_not_exist(town: Town) -> None:
    other = sign_in(town.people["desk", "other firm"])
    for kind in (*KINDS, "evidence"):
        assert other.get(page(town, kind)).status_code == 404
        assert other.post(page(town, kind), {"seen": 0}).status_code == 404


def test_the_letter_to_partners_is_in_plain_words() -> None:
    parts = kind_of("partner").parts
    assert not texts_check("\n".join(line for each in parts for line in (*each.text, *each.points)))
