"""Alerts of a security product that has no format of its own: only where a person says so.

No mail is taken for one by itself, because the words of an advertisement are the same.
"""

from __future__ import annotations

from hinomi.core.words import ThreatKind
from hinomi.normalise.mail.shape import MailFormat

FORMAT = MailFormat(
    name="security_alert",
    title_ja="セキュリティ製品の警告メール (製品を問わない)",
    title_en="Alert mail of any security product",
    usual=ThreatKind.SUSPICIOUS,
    seen_ja=("担当者が「警告メール」として認めた送り主だけに使う",),
)
