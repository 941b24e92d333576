"""Hides which sites somebody opened from the text of a record, for pages of the company itself.

A record that raised an alarm may be shown to the owner; what one person looked at may not. Looks at
the text alone, since samples are kept as text: named fields, addresses with a scheme or a path, and
names of sites. What it cannot know is a site's name under a top domain that is not listed.
"""

from __future__ import annotations

import re

VEIL = "（開いたサイトは出しません）"
# Names under which devices write what was opened; other spellings are caught by their value.
_NAMES = (
    "url|uri|http_url|full_url|requesturl|request_url|referrer|referer|http_referer|referralurl|"
    "qname|query|queryname|dns_query|question|domain|domainname|hostname_visited|dstname|dst_name|"
    "destinationdomain|destinationhostname|dhost|request|sni|server_name|site|website|urlpath|"
    "cs-uri-stem|cs-uri-query|cs-host|cs_host|remoteurl"
)
_NAMED = re.compile(
    rf"""(?<![\w.-])(["']?(?:{_NAMES})["']?\s*[=:]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,;|"'}}]+)""",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\b(?:https?|ftp)://[^\s\"'<>|,;]+", re.IGNORECASE)
_TOPS = (
    "com|net|org|jp|info|biz|io|co|dev|app|xyz|top|site|online|shop|club|cn|ru|kr|us|uk|de|fr|tw|"
    "hk|sg|in|it|nl|br|eu|me|tv|cc|ws|gov|edu|mil|int|example|invalid"
)
_SITE = re.compile(
    rf"(?<![\w@.-])(?:[a-z0-9_-]{{1,63}}\.)+(?:{_TOPS})(?![\w-])(?:[:/][^\s\"'<>|,;]*)?",
    re.IGNORECASE,
)
_LONGEST = 100_000  # what is longer is not shown at all


def veil(text: str) -> str:
    """The text with what was opened taken out."""
    if len(text) > _LONGEST:
        return VEIL
    named = _NAMED.sub(lambda found: found[1] + _kept(found[2]), text)
    return _SITE.sub(VEIL, _ADDRESS.sub(VEIL, named))


def _kept(value: str) -> str:
    """Quotation marks stay, so that the record can still be read as what it is."""
    mark = value[0] if value[:1] in "\"'" else ""
    return f"{mark}{VEIL}{mark}" if value.strip("\"'") else value
