"""Exceptions from rules: proposed from findings, kept by the portal, obeyed by the worker."""
