"""The provisioning commands: what they print, and that saying a thing twice changes nothing."""

from __future__ import annotations

import io
import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from hinomi.portal import manage
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import configuration
from hinomi.portal.accounts.models import User
from hinomi.portal.commands.output import print_rows
from hinomi.portal.organisations.models import Engagement, Firm, Membership, Organisation
from hinomi.portal.sources.models import Source
from hinomi.portal.sources.tokens import token_sha256
from hinomi.store.directory import load
from hinomi.store.sealed import unseal
from tests.portal.town import configured

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.town import Town

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test database is migrated already, and no test binds a real port."""
    monkeypatch.setattr(manage, "point_at", lambda **_: None)
    monkeypatch.setattr("hinomi.portal.sources.ports._can_bind", lambda port: True)


@pytest.fixture
def hinomi(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run one command; its JSON answer. Fails when the exit code is not 0."""

    def run(*words: str) -> Any:
        capsys.readouterr()
        code = manage.main([*words, "--format", "json"])
        printed = capsys.readouterr()
        assert code == 0, printed.err
        assert printed.out.count("\n") == 1, "one line of JSON"
        return json.loads(printed.out)

    return run


def test_companies_are_listed_by_name_with_who_serves_them(hinomi: Any) -> None:
    first, second = hinomi("firm", "add", "青空")["id"], hinomi("firm", "add", "夕空")["id"]
    aoba = hinomi("organisation", "add", "青葉工務店", "--firm", first)["id"]
    bunkyo = hinomi("organisation", "add", "文京歯科", "--firm", second)["id"]
    assert {row["id"]: row["firms"] for row in hinomi("organisation", "list")} == {
        aoba: [first],
        bunkyo: [second],
    }
    assert [row["id"] for row in hinomi("organisation", "list", "工務")] == [aoba]
    assert [row["id"] for row in hinomi("organisation", "list", "--firm", second)] == [bunkyo]
    assert hinomi("organisation", "list", "%") == []


def test_sources_are_listed_for_one_company_and_never_with_their_tokens(hinomi: Any) -> None:
    firm = hinomi("firm", "add", "青空")["id"]
    ours, theirs = (
        hinomi("organisation", "add", name, "--firm", firm)["id"] for name in ("青葉", "文京")
    )
    made = hinomi("source", "add", "--organisation", ours, "--kind", "fortigate", "本社")
    hinomi("source", "add", "--organisation", theirs, "--kind", "windows")
    hinomi("source", "revoke", made["token"])
    [row] = hinomi("source", "list", "--organisation", ours)
    assert (row["id"], row["name"], row["kind"]) == (made["id"], "本社", "fortigate")
    assert row["revoked"] is True
    assert made["token"] not in json.dumps(row)


def test_the_same_firm_twice_is_one_firm(hinomi: Any) -> None:
    assert hinomi("firm", "add", "青空") == hinomi("firm", "add", "青空")
    assert Firm.objects.count() == 1


def test_the_same_company_twice_is_one_company(hinomi: Any) -> None:
    first = hinomi("organisation", "add", "青葉工務店")
    assert first["id"].startswith("org_")
    assert hinomi("organisation", "add", "青葉工務店") == first
    assert Organisation.objects.of(first["id"]).count() == 1
    assert Engagement.objects.of(first["id"]).count() == 1


def test_a_company_without_a_firm_named_gets_the_default_firm(hinomi: Any) -> None:
    company = hinomi("organisation", "add", "青葉工務店")["id"]
    assert Engagement.objects.of(company).get().firm == Firm.objects.get()


def test_namesakes_of_two_firms_are_two_companies(hinomi: Any) -> None:
    """A name must never open one firm's customer to another firm."""
    one, two = (hinomi("firm", "add", name)["id"] for name in ("東", "西"))
    east = hinomi("organisation", "add", "鈴木工業", "--firm", one)["id"]
    west = hinomi("organisation", "add", "鈴木工業", "--firm", two)["id"]
    assert east != west
    assert hinomi("organisation", "add", "鈴木工業", "--firm", one)["id"] == east


def test_repeating_the_script_does_not_reopen_an_ended_engagement(hinomi: Any) -> None:
    firm = hinomi("firm", "add", "東")["id"]
    company = hinomi("organisation", "add", "鈴木工業", "--firm", firm)["id"]
    ids = ("--firm", firm, "--organisation", company)
    hinomi("engagement", "end", *ids)
    hinomi("engagement", "end", *ids)
    assert hinomi("organisation", "add", "鈴木工業", "--firm", firm)["id"] == company
    assert not Engagement.objects.of(company).filter(valid_to=None).exists()
    hinomi("engagement", "start", *ids)
    assert Engagement.objects.of(company).filter(valid_to=None).count() == 1


