"""Windows Event Log: EVTX records, Winlogbeat and Elastic Agent JSON, NXLog JSON, rendered XML.

All of them end under Sigma's names: System parts as Provider_Name, EventID, Channel, Computer …,
EventData and UserData as they stand (Image, CommandLine, TargetUserName …).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from hinomi.core.errors import NotThisFormat
from hinomi.core.words import Disposition
from hinomi.normalise import windows_syslog
from hinomi.normalise.format import Format
from hinomi.normalise.moment import Stated, from_text
from hinomi.normalise.scanners.tree import as_text, flatten, load_object
from hinomi.normalise.windows_view import ECS_NAMES, derive, ocsf_class

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from hinomi.normalise.format import Fields, Line
    from hinomi.normalise.scanners.tree import Tree

_SYSTEM = ("EventID", "Version", "Level", "Task", "Opcode", "Keywords", "EventRecordID", "Channel",
           "Computer")  # fmt: skip
# (element, (attribute, field) …)
_ATTRIBUTES = (
    ("Provider", (("Name", "Provider_Name"), ("Guid", "Provider_Guid"))),
    ("TimeCreated", (("SystemTime", "TimeCreated_SystemTime"),)),
    ("Execution", (("ProcessID", "Execution_ProcessID"), ("ThreadID", "Execution_ThreadID"))),
    ("Security", (("UserID", "Security_UserID"),)),
    ("Correlation", (("ActivityID", "Correlation_ActivityID"),)),
    ("EventID", (("Qualifiers", "EventID_Qualifiers"),)),
)
_NXLOG = {
    "SourceName": "Provider_Name",
    "ProviderGuid": "Provider_Guid",
    "Hostname": "Computer",
    "ProcessID": "Execution_ProcessID",
    "ExecutionProcessID": "Execution_ProcessID",
    "ThreadID": "Execution_ThreadID",
    "ExecutionThreadID": "Execution_ThreadID",
    "RecordNumber": "EventRecordID",
    "RecordID": "EventRecordID",
    "UserID": "Security_UserID",
    "ActivityID": "Correlation_ActivityID",
    "Severity": "SeverityName",
    "SeverityValue": "SeverityNumber",
}
_WINLOG = {
    "channel": "Channel",
    "event_id": "EventID",
    "provider_name": "Provider_Name",
    "provider_guid": "Provider_Guid",
    "computer_name": "Computer",
    "record_id": "EventRecordID",
    "process.pid": "Execution_ProcessID",
    "process.thread.id": "Execution_ThreadID",
    "user.identifier": "Security_UserID",
    "activity_id": "Correlation_ActivityID",
    "task": "Task",
    "opcode": "Opcode",
    "keywords": "Keywords",
    "version": "Version",
    "level": "Level",
}
# Beats that already wrote ECS and dropped the event data: give rules their names back.
_FROM_ECS = {
    "process.executable": "Image",
    "process.command_line": "CommandLine",
    "process.pid": "ProcessId",
    "process.parent.executable": "ParentImage",
    "process.parent.command_line": "ParentCommandLine",
    "process.working_directory": "CurrentDirectory",
    "process.pe.original_file_name": "OriginalFileName",
    "registry.path": "TargetObject",
    "file.path": "TargetFilename",
    "dll.path": "ImageLoaded",
    "dns.question.name": "QueryName",
    "source.ip": "SourceIp",
    "source.port": "SourcePort",
    "destination.ip": "DestinationIp",
    "destination.port": "DestinationPort",
}
_DECLARED = (
    "EventID", "Channel", "Provider_Name", "Computer", "EventRecordID", "Level", "Task", "Opcode",
    "Keywords", "Execution_ProcessID", "Security_UserID", "Image", "CommandLine", "ParentImage",
    "ParentCommandLine", "OriginalFileName", "CurrentDirectory", "User", "Hashes", "ProcessId",
    "ParentProcessId", "IntegrityLevel", "LogonId", "TargetFilename", "TargetObject", "Details",
    "ImageLoaded", "Signed", "SourceIp", "SourcePort", "DestinationIp", "DestinationPort",
    "DestinationHostname", "Protocol", "QueryName", "QueryResults", "SourceImage", "TargetImage",
    "GrantedAccess", "CallTrace", "PipeName", "SubjectUserName", "SubjectDomainName",
    "SubjectUserSid", "TargetUserName", "TargetDomainName", "TargetUserSid", "LogonType",
    "IpAddress", "IpPort", "WorkstationName", "Status", "SubStatus", "NewProcessName",
    "ProcessName", "ServiceName", "ImagePath", "ServiceType", "StartType", "ScriptBlockText",
    "ShareName", "ObjectName", "AccessMask", "Data", "Message",
)  # fmt: skip

# Defender's "Action Name" codes and words that mean the thing cannot run any more.
_DONE = ("%%809", "%%810", "%%811", "%%844", "%%838", "quarantine", "remove", "clean", "block",
         "検疫", "削除", "ブロック", "駆除")  # fmt: skip
_LEFT = ("%%812", "allow", "許可")
_DEFENDER_FAILED = ("1008", "1118", "1119")
_DEFENDER_SEEN = ("1006", "1015", "1116")
_DEFENDER_DONE = ("1007", "1117")
_DEFENDER_STOPPED = ("1121", "1123", "1125", "1126", "1127", "1128")
_DEFENDER_AUDITED = ("1122", "1124", "1129")


def _sniff(line: Line) -> bool:
    body = line.header.body.lstrip()
    if body[:1] == "{":
        return (
            ('"EventID"' in body and ('"Channel"' in body or '"SourceName"' in body))
            or '"winlog"' in body
            or ('"Event"' in body and '"System"' in body)
            or '"winlogbeat"' in body
            or ('"RawXml"' in body and "<System>" in body)
        )
    if body.startswith("<Event") and "<System>" in body:
        return True
    return windows_syslog.is_windows(line)


def _parse(line: Line) -> Fields:
    body = line.header.body.strip()
    if body[:1] not in ("{", "<") and (tree := windows_syslog.tree_of(line)):
        fields = fields_of_tree(tree)
        windows_syslog.add_rendered(fields)
        return fields
    return _fields_of_xml(body) if body[:1] == "<" else fields_of_tree(load_object(body))


def fields_of_tree(tree: Tree) -> Fields:
    """The fields of a decoded event, whoever encoded it. Raises NotThisFormat."""
    inner = tree.get("Event")
    if isinstance(inner, dict) and isinstance(inner.get("System"), dict):
        return _fields_of_evtx(inner)
    if isinstance(tree.get("winlog"), dict):
        return _fields_of_winlogbeat(tree)
    if "EventID" in tree:
        return _fields_of_nxlog(tree)
    if isinstance(inner := tree.get("properties"), dict) and "RawXml" in inner:
        return _fields_of_xml(as_text(inner["RawXml"]).strip())  # as Azure's agent exports it
    raise NotThisFormat("JSON, but not of a Windows event.")


def _fields_of_evtx(event: Tree) -> Fields:
    fields: Fields = {}
    system = event["System"]
    assert isinstance(system, dict)
    for name in _SYSTEM:
        value = system.get(name)
        if type(value) is int:  # most of them; this loop is a tenth of all reading
            fields[name] = str(value)
            continue
        if isinstance(value, dict):
            value = value.get("#text")
        if value is not None:
            fields[name] = value if isinstance(value, str) else as_text(value)
    for element, names in _ATTRIBUTES:
        part = system.get(element)
        attributes = part.get("#attributes") if isinstance(part, dict) else None
        if isinstance(attributes, dict):
            for attribute, name in names:
                value = attributes.get(attribute)
                if value is not None:
                    fields[name] = value if isinstance(value, str) else as_text(value)
    for part in ("EventData", "UserData", "ProcessingErrorData"):
        data = event.get(part)
        if isinstance(data, dict):
            _add_data(fields, _only_child(data) if part == "UserData" else data)
    if "EventID" not in fields:
        raise NotThisFormat("The event has no EventID.")
    return fields


def _only_child(data: Tree) -> Tree:
    """UserData holds one element of the provider's own; its children are the fields."""
    for name, child in data.items():
        if name != "#attributes" and isinstance(child, dict):
            return child
    return data


