"""Plain answers: articles in plain words, for the desk and for customers."""

from __future__ import annotations
