"""Windows events that come as syslog: NXLog's structured data, and Snare's tab-separated line.

Snare's values stand only in the rendered message. Rules want EventData's names, so the labels of
the message are put back to them; Japanese Windows renders in Japanese.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hinomi.normalise.format import Fields, Line
    from hinomi.normalise.scanners.tree import Tree

_LONGEST = 8_192
_SNARE = re.compile(r"MSWinEventLog[\t,;#]")
# Places behind the mark (Snare's guide "Snare Event Log format") → NXLog's names.
_PLACES = ("", "Channel", "", "EventTime", "EventID", "SourceName", "AccountName", "AccountType",
           "EventType", "Hostname", "Category", "", "Message")  # fmt: skip

# A section of the message → whose account its labels are about.
_SECTIONS = {
    "Subject": "Subject", "New Logon": "Target", "Account For Which Logon Failed": "Target",
    "Target Account": "Target", "New Account": "Target", "Deleted Account": "Target",
    "Account That Was Locked Out": "Target", "Account Whose Credentials Were Used": "Target",
    "Account Information": "Target", "Member": "Member", "Group": "Group", "New Group": "Group",
    "Network Information": "", "Process Information": "", "Failure Information": "",
    "Detailed Authentication Information": "", "Service Information": "", "Object": "",
    "Share Information": "", "Additional Information": "", "Logon Information": "",
    "Task Information": "", "Target Server": "", "Attributes": "",
    "サブジェクト": "Subject", "新しいログオン": "Target", "ログオンを失敗したアカウント": "Target",
    "対象アカウント": "Target", "新しいアカウント": "Target",
    "ロックアウトされたアカウント": "Target",
    "メンバー": "Member", "グループ": "Group", "ネットワーク情報": "", "プロセス情報": "",
    "エラー情報": "", "詳細な認証情報": "", "追加情報": "", "ログオン情報": "",
}  # fmt: skip
_ACCOUNTS = {
    "Security ID": {"Subject": "SubjectUserSid", "Target": "TargetUserSid", "Member": "MemberSid",
                    "Group": "TargetSid"},
    "Account Name": {"Subject": "SubjectUserName", "Target": "TargetUserName",
                     "Member": "MemberName"},
    "Account Domain": {"Subject": "SubjectDomainName", "Target": "TargetDomainName"},
    "Logon ID": {"Subject": "SubjectLogonId", "Target": "TargetLogonId"},
    "Group Name": {"Group": "TargetUserName"},
    "Group Domain": {"Group": "TargetDomainName"},
}  # fmt: skip
_PLAIN = {
    "Logon Type": "LogonType", "Workstation Name": "WorkstationName",
    "Source Network Address": "IpAddress", "Client Address": "IpAddress",
    "Source Address": "IpAddress", "Source Port": "IpPort", "Client Port": "IpPort",
    "Status": "Status", "Sub Status": "SubStatus", "Failure Reason": "FailureReason",
    "Result Code": "Status", "Failure Code": "Status", "Caller Process Name": "ProcessName",
    "Process Name": "ProcessName", "New Process Name": "NewProcessName",
    "New Process ID": "NewProcessId", "Creator Process Name": "ParentProcessName",
    "Process Command Line": "CommandLine", "Logon Process": "LogonProcessName",
    "Authentication Package": "AuthenticationPackageName", "Service Name": "ServiceName",
    "Service File Name": "ImagePath", "Service Type": "ServiceType",
    "Service Start Type": "StartType", "Service Account": "AccountName", "Share Name": "ShareName",
    "Relative Target Name": "RelativeTargetName", "Object Name": "ObjectName",
    "Access Mask": "AccessMask", "Task Name": "TaskName",
    "Caller Computer Name": "TargetDomainName",
    "Ticket Encryption Type": "TicketEncryptionType", "Ticket Options": "TicketOptions",
    "Target Server Name": "TargetServerName", "Object Type": "ObjectType",
    "Caller Process ID": "ProcessId", "Process ID": "ProcessId", "Logon GUID": "LogonGuid",
    "Token Elevation Type": "TokenElevationType", "Mandatory Label": "MandatoryLabel",
    "Creator Process ID": "ParentProcessId", "Transited Services": "TransmittedServices",
    "Key Length": "KeyLength", "Impersonation Level": "ImpersonationLevel",
    "Elevated Token": "ElevatedToken", "Privileges": "PrivilegeList", "Accesses": "AccessList",
    "Package Name (NTLM only)": "LmPackageName", "SAM Account Name": "SamAccountName",
}  # fmt: skip
_JAPANESE = {
    "セキュリティ ID": "Security ID", "アカウント名": "Account Name",
    "アカウント ドメイン": "Account Domain", "ログオン ID": "Logon ID",
    "ログオン タイプ": "Logon Type", "ワークステーション名": "Workstation Name",
    "ソース ネットワーク アドレス": "Source Network Address", "ソース ポート": "Source Port",
    "状態": "Status", "サブ ステータス": "Sub Status", "失敗の原因": "Failure Reason",
    "新しいプロセス名": "New Process Name", "プロセスのコマンド ライン": "Process Command Line",
    "呼び出し側プロセス名": "Caller Process Name", "プロセス名": "Process Name",
    "サービス名": "Service Name", "サービス ファイル名": "Service File Name",
    "グループ名": "Group Name", "グループ ドメイン": "Group Domain",
}  # fmt: skip
_WORDS = sorted((*_SECTIONS, *_ACCOUNTS, *_PLAIN, *_JAPANESE), key=len, reverse=True)
_MARK = re.compile(r"(?:^|(?<=\s))(" + "|".join(map(re.escape, _WORDS)) + r"):(?=\s|$)")


def is_windows(line: Line) -> bool:
    """NXLog's `[NXLOG@… EventID=…]`, or Snare's mark."""
    data = line.header.data
    if "EventID" in data:
        return "Channel" in data or "ProviderGuid" in data or "EventType" in data
    return "MSWinEventLog" in line.text[:240]


def tree_of(line: Line) -> Tree:
    """The event as NXLog would write it in JSON, or an empty tree."""
    data, header = line.header.data, line.header
    if "EventID" in data:
        about: Tree = {
            "Hostname": header.host,
            "SourceName": header.program,
            "Message": header.body,
        }
        return {name: value for name, value in about.items() if value} | dict(data)
    found = _SNARE.search(line.text, 0, 256)
    if found is None:
        return {}
    cells = line.text[found.end() :].split(found[0][-1])
    pairs = zip(_PLACES, cells, strict=False)
    named: Tree = {name: cell for name, cell in pairs if name and cell != "N/A"}
    return named if str(named.get("EventID", "")).isdecimal() else {}


def add_rendered(fields: Fields) -> None:
    """EventData's names out of `Message`, where the sender gave the message only."""
    message = fields.get("Message", "")[:_LONGEST]
    marks = list(_MARK.finditer(message))
    whose = ""
    for index, mark in enumerate(marks):
        word = _JAPANESE.get(mark[1], mark[1])
        if word in _SECTIONS:
            whose = _SECTIONS[word]
            continue
        stop = marks[index + 1].start() if index + 1 < len(marks) else len(message)
        value = message[mark.end() : stop].strip()
        name = _ACCOUNTS[word].get(whose, "") if word in _ACCOUNTS else _PLAIN[word]
        if name and value:
            fields.setdefault(name, value if name == "CommandLine" else value.split("  ")[0])
