"""Incidents that no machine saw: a person told us, and one of us judged what it is (ux.md §3.6
case 11). From there on they are as any other: text, notice, ladder, queue, papers."""

from __future__ import annotations

from hinomi.core.incidents import Judgement, OpenIncident
from hinomi.core.words import Certainty, Disposition
from hinomi.portal.access.time import now
from hinomi.triage.cases import case_of

# Cases whose own words are true of what was only told; the test of texts looks at each.
TOLD_JA = {
    "fake_warning": "「ウイルスに感染」などの、にせの警告画面が出ている",
    "ransomware": "ファイルが開けない、お金を払えという文が出ている（ランサムウェア）",
    "fake_mail": "にせのメールが来た",
}
_MARK = ":reported="
_REASON = "reported"


def is_reported(group_key: str) -> bool:
    """Whether the incident of this key was told to us."""
    return _MARK in group_key


def told_of(*, kind: str, device: str, reference: str) -> OpenIncident:
    """What a person's word opens, as triage would have decided it. `reference` is the 受付番号 of
    what they said: no finding of a machine has such a key, so none joins by accident."""
    moment = now()
    judgement = Judgement(
        kind=kind,
        group_key=f"{kind}{_MARK}{reference}",
        level=case_of(kind).level,
        certainty=Certainty.STRONG,
        disposition=Disposition.UNKNOWN,
        device=device,
        first_event_at=moment,
        last_event_at=moment,
        count=1,
        late=False,
        reasons=(f"case:{kind}", _REASON),
    )
    return OpenIncident(judgement=judgement, finding_ids=(), notify=True)
