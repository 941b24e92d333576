"""Whole samples: lines of any notation, JSON with its escapes, CSV, and mails with their parts."""

from __future__ import annotations

import email
import email.policy
import json
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING

from hinomi.normalise.anonymise.replace import Anonymiser, is_code
from hinomi.normalise.decode import decode

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAIL_HEADS = (
    "from:",
    "received:",
    "return-path:",
    "delivered-to:",
    "message-id:",
    "mime-version:",
)
_KEPT_HEADERS = frozenset({"content-type", "content-transfer-encoding", "mime-version",
                           "content-disposition"})  # fmt: skip
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Anonymised:
    """The sample with stand-ins, and how many of each kind were replaced."""

    text: str
    counts: dict[str, int]


def anonymise(
    raw: bytes, *, key: bytes, words: Iterable[str] = (), shift_days: int = 0
) -> Anonymised:
    """A file's content. The same key gives the same stand-ins in every file."""
    text = decode(raw)[0].replace("\r\n", "\n")
    worker = Anonymiser(key, words=words, shift_days=shift_days)
    if _is_mail(text):
        made = _mail(raw, worker)
    elif (tree := _whole_tree(text)) is not None:
        leaves: list[str] = []
        _collect(tree, leaves, 0)
        worker.learn([json.dumps(tree, ensure_ascii=False), *leaves])
        made = json.dumps(_tree(tree, worker), ensure_ascii=False, indent=2) + "\n"
    else:
        lines = text.split("\n")
        worker.learn(flat for line in lines for flat in (line, *_leaves(line)))
        made = "\n".join(one_line(line, worker) for line in lines)
        made += "\n" if raw.endswith(b"\n") and not made.endswith("\n") else ""
    return Anonymised(made, dict(worker.counts))


def anonymise_lines(
    lines: Iterable[str], *, key: bytes, words: Iterable[str] = (), shift_days: int = 0
) -> list[str]:
    """Records one by one, of which some may hold line breaks."""
    kept = list(lines)
    worker = Anonymiser(key, words=words, shift_days=shift_days)
    worker.learn(flat for line in kept for flat in (line, *_leaves(line)))
    return [one_line(line, worker) for line in kept]


def one_line(line: str, worker: Anonymiser) -> str:
    """One record; JSON value by value, because escapes would hide a name from a plain search."""
    start = line.find("{")
    if start >= 0 and line.rstrip().endswith("}"):
        try:
            tree = json.loads(line[start:])
            mark = (", ", ": ") if '": ' in line else (",", ":")
            made = json.dumps(_tree(tree, worker), ensure_ascii=False, separators=mark)
        except (ValueError, RecursionError):
            return worker.text(line)
        return worker.text(line[:start]) + made
    return worker.text(line)


def _whole_tree(text: str) -> object | None:
    """The tree of a document over several lines; None when the lines stand for themselves."""
    if "\n" not in text.strip() or text.strip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)  # type: ignore[no-any-return]
    except (ValueError, RecursionError):
        return None


def _tree(value: object, worker: Anonymiser, depth: int = 0) -> object:
    if depth > _DEEPEST:
        raise ValueError("too deep")
    if isinstance(value, str):
        return worker.text(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        made = worker.text(str(value))
        return int(made) if made.lstrip("-").isdigit() and not made.startswith("0") else value
    if isinstance(value, dict):
        return {key: _value(key, each, worker, depth + 1) for key, each in value.items()}
    if isinstance(value, list):
        return [_tree(each, worker, depth + 1) for each in value]
    return value


def _value(key: str, value: object, worker: Anonymiser, depth: int) -> object:
    """Numbers that are codes of the product stay; their name says so."""
    is_number = isinstance(value, int) or (isinstance(value, str) and value.isdigit())
    return value if is_number and is_code(key) else _tree(value, worker, depth)


def _leaves(line: str) -> list[str]:
    """`name=value` of a JSON record's texts, so that names inside are learned by their field."""
    start = line.find("{")
    if start < 0 or not line.rstrip().endswith("}"):
        return []
    try:
        tree = json.loads(line[start:])
    except (ValueError, RecursionError):
        return []
    found: list[str] = []
    _collect(tree, found, 0)
    return found


def _collect(value: object, found: list[str], depth: int) -> None:
    if depth > _DEEPEST or len(found) > 2_000:
        return
    if isinstance(value, str):
        found.append(value)
    below = list(value.values()) if isinstance(value, dict) else value
    for each in below if isinstance(below, list) else ():
        _collect(each, found, depth + 1)


def _is_mail(text: str) -> bool:
    head, blank, _ = text.partition("\n\n")
    if not blank:
        return False
    names = [line.lower() for line in head.split("\n") if line[:1] not in (" ", "\t")]
    known = sum(line.startswith(_MAIL_HEADS) for line in names)
    return known >= 2 and all(":" in line for line in names)


def _mail(raw: bytes, worker: Anonymiser) -> str:
    """A mail with its texts decoded, replaced and written again. What is no text is left out: a
    picture or a PDF cannot be searched for names."""
    found = email.message_from_bytes(raw, policy=email.policy.default)
    parts = [part for part in found.walk() if part.get_content_maintype() == "text"]
    texts = [(part, _content(part)) for part in parts]
    heads = [(name, str(value)) for name, value in found.items()]
    worker.learn(line for _, text in texts for line in text.split("\n"))
    worker.learn(value for name, value in heads if name.lower() in ("subject", "from", "to"))
    made = EmailMessage(policy=email.policy.default)
    for name, value in heads:
        if name.lower() not in _KEPT_HEADERS:
            made[name] = worker.text(value).replace("\n", " ").replace("\r", "")
    for number, (part, text) in enumerate(texts):
        new = "\n".join(one_line(line, worker) for line in text.split("\n"))
        kind = part.get_content_subtype()
        if number == 0:
            made.set_content(new, subtype=kind, cte="8bit")
            continue
        name = worker.text(part.get_filename() or f"part{number}.txt")
        made.add_attachment(new, subtype=kind, cte="8bit", filename=name)
    policy = email.policy.default.clone(cte_type="8bit", utf8=True)
    return made.as_bytes(policy=policy).decode("utf-8", "replace")


def _content(part: email.message.Message) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset() or "utf-8"
    try:
        return data.decode(charset)
    except (LookupError, UnicodeDecodeError):
        return decode(data)[0]
