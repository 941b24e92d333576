"""The day's work as a list of jobs (work.yml), and the stage on which one is done for real.

As root the stage has its own /etc, /dev, /root and /home, thrown away afterwards: accounts and
settings are changed where a machine has them, and this machine keeps its own. Otherwise a folder
must do.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

LOG = "system-log"  # in the job's folder: where the stage's /dev/log leads
PERSON, NUMBER = "taro", 59_000  # who does the work, also under which login the kernel records it
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_TABLE = Path(__file__).with_name("work.yml")
_STAGE = """
set -e
mount -t tmpfs tmpfs /home
case "$BASE" in /root/*) # a Python in root's home is for users too, here
  mkdir "$FOLDER/base"; mount --bind "$BASE" "$FOLDER/base"; mount -t tmpfs -o mode=755 tmpfs /root
  mkdir -p "$BASE"; mount --bind "$FOLDER/base" "$BASE";;
*) mount -t tmpfs -o mode=700 tmpfs /root;;
esac
mkdir "$FOLDER/dev"; mount -t tmpfs -o mode=755 tmpfs "$FOLDER/dev"
for node in null zero full random urandom tty; do cp -a /dev/$node "$FOLDER/dev/"; done
ln -s /proc/self/fd "$FOLDER/dev/fd"; mkdir "$FOLDER/dev/shm"; touch "$FOLDER/dev/log"
mount --bind "$FOLDER/{log}" "$FOLDER/dev/log"; mount --move "$FOLDER/dev" /dev
cp -a /etc "$FOLDER/etc"; mount --bind "$FOLDER/etc" /etc
echo "{person}:x:{number}:{number}::/home/{person}:/bin/bash" >> /etc/passwd
echo "{person}:x:{number}:" >> /etc/group
echo "{person}:*:20000:0:99999:7:::" >> /etc/shadow
mkdir -m 750 /home/{person}; chown {number}:{number} /home/{person}
cd "{home}"
{write}; chmod 755 work.sh
{before}
exec setpriv {identity} --reset-env bash ./work.sh
"""
STARTED = 'a1="./work.sh"'  # stands in the record of the job's own shell
# A script as people have them, not one long argument that every rule looks into.
_WRITE = """printf 'PYTHON=%s\\n%s' "$PYTHON" "$SCRIPT" > work.sh"""
_USER = f"--reuid {NUMBER} --regid {NUMBER} --clear-groups"
_ADMIN = "--reuid 0"


@dataclass(frozen=True, slots=True)
class Job:
    """One thing that is done `times_a_day`; `by_admin`: as root, the others as a user."""

    name: str
    says: str
    times_a_day: float
    by_admin: bool
    needs: tuple[str, ...]
    script: str


def read_jobs() -> list[Job]:
    """The table, in the order of the day."""
    rows = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    return [
        Job(
            row["name"],
            row["says"],
            row["times_a_day"],
            row["as"] == "admin",
            tuple(row["needs"]),
            row["script"],
        )
        for row in rows
    ]


def has_stage() -> bool:
    """Whether accounts and settings can be changed without touching this machine's own."""
    return os.geteuid() == 0 and bool(shutil.which("unshare") and shutil.which("setpriv"))


def missing(job: Job) -> list[str]:
    """What the job needs and this machine does not have."""
    return [need for need in job.needs if not _is_there(need)]


def command_of(job: Job, *, folder: Path, before: str = "") -> tuple[list[str], dict[str, str]]:
    """The command that does the job, and its environment. `before` runs on the stage at the
    moment from which everything is the job's own."""
    environment = {
        "PATH": _PATH,
        "PYTHON": sys.executable,
        "BASE": sys.base_prefix,
        "FOLDER": str(folder),
        "SCRIPT": job.script,
        "HOME": str(folder),
        "LANG": "C.UTF-8",
    }
    if not has_stage():
        return ["sh", "-c", f'cd "$FOLDER"; {_WRITE}; exec bash ./work.sh'], environment
    stage = _STAGE.format(
        log=LOG,
        number=NUMBER,
        person=PERSON,
        home="/root" if job.by_admin else f"/home/{PERSON}",
        write=_WRITE,
        before=before,
        identity=_ADMIN if job.by_admin else _USER,
    )
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", stage], environment


def _is_there(need: str) -> bool:
    if look := _LOOKS.get(need):
        return look()
    return shutil.which(need, path=_PATH) is not None


_LOOKS: dict[str, Callable[[], bool]] = {
    "own-etc": has_stage,
    "python": lambda: True,
    "python-with-venv": lambda: importlib.util.find_spec("ensurepip") is not None,
    "python-with-typst": lambda: importlib.util.find_spec("typst") is not None,
}
