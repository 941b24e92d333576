"""How many datagrams the kernel dropped on our ports, from /proc/net/udp and udp6. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


def dropped(table: str, *, ports: Collection[int]) -> int:
    """Sum of the last column over our ports; `table` is the file's text. 0 for unknown layouts."""
    total = 0
    for line in table.splitlines()[1:]:
        columns = line.split()
        if len(columns) < 3 or not columns[-1].isdigit():
            continue
        port = columns[1].rpartition(":")[2]
        if _hex(port) in ports:
            total += int(columns[-1])
    return total


def _hex(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        return -1
