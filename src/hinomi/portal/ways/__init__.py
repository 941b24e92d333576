"""Ways out: a firm's accounts at carriers of messages, quotas and costs."""

from __future__ import annotations
