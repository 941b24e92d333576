"""相談: questions and calls for help, each with a promised time of reply."""

from __future__ import annotations
