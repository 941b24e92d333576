"""Stage 3: rules and one event in, the rules that fired and why out. Pure."""

from __future__ import annotations

from hinomi.detect.document import LARGEST_BYTES
from hinomi.detect.load import head_of, load_rules, parse_documents, parse_rules, rule_files
from hinomi.detect.logsource import routes_of
from hinomi.detect.rule import Filter, Handling, Loaded, Logsource, Plain, Refusal, Rule
from hinomi.detect.ruleset import Match, RuleSet
from hinomi.detect.shelf import Shelf

__all__ = [
    "LARGEST_BYTES",
    "Filter",
    "Handling",
    "Loaded",
    "Logsource",
    "Match",
    "Plain",
    "Refusal",
    "Rule",
    "RuleSet",
    "Shelf",
    "head_of",
    "load_rules",
    "parse_documents",
    "parse_rules",
    "routes_of",
    "rule_files",
]
