"""Windows log sources of Sigma → channels, event ids and names: what SigmaHQ's rules expect.

Facts from the Sysmon schema and the event logs' own names; Security 4688 and friends stand in where
Sysmon is not installed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Events of these channels with these ids, and the names they give the category's fields."""

    channels: Names
    event_ids: Names
    renames: Mapping[str, Names] = field(default_factory=dict)


SYSMON = ("Microsoft-Windows-Sysmon/Operational",)
SECURITY = ("Security",)
POWERSHELL = ("Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational")
CLASSIC = ("Windows PowerShell",)

_PROCESS_4688 = {
    "Image": ("NewProcessName",),
    "ParentImage": ("ParentProcessName",),
    "ProcessId": ("NewProcessId",),
    "ParentProcessId": ("ProcessId",),
    "User": ("SubjectUserName",),
    "LogonId": ("SubjectLogonId",),
}
_REGISTRY_4657 = {
    "Image": ("ProcessName",),
    "TargetObject": ("ObjectName",),
    "Details": ("NewValue",),
}
_NETWORK_5156 = {
    "Image": ("Application",),
    "DestinationIp": ("DestAddress",),
    "DestinationPort": ("DestPort",),
    "SourceIp": ("SourceAddress",),
}
_DNS_3008 = {"QueryResults": ("QueryResults",), "record_type": ("QueryType",)}


def _sysmon(*event_ids: str) -> Row:
    return Row(SYSMON, event_ids)


CATEGORIES: dict[str, tuple[Row, ...]] = {
    "process_creation": (_sysmon("1"), Row(SECURITY, ("4688",), _PROCESS_4688)),
    "file_change": (_sysmon("2"),),
    "network_connection": (_sysmon("3"), Row(SECURITY, ("5156",), _NETWORK_5156)),
    "sysmon_status": (_sysmon("4", "16"),),
    "process_termination": (
        _sysmon("5"),
        Row(SECURITY, ("4689",), {"Image": ("ProcessName",)}),
    ),
    "driver_load": (_sysmon("6"),),
    "image_load": (_sysmon("7"),),
    "create_remote_thread": (_sysmon("8"),),
    "raw_access_thread": (_sysmon("9"),),
    "raw_access_read": (_sysmon("9"),),
    "process_access": (_sysmon("10"),),
    "file_event": (_sysmon("11"),),
    "registry_add": (_sysmon("12"),),
    "registry_delete": (_sysmon("12"),),
    "registry_set": (_sysmon("13"), Row(SECURITY, ("4657",), _REGISTRY_4657)),
    "registry_rename": (_sysmon("14"),),
    "registry_event": (_sysmon("12", "13", "14"), Row(SECURITY, ("4657",), _REGISTRY_4657)),
    "create_stream_hash": (_sysmon("15"),),
    "pipe_created": (_sysmon("17", "18"),),
    "wmi_event": (_sysmon("19", "20", "21"),),
    "dns_query": (
        _sysmon("22"),
        Row(("Microsoft-Windows-DNS-Client/Operational",), ("3008",), _DNS_3008),
    ),
    "file_delete": (_sysmon("23", "26"),),
    "file_delete_detected": (_sysmon("26"),),
    "clipboard_change": (_sysmon("24"),),
    "clipboard_capture": (_sysmon("24"),),
    "process_tampering": (_sysmon("25"),),
    "file_block": (_sysmon("27"),),
    "file_block_executable": (_sysmon("27"),),
    "file_block_shredding": (_sysmon("28"),),
    "file_executable_detected": (_sysmon("29"),),
    "sysmon_error": (_sysmon("255"),),
    "ps_module": (Row(POWERSHELL, ("4103",)),),
    "ps_script": (Row(POWERSHELL, ("4104",)),),
    "ps_classic_start": (Row(CLASSIC, ("400",)),),
    "ps_classic_provider_start": (Row(CLASSIC, ("600",)),),
    "ps_classic_script": (Row(CLASSIC, ("800",)),),
    # Kernel-File ETW, forwarded under its provider's channel: 12 is open, 19 and 27 rename.
    "file_access": (
        Row(("Microsoft-Windows-Kernel-File/Analytic", "Microsoft-Windows-Kernel-File"), ()),
    ),
    "file_rename": (
        Row(
            ("Microsoft-Windows-Kernel-File/Analytic", "Microsoft-Windows-Kernel-File"),
            ("19", "27"),
        ),
    ),
}

