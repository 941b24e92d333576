"""The Django project: the only room that knows Django.

Django's SQLite driver must be the safe one (the system library has a WAL bug that loses data), so
it is swapped here, before anything can import Django's database layer.
"""

from __future__ import annotations

import sys

import pysqlite3
import pysqlite3.dbapi2

sys.modules["sqlite3"] = pysqlite3
sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2
