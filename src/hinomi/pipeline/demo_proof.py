"""What the rehearsal must show at the end, and where: read from the pages as its people would.

Each proof looks at the owner's page, the analyst's page of the same case and the owner's mail; a
campaign stands on the analyst's first page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.error import HTTPError

from hinomi.core.words import ActionLevel
from hinomi.pipeline.demo import FEED_NAME, Visitor
from hinomi.rehearse.over_time import GUESSER, VISITED
from hinomi.rehearse.town import TOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.pipeline.demo import Rehearsal

_CASE = re.compile(r'href="/incidents/(K-\d+)/"')
_CAMPAIGN = re.compile(r'href="(/campaigns/\d+/)"[^>]*>([^<]*)')


@dataclass(frozen=True, slots=True)
class Proof:
    """A scene at one company: its level, and words that stand on the two pages."""

    scene: str
    company: str
    level: ActionLevel
    owner: tuple[str, ...]
    analyst: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a scene can be looked at: addresses below that of the screens."""

    scene: str
    owner_page: str
    analyst_page: str


PROOFS = (
    Proof(
        "password_guessed",
        "kita",
        ActionLevel.NOW,
        owner=("「受付2番」に、外から",),
        analyst=("試したあとでWindowsに入られた", GUESSER, "この順にそろった条件の数が2以上"),
    ),
    Proof(
        "new_device",
        "minato",
        ActionLevel.CHECK,
        owner=("はじめてつながりました", "ふだんは、前からある機器だけ"),
        analyst=("ふだんは「前からある機器だけ」、今回は「はじめての機器」",),
    ),
    Proof(
        "late_indicator",
        "aoba",
        ActionLevel.TODAY,
        owner=("「設計1番」が、攻撃者の使うサーバー", "の記録です。あとから分かりました"),
        analyst=(VISITED, FEED_NAME),
    ),
)
# Scene → the words of its line in the analyst's queue, and what its own page says.
CAMPAIGNS = {
    "update_storm": ("4社で同じ動き", "更新プログラムですか？"),
    "same_stranger": ("3社で同じ動き", "お知らせは、いつものとおり送っています"),
}
SCENES = tuple(proof.scene for proof in PROOFS) + tuple(CAMPAIGNS)


@dataclass(slots=True)
class Witness:
    """Signed in as everybody who has something to see; remembers what it has seen."""

    town: Rehearsal
    analyst: Visitor
    owners: dict[str, Visitor]
    seen: dict[str, Seen] = field(default_factory=dict)

    def look(self) -> bool:
        """Look once for everything not seen yet; True when nothing is missing."""
        for proof in PROOFS:
            if proof.scene not in self.seen:
                self._look_for(proof)
        if not CAMPAIGNS.keys() <= self.seen.keys():
            self.seen.update((found.scene, found) for found in self._campaigns())
        return not self.missing

    @property
    def missing(self) -> tuple[str, ...]:
        """Scenes that could not be seen so far."""
        return tuple(scene for scene in SCENES if scene not in self.seen)

    def _look_for(self, proof: Proof) -> None:
        owner = self.owners[proof.company]
        for number in dict.fromkeys(_CASE.findall(owner.read("/incidents/"))):
            found = Seen(proof.scene, f"/incidents/{number}/", f"/queue/{number}/")
            if not _has(_shown(owner, found.owner_page), (proof.level.ja, *proof.owner)):
                continue
            is_explained = _has(self.analyst.read(found.analyst_page), proof.analyst)
            if is_explained and self.town.has_mailed(proof.company, proof.level):
                self.seen[proof.scene] = found

    def _campaigns(self) -> Iterator[Seen]:
        for path, title in _CAMPAIGN.findall(self.analyst.read("/queue/")):
            for scene, (line, words) in CAMPAIGNS.items():
                if line in title and words in self.analyst.read(path):
                    yield Seen(scene, "", path)


def _shown(owner: Visitor, path: str) -> str:
    """The page; "" when it is gone since the list was read: what comes to several companies at once
    is held back from them until it is understood."""
    try:
        return owner.read(path)
    except HTTPError as error:
        if error.code != HTTPStatus.NOT_FOUND:
            raise
        return ""


def witness(town: Rehearsal, *, analyst: Visitor, owner: Visitor) -> Witness:
    """`owner` is the visitor of the town's first company; the others sign in here."""
    owners = {TOWN[0].key: owner}
    for company in TOWN[1:]:
        if any(proof.company == company.key for proof in PROOFS):
            owners[company.key] = Visitor(town.sign_in_link(company.owner_mail))
            owners[company.key].sign_in()
    return Witness(town, analyst, owners)


def _has(page: str, words: tuple[str, ...]) -> bool:
    return all(word in page for word in words)
