"""A finding as JSON text and back: times in ISO 8601, raw bytes in base64, words as they are.

What is stored is checked for types against `core.findings.Finding` when it comes back in.
"""

from __future__ import annotations

import msgspec

from hinomi.core.errors import StoreDamaged
from hinomi.core.findings import Finding


def encode_finding(finding: Finding) -> str:
    """JSON text; `decode_finding` gives an equal finding."""
    return msgspec.json.encode(finding).decode()


def decode_finding(body: str | bytes) -> Finding:
    """Raises StoreDamaged that names the field when the text is not a finding."""
    try:
        return msgspec.json.decode(body, type=Finding)
    except msgspec.MsgspecError as error:
        raise StoreDamaged(f"a stored finding cannot be read: {error}") from error
