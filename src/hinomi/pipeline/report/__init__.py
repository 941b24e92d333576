"""What `hinomi scan` tells a person: on the terminal, as one HTML file, as PDF, as JSON lines."""

from __future__ import annotations