SERVICES: dict[str, Names] = {
    "application": ("Application",),
    "security": SECURITY,
    "system": ("System",),
    "sysmon": SYSMON,
    "powershell": POWERSHELL,
    "powershell-classic": CLASSIC,
    "applocker": (
        "Microsoft-Windows-AppLocker/EXE and DLL",
        "Microsoft-Windows-AppLocker/MSI and Script",
        "Microsoft-Windows-AppLocker/Packaged app-Deployment",
        "Microsoft-Windows-AppLocker/Packaged app-Execution",
    ),
    "appmodel-runtime": ("Microsoft-Windows-AppModel-Runtime/Admin",),
    "appxdeployment-server": ("Microsoft-Windows-AppXDeploymentServer/Operational",),
    "appxpackaging-om": ("Microsoft-Windows-AppxPackaging/Operational",),
    "bits-client": ("Microsoft-Windows-Bits-Client/Operational",),
    "bitlocker": ("Microsoft-Windows-BitLocker/BitLocker Management",),
    "capi2": ("Microsoft-Windows-CAPI2/Operational",),
    "certificateservicesclient-lifecycle-system": (
        "Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational",
    ),
    "codeintegrity-operational": ("Microsoft-Windows-CodeIntegrity/Operational",),
    "diagnosis-scripted": ("Microsoft-Windows-Diagnosis-Scripted/Operational",),
    "dhcp": ("Microsoft-Windows-DHCP-Server/Operational",),
    "dns-client": ("Microsoft-Windows-DNS Client Events/Operational",
                   "Microsoft-Windows-DNS-Client/Operational"),
    "dns-server": ("DNS Server",),
    "dns-server-audit": ("Microsoft-Windows-DNS-Server/Audit",),
    "dns-server-analytic": ("Microsoft-Windows-DNS-Server/Analytical",),
    "driver-framework": ("Microsoft-Windows-DriverFrameworks-UserMode/Operational",),
    "firewall-as": ("Microsoft-Windows-Windows Firewall With Advanced Security/Firewall",),
    "hyper-v-worker": ("Microsoft-Windows-Hyper-V-Worker-Admin",),
    "iis-configuration": ("Microsoft-IIS-Configuration/Operational",
                          "Microsoft-IIS-Configuration/Administrative"),
    "kernel-event-tracing": ("Microsoft-Windows-Kernel-EventTracing/Admin",),
    "kernel-shimengine": ("Microsoft-Windows-Kernel-ShimEngine/Operational",
                          "Microsoft-Windows-Kernel-ShimEngine/Diagnostic"),
    "ldap": ("Microsoft-Windows-LDAP-Client/Debug",),
    "ldap_debug": ("Microsoft-Windows-LDAP-Client/Debug",),
    "lsa-server": ("Microsoft-Windows-LSA/Operational",),
    "microsoft-servicebus-client": ("Microsoft-ServiceBus-Client",
                                    "Microsoft-ServiceBus-Client/Admin",
                                    "Microsoft-ServiceBus-Client/Operational"),
    "msexchange-management": ("MSExchange Management",),
    "ntfs": ("Microsoft-Windows-Ntfs/Operational",),
    "ntlm": ("Microsoft-Windows-NTLM/Operational",),
    "openssh": ("OpenSSH/Operational",),
    "printservice-admin": ("Microsoft-Windows-PrintService/Admin",),
    "printservice-operational": ("Microsoft-Windows-PrintService/Operational",),
    "raspvpn": ("Microsoft-Windows-RasAgileVpn/Operational",),
    "security-mitigations": ("Microsoft-Windows-Security-Mitigations/Kernel Mode",
                             "Microsoft-Windows-Security-Mitigations/User Mode",
                             "Microsoft-Windows-Security-Mitigations/KernelMode",
                             "Microsoft-Windows-Security-Mitigations/UserMode"),
    "sense": ("Microsoft-Windows-SENSE/Operational",),
    "servicebus-client": ("Microsoft-ServiceBus-Client",
                          "Microsoft-ServiceBus-Client/Admin",
                          "Microsoft-ServiceBus-Client/Operational"),
    "shell-core": ("Microsoft-Windows-Shell-Core/Operational",),
    "smbclient-audit": ("Microsoft-Windows-SmbClient/Audit",),
    "smbclient-connectivity": ("Microsoft-Windows-SmbClient/Connectivity",),
    "smbclient-security": ("Microsoft-Windows-SmbClient/Security",),
    "smbserver-audit": ("Microsoft-Windows-SMBServer/Audit",),
    "smbserver-connectivity": ("Microsoft-Windows-SMBServer/Connectivity",),
    "smbserver-operational": ("Microsoft-Windows-SMBServer/Operational",),
    "smbserver-security": ("Microsoft-Windows-SMBServer/Security",),
    "taskscheduler": ("Microsoft-Windows-TaskScheduler/Operational",),
    "terminalservices-localsessionmanager": (
        "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
    ),
    "terminalservices-remoteconnectionmanager": (
        "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
    ),
    "vhdmp": ("Microsoft-Windows-VHDMP/Operational", "Microsoft-Windows-VHDMP-Operational"),
    "windefend": ("Microsoft-Windows-Windows Defender/Operational",
                  "Microsoft-Windows-Windows Defender/WHC"),
    "winrm": ("Microsoft-Windows-WinRM/Operational",),
    "wmi": ("Microsoft-Windows-WMI-Activity/Operational",),
}  # fmt: skip
