"""Words of security products in mails → kind of threat and what was done, for formats that judge.

Order matters: 「ウイルス定義ファイルの更新に失敗」 is a fault, no virus. Nothing here is used for a mail
whose product we do not know.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from hinomi.core.words import Disposition, ThreatKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Kinds = tuple[tuple[re.Pattern[str], ThreatKind], ...]


def kinds(words: Mapping[ThreatKind, str]) -> Kinds:
    """A format's own table: kind → pattern, compared without width and case."""
    return tuple((re.compile(pattern, re.IGNORECASE), kind) for kind, pattern in words.items())


_DEFINITIONS = r"(ウイルス|ウィルス|パターン|定義|シグネチャ|データベース|ソフトウェア|ファーム)"
SHARED: Kinds = kinds({
    ThreatKind.FAULT: (
        rf"{_DEFINITIONS}[^。\n]{{0,14}}(更新|アップデート)[^。\n]{{0,10}}(失敗|でき|され?てい?な|古)"
        rf"|{_DEFINITIONS}(ファイル)?が(古|最新ではあり)|ライセンス[^。\n]{{0,16}}(切れ|期限|失効|超過|終了)"
        r"|(有効期限|契約期間)[^。\n]{0,12}(切れ|終了|過ぎ|間近|近づ)|通信(断|不能|できません)|接続が切れ|応答(なし|がありません)"
        r"|オフライン|update (failed|failure|error)|failed to update|out[- ]of[- ]date|outdated"
        r"|licen[cs]e.{0,20}(expir|exceed|invalid)|(expired|expiring).{0,20}licen[cs]e"
        r"|not (been )?(updated|connected|communicat)|is offline|connection lost|up to date: no"
    ),
    ThreatKind.TAMPERING: (
        r"改ざん防止|(保護|監視|エージェント|リアルタイム|ウイルス対策)[^。\n]{0,10}(無効|停止し|停止され|オフに)"
        r"|アンインストール(され|しよう)|tamper|protection (is |was |has been )?(disabled|turned off|stopped)"
        r"|(uninstalled|disabled by user)"
    ),
    ThreatKind.RANSOMWARE: r"ランサム|ransom|cryptoguard|暗号化の(試み|挙動)",
    ThreatKind.UNWANTED: (
        r"\bpu[ap]s?\b|アドウェア|adware|望ましくない|望まない|不要な可能性|不審な?アプリ|迷惑アプリ|potentially unwanted"
        r"|riskware|リスクウェア|グレーウェア|grayware|greyware|スパイウェア/グレーウェア|unwanted application"
    ),
    ThreatKind.CALLBACK: (
        r"c\s?&\s?c|\bc2\b|コールバック|callback|ボット(?!対策)|botnet|\bbot\b|command[- ]and[- ]control"
    ),
    ThreatKind.PHISHING: r"フィッシング|phish|詐欺サイト|偽サイト",
    ThreatKind.MAIL_MALWARE: (
        r"(メール|mail|添付)[^。\n]{0,16}(ウイルス|ウィルス|マルウェア|virus|malware)"
        r"|(ウイルス|ウィルス|virus|malware)[^。\n]{0,6}(付き?|in )(メール|e?-?mail)|emotet.{0,10}mail"
    ),
    ThreatKind.MALWARE: (
        r"ウイルス|ウィルス|マルウェア|トロイ|ワーム|スパイウェア|ルートキット|バックドア|不正プログラム|悪意のある(ファイル|プログラム"
        r"|ソフト|コード)|\bvirus|malware|trojan|\bworm\b|spyware|rootkit|backdoor|eicar|malicious (file|program"
        r"|code|process)|\bav\b|antivirus"
    ),
    ThreatKind.BRUTE_FORCE: r"総当たり|ブルートフォース|brute[- ]?force|パスワードスプレー|password spray",
    ThreatKind.SCAN: r"ポート ?スキャン|port ?scan|アドレススキャン|ネットワークスキャン|偵察|reconnaissance|host sweep",
    ThreatKind.FLOOD: r"\bd?dos\b|dos攻撃|フラッド|flood|サービス妨害|denial[- ]of[- ]service",
    ThreatKind.EXPLOIT: r"脆弱性(を|への|攻撃|の悪用|対策)|エクスプロイト|exploit|cve-\d{4}|仮想パッチ|sqlインジェクション",
    ThreatKind.BAD_SITE: (
        r"(不正|有害|悪性|危険|悪意のある|感染)な?(web|ウェブ)?(サイト|url|ドメイン|リンク)|web ?(レピュテーション|脅威)"
        r"|ウェブレピュテーション|web ?(reputation|threat)|(malicious|dangerous|harmful|infected) (web ?site|site|url"
        r"|domain|link)|dns ?(フィルタ|filter)|harmful web"
    ),
    ThreatKind.LOGIN_FAILED: (
        r"(ログイン|ログオン|サインイン|認証)[^。\n]{0,8}(失敗|エラー|拒否)|(login|logon|sign-?in|authentication)"
        r"[^.\n]{0,12}fail|failed (login|logon|sign-?in)"
    ),
    ThreatKind.UNUSUAL_LOGIN: (
        r"(不審|普段と異なる|海外から|見慣れない)[^。\n]{0,10}(ログイン|サインイン|アクセス)|(unusual|impossible|risky"
        r"|suspicious) (travel|sign-?in|login|log-?on)"
    ),
    ThreatKind.INTRUSION: (
        r"不正侵入|侵入(検知|防御|を|の)|\bip[sd]\b|intrusion|不正アクセス|不正な?通信|不正パケット|ネットワーク攻撃"
        r"|network attack|攻撃を(検知|検出|遮断|ブロック)|ネットワーク(ウイルス|脅威)"
    ),
    ThreatKind.NEW_ADMIN: r"管理者(アカウント)?[^。\n]{0,8}(追加|作成|昇格)|admin(istrator)?s? (was |has been )?(added|created)",
    ThreatKind.SETTING_CHANGED: r"設定[^。\n]{0,8}変更|(configuration|settings?) (was |were |has been )?changed",
    ThreatKind.DATA_LEAVING: r"情報(漏えい|漏洩|流出|持ち出し)|\bdlp\b|データ損失|data (loss|leak|exfil)",
    ThreatKind.POLICY: (
        r"url ?(フィルタ|filter)|コンテンツフィルタ|web ?フィルタ|ポリシー違反|(デバイス|アプリケーション|周辺機器)(の)?制御"
        r"|(web|device|application|peripheral|app) control|policy violation|利用禁止|閲覧(禁止|規制)|usb"
    ),
    ThreatKind.SUSPICIOUS: (
        r"不審|疑わしい|怪しい|ふるまい|振る舞い|挙動|機械学習|未知の脅威|サンドボックス|suspicious|behavio|machine learning"
        r"|deep guard|deepguard|anomal|sandbox|heuristic|ヒューリスティック"
    ),
})  # fmt: skip

