"""Asks the reading process; starts it when there is a mail, ends it when there was none for long.

One that dies or does not answer in time is replaced, and the question comes back as `ReaderDied`.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError
from hinomi.pipeline.mail.questions import Answer, Question, read, write

if TYPE_CHECKING:
    from pathlib import Path

ANSWER_S = 60.0
IDLE_S = 120.0


class ReaderDied(HinomiError):
    """The mail killed its reader, or kept it busy for too long."""


class MailReader:
    """For one thread at a time. `dkim_keys`: a file instead of the name server."""

    def __init__(
        self,
        *,
        dkim_keys: Path | None = None,
        answer_s: float = ANSWER_S,
        arguments: tuple[str, ...] = (),
    ) -> None:
        keys = ("--dkim-keys", str(dkim_keys)) if dkim_keys else ()
        self._command = [sys.executable, "-m", "hinomi.pipeline.mail.child", *keys, *arguments]
        self._answer_s = answer_s
        self._process: subprocess.Popen[bytes] | None = None
        self._asked_at = 0.0

    def ask(self, question: Question) -> Answer:
        """Raises ReaderDied."""
        process = self._running()
        self._asked_at = time.monotonic()
        alarm = threading.Timer(self._answer_s, process.kill)
        alarm.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            write(process.stdin, question)
            answer = read(process.stdout, Answer)
        except OSError:  # the pipe is broken
            answer = None
        finally:
            alarm.cancel()
        if answer is None:
            self.close()
            raise ReaderDied("the reader of mails died over a mail", advice="It is set aside.")
        return answer

    def rest(self) -> None:
        """End the process when nothing was asked for a while: it costs 40 MB."""
        if self._process is not None and time.monotonic() - self._asked_at > IDLE_S:
            self.close()

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue
        process.wait()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        return self._process
