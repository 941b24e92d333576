"""Records by strace where the kernel's audit is refused, written as auditd would write them.

It sees programs started and files renamed, removed and given other rights: not the records that
programs send to the kernel themselves (ADD_USER and the like).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from benchmarks.noise import work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

# The call → its number on x86_64, and the audit key of the kernel's rules for it.
_CALLS = {
    "execve": (59, "exec"), "rename": (82, "delete"), "renameat": (264, "delete"),
    "renameat2": (316, "delete"), "unlink": (87, "delete"), "unlinkat": (263, "delete"),
    "chmod": (90, "perm_mod"), "fchmodat": (268, "perm_mod"), "chown": (92, "perm_mod"),
    "fchownat": (260, "perm_mod"),
}  # fmt: skip
_LINE = re.compile(r"(\d+) +(\d+\.\d{3})\d* (\w+)\((.*)\) += (-?\d+)")
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9a-f]{2})|(.))")
_NAMED = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f"}
_MOST_S = 240.0


class Refused(Exception):
    """There is no strace."""


class Tracer:
    """Follows a job and all it starts. Slower than the kernel's audit by far."""

    name = "strace"

    def __enter__(self) -> Tracer:
        if shutil.which("strace") is None:
            raise Refused("strace is not installed")
        self._serial = 0
        self._programs: dict[str, str] = {}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._programs.clear()

    def record(self, job: work.Job, *, folder: Path, into: Path) -> int:
        """Do the job and write its records; its exit code."""
        command, environment = work.command_of(job, folder=folder)
        trace = into.with_suffix(".trace")
        asked = f"trace={','.join(_CALLS)}"
        with into.with_suffix(".out").open("wb") as output:
            code = subprocess.run(
                ["strace", "-ff", "-ttt", "-s", "4096", "-o", trace, "-e", asked, *command],
                env=environment, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, timeout=_MOST_S, check=False,
            ).returncode  # fmt: skip
        seen = _in_order(trace)
        # What came before the job's own shell is the stage being set.
        start = next((n for n, line in enumerate(seen) if '["bash", "./work.sh"]' in line), 0)
        records = [record for line in seen[start:] for record in self.records_of(line)]
        into.write_text("".join(f"{record}\n" for record in records), encoding="utf-8")
        return code

    def records_of(self, line: str) -> Iterator[str]:
        """What the audit would have said of one finished call."""
        found = _LINE.match(line)
        if not found or found[3] not in _CALLS:
            return
        pid, moment, call, arguments, result = found.groups()
        number, key = _CALLS[call]
        texts = [_bytes_of(text) for text in _TEXT.findall(arguments)]
        if not texts:
            return
        self._serial += 1
        if call == "execve" and result == "0":
            self._programs[pid] = texts[0].decode("utf-8", "replace")
        program = self._programs.get(pid, "")
        head = f"msg=audit({moment}:{self._serial}):"
        yield (
            f"type=SYSCALL {head} arch=c000003e syscall={number}"
            f" success={'no' if result.startswith('-') else 'yes'} exit={result} pid={pid}"
            f" auid={work.NUMBER} uid={os.getuid()} tty=(none)"
            f" comm={_said(program.rpartition('/')[2][:15].encode())}"
            f' exe={_said(program.encode())} key="{key}"'
        )
        if call == "execve":
            given = " ".join(f"a{n}={_said(text)}" for n, text in enumerate(texts[1:]))
            yield f"type=EXECVE {head} argc={len(texts) - 1} {given}"
        paths = texts[:1] if call == "execve" else texts
        for item, path in enumerate(paths):
            yield f"type=PATH {head} item={item} name={_said(path)} nametype=NORMAL"
        if call == "execve":
            title = b"\0".join(texts[1:]).hex().upper()
            yield f"type=PROCTITLE {head} proctitle={title}"


def _in_order(trace: Path) -> list[str]:
    """strace writes a file for each process, so that no call is cut in two by another's."""
    lines = []
    for file in trace.parent.glob(f"{trace.name}.*"):
        text = file.read_text(encoding="utf-8", errors="replace")
        lines += [f"{file.suffix[1:]} {line}" for line in text.splitlines()]
        file.unlink()
    return sorted(lines, key=lambda line: line.split(" ", 2)[1])


def _bytes_of(text: str) -> bytes:
    """What strace wrote with backslashes, as it was."""

    def plain(found: re.Match[bytes]) -> bytes:
        if found[1]:
            return bytes([int(found[1], 8) & 255])
        return bytes.fromhex(found[2].decode()) if found[2] else _NAMED.get(found[3], found[3])

    return _ESCAPE.sub(plain, text.encode())


def _said(value: bytes) -> str:
    """In quotes, or in hex when a quote, a blank or anything unprintable is in it, as the kernel
    does; nothing at all is (null)."""
    if not value:
        return "(null)"
    if any(byte < 0x21 or byte > 0x7E or byte == 0x22 for byte in value):
        return value.hex().upper()
    return f'"{value.decode()}"'
