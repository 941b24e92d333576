"""The noise benchmark counts what it says, and writes records as auditd would."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from benchmarks.noise import OWN_RULES, work
from benchmarks.noise.measure import Recording, noise_of
from benchmarks.noise.traced import Tracer

from hinomi.core.records import Event, RawRecord
from hinomi.normalise import read_record

if TYPE_CHECKING:
    from pathlib import Path

RECEIVED = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
JOBS = work.read_jobs()
NEW_ACCOUNT = (
    "Nov 20 10:00:00 office useradd[7]: new user: name=hana, UID=1001, GID=1001,"
    " home=/home/hana, shell=/bin/bash, from=none\n"
)


@pytest.fixture
def tracer() -> Tracer:
    one = Tracer()
    one._serial, one._programs = 0, {}
    return one


def _fields(record: str) -> dict[str, str]:
    raw = RawRecord("E", "aoi", "s", "auto", "Asia/Tokyo", RECEIVED, record.encode())
    event = read_record(raw)
    assert isinstance(event, Event)
    return dict(event.fields)


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_job_is_a_script_that_a_shell_can_read(job: work.Job) -> None:
    subprocess.run(["bash", "-n"], input=job.script.encode(), check=True)
    assert job.times_a_day > 0


def test_a_program_seen_by_strace_reads_as_the_kernel_would_have_said(tracer: Tracer) -> None:
    line = '77 1795281592.948123 execve("/usr/bin/ls", ["ls", "-la", "a b\\"c"], 0x7f /* 3 */) = 0'
    call, given, path, title = map(_fields, tracer.records_of(line))
    assert call["type"] == "SYSCALL"
    assert (call["syscall"], call["exe"], call["comm"]) == ("59", "/usr/bin/ls", "ls")
    assert (given["type"], given["argc"], given["a1"]) == ("EXECVE", "3", "-la")
    assert path["name"] == "/usr/bin/ls"
    assert title["proctitle"] == 'ls -la a b"c'


def test_a_failed_call_leaves_the_program_as_it_was(tracer: Tracer) -> None:
    list(tracer.records_of('77 1.000 execve("/usr/bin/sh", ["sh"], 0x7f /* 3 */) = 0'))
    failed = list(tracer.records_of('77 1.001 execve("/no", ["no"], 0x7f /* 3 */) = -1 ENOENT (…)'))
    assert "success=no exit=-1" in failed[0]
    assert 'exe="/usr/bin/sh"' in failed[0]


def test_unfinished_calls_and_strangers_are_no_records(tracer: Tracer) -> None:
    for line in ('77 1.000 execve("/x", ["x"] <unfinished ...>', "77 1.0 +++ exited with 0 +++"):
        assert list(tracer.records_of(line)) == []


def test_a_job_done_twice_a_day_counts_twice(tmp_path: Path) -> None:
    log = tmp_path / "accounts.log"
    log.write_text(NEW_ACCOUNT + NEW_ACCOUNT.replace("hana", "mio"))
    job = work.Job("accounts", "", 2, True, (), "")
    figures = noise_of([Recording(job, (log,))], [OWN_RULES], name="own")
    assert figures["own_findings_per_device_day"] == 4
    assert figures["own_findings_above_low_per_device_day"] == 4
    assert figures["own_findings_per_1000_records"] == 1000
    assert figures["own_noisiest"][0]["jobs"] == "accounts 2"


def test_a_job_that_was_left_out_counts_nothing(tmp_path: Path) -> None:
    job = work.Job("web", "", 3, False, ("curl",), "")
    figures = noise_of([Recording(job, (), "needs curl")], [OWN_RULES], name="own")
    assert figures["own_findings_per_device_day"] == 0
    assert figures["own_findings_per_1000_records"] == 0
