"""What consoles call things in their mails → hinomi's field, for labels, columns and CSV headings.

Written labels are compared without width, case, spaces and marks. A format adds its own words.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORDS: dict[str, str] = {
    "tenant": """会社名 企業名 組織名 組織 テナント テナント名 お客様名 お客さま名 お客様 顧客名 顧客 契約者
        ご契約者 ご契約者名 契約者名 ご契約者様名 法人名 団体名 事業者名 設置先 設置先名 お客様名称 会社 企業
        ご利用企業名 加入者名 tenant tenantname company companyname customer customername
        organization organisation organizationname orgname client_company account accountname""",
    "site": """静的グループ 動的グループ サイト サイト名 拠点 拠点名 グループ グループ名 管理グループ 設置場所 部署 site sitename group
        groupname location_name branch""",
    "customer": """お客様番号 お客さま番号 顧客番号 お客様id 顧客id お客様コード 顧客コード 契約番号 ご契約番号 契約id
        会員番号 企業id 企業コード テナントid 会社id 会社コード customerid customernumber customerno
        customercode tenantid contractnumber contractid companyid organizationid cid accountid
        accountnumber subscriptionid""",
    "serial": """機器シリアル 装置シリアル 本体シリアル 本体製造番号 シリアル シリアル番号 シリアルno シリアルナンバー 製造番号 機器番号 装置番号 機器id 装置id
        製品シリアル番号 serial serialnumber serialno deviceserial deviceserialnumber sn s/n
        devid device_id applianceserial""",
    "device": """端末名 端末 コンピュータ名 コンピューター名 コンピュータ コンピューター
        ホスト名 ホスト デバイス名 デバイス pc名 pc マシン名 クライアント名
        クライアント エンドポイント エンドポイント名 対象端末 対象端末名 対象ホスト
        検出端末 検知端末 検知端末名 検出端末名 感染端末 対象コンピュータ
        対象コンピューター 発生端末 発生元端末 発生元 対象pc 検出したコンピュータ
        検出されたコンピュータ computer computername hostname host device devicename endpoint endpointname
        machine machinename client clientname workstation affecteddevice affectedcomputer affectedendpoint
        affectedhost targetdevice agentname""",
    "gateway": """機器名 機器 対象機器 装置名 装置 devname ゲートウェイ名 ゲートウェイ utm名
        utm機器名 本体名 本体名称 設置機器 装置名称 ファイアウォール名 gateway gatewayname
        appliance appliancename firewall firewallname sensor""",
    "user": """ユーザー名 ユーザ名 ユーザー ユーザ ログオンユーザー ログオンユーザ ログインユーザー ログインユーザ
        ログオンユーザー名 ログインユーザー名 アカウント アカウント名 利用者 利用者名 使用者 使用者名 対象ユーザー
        ユーザid ユーザーid 実行ユーザー user username account_name loggedonuser loggedinuser
        lastuser affecteduser userid srcuser""",
    "time": """日時 発生日時 検出日時 検知日時 発生時刻 検出時刻 検知時刻 時刻 発生日 検出日 検知日 タイムスタンプ
        遮断日時 ブロック日時 イベント日時 ログ日時 検出時間 検知時間 発生時間 アラート日時 通知日時 記録日時 日付時刻
        datetime date/time dateandtime eventtime detected detectedat detectedon detectiontime
        occurred occurredat timestamp timeofoccurrence detectiondate eventdate time when
        timegenerated alerttime lastseen""",
    "date": "日付 date 対象日 集計日 報告日 レポート日付 対象期間 集計期間 期間 レポート期間 period",
    "threat": """検出 検知 脅威名 脅威 検出名 検知名 ウイルス名 ウィルス名 マルウェア名 マルウェア ウイルス ウィルス 検出した脅威
        検出された脅威 シグネチャ名 シグネチャ シグニチャ シグニチャ名 攻撃名 ウイルス/マルウェア
        ウイルス/マルウェア名 検出ウイルス名 検出ウイルス 検知ウイルス名 検知マルウェア 脅威の名前 スパイウェア名
        threat threatname virus virusname malware malwarename detection detectionname signature
        signaturename attack attackname infection infectionname virus/malware
        virus/malwarename threatdetected spyware incident incidentname""",
    "threat_type": """脅威の種類 脅威種別 脅威タイプ 種別 種類 検出種別 検知種別 検知種類 検出タイプ 検出の種類 検知の種類 検出の種別 スキャナー スキャナ カテゴリ カテゴリー
        脅威カテゴリ 分類 イベント種別 イベント種類 イベント イベント名 検知内容 検出内容 アラート種別 アラート名 アラート
        検知エンジン 検出エンジン 違反種別 攻撃種別 攻撃の種類 検知項目 検出項目 機能 検出機能 検知機能 対策機能
        threattype type category threatcategory alerttype alertname alert eventtype event
        eventname detectiontype detectioncategory violation violationtype engine scanner
        attacktype detectedby""",
    "file": """ファイル名 ファイル ファイルパス パス 感染ファイル 感染ファイル名 対象ファイル 対象ファイル名 検出ファイル
        検出ファイル名 検知ファイル 検出場所 検出パス オブジェクト オブジェクト名 対象オブジェクト フルパス 感染元
        プロセス名 プロセス file filename filepath path infectedfile infectedobject object objecturi
        objectname fullpath process processname infectedfile/object location""",
    "hash": "ハッシュ ハッシュ値 ファイルハッシュ sha256 sha-256 sha1 sha-1 md5 hash filehash",
    "url": """url 検出url 検知url ブロックurl 遮断url 対象url アクセス先url 接続先url 宛先url 通信先url
        webサイト アクセスurl アクセスサイト サイトurl ドメイン ドメイン名 domain domainname website
        weburl detectedurl blockedurl link""",
    "target": "アクセス先 接続先 通信先 通信先アドレス 接続先アドレス remote remotehost remoteaddress",
    "action": """処理 処置 対処 処理結果 対処結果 処置結果 対応 対応結果 アクション 実行した処理 実行された処理
        検出時の処理 検知時の処理 実行アクション 動作 結果 処理内容 対処内容 処理状況 対処状況 対応状況 処理方法
        実施した処理 検出結果 ブロック結果 防御結果 action actiontaken actionperformed result
        actionresult outcome response remediation remediationstatus mitigation mitigationstatus
        actionstaken""",
    "status": "稼働状態 接続状態 機器状態 状態 ステータス 状況 稼働状況 動作状況 保護状態 status state health",
    "source_ip": """送信元 送信元ip 送信元ipアドレス 送信元アドレス 攻撃元 攻撃元ip 攻撃元ipアドレス 接続元
        接続元ip 接続元ipアドレス アクセス元 アクセス元ip 発信元 発信元ip source sourceip
        sourceaddress sourceipaddress src srcip src_ip attacker attackerip sourcehost""",
    "source_port": "送信元ポート 送信元ポート番号 sourceport srcport",
    "destination_ip": """宛先 宛先ip 宛先ipアドレス 宛先アドレス 送信先 送信先ip 送信先ipアドレス 攻撃先
        攻撃先ip 接続先ip 接続先ipアドレス 通信先ip 通信先ipアドレス destination destinationip
        destinationaddress destinationipaddress dst dstip dst_ip remoteip target targetip""",
    "destination_port": "宛先ポート 宛先ポート番号 送信先ポート destinationport dstport port ポート ポート番号",
    "device_ip": """ipアドレス ip 端末ip 端末ipアドレス 端末のipアドレス 機器ip ipaddress clientip localip
        hostip deviceip ipv4 ipv4アドレス""",
    "mac": "macアドレス 端末macアドレス mac macaddress",
    "severity": """重要度 深刻度 危険度 レベル 緊急度 脅威レベル リスク リスクレベル 警告レベル アラートレベル 重大度
        severity level risk risklevel priority threatlevel alertlevel""",
    "protocol": "プロトコル protocol service サービス",
    "policy": "ポリシー ポリシー名 ルール ルール名 適用ルール policy policyname rule rulename",
    "mail_sender": "差出人 送信者 メール送信者 送信者アドレス 差出人アドレス sender mailfrom emailsender",
    "mail_recipient": "受信者 メール受信者 受信者アドレス 宛先メールアドレス recipient recipients emailrecipient",
    "mail_subject": "件名 メール件名 表題 subject emailsubject",
    "count": "件数 検出数 検知数 検出件数 検知件数 回数 検出回数 検知回数 発生件数 count detections hits",
    "message": """内容 詳細 メッセージ 説明 概要 備考 詳細情報 アラート内容 イベント内容 検出詳細 details detail
        message description summary alertdetails eventdescription info""",
    "product": "製品 製品名 サービス名 機種 機種名 型番 product productname model",
    "version": "バージョン 製品バージョン パターン番号 パターンバージョン version",
}  # fmt: skip
NAMING = ("tenant", "customer")
SCOPE = ("tenant", "customer", "serial", "site", "product")
# What makes a row or block news of something: without one of these it only tells of a company.
NEWS = ("threat", "threat_type", "file", "hash", "url", "action", "source_ip", "target")
_SILENT = re.compile(r"[\s　\-_.・:：=*#■□●○◆◇▼▽▲△▶►▪▫◎※>＞「」『』【】\[\]()（）〔〕<>《》\"'`]+")
# 「検出されたコンピュータ」 is a コンピュータ, 「機器名称」 a 機器名.
_BEFORE = re.compile(
    r"^(検出され[たる]|検知され[たる]|検出した|検知した|感染した|影響を受けた|影響を受ける|該当する?|発生した|関連する?"
    r"|the|affected|detected|infected|impacted)(の)?"
)
_BEHIND = re.compile(r"(名称|情報|一覧)$")
_COMMON_PLACE = re.compile(
    r"(本社|本店|支店|支社|営業所|工場|第?[一二三1-9]工場|事務所|本部|店舗|倉庫|社内|全社|全て|すべて|未分類|その他|なし|不明|既定|デフォルト"
    r"|default( site| group)?|all|lost.?found|lost and found|headquarters|head office|main|office|none|-)",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^[\s　■□●○◆◇▼▽▲△▶►▪▫◎※>＞*#・\-–—]*"
    r"(?:(?:[(（\[［]\d{1,2}[)）\]］]|\d{1,2}[)）]|\d{1,2}[.．、](?=[\s　])|[①-⑳])[\s　]*)?"
)


@lru_cache(maxsize=8_192)
def plain_label(written: str) -> str:
    """As labels are compared."""
    return _SILENT.sub("", unicodedata.normalize("NFKC", written[:80]).casefold())


@cache
def _shared() -> dict[str, str]:
    return {plain_label(word): field for field, words in _WORDS.items() for word in words.split()}


def field_of(written: str, own: Mapping[str, str]) -> str:
    """The field a label means, "" when it is none we know. `own` are a format's words, plain."""
    label = plain_label(written)
    if not label or len(label) > 40:
        return ""
    shared = _shared()
    found = own.get(label) or shared.get(label)
    if found is None:
        short = _BEFORE.sub("", _BEHIND.sub("", label))
        found = own.get(short) or shared.get(short)
    return found or ""


def is_common_place(name: str) -> bool:
    """「本社」 is in every company: taught once, it would draw everybody's mails to that one."""
    return not name.strip() or bool(_COMMON_PLACE.fullmatch(name.strip()))


def without_marks(line: str) -> str:
    """A line without the signs and numbers that lists and headings begin with."""
    return _OPENING.sub("", line)


def plain_labels(words: Mapping[str, str]) -> dict[str, str]:
    """A format's own table (field → words parted by blanks) as `field_of` wants it."""
    return {plain_label(word): field for field, text in words.items() for word in text.split()}
