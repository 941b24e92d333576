"""Broken rule files of different kinds: name → (content, where it is refused, words of why).

Beside the texts of goldens/detect/refused, these are bytes, large, deep, or made by a program.
"""

from __future__ import annotations

_HEAD = "title: T\nlevel: low\nlogsource:\n  product: generic\n"
_REST = "logsource: {product: generic}\ndetection: {s: {A: b}, condition: s}\n"
_OTHER = "11111111-1111-4111-8111-111111111111"


def _rule(selection: str, condition: str = "s") -> str:
    """The selection stands on line 6, its first line of content on line 7."""
    return f"{_HEAD}detection:\n  s:{selection}\n  condition: {condition}\n"


def _asks(line: str) -> str:
    return _rule(f"\n    {line}")


def _counts(condition: str) -> str:
    body = f"  rules: [base]\n  timespan: 5m\n  condition: {condition}\n"
    return f"title: C\ncorrelation:\n  type: event_count\n{body}"


def _filters(product: str, rule: str) -> str:
    body = f"filter: {{rules: [{rule}], s: {{A: b}}, condition: not s}}\n"
    return f"title: F\nlogsource: {{product: {product}}}\n{body}"


def _bomb(use: str) -> str:
    """Ten lists, each of ten times the one before: ten thousand million words when unfolded."""
    lists = ["x0: &x0 [" + ",".join("a" * 10) + "]"]
    lists += [f"x{n}: &x{n} [" + ",".join([f"*x{n - 1}"] * 10) + "]" for n in range(1, 10)]
    return "\n".join(lists) + "\n" + use


