"""Guards in the database itself: rows of the audit trail are never changed and never removed, by
whatever program. Only a row that has no place in the chain yet may be given one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection as default_connection

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

_REFUSED = "the audit trail is append-only"
_CONTENT = ("id", "at", "user_id", "what", "organisation_id", "firm_id", "detail")

_SAME_SQLITE = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in _CONTENT)
_SQLITE = (
    f"""CREATE TRIGGER IF NOT EXISTS audit_never_changed BEFORE UPDATE ON access_auditentry
    WHEN NOT (OLD.sequence IS NULL AND {_SAME_SQLITE})
    BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END""",
    f"""CREATE TRIGGER IF NOT EXISTS audit_never_removed BEFORE DELETE ON access_auditentry
    BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END""",
)

_SAME_POSTGRES = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in _CONTENT)
_POSTGRES = (
    f"""CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'UPDATE' THEN
        IF OLD.sequence IS NULL AND {_SAME_POSTGRES} THEN RETURN NEW; END IF;
      END IF;
      RAISE EXCEPTION '{_REFUSED}' USING ERRCODE = 'integrity_constraint_violation';
    END $$""",
    """CREATE OR REPLACE TRIGGER audit_never_changed BEFORE UPDATE ON access_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE OR REPLACE TRIGGER audit_never_removed BEFORE DELETE ON access_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE OR REPLACE TRIGGER audit_never_emptied BEFORE TRUNCATE ON access_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
)
_LAID = {"sqlite": _SQLITE, "postgresql": _POSTGRES}
# An enabled trigger only: a disabled one guards nothing.
_COUNTED = {
    "sqlite": (
        "SELECT count(*) FROM sqlite_master WHERE type='trigger' AND tbl_name='access_auditentry'"
        " AND name IN ('audit_never_changed', 'audit_never_removed')"
    ),
    "postgresql": (
        "SELECT count(*) FROM pg_trigger WHERE tgrelid='access_auditentry'::regclass"
        " AND tgenabled='O' AND tgname LIKE 'audit_never_%'"
    ),
}
_GUARDS = {"sqlite": 2, "postgresql": 3}


def seal(connection: BaseDatabaseWrapper = default_connection) -> None:
    """Lay the guards where they are missing. SQLite loses them whenever a migration rewrites the
    table, so this runs after every `migrate`."""
    with connection.cursor() as cursor:
        for statement in _LAID[connection.vendor]:
            cursor.execute(statement)


def is_sealed() -> bool:
    """True while every guard is in its place."""
    vendor = default_connection.vendor
    with default_connection.cursor() as cursor:
        cursor.execute(_COUNTED[vendor])
        row = cursor.fetchone()
    return bool(row and row[0] == _GUARDS[vendor])