def test_the_same_source_twice_answers_the_same_token(hinomi: Any) -> None:
    company = hinomi("organisation", "add", "青葉工務店")["id"]
    words = ("source", "add", "--organisation", company, "--kind", "fortigate", "本社")
    first = hinomi(*words)
    assert set(first) == {"id", "token", "endpoint"}
    assert hinomi(*words) == first
    source = Source.objects.of(company).get()
    assert source.token_sha256 == token_sha256(first["token"])
    assert first["token"] not in str(vars(source))
    assert source.consent_by_command


def test_sources_of_other_names_and_kinds_are_other_sources(hinomi: Any) -> None:
    company = hinomi("organisation", "add", "青葉工務店")["id"]
    base = ("source", "add", "--organisation", company, "--kind")
    found = [hinomi(*base, *rest) for rest in (["linux"], ["linux", "二号"], ["yamaha"])]
    assert len({row["id"] for row in found}) == 3
    assert len({row["token"] for row in found}) == 3
    assert len({row["endpoint"] for row in found}) == 3, "each syslog source has its own port"


def test_http_kinds_are_sent_to_the_ingest_address(hinomi: Any, data: Path) -> None:
    company = hinomi("organisation", "add", "青葉工務店")["id"]
    words = ("source", "add", "--organisation", company, "--kind", "winlogbeat")
    assert hinomi(*words)["endpoint"] == "http://127.0.0.1:8421/ingest/v1/events"
    (data / "run").mkdir(exist_ok=True)
    told = {"ingest": "http://127.0.0.1:9/ingest/v1/events", "syslog": "127.0.0.9:5514"}
    (data / "run" / "collect.json").write_text(json.dumps(told))
    assert hinomi(*words)["endpoint"] == told["ingest"]
    syslog = hinomi("source", "add", "--organisation", company, "--kind", "syslog")
    assert syslog["endpoint"].startswith("127.0.0.9:")


def test_an_option_given_later_is_taken_over(hinomi: Any) -> None:
    company = hinomi("organisation", "add", "青葉工務店")["id"]
    words = ("source", "add", "--organisation", company, "--kind", "linux")
    hinomi(*words, "--expect-every", "60", "--timezone", "UTC")
    hinomi(*words, "--expect-every", "300")
    source = Source.objects.of(company).get()
    assert (source.expect_every_s, source.timezone) == (300, "UTC")


def test_a_revoked_source_is_published_as_revoked(hinomi: Any) -> None:
    company = hinomi("organisation", "add", "青葉工務店")["id"]
    words = ("source", "add", "--organisation", company, "--kind", "linux")
    first = hinomi(*words)
    hinomi("source", "revoke", first["token"])
    published = load(data=configuration().data).sources
    assert [(source.id, source.is_revoked) for source in published] == [(first["id"], True)]
    assert hinomi(*words)["token"] != first["token"], "the old token never comes back"


def test_each_change_is_published_with_a_new_generation(hinomi: Any) -> None:
    company = hinomi("organisation", "add", "青葉工務店")["id"]
    before = load(data=configuration().data)
    assert [row.name for row in before.organisations] == ["青葉工務店"]
    hinomi("source", "add", "--organisation", company, "--kind", "linux", "--serial", "S1")
    after = load(data=configuration().data)
    assert after.generation == before.generation + 1
    assert after.sources[0].serials == ("S1",)


def test_saying_it_again_publishes_nothing_new(hinomi: Any) -> None:
    company = hinomi("organisation", "add", "青葉工務店")["id"]
    words = ("source", "add", "--organisation", company, "--kind", "linux")
    hinomi(*words)
    generation = load(data=configuration().data).generation
    hinomi(*words)
    assert load(data=configuration().data).generation == generation


