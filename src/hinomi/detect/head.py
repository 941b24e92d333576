"""What rules, correlations and filters begin with: title, id, level, tags … and its place."""

from __future__ import annotations

import hashlib
from dataclasses import InitVar, dataclass, field
from typing import TYPE_CHECKING, TypedDict

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from hinomi.core.words import Level
from hinomi.detect import document
from hinomi.detect.handling import read_handling
from hinomi.detect.modifiers import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hinomi.core.errors import RuleRefused
    from hinomi.detect.modifiers import Placeholders
    from hinomi.detect.rule import Handling

Keys = dict[str, tuple[ScalarNode, Node]]
_STATUSES = ("stable", "test", "experimental", "deprecated", "unsupported")
_LONGEST_TITLE = 500


class Head(TypedDict):
    """The fields every kind of document has, ready to hand to its dataclass."""

    id: str
    name: str
    title: str
    level: Level
    status: str
    path: str
    line: int
    digest: str
    tags: tuple[str, ...]
    description: str
    author: str
    date: str
    modified: str
    references: tuple[str, ...]
    falsepositives: tuple[str, ...]
    handling: Handling


@dataclass(slots=True)
class Reader:
    """What every step needs: the file's name, its budget, and the placeholders that are filled."""

    path: str
    root: InitVar[Node]
    placeholders: Placeholders
    budget: document.Budget = field(init=False)

    def __post_init__(self, root: Node) -> None:
        self.budget = document.Budget(self.path, root)

    def refuse(self, reason: str, node: Node | None, *, advice: str = "") -> RuleRefused:
        """The error for this node."""
        return document.refused(reason, self.path, node, advice=advice)

    def keys(self, node: Node, *, what: str) -> Keys:
        """The pairs of a mapping; anything else is refused."""
        if not isinstance(node, MappingNode):
            raise self.refuse(f"{what} must be a mapping (key: value)", node)
        return document.pairs(node, self.budget)

    def value(self, node: Node) -> Value:
        """One scalar with its source text and place."""
        self.budget.spend(node)
        if not isinstance(node, ScalarNode):
            raise self.refuse("a value must be a single value, not a list or a mapping", node)
        at = document.place_of(node, self.path)
        return Value(document.scalar(node, self.path), str(node.value), at)

    def text(self, keys: Keys, name: str, *, required: bool = False) -> str:
        """The text under a key; "" when it is not there and need not be."""
        node = keys[name][1] if name in keys else None
        if node is None or (
            isinstance(node, ScalarNode)
            and (document.scalar(node, self.path) is None or not str(node.value).strip())
        ):
            if required:
                at = keys[name][0] if name in keys else next(iter(keys.values()), (None,))[0]
                raise self.refuse(f"the rule has no {name!r}", at)
            return ""
        if not isinstance(node, ScalarNode):
            raise self.refuse(f"{name!r} must be a text", node)
        return str(node.value)

    def choice(self, keys: Keys, name: str, allowed: Sequence[str]) -> str:
        """One of some words, whatever its case; "" when the key is not there."""
        text = self.text(keys, name).lower()
        if text and text not in allowed:
            words = ", ".join(map(str, allowed))
            raise self.refuse(f"{name!r} is {text!r}; it can be {words}", keys[name][1])
        return text

    def texts(self, keys: Keys, name: str) -> tuple[str, ...]:
        """A list of texts; a single text counts as a list of one, as many rules write it."""
        if name not in keys:
            return ()
        node = keys[name][1]
        if isinstance(node, ScalarNode):
            text = self.text(keys, name)
            return (text,) if text else ()
        if not isinstance(node, SequenceNode):
            raise self.refuse(f"{name!r} must be a list", node)
        return tuple(self.value(part).source for part in node.value)


def read_head(keys: Keys, node: Node, read: Reader) -> Head:
    """Raises RuleRefused with line and column."""
    title = read.text(keys, "title", required=True)
    if len(title) > _LONGEST_TITLE:
        raise read.refuse(f"the title is longer than {_LONGEST_TITLE} characters", keys["title"][1])
    return Head(
        id=read.text(keys, "id") or _derived_id(read.path, title),
        name=read.text(keys, "name"),
        title=title,
        level=Level(read.choice(keys, "level", list(Level)) or Level.MEDIUM),
        status=read.choice(keys, "status", _STATUSES),
        path=read.path,
        line=node.start_mark.line + 1,
        digest=_digest(keys, read),
        tags=read.texts(keys, "tags"),
        description=read.text(keys, "description"),
        author=read.text(keys, "author"),
        date=read.text(keys, "date"),
        modified=read.text(keys, "modified"),
        references=read.texts(keys, "references"),
        falsepositives=read.texts(keys, "falsepositives"),
        handling=read_handling(keys["hinomi"][1] if "hinomi" in keys else None, read.budget),
    )


def _derived_id(path: str, title: str) -> str:
    """The same file name and title give the same id, wherever the rules are unpacked."""
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    return "derived-" + hashlib.sha256(f"{name}\0{title}".encode()).hexdigest()[:32]


def _digest(keys: Keys, read: Reader) -> str:
    body = repr(
        sorted((name, document.plain(node, read.budget)) for name, (_, node) in keys.items())
    )
    return hashlib.sha256(f"{body}\0{sorted(read.placeholders.items())}".encode()).hexdigest()
