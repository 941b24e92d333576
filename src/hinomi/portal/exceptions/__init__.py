"""Exceptions from rules: who asked for which, why, for which companies and how long."""