@pytest.mark.parametrize("option", [("--address", "192.0.2.7"), ("--serial", "FGT60F001")])
def test_what_identifies_one_company_cannot_identify_another(
    hinomi: Any, option: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = (hinomi("organisation", "add", name)["id"] for name in ("青葉工務店", "文京歯科"))
    hinomi("source", "add", "--organisation", one, "--kind", "fortigate", *option)
    words = ["source", "add", "--organisation", two, "--kind", "fortigate", *option]
    assert manage.main(words) == 1
    assert "another company" in capsys.readouterr().err
    assert not Source.objects.of(two).exists()


def test_the_same_address_twice_is_one_person(hinomi: Any) -> None:
    company = hinomi("organisation", "add", "青葉工務店")["id"]
    words = ("user", "add", "--organisation", company, "--role")
    first = hinomi(*words, "staff", "Aoi@Aoba.example")
    again = hinomi(*words, "owner", "aoi@aoba.example")
    assert first["id"] == again["id"]
    assert User.objects.count() == 1
    assert Membership.objects.of(company).get().role == "owner"


def test_staff_roles_belong_to_the_firm_that_serves_the_company(hinomi: Any) -> None:
    firm = hinomi("firm", "add", "東")["id"]
    company = hinomi("organisation", "add", "鈴木工業", "--firm", firm)["id"]
    hinomi("user", "add", "mamoru@east.example", "--organisation", company, "--role", "analyst")
    membership = Membership.objects.across_all(reason="test").get()
    assert (membership.firm_id, membership.organisation_id) == (firm, None)


def test_a_firm_that_was_dismissed_gets_no_new_people(
    hinomi: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    firm = hinomi("firm", "add", "東")["id"]
    company = hinomi("organisation", "add", "鈴木工業", "--firm", firm)["id"]
    hinomi("engagement", "end", "--firm", firm, "--organisation", company)
    words = ["user", "add", "m@east.example", "--organisation", company, "--role", "desk"]
    assert manage.main(words) == 1
    assert "No firm serves" in capsys.readouterr().err


def test_the_link_is_an_address_of_the_screens(hinomi: Any, settings: SettingsWrapper) -> None:
    company = hinomi("organisation", "add", "青葉工務店")["id"]
    hinomi("user", "add", "aoi@aoba.example", "--organisation", company, "--role", "owner")
    settings.HINOMI = configured(public_url="https://mimamori.example")
    url = hinomi("user", "link", "aoi@aoba.example")["url"]
    assert url.startswith("https://mimamori.example/sign-in/")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["user", "link", "nobody@example.jp"], 1),
        (["incidents", "list", "--organisation", "org_x"], 1),
        (["source", "revoke", "hnm_x"], 1),
        (["source", "add", "--organisation", "org_x", "--kind", "toaster"], 1),
        (["user", "add", "no-address", "--firm", "firm_x", "--role", "desk"], 2),
        (["user", "add", "a@b.example", "--role", "desk"], 2),
        (["user", "add", "a@b.example", "--firm", "f", "--role", "owner"], 2),
        (["nothing"], 2),
    ],
)
def test_trouble_is_1_and_usage_is_2(
    words: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert manage.main(words) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err


def test_lists_are_of_one_company(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    company = town.aoba.organisation.id
    for command in ("incidents", "outbox"):
        words = [command, "list", "--organisation", company, "--format", "jsonl"]
        assert manage.main(words) == 0
        rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert len(rows) == 1
        assert town.fumi.canary not in str(rows)
    assert manage.main(["incidents", "list", "--organisation", company, "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert {"id", "kind", "level", "state", "opened_at"} <= set(row)
    assert row["id"] == town.aoba.incident.number


def test_a_company_without_records_has_an_empty_list(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["events", "list", "--organisation", town.aoba.organisation.id, "--format", "json"]
    assert manage.main(words) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_every_change_leaves_an_audit_entry(hinomi: Any) -> None:
    company = hinomi("organisation", "add", "青葉工務店")["id"]
    source = hinomi("source", "add", "--organisation", company, "--kind", "linux")
    hinomi("source", "revoke", source["token"])
    acts = AuditEntry.objects.filter(organisation_id=company).values_list("what", flat=True)
    assert list(acts) == [
        "organisations:organisation:add",
        "consents:consent:added",
        "sources:source:add",
        "sources:source:revoke",
    ]
    assert source["token"] not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


@pytest.mark.sockets
def test_a_port_that_a_program_holds_is_not_given_out(
    monkeypatch: pytest.MonkeyPatch, settings: SettingsWrapper
) -> None:
    monkeypatch.undo()
    from hinomi.portal.sources.ports import free_port

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        settings.HINOMI = configured(first_source_port=held.getsockname()[1])
        assert free_port() > held.getsockname()[1]


def test_a_table_in_a_file_keeps_ids_and_whole_log_lines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A cut id names nothing; who pipes a list wants to grep it."""
    original = "x" * 600
    print_rows([{"event_id": "01M7Z18MSMEDX9S51DVVV60000", "text": original}], form="table")
    printed = capsys.readouterr().out
    assert "01M7Z18MSMEDX9S51DVVV60000" in printed
    assert printed.count("x") >= len(original)


def test_values_for_rules_are_set_added_removed_and_published(hinomi: Any) -> None:
    company = hinomi("organisation", "add", "青葉工務店")["id"]
    values = ("organisation", "values", "--organisation", company)
    assert hinomi(*values, "set", "servers", "FILESV", "OLDSV")
    hinomi(*values, "add", "servers", "BACKUP*", "FILESV")
    assert hinomi(*values, "remove", "servers", "OLDSV") == [
        {"name": "servers", "values": ["FILESV", "BACKUP*"]}
    ]
    hinomi(*values, "set", "%admins%", "mamoru")
    assert [row["name"] for row in hinomi(*values, "list")] == ["admins", "servers"]
    assert hinomi(*values, "list", "admins") == [{"name": "admins", "values": ["mamoru"]}]
    published = load(data=configuration().data).placeholders[company]
    assert published == {"admins": ("mamoru",), "servers": ("FILESV", "BACKUP*")}
    assert hinomi(*values, "set", "admins") == []


@pytest.mark.parametrize("words", [["add", "servers"], ["set"], ["set", "two words", "x"]])
def test_values_that_make_no_sense_are_a_usage_error(hinomi: Any, words: list[str]) -> None:
    company = hinomi("organisation", "add", "青葉工務店")["id"]
    assert manage.main(["organisation", "values", "--organisation", company, *words]) == 2


LIST = "会社名,機器,シリアル番号\n桜庭商店,FortiGate 40F,SN1\n,FortiGate,SN2\n"


def test_a_list_is_taken_in_once_and_its_faults_are_exit_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "一覧.csv"
    file.write_text(LIST, "cp932")
    firm = Firm.objects.create(name="青空")
    words = ["organisation", "import", str(file), "--firm", firm.id, "--format", "json"]

    def run(*more: str) -> Any:
        assert manage.main([*words, *more]) == 1
        return json.loads(capsys.readouterr().out)

    dry = run("--dry-run")
    assert (dry["new"], dry["fault"], dry["written"]) == (1, 1, False)
    assert not Organisation.objects.across_all(reason="a dry run").exists()
    assert run()["new"] == 1
    again = run()
    assert (again["new"], again["changed"], again["same"]) == (0, 0, 1)
    assert Organisation.objects.across_all(reason="counted").count() == 1
    assert Source.objects.across_all(reason="counted").get().serials == ["SN1"]


@pytest.mark.parametrize("content", [None, b"", "甲,乙\n1,2\n".encode()])
def test_a_file_that_is_no_list_is_refused(
    tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.csv"
    if content is not None:
        file.write_bytes(content)
    assert manage.main(["organisation", "import", str(file)]) in (1, 2)
    assert "→" in capsys.readouterr().err


def test_a_dry_run_makes_not_even_the_first_firm(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("会社名\n桜庭商店\n")
    assert manage.main(["organisation", "import", str(file), "--dry-run", "--format", "json"]) == 0
    assert not Firm.objects.exists()


def test_a_mailbox_is_connected_taught_and_paused(
    hinomi: Any, monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    firm = hinomi("firm", "add", "青空")["id"]
    company = hinomi("organisation", "add", "青葉工務店", "--firm", firm)["id"]
    words = ("mailbox", "add", "箱", "--firm", firm, "--address", "A@tower.example")
    host = ("--host", "imap.example.jp", "--password-stdin")
    monkeypatch.setattr("sys.stdin", io.StringIO("p4ss\n"))
    made = hinomi(*words, *host)["id"]
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert hinomi(*words, *host)["id"] == made
    mine = ("--mailbox", made, "--firm", firm)
    hinomi("mailbox", "accept", "n@console.example", "--domain", "console.example", *mine)
    hinomi("mailbox", "route", "tenant", "青葉", "--organisation", company, *mine)
    assert hinomi("mailbox", "pause", *mine)["paused"] is True
    (row,) = hinomi("mailbox", "list", "--firm", firm)
    assert (row["id"], row["state"]) == (made, "paused")
    told = load(data=data)
    assert unseal(told.mailboxes[0].secret, data=data, about=made) == "p4ss"
    assert [each.value for each in told.mail_routes] == ["青葉"]


@pytest.mark.parametrize(
    "words",
    [
        ("add", "箱", "--address", "a@tower.example"),
        ("accept", "a@b.example", "--mailbox", "mbx_none", "--domain", "b.example"),
        ("pause", "--mailbox", "mbx_none"),
    ],
)
def test_a_mailbox_that_cannot_be_is_refused(words: tuple[str, ...]) -> None:
    assert manage.main(["mailbox", *words]) in (1, 2)


def test_a_route_never_leads_out_of_the_firm(town: Town) -> None:
    words = ["mailbox", "route", "tenant", "x", "--mailbox", town.aoba.mailbox.pk]
    words += ["--firm", town.firm.id, "--organisation"]
    assert manage.main([*words, town.umi.organisation.id]) == 2
    assert manage.main([*words, town.aoba.organisation.id]) == 0
