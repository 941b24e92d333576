"""Programs of other people that Debian packages; a test without its program says the package."""

from __future__ import annotations

import os
import shutil

import pytest

_PLACES = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin"))


def program(name: str, *, package: str) -> str:
    """Where it is, or a skip."""
    found = shutil.which(name, path=_PLACES)
    if found is None:
        pytest.skip(missing(name, package=package), allow_module_level=True)
    return found


def missing(name: str, *, package: str) -> str:
    """Why a test is skipped, and how it need not be."""
    return f"{name} is not installed (package {package}: `make programs` installs it when root)"