_DONE = "駆除|隔離|削除|遮断|ブロック|拒否|防御|阻止|クリーンアップ|除去|破棄|無害化|強制終了|処理|修復|検疫|遮へい|検閲|無効化|停止"
_NOT_DONE = re.compile(
    rf"({_DONE}|対処|対応)[^。、,\n]{{0,10}}(ませんでし|できな|できません|失敗|されず|なかった|ていな|ていません|未完|不可|不能)"
    r"|^(失敗|許可|通過|未処理|未対処|未駆除|放置|無視|許可済|スキップ|未対応)|アクセス(を)?許可|通過(しました|済)?$|許可(しました|されました)"
    r"|\b(not|un)\s?-?(been )?(blocked|quarantined|cleaned|removed|deleted|resolved|mitigated|remediated|handled"
    r"|treated|prevented)|\b(failed|failure|unsuccessful|could not|cannot|unable|allow(ed)?|permit(ted)?|passed"
    r"|pass(through)?|accept(ed)?|ignored|skipped|no action(?! (is )?(required|needed))|none taken|unresolved|not cleaned"
    r"|passthrough|left alone|access allowed)\b",
    re.IGNORECASE,
)
_TO_DO = re.compile(
    r"してください|お願い|必要|推奨|お勧め|待ち|予定|保留|検出のみ|検知のみ|監視のみ|ログのみ|記録のみ|通知のみ|手動"
    r"|\b(required|require|needed|recommend\w*|pending|please|should|must|manual(ly)?"
    r"|(detect|monitor|log|report|alert|notify|audit)(t?ed)?[ -]only)\b"
    r"|^(detect|monitor|log|logg|report|alert|audit)(ed|ing)?$|^(検出|検知|監視|記録|通知|ログ)(しました)?$",
    re.IGNORECASE,
)
_STOPPED = re.compile(
    rf"({_DONE})|^(成功|完了|解決|解決済み?|対処済み?|対応済み?|処理済み?|防御)"
    r"|\b(block(ed)?|quarantine(d)?|clean(ed)?( ?up)?|removed?|deleted?|den(y|ied)|drop(ped)?|disinfect(ed)?"
    r"|terminat(e|ed)|kill(ed)?|prevent(ed)?|stopp?(ed)?|reset|mitigated|remediated|resolved|isolated|rejected?"
    r"|contained|encrypted and moved|success(ful(ly)?)?|neutrali[sz]ed|deny|server_rst|client_rst)\b",
    re.IGNORECASE,
)
# In running text only what is said to have happened counts: 「隔離してください」 happened to nobody.
_SAID_NOT = re.compile(
    rf"({_DONE})[^。\n]{{0,8}}(できませんでし|されませんでし|しませんでし|に失敗|されていません|できていません)"
    r"|(could not be|was not|were not|has not been|failed to be|not been) (blocked|quarantined|cleaned|removed|deleted"
    r"|remediated|resolved)|(cleanup|remediation|removal|quarantine|deletion) (has )?failed|failed to (block|clean"
    r"|remove|delete|quarantine)|(was|were|has been) (allowed|permitted)|通過しました|許可(し|され)ました",
    re.IGNORECASE,
)
_SAID = re.compile(
    rf"({_DONE})(を行い|を実施し|が完了し|に成功し)?(いたしました|しました|されました|済みです|されています|しています|ました)"
    r"|(was|were|has been|have been|been|is|are|successfully) (automatically |successfully )?(blocked|quarantined|cleaned"
    r"|cleaned up|removed|deleted|terminated|prevented|stopped|denied|dropped|disinfected|remediated|resolved)"
    r"|(successfully|automatically) (blocked|quarantined|cleaned|removed|deleted)",
    re.IGNORECASE,
)


