"""`make words`: every customer text with short, long and hostile slots passes the checks.

Proves itself first: a planted bad word must be found, or the checks are blind.
"""

from __future__ import annotations

import sys

from hinomi.respond.check import texts_check
from hinomi.respond.listing import texts_list

PLANTED = "当該端末においてマルウェアを検知しました！"


def main() -> int:
    """0 when all texts pass and the planted bad words were found; else 1, faults on stderr."""
    if len(texts_check(PLANTED)) < 4:
        sys.stderr.write("words: the planted bad words were not found; the checks are blind.\n")
        return 1
    texts = texts_list()
    faults = [(text.id, fault) for text in texts for fault in texts_check(text.text)]
    for name, fault in faults:
        sys.stderr.write(f"{name}: {fault}\n")
    sys.stderr.write(f"words: {len(texts)} texts, {len(faults)} faults.\n")
    return 1 if faults or not texts else 0


if __name__ == "__main__":
    sys.exit(main())
