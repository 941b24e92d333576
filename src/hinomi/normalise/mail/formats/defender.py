"""Microsoft Defender's mails: 365, Endpoint, for Business; also Entra's risk mails."""

from __future__ import annotations

from hinomi.core.words import ThreatKind
from hinomi.normalise.mail.kinds import kinds
from hinomi.normalise.mail.shape import MailFormat, words

FORMAT = MailFormat(
    name="defender",
    title_ja="Microsoft Defender の通知メール",
    title_en="Microsoft Defender notification mail",
    vendor="Microsoft",
    product="Defender",
    marks=words(r"defender|microsoft 365 (security|alert)|entra id protection|azure ad identity protection"),
    body_marks=words(r"microsoft (365 )?defender|defender for (business|endpoint|office)|security\.microsoft\.com"),
    labels={
        "threat_type": "alerttitle アラートタイトル alertname インシデント名 incidentname",
        "threat": "threatfamily 脅威ファミリ",
        "device": "impactedassets 影響を受けるデバイス machine_name 影響を受ける資産 devices",
        "user": "impactedusers 影響を受けるユーザー users",
        "action": "detectionstatus 検出状態 investigationstate 調査の状態 remediationstate",
        "tenant": "organizationname 組織の名前",
    },
    kinds=kinds({
        ThreatKind.UNUSUAL_LOGIN: r"at[- ]risk|risky|リスクのある|sign-?in|サインイン",
        ThreatKind.PHISHING: r"phish|フィッシング|url click",
        ThreatKind.MAIL_MALWARE: r"malware.{0,20}(mail|message)|メール.{0,10}マルウェア",
        ThreatKind.DATA_LEAVING: r"forwarding|転送ルール|dlp|exfiltrat",
        ThreatKind.SUSPICIOUS: r"suspicious|不審|疑わしい|anomal",
    }),
    usual=ThreatKind.SUSPICIOUS,
    seen_ja=("アラート・インシデントの通知 (日本語・英語)。公開マニュアルの書き方から作成",),
)  # fmt: skip
