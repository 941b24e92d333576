"""Microsoft Defender's columns under their ECS names, and its two ways to name a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

WRAP = "properties."


def _rows(table: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """ECS name → columns of the hunting tables, which stand bare in what the hunting page exports
    and under `properties` in the stream; names with a dot or a small letter are other records'."""
    rows = {}
    for name, natives in table.items():
        found: list[str] = []
        for native in natives.split():
            bare = native[:1].isupper() and "." not in native
            found += [WRAP + native, native] if bare else [native]
        rows[name] = tuple(found)
    return rows


ECS = _rows(
    {
        "event.action": "ActionType DeliveryAction",
        "event.category": "",
        "event.id": "AlertId id externalId",
        "event.code": "externalId",
        "event.reason": "Title title incidentName displayName msg",
        "event.provider": "ServiceSource serviceSource vendorInformation.provider",
        "log.level": "Severity severity",
        "rule.name": "Title title incidentName",
        "rule.description": "description",
        "organization.id": "tenantId aadTenantId azureTenantId",
        "host.name": "DeviceName computerDnsName deviceEvidence.deviceDnsName "
        "deviceEvidence.hostName hostStates.0.fqdn "
        "hostStates.0.netBiosName shost",
        "host.id": "DeviceId machineId deviceEvidence.mdeDeviceId",
        "host.ip": "hostStates.0.privateIpAddress deviceEvidence.ipInterfaces "
        "deviceEvidence.lastIpAddress",
        "host.mac": "MacAddress",
        "host.os.name": "OSPlatform deviceEvidence.osPlatform",
        "host.os.version": "OSVersion deviceEvidence.version",
        "source.ip": "LocalIP IPAddress SenderIPv4 SenderIPv6 analyzedMessageEvidence.senderIp "
        "ipEvidence.ipAddress src",
        "source.port": "LocalPort",
        "destination.ip": "RemoteIP DestinationIPAddress dst",
        "destination.port": "RemotePort DestinationPort",
        "destination.domain": "DestinationDeviceName",
        "network.protocol": "Protocol app",
        "url.original": "RemoteUrl Url FileOriginUrl urlEvidence.url",
        "url.domain": "UrlDomain",
        "user.name": "AccountName RequestAccountName AccountId "
        "userEvidence.userAccount.accountName "
        "processEvidence.userAccount.accountName relatedUser.userName User.accountName "
        "userStates.0.accountName suser",
        "user.domain": "AccountDomain RequestAccountDomain userEvidence.userAccount.domainName "
        "processEvidence.userAccount.domainName relatedUser.domainName User.domainName",
        "user.id": "AccountObjectId AccountSid userEvidence.userAccount.azureAdUserId "
        "userEvidence.userAccount.userSid User.aadUserId User.userSid",
        "user.email": "AccountUpn userEvidence.userAccount.userPrincipalName "
        "User.userPrincipalName userStates.0.userPrincipalName",
        "user.full_name": "AccountDisplayName",
        "user_agent.original": "UserAgent UserAgentHeader",
        "file.name": "FileName fileEvidence.fileDetails.fileName File.fileName fileStates.0.name",
        "file.path": "fileEvidence.fileDetails.filePath fileStates.0.path",
        "file.size": "FileSize fileEvidence.fileDetails.fileSize",
        "file.hash.md5": "MD5",
        "file.hash.sha1": "SHA1 fileEvidence.fileDetails.sha1 File.sha1",
        "file.hash.sha256": "SHA256 fileEvidence.fileDetails.sha256 File.sha256",
        "registry.key": "RegistryKey",
        "registry.value": "RegistryValueName",
        "registry.data.strings": "RegistryValueData",
        "email.from.address": "SenderFromAddress SenderEmailAddress SenderMailFromAddress "
        "analyzedMessageEvidence.p2Sender.emailAddress",
        "email.to.address": "RecipientEmailAddress analyzedMessageEvidence.recipientEmailAddress",
        "email.direction": "EmailDirection",
        "email.attachments.file.name": "AttachmentName",
        "email.subject": "Subject analyzedMessageEvidence.subject",
        "email.message_id": "InternetMessageId analyzedMessageEvidence.internetMessageId",
        "email.local_id": "NetworkMessageId analyzedMessageEvidence.networkMessageId",
        "cloud.account.id": "SubscriptionId",
        "threat.indicator.name": "ThreatNames threatName threatDisplayName "
        "properties.AdditionalFields.ThreatName",
        "threat.technique.id": "mitreTechniques",
        "observer.version": "DeviceVersion",
    }
)
# A process by the columns of two tables: who started it, and what was started.
INITIATOR = {
    "process.name": "InitiatingProcessFileName",
    "process.executable": "InitiatingProcessFolderPath",
    "process.command_line": "InitiatingProcessCommandLine",
    "process.pid": "InitiatingProcessId",
    "process.start": "InitiatingProcessCreationTime",
    "process.hash.md5": "InitiatingProcessMD5",
    "process.hash.sha1": "InitiatingProcessSHA1",
    "process.hash.sha256": "InitiatingProcessSHA256",
    "process.parent.name": "InitiatingProcessParentFileName",
    "process.parent.pid": "InitiatingProcessParentId",
    "process.user.name": "InitiatingProcessAccountName",
    "process.user.domain": "InitiatingProcessAccountDomain",
}
CREATED = {
    "process.name": "FileName",
    "process.executable": "FolderPath",
    "process.command_line": "ProcessCommandLine",
    "process.pid": "ProcessId",
    "process.start": "ProcessCreationTime",
    "process.hash.md5": "MD5",
    "process.hash.sha1": "SHA1",
    "process.hash.sha256": "SHA256",
    "process.parent.name": "InitiatingProcessFileName",
    "process.parent.executable": "InitiatingProcessFolderPath",
    "process.parent.command_line": "InitiatingProcessCommandLine",
    "process.parent.pid": "InitiatingProcessId",
    "process.parent.hash.md5": "InitiatingProcessMD5",
    "process.parent.hash.sha1": "InitiatingProcessSHA1",
    "process.parent.hash.sha256": "InitiatingProcessSHA256",
}
EVIDENCE = {
    "process.name": "processEvidence.imageFile.fileName Process.fileName",
    "process.executable": "processEvidence.imageFile.filePath Process.filePath",
    "process.command_line": "processEvidence.processCommandLine Process.processCommandLine "
    "properties.ProcessCommandLine ProcessCommandLine",
    "process.pid": "processEvidence.processId Process.processId "
    "properties.AdditionalFields.ProcessId AdditionalFields.ProcessId",
    "process.hash.sha1": "processEvidence.imageFile.sha1 Process.sha1",
    "process.hash.sha256": "processEvidence.imageFile.sha256 Process.sha256",
    "process.parent.pid": "processEvidence.parentProcessId Process.parentProcessId "
    "properties.AdditionalFields.ParentProcess.ProcessId "
    "properties.AdditionalFields.CreatorProcess.ProcessId "
    "AdditionalFields.ParentProcess.ProcessId",
    "process.parent.name": "processEvidence.parentProcessImageFile.fileName "
    "Process.parentProcessFileName properties.AdditionalFields.ParentProcess.ImageFile.Name",
    "process.parent.executable": "processEvidence.parentProcessImageFile.filePath "
    "Process.parentProcessFilePath",
}
