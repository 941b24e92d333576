"""What collect did, as Prometheus counters. Totals only: /metrics names no company."""

from __future__ import annotations

_HELP = {
    "records": "Records made durable.",
    "record_bytes": "Raw bytes of those records.",
    "commits": "Group commits.",
    "commit_seconds": "Time spent in group commits.",
    "refused": "Requests or records refused, by reason.",
    "dropped": "Records lost for want of a protocol that can wait (UDP, or a stop), by reason.",
    "unknown": "Records of senders nobody could be found for.",
    "cut": "Records cut at the size cap.",
    "repeats": "Requests answered from their Idempotency-Key.",
    "mails_fetched": "Mails fetched from mailboxes.",
    "mails_sorted": "Mails read or sorted again.",
    "udp_overflow": "Datagrams the kernel dropped because the socket buffer was full.",
}


class Counts:
    """Adds up; reading gives the text format. Safe enough across threads: each name has one."""

    def __init__(self) -> None:
        self._totals: dict[tuple[str, str], float] = {}
        self._gauges: dict[str, float] = {}

    def add(self, name: str, amount: float = 1, *, label: str = "") -> None:
        """Add to a counter of the table above."""
        self._totals[name, label] = self._totals.get((name, label), 0) + amount

    def total(self, name: str) -> float:
        """Sum over all labels."""
        return sum(value for (found, _), value in dict(self._totals).items() if found == name)

    def set(self, name: str, value: float) -> None:
        """A number that also falls, such as the queue's size."""
        self._gauges[name] = value

    def text(self) -> str:
        """The Prometheus exposition format."""
        lines: list[str] = []
        for name, words in _HELP.items():
            lines += [f"# HELP hinomi_collect_{name}_total {words}"]
            lines += [f"# TYPE hinomi_collect_{name}_total counter"]
            found = {label: v for (n, label), v in dict(self._totals).items() if n == name}
            for label, value in sorted((found or {"": 0}).items()):
                where = f'{{by="{label}"}}' if label else ""
                lines.append(f"hinomi_collect_{name}_total{where} {value:g}")
        for name, value in sorted(self._gauges.items()):
            lines.append(f"# TYPE hinomi_collect_{name} gauge")
            lines.append(f"hinomi_collect_{name} {value:g}")
        return "\n".join(lines) + "\n"
