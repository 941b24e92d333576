"""The house holds: start-up stays light, lock files name no host, everything is documented."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hinomi.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]


def loaded_after(statement: str) -> set[str]:
    """Top-level packages a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport sys; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.split())


def test_the_command_line_starts_without_heavy_libraries() -> None:
    """`hinomi --help` answers at once; Django and pyarrow would make it a second."""
    loaded = loaded_after("import hinomi.cli.main")
    assert not loaded & {"django", "pyarrow", "duckdb", "rich", "yaml", "jinja2"}


def test_collect_stays_small() -> None:
    """90 MB for the process that must never fall: no columns, no rules, no portal."""
    loaded = loaded_after("import hinomi.pipeline.collect")
    assert not loaded & {"django", "pyarrow", "duckdb", "evtx", "yaml"}


def test_the_relay_needs_the_standard_library_and_few_wheels() -> None:
    """80 MB on a small box: of all our libraries only one decoder."""
    loaded = loaded_after("import hinomi.pipeline.relay.process, hinomi.pipeline.relay.enrolling")
    heavy = {"django", "pyarrow", "numpy", "duckdb", "pysqlite3", "uvicorn", "cryptography", "yaml"}
    assert not loaded & heavy
    code = "import hinomi.pipeline.relay.process, sys; print('hinomi.detect' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_screens_and_bell_stay_small(tmp_path: Path) -> None:
    """Columns cost each of them 50 MB: what looks into the lake does so in a process of its own, or
    loads them when somebody asks."""
    loaded = loaded_after(
        f"import os; os.environ['HINOMI_DATA'] = {str(tmp_path)!r}\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'hinomi.portal.settings'\n"
        "import django; django.setup()\n"
        "import hinomi.portal.bell, hinomi.portal.urls"
    )
    assert not loaded & {"pyarrow", "numpy", "duckdb"}


def test_the_data_path_runs_without_django() -> None:
    """`pip install hinomi` alone must watch and scan."""
    loaded = loaded_after("import hinomi.pipeline.worker, hinomi.pipeline.scan")
    assert "django" not in loaded


def test_the_agent_stays_small() -> None:
    """40 MB on a customer's machine: the standard library and nothing else."""
    loaded = loaded_after("import hinomi.agent.opening, hinomi.agent.kit, hinomi.cli.agent")
    heavy = {"django", "pyarrow", "duckdb", "orjson", "msgspec", "yaml", "pysqlite3", "asyncio"}
    assert not loaded & heavy


@pytest.mark.parametrize("name", ["core", "extras", "dev"])
def test_lock_files_are_hashed_and_name_no_host(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert "--hash=sha256:" in text
    assert not re.search(r"https?://|--index-url|--find-links", text)


def test_every_command_is_documented() -> None:
    text = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    assert not [name for name in COMMANDS if f"`hinomi {name}" not in text]


def test_every_setting_is_documented() -> None:
    code = (ROOT / "src" / "hinomi" / "config.py").read_text()
    text = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    names = set(re.findall(r'"(HINOMI_[A-Z_]+)"', code))
    assert names
    assert not [name for name in names if f"`{name}`" not in text]


def test_only_config_reads_the_environment() -> None:
    """A setting read elsewhere is a setting nobody finds. Starting a child process may copy it."""
    readers = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "src").rglob("*.py")
        if re.search(r"os\.environ(\.get|\[\"(?!HINOMI_DATA|DJANGO))|os\.getenv", path.read_text())
        and path.name != "config.py"
    ]
    allowed = {"src/hinomi/cli/demo.py", "src/hinomi/portal/web.py"}
    assert set(readers) <= allowed


def test_no_pattern_repeats_a_group_possessively() -> None:
    """Python before 3.11.5 (Debian 12 has 3.11.2) then misses matches: gh-106052. Single letters
    and classes are safe."""
    wrong = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in (ROOT / "src").rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"\)[*+?]\+|\(\?>", line)
    ]
    assert wrong == []


def test_python_files_stay_readable() -> None:
    """Past 400 lines a file holds two subjects."""
    long = {
        str(path.relative_to(ROOT)): count
        for path in (ROOT / "src").rglob("*.py")
        if "migrations" not in path.parts
        and (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long