def kind_in(texts: Iterable[str], own: Kinds) -> ThreatKind | None:
    """What the first text that says anything says, by the format's words and then by everybody's."""
    for text in texts:
        plain = unicodedata.normalize("NFKC", text[:2_000])
        for pattern, kind in (*own, *SHARED):
            if pattern.search(plain):
                return kind
    return None


def is_kind_word(text: str) -> bool:
    """Whether a word or heading names a kind of threat, in anybody's words."""
    return kind_in([text], ()) is not None


def is_fault(status: str) -> bool:
    """A state that says that the protection itself does not work (オフライン, ライセンス切れ)."""
    return kind_in([status], ()) in (ThreatKind.FAULT, ThreatKind.TAMPERING)


def done_by_action(text: str) -> Disposition:
    """What stands behind 処理, Action and the like; what is still to be done was only seen."""
    plain = unicodedata.normalize("NFKC", text[:400]).strip()
    for pattern, disposition in (
        (_NOT_DONE, Disposition.LET_THROUGH),
        (_TO_DO, Disposition.SEEN),
        (_STOPPED, Disposition.STOPPED),
    ):
        if pattern.search(plain):
            return disposition
    return Disposition.SEEN


def done_by_text(text: str) -> Disposition:
    """What sentences say was done; "seen" unless one says that it happened."""
    plain = unicodedata.normalize("NFKC", text[:8_000])
    if _SAID_NOT.search(plain):
        return Disposition.LET_THROUGH
    return Disposition.STOPPED if _SAID.search(plain) else Disposition.SEEN
