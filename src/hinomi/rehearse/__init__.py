"""予行演習: a make-believe town whose machines send real lines over real sockets."""

from __future__ import annotations
