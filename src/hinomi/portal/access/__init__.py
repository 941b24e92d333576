"""Who may see and do what: permissions, roles, scopes, the guarded managers and the audit trail."""

from __future__ import annotations
