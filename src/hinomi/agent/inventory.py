"""What the machine is: system, updates that wait, programs, protection, encryption, backup, admins.

Read from files where they say it; two commands at most, once a day. What cannot be found out is
left out, never guessed.
"""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hinomi.agent.sysmon import Sent

_OS_FIELDS = ("ID", "VERSION_ID", "PRETTY_NAME")
_ADMIN_GROUPS = ("sudo", "wheel", "admin")
_PER_RECORD = 400  # packages in one record
_TIMEOUT_S = 120
_WATCHED = (
    "var/lib/dpkg/status", "var/lib/rpm/rpmdb.sqlite", "var/lib/rpm/Packages", "etc/group",
    "etc/passwd", "etc/os-release", "run/reboot-required",
)  # fmt: skip
# Program or folder → what it is called; by their own manuals.
_PROTECTION = {
    "usr/sbin/clamd": "ClamAV", "opt/ds_agent": "Trend Micro Deep Security",
    "opt/sophos-spl": "Sophos", "opt/CrowdStrike": "CrowdStrike Falcon",
    "opt/sentinelone": "SentinelOne", "opt/eset/efs": "ESET",
    "opt/f-secure/linuxsecurity": "WithSecure", "opt/microsoft/mdatp": "Microsoft Defender",
    "opt/bitdefender-security-tools": "Bitdefender", "opt/kaspersky/kesl": "Kaspersky",
    "opt/McAfee": "Trellix", "opt/hurukai": "HarfangLab", "var/ossec": "Wazuh",
}  # fmt: skip
_BACKUP = {
    "borg": "BorgBackup", "restic": "restic", "duplicity": "Duplicity", "rsnapshot": "rsnapshot",
    "timeshift": "Timeshift", "bacula-fd": "Bacula", "bareos-fd": "Bareos",
    "veeamconfig": "Veeam", "urbackupclientctl": "UrBackup", "amandad": "Amanda",
    "kopia": "Kopia", "backuppc": "BackupPC", "rdiff-backup": "rdiff-backup",
}  # fmt: skip


def inventory(
    root: Path = Path("/"), *, run: Callable[[Sequence[str]], str] | None = None
) -> list[Sent]:
    """The records of one look: the summary, then the packages in parts. May take seconds."""
    ask = run or _output
    packages = _packages(root, ask)
    pending = _pending(root, ask)
    release = _release(root)
    summary: Sent = {
        "hinomi": "inventory",
        "os": release.get("ID", ""),
        "os_version": release.get("VERSION_ID", ""),
        "os_name": release.get("PRETTY_NAME", ""),
        "kernel": os.uname().release,
        "packages": str(len(packages)),
        "needs_restart": str((root / "run/reboot-required").exists()).lower(),
        "protection": _found(root, _PROTECTION),
        "backup": sorted({name for tool, name in _BACKUP.items() if _program(root, tool)}),
        "is_encrypted": str(_is_encrypted(root)).lower(),
        "administrators": _administrators(),
    }
    if pending is not None:
        summary |= {"updates_pending": str(len(pending)), "updates": pending[:_PER_RECORD]}
    parts = [packages[at : at + _PER_RECORD] for at in range(0, len(packages), _PER_RECORD)]
    rest: list[Sent] = [
        {"hinomi": "packages", "part": f"{number}/{len(parts)}", "packages": part}
        for number, part in enumerate(parts, 1)
    ]
    return [summary, *rest]


def fingerprint(root: Path = Path("/")) -> str:
    """Changes when something the inventory tells may have changed. Cheap: sizes and times."""
    digest = hashlib.sha256()
    for name in _WATCHED:
        try:
            stat = (root / name).stat()
            digest.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
        except OSError:
            digest.update(f"{name} -\n".encode())
    return digest.hexdigest()


def _release(root: Path) -> dict[str, str]:
    try:
        text = (root / "etc/os-release").read_text("utf-8", "replace")
    except OSError:
        return {}
    pairs = (line.partition("=") for line in text.splitlines())
    return {name: value.strip("\"'") for name, _, value in pairs if name in _OS_FIELDS}


def _packages(root: Path, ask: Callable[[Sequence[str]], str]) -> list[str]:
    status = root / "var/lib/dpkg/status"
    if status.exists():
        return sorted(_of_dpkg(status))
    if shutil.which("rpm"):
        lines = ask(("rpm", "-qa", "--qf", "%{NAME} %{VERSION}-%{RELEASE}\n")).splitlines()
        return sorted(filter(None, lines))
    return []


def _of_dpkg(status: Path) -> Iterator[str]:
    """Line by line: the file has megabytes, and we have forty in all."""
    name = version = ""
    is_installed = False
    try:
        with status.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.startswith("Package: "):
                    name, version, is_installed = line[9:].strip(), "", False
                elif line.startswith("Status: "):
                    is_installed = line.rstrip().endswith(" installed")
                elif line.startswith("Version: "):
                    version = line[9:].strip()
                elif line == "\n" and name and is_installed:
                    yield f"{name} {version}"
                    name = ""
    except OSError:
        return
    if name and is_installed:
        yield f"{name} {version}"


def _pending(root: Path, ask: Callable[[Sequence[str]], str]) -> list[str] | None:
    """Names of packages that have an update, by what the system knows already; None: unknown."""
    if (root / "var/lib/dpkg/status").exists() and shutil.which("apt-get"):
        lines = ask(("apt-get", "-s", "-q", "-o", "Debug::NoLocking=1", "upgrade")).splitlines()
        return sorted(line.split()[1] for line in lines if line.startswith("Inst "))
    if shutil.which("dnf"):
        lines = ask(("dnf", "-q", "-C", "check-update")).splitlines()
        rows = [line.split() for line in lines]
        return sorted(row[0] for row in rows if len(row) == 3 and "." in row[0])
    return None


def _found(root: Path, table: dict[str, str]) -> list[str]:
    return sorted({name for path, name in table.items() if (root / path).exists()})


def _program(root: Path, name: str) -> bool:
    return any(
        (root / folder / name).exists() for folder in ("usr/bin", "usr/sbin", "usr/local/bin")
    )


def _is_encrypted(root: Path) -> bool:
    """Whether any disk below is opened by LUKS."""
    for uuid in (root / "sys/block").glob("dm-*/dm/uuid"):
        try:
            if uuid.read_text("ascii", "replace").startswith("CRYPT-"):
                return True
        except OSError:
            continue
    return False


def _administrators() -> list[str]:
    """Who is root by number, or may become it by a group."""
    found = {each.pw_name for each in pwd.getpwall() if each.pw_uid == 0}
    for name in _ADMIN_GROUPS:
        try:
            group = grp.getgrnam(name)
        except KeyError:
            continue
        found |= set(group.gr_mem)
        found |= {each.pw_name for each in pwd.getpwall() if each.pw_gid == group.gr_gid}
    return sorted(found)


def _output(command: Sequence[str]) -> str:
    """What a command says; nothing when it fails. At the lowest priority."""
    try:
        done = subprocess.run(
            ["nice", "-n", "19", *command],
            capture_output=True,
            timeout=_TIMEOUT_S,
            env={"LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")
