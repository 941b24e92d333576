"""`python -m benchmarks.fuzz`: see the package."""

from __future__ import annotations

import sys

from benchmarks.fuzz.command import main

sys.exit(main())