BROKEN: dict[str, tuple[str | bytes, str, str]] = {
    # not YAML, or not text
    "only-a-comment": ("# nothing\n", "1:1", "no document"),
    "only-dashes": ("---\n", "2:1", "a rule must be a mapping"),
    "a-word": ("hello\n", "1:1", "a rule must be a mapping"),
    "a-list": ("- a\n", "1:1", "a rule must be a mapping"),
    "open-quote": ('title: "x\n', "2:1", "quoted scalar"),
    "wrong-indent": ("title: x\n  id: y\n", "2:5", "mapping values"),
    "colon-in-a-text": ("title: a: b\n", "1:9", "mapping values"),
    "percent-first": ("title: %x\n", "1:8", "cannot start any token"),
    "back-tick-first": ("title: `x\n", "1:8", "cannot start any token"),
    "unknown-escape": ('title: "\\q"\n', "1:9", "unknown escape"),
    "half-a-surrogate": ('title: "\\uD800"\n', "1:11", "invalid Unicode"),
    "nul": (b"title: a\0b\n", "1:9", "control character"),
    "utf-16": (_asks("A: b").encode("utf-16"), "1:1", "not UTF-8"),
    "utf-16-without-a-mark": (b"t\0i\0", "1:2", "control character"),
    "latin-1": ("title: é\n".encode("latin-1"), "1:8", "not UTF-8"),
    "shift-jis": ("title: 検知\n".encode("cp932"), "1:8", "not UTF-8"),
    "surrogate-bytes": (b"title: \xed\xa0\x80\n", "1:8", "not UTF-8"),
    # made to hurt
    "python-tag": ("title: !!python/object/apply:os.system ['true']\n", "1:8", "must be a text"),
    "alias-of-itself": ("a: &a [*a]\n" + _rule(" *a"), "1:1", "alias"),
    "alias-bomb": (_bomb(_rule(" *x9")), "1:28", "unfolds to more"),
    "alias-bomb-beside-the-rule": (_bomb(_asks("A: b")), "1:10", "unfolds to more"),
    "ten-thousand-lists": ("a: " + "[" * 10_000 + "]" * 10_000, "1:63", "nested deeper"),
    "ten-thousand-objects-of-json": ('{"a":' * 10_000 + "1" + "}" * 10_000, "1:301", "nested"),
    "ten-thousand-brackets": (
        _rule(" {A: b}", "(" * 10_000 + "s" + ")" * 10_000),
        "7:14",
        "more than 2000 words",
    ),
    "deep-blocks": ("".join(" " * n + "-\n" for n in range(1_500)), "61:61", "nested deeper"),
    "dashes-in-a-row": ("- " * 5_000 + "a\n", "1:121", "nested deeper"),
    "six-megabytes": ("title: T\n# " + "x" * 6_000_000 + "\n", "1:1", "larger than"),
    "half-a-million-words": ("a: [" + "b," * 500_000 + "]", "1:799997", "more than 400,000 words"),
    "exploding-loop": (_asks("A|re: '(a|a)*$'"), "7:11", "read the same text in two ways"),
    "endless-expression": (_asks("A|re: '" + "a" * 5_000 + "'"), "7:11", "longer than"),
    # of the head
    "null-title": ("title:\n" + _REST, "1:1", "no 'title'"),
    "empty-title": ("title: ' '\n" + _REST, "1:1", "no 'title'"),
    "endless-title": ("title: " + "x" * 600 + "\n" + _REST, "1:8", "longer than"),
    "id-as-a-list": ("title: T\nid: [a]\n" + _REST, "2:5", "'id' must be a text"),
    "doubled-title": ("title: a\n" + _asks("A: b"), "2:1", "given twice"),
    "id-of-another-rule": (f"title: T\nid: {_OTHER}\n" + _REST, "1:1", "already used by"),
    "key-that-is-a-list": ("title: T\n? [id]\n: x\n" + _REST, "2:3", "a key must be a word"),
    "merge-of-a-word": ("title: T\n<<: abc\n" + _REST, "2:5", "'<<' takes a mapping"),
    "logsource-as-text": ("title: T\nlogsource: windows\n", "2:12", "must be a mapping"),
    "logsource-of-lists": ("title: T\nlogsource: {product: [a]}\n", "2:22", "must be a text"),
    # of the detection
    "detection-as-text": (_HEAD + "detection: abc\n", "5:12", "must be a mapping"),
    "detection-null": (_HEAD + "detection:\n", "5:11", "must be a mapping"),
    "selection-null": (_rule(""), "6:5", "null needs a field"),
    "null-as-a-keyword": (_rule(" [null]"), "6:7", "null needs a field"),
    "doubled-selection": (_rule(" {A: b}\n  s: {A: c}"), "7:3", "given twice"),
    "condition-as-a-map": (_rule(" {A: b}", "{a: b}"), "7:14", "single value"),
    "no-conditions": (_rule(" {A: b}", "[]"), "7:14", "condition is empty"),
    "condition-that-begins-with-or": (_rule(" {A: b}", "or s"), "7:14", "where a selection"),
    "two-selections-unjoined": (_rule(" {A: b}", "s s"), "7:14", "does not end after"),
    "one-of-nothing": (_rule(" {A: b}", "1 of"), "7:14", "condition ends"),
    "comma-in-the-condition": (_rule(" {A: b}", "s, s"), "7:14", "means nothing there"),
    "five-thousand-alternatives": (_rule(" {A: b}", " or ".join(["s"] * 5_000)), "7:14", "words"),
    # of one question
    "empty-modifier": (_asks("A|: b"), "7:5", "unknown modifier ''"),
    "modifier-in-capitals": (_asks("A|Contains: b"), "7:5", "unknown modifier"),
    "network-too-long": (_asks("A|cidr: 10.0.0.0/33"), "7:13", "is not a network"),
    "network-of-words": (_asks("A|cidr: abc"), "7:13", "is not a network"),
    "compare-with-nan": (_asks("A|gt: .nan"), "7:11", "'gt' takes a number"),
    "compare-with-infinity": (_asks("A|gte: '1e999'"), "7:12", "'gte' takes a number"),
    "compare-with-a-truth-value": (_asks("A|lt: true"), "7:11", "'lt' takes a number"),
    "two-orders": (_asks("A|gt|lt: 5"), "7:5", "cannot stand beside"),
    "hour-of-noon": (_asks("A|hour: noon"), "7:13", "'hour' takes a number"),
    "hour-and-minute": (_asks("A|hour|minute: 3"), "7:5", "cannot stand beside"),
    "no-field-to-refer-to": (_asks("A|fieldref: null"), "7:17", "does not take null"),
    "posix-class": (_asks("A|re: '[[:alpha:]]+'"), "7:11", "[:alpha:] is not supported"),
    "class-of-another-engine": (_asks("A|re: '\\p{L}'"), "7:11", "does not compile"),
    "wide-beyond-ascii": (_asks("A|wide: 検知"), "7:13", "needs base64"),
    # of correlations and filters
    "correlation-null": ("title: C\ncorrelation:\n", "2:13", "must be a mapping"),
    "correlation-of-nobody": (
        _counts("{gte: 3}").replace("base", "nobody"),
        "4:11",
        "no loaded rule has the id or name",
    ),
    "correlation-of-itself": (
        "id: c\n" + _counts("{gte: 3}").replace("base", "c"),
        "5:11",
        "depends on itself",
    ),
    "comparison-with-nan": (_counts("{gte: .nan}"), "6:20", "compare with a number"),
    "filter-of-nobody": (
        _filters("generic", "nobody"),
        "3:18",
        "no loaded rule has",
    ),
    "filter-of-another-source": (
        _filters("linux", "base"),
        "3:18",
        "does not cover",
    ),
    "second-document": ("title: T\nid: d1\n" + _REST + "---\ntitle: x\n", "6:1", "no 'logsource'"),
}
GOOD = {
    "00-first.yml": f"title: Base\nid: {_OTHER}\nname: base\n{_REST}",
    "zz-last.yml": "title: Last\nid: last\n" + _REST,
    "mm-carriage-returns.yml": _asks("A: b").replace("\n", "\r\n").replace("T", "Lines", 1),
    "mm-mark.yml": "\ufeff" + _asks("A: b").replace("T", "Mark", 1),
    "mm-large-number.yml": _asks("A|gt: 1" + "0" * 40).replace("T", "Large", 1),
}