def _add_data(fields: Fields, data: Tree) -> None:
    """Named data as it stands; a bare list of Data joined as Sigma rules expect to search it."""
    for name, value in data.items():
        if name == "#attributes":
            continue
        if isinstance(value, str) or type(value) is int:  # nearly all of them
            fields[f"EventData_{name}" if name in fields else name] = str(value)
            continue
        if isinstance(value, dict):
            value = value.get("#text", value)
        if isinstance(value, list):
            value = "\n".join(as_text(item) for item in value)
        elif isinstance(value, dict):
            for inner, text in flatten({name: value}).items():
                _add(fields, inner.replace("#attributes.", ""), text)
            continue
        _add(fields, name, as_text(value))


def _add(fields: Fields, name: str, value: str) -> None:
    """System parts win: an EventData field of the same name is kept as `EventData_<name>`."""
    fields[f"EventData_{name}" if name in fields else name] = value


def _fields_of_nxlog(tree: Tree) -> Fields:
    fields: Fields = {}
    for key, value in flatten(tree).items():
        name = _NXLOG.get(key, key)
        fields[f"EventData_{name}" if name in fields else name] = value
    message = fields.get("Message", "")
    if "Sysmon" in fields.get("Provider_Name", "") and message:
        # NXLog's own ProcessID shadows the event's ProcessId; the rendered message still has it.
        for row in message.splitlines():
            name, colon, value = row.partition(": ")
            if name not in fields and colon and name.isalnum():
                fields[name] = value.strip()
    return fields


