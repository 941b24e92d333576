"""The agent on a customer's machine: what starts, connects, changes and signs in there.

With Sysmon's names, kept on disk until the tower has it. Knows core and the spool only, so that it
stays small.
"""

from __future__ import annotations
