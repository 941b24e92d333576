"""The files for a Windows PC: complete, for this company's source, without the token."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
import yaml

from hinomi.agent.kit import kit_texts, write_kit
from hinomi.agent.unit import unit_text
from hinomi.core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

ENDPOINT = "https://tower.example.jp:8421/ingest/v1/events"


def _kit(sender: str, *, company: str = "葵製作所") -> dict[str, str]:
    return kit_texts(endpoint=ENDPOINT, company=company, sender=sender)


def test_winlogbeat_sends_to_this_source_with_a_token_from_its_keystore() -> None:
    settings = yaml.safe_load(_kit("winlogbeat")["winlogbeat.yml"])
    output = settings["output.elasticsearch"]
    assert output["hosts"] == ["https://tower.example.jp:8421"]
    assert output["password"] == "${HINOMI_TOKEN}"
    names = [each["name"] for each in settings["winlogbeat.event_logs"]]
    assert "Microsoft-Windows-Sysmon/Operational" in names


def test_the_collector_of_opentelemetry_uses_every_receiver_it_declares() -> None:
    settings = yaml.safe_load(_kit("otelcol")["otelcol.yml"])
    assert settings["exporters"]["otlphttp/hinomi"]["logs_endpoint"] == (
        "https://tower.example.jp:8421/v1/logs"
    )
    pipeline = settings["service"]["pipelines"]["logs"]
    assert pipeline["receivers"] == list(settings["receivers"])
    assert settings["service"]["extensions"] == list(settings["extensions"])


def test_the_settings_of_sysmon_are_well_formed_and_name_no_rule_twice() -> None:
    root = ElementTree.fromstring(_kit("winlogbeat")["sysmon.xml"].encode())
    kinds = [rule.tag for group in root.iter("RuleGroup") for rule in group]
    assert root.attrib["schemaversion"] == "4.50"
    assert len(kinds) == len(set(kinds)) >= 8


@pytest.mark.parametrize("sender", ["winlogbeat", "otelcol"])
def test_nothing_is_left_to_fill_in_and_every_text_says_it_is_untested(sender: str) -> None:
    texts = _kit(sender)
    for name, text in texts.items():
        assert not re.search(
            r"(?<![$@])\{(endpoint|base|logs|sender|config|program|company)\}", text
        )
        if name.endswith((".ps1", ".md")):
            assert "実機のWindowsでは未確認" in text
    assert ENDPOINT in texts["hinomi.ps1"]
    assert "葵製作所" in texts["README.ja.md"]


def test_brackets_of_the_script_close() -> None:
    """PowerShell is not here to read it; a lost bracket would be found by the customer."""
    script = re.sub(r"'[^'\n]*'|#.*", "", _kit("winlogbeat")["hinomi.ps1"])
    for opened, closed in ("{}", "()", "[]"):
        assert script.count(opened) == script.count(closed)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://tower.example.jp/ingest/v1/events'; Remove-Item C:\\",
        "https://tower.example.jp/$(calc)/ingest/v1/events",
        "https://tower.example.jp:8421/",
        "file:///etc/passwd",
        'https://x"\n/ingest/v1/events',
    ],
)
def test_an_address_that_would_run_something_is_refused(endpoint: str) -> None:
    with pytest.raises(UsageError):
        kit_texts(endpoint=endpoint, company="x", sender="winlogbeat")


def test_a_hostile_company_name_stays_text() -> None:
    text = _kit("winlogbeat", company="a\n# b\n<script>{endpoint}`x`")["README.ja.md"]
    assert "<script>" not in text
    assert "# a  b" not in text
    assert "\n# b" not in text
    assert "{endpoint}" in text


def test_files_are_written_as_windows_reads_them(tmp_path: Path) -> None:
    paths = write_kit(tmp_path / "kit", endpoint=ENDPOINT, company="文商店", sender="winlogbeat")
    assert {path.name for path in paths} == {
        "README.ja.md", "hinomi.ps1", "sysmon.xml", "winlogbeat.yml",
    }  # fmt: skip
    script = (tmp_path / "kit" / "hinomi.ps1").read_bytes()
    assert script.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in script


def test_the_unit_runs_the_command_on_its_folder_with_few_rights() -> None:
    text = unit_text(command="/usr/bin/hinomi", data="/var/lib/hinomi-agent")
    assert "ExecStart=/usr/bin/hinomi agent run --data /var/lib/hinomi-agent" in text
    assert "CAP_SYS_ADMIN" not in text
    assert "NoNewPrivileges=yes" in text
