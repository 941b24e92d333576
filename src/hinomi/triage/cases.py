"""What each case means for a person by default: one row per case, read by `judge` and `decide`.

A rule may override the level (`hinomi.action`); a person may override everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hinomi.core.words import ActionLevel, Disposition

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOW, _TODAY, _CHECK, _NONE = (
    ActionLevel.NOW,
    ActionLevel.TODAY,
    ActionLevel.CHECK,
    ActionLevel.NONE,
)


@dataclass(frozen=True, slots=True)
class Case:
    """`level` when not stopped, `stopped` when the sender says it stopped it; `verdicts` are the
    exceptions. `weight` orders cases of one incident: the heaviest lends it its text.

    `is_story`: different cases on one device within an hour are one story. `about_inside`: a
    firewall's record speaks of a machine behind it, and that machine is the device.
    """

    level: ActionLevel
    stopped: ActionLevel
    weight: int
    is_story: bool = True
    about_inside: bool = False
    verdicts: tuple[tuple[Disposition, ActionLevel], ...] = ()

    def by_verdict(self, disposition: Disposition) -> ActionLevel:
        """The level this case has under a verdict."""
        if disposition is Disposition.STOPPED:
            return self.stopped
        return dict(self.verdicts).get(disposition, self.level)


_PASSED = ((Disposition.LET_THROUGH, _TODAY),)

CASES: Mapping[str, Case] = {
    "ransomware": Case(_NOW, _CHECK, 100, about_inside=True),
    "emotet": Case(_NOW, _CHECK, 90, about_inside=True),
    "credential_theft": Case(_NOW, _CHECK, 85, about_inside=True),
    # Stopped or not, something on the PC asked for that server: the PC is still to be looked at.
    "c2_communication": Case(_NOW, _TODAY, 80, about_inside=True),
    "backup_touched": Case(_NOW, _CHECK, 78, about_inside=True),
    "remote_entry": Case(_NOW, _CHECK, 75),
    "login_succeeded": Case(_NOW, _CHECK, 74),
    "cloud_login": Case(_NOW, _CHECK, 73, is_story=False),
    "old_pc_malware": Case(_NOW, _CHECK, 72, about_inside=True),
    "malware_on_pc": Case(_NOW, _CHECK, 70, about_inside=True),
    "remote_tools_found": Case(_NOW, _CHECK, 65, about_inside=True),
    "fake_warning": Case(_NOW, _NONE, 60, is_story=False, about_inside=True),
    "new_admin": Case(_TODAY, _CHECK, 55),
    "data_leaving": Case(_TODAY, _CHECK, 54, about_inside=True),
    "mail_forwarding": Case(_TODAY, _CHECK, 53, is_story=False),
    "cloud_setting": Case(_TODAY, _CHECK, 52, is_story=False),
    "network_setting": Case(_TODAY, _CHECK, 51),
    "log_erased": Case(_TODAY, _CHECK, 50),
    "defence_disabled": Case(_TODAY, _CHECK, 48),
    "suspicious_program": Case(_TODAY, _CHECK, 45, about_inside=True),
    "inside_search": Case(_TODAY, _CHECK, 43, about_inside=True),
    "unwanted_software": Case(_TODAY, _CHECK, 40, about_inside=True),
    "partner_mail_malware": Case(_TODAY, _CHECK, 35, is_story=False),
    "mail_account_abused": Case(_TODAY, _CHECK, 34, is_story=False),
    "unknown_device": Case(_TODAY, _CHECK, 30, is_story=False, about_inside=True),
    "login_attempts": Case(_TODAY, _CHECK, 25),
    "sensor_silent": Case(_TODAY, _TODAY, 20, is_story=False),
    "protection_weak": Case(_TODAY, _NONE, 18, is_story=False),
    "malware_stopped": Case(_TODAY, _NONE, 15, is_story=False, about_inside=True),
    "attack_seen": Case(_CHECK, _NONE, 12, is_story=False, verdicts=_PASSED),
    "phishing_blocked": Case(
        _CHECK, _NONE, 11, is_story=False, about_inside=True, verdicts=_PASSED
    ),
    "fake_mail": Case(_CHECK, _NONE, 11, is_story=False, verdicts=_PASSED),
    "attack_blocked": Case(_CHECK, _NONE, 10, is_story=False, verdicts=_PASSED),
    # Only unusual for this company (baselines): anything else on the same device says more.
    "unusual_traffic": Case(_CHECK, _NONE, 8, is_story=False),
    "unusual_login": Case(_CHECK, _NONE, 9, is_story=False),
    "new_program": Case(_CHECK, _NONE, 8, is_story=False),
    "watch_partial": Case(_CHECK, _NONE, 7, is_story=False),
    "new_device": Case(_CHECK, _NONE, 6, is_story=False),
    "other": Case(_CHECK, _NONE, 5, is_story=False),
}


def case_of(kind: str) -> Case:
    """The row of a case; a case nobody described is `other`."""
    return CASES.get(kind, CASES["other"])