def _fields_of_winlogbeat(tree: Tree) -> Fields:
    fields: Fields = {}
    winlog = tree["winlog"]
    assert isinstance(winlog, dict)
    for part in ("event_data", "user_data"):
        data = winlog.get(part)
        if isinstance(data, dict):
            # "param1", "param2" …: an event whose data has no names.
            fields |= flatten(data)
    rest = {key: value for key, value in winlog.items() if key not in ("event_data", "user_data")}
    for name, text in flatten(rest).items():
        fields.setdefault(_WINLOG.get(name) or f"winlog.{name}", text)
    outside = flatten({key: value for key, value in tree.items() if key != "winlog"})
    for key, text in outside.items():
        name = "Message" if key == "message" else key
        # Names of one event are unique ignoring case.
        if len(key) != len("Message") or key.lower() != "message" or "Message" not in fields:
            fields.setdefault(name, text)
    fields.setdefault("EventID", fields.get("event.code", ""))
    fields.setdefault("Provider_Name", fields.get("event.provider", ""))
    if "sysmon" in fields["Provider_Name"].lower():
        for ecs_name, name in _FROM_ECS.items():
            if ecs_name in fields:
                fields.setdefault(name, fields[ecs_name])
    if not fields["EventID"]:
        raise NotThisFormat("A Beats record without an event id.")
    return fields


def _fields_of_xml(text: str) -> Fields:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise NotThisFormat("XML with a document type is refused.")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314  entities were refused above
    except ElementTree.ParseError as error:
        raise NotThisFormat(f"Broken XML: {error}") from error
    tree: Tree = {}
    for part in root:
        name = part.tag.rpartition("}")[2]
        if name == "System":
            tree["System"] = {child.tag.rpartition("}")[2]: _of_element(child) for child in part}
        elif name == "EventData":
            tree["EventData"] = _event_data(part)
        elif name == "UserData":
            tree["UserData"] = {
                child.tag.rpartition("}")[2]: {
                    leaf.tag.rpartition("}")[2]: leaf.text or "" for leaf in child
                }
                for child in part
            }
    if not isinstance(tree.get("System"), dict):
        raise NotThisFormat("XML, but not of a Windows event.")
    return _fields_of_evtx(tree)


def _of_element(element: ElementTree.Element) -> Tree:
    return {"#attributes": dict(element.attrib), "#text": element.text or ""}


def _event_data(part: ElementTree.Element) -> Tree:
    named: Tree = {}
    bare: list[object] = []
    for leaf in part:
        if name := leaf.attrib.get("Name"):
            named[name] = leaf.text or ""
        else:
            bare.append(leaf.text or "")
    return {**named, "Data": bare} if bare else named


def _stated_time(fields: Mapping[str, str], zone: tzinfo, receive: datetime) -> Stated | None:
    """The log's own UTC time; NXLog's EventTime is local time of the machine."""
    for name in ("TimeCreated_SystemTime", "@timestamp"):
        if text := fields.get(name):
            return from_text(text, zone, receive)
    if text := fields.get("UtcTime"):
        return from_text(f"{text}Z", zone, receive)
    text = fields.get("EventTime", "")
    return from_text(text, zone, receive) if text else None


def _disposition(fields: Mapping[str, str]) -> Disposition:
    """Only Windows Defender gives verdicts; its event ids and action words say which."""
    if "Defender" not in fields.get("Provider_Name", "") + fields.get("Channel", ""):
        return Disposition.UNKNOWN
    event = fields.get("EventID", "")
    if event in _DEFENDER_FAILED:
        return Disposition.LET_THROUGH
    if event in _DEFENDER_STOPPED:
        return Disposition.STOPPED
    if event in _DEFENDER_SEEN or event in _DEFENDER_AUDITED:
        return Disposition.SEEN
    return _action_taken(fields) if event in _DEFENDER_DONE else Disposition.UNKNOWN


def _action_taken(fields: Mapping[str, str]) -> Disposition:
    action = fields.get("Action Name", "").lower()
    error = fields.get("Error Code", "0x00000000").lower()
    if any(word in action for word in _LEFT):
        return Disposition.LET_THROUGH
    if error not in ("", "0", "0x0", "0x00000000"):
        return Disposition.LET_THROUGH
    is_done = any(word in action for word in _DONE)
    return Disposition.STOPPED if is_done else Disposition.SEEN


FORMAT = Format(
    name="windows",
    title_ja="Windows イベントログ",
    title_en="Windows Event Log",
    shape="windows",
    sniff=_sniff,
    marks=("EventID", '"winlog"', '"winlogbeat"', '"System"', "<System>", "MSWinEventLog"),
    parse=_parse,
    declared=_DECLARED,
    ecs=ECS_NAMES,
    aliases={},
    device=("Computer", "host.name"),
    user=("User", "TargetUserName", "SubjectUserName", "AccountName", "user.name"),
    stated_time=_stated_time,
    disposition=_disposition,
    derive=derive,
    ocsf_class=ocsf_class,
    vendor="Microsoft",
    product="Windows",
    seen_ja=(
        "EVTX、Winlogbeat・Elastic AgentのJSON、NXLogのJSON、XML、syslog（NXLog・Snare）。",
        "Windows 7〜11、Windows Server 2008〜2022と、Sysmonの記録。",
    ),
    lost_ja=(
        "EVTXには、画面に出る文（Message）が入っていません。",
        "NXLogのEventTimeはその機械の時刻です。登録した時差で読みます。",
    ),
)
