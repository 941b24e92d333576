"""What numbers mean in the audit's records: types, system calls of x86_64, socket addresses."""

from __future__ import annotations

import ipaddress

X86_64 = "c000003e"
NOBODY = ("4294967295", "-1", "unset")  # no login: a service, or before the first

# Kernel lines outside auditd give the type's number.
TYPES = {
    "1006": "LOGIN", "1100": "USER_AUTH", "1101": "USER_ACCT", "1102": "USER_MGMT",
    "1103": "CRED_ACQ", "1104": "CRED_DISP", "1105": "USER_START", "1106": "USER_END",
    "1108": "USER_CHAUTHTOK", "1112": "USER_LOGIN", "1113": "USER_LOGOUT", "1114": "ADD_USER",
    "1115": "DEL_USER", "1116": "ADD_GROUP", "1117": "DEL_GROUP", "1123": "USER_CMD",
    "1130": "SERVICE_START", "1131": "SERVICE_STOP", "1300": "SYSCALL", "1302": "PATH",
    "1305": "CONFIG_CHANGE", "1306": "SOCKADDR", "1307": "CWD", "1309": "EXECVE", "1320": "EOE",
    "1321": "BPRM_FCAPS", "1326": "SECCOMP", "1327": "PROCTITLE", "1330": "KERN_MODULE",
    "1400": "AVC", "1700": "ANOM_PROMISCUOUS", "1701": "ANOM_ABEND",
}  # fmt: skip
# Those that audit rules name; the rest keep their number alone.
CALLS = {
    "2": "open", "41": "socket", "42": "connect", "43": "accept", "49": "bind", "50": "listen",
    "56": "clone", "57": "fork", "58": "vfork", "59": "execve", "62": "kill", "76": "truncate",
    "77": "ftruncate", "82": "rename", "83": "mkdir", "84": "rmdir", "85": "creat", "86": "link",
    "87": "unlink", "88": "symlink", "90": "chmod", "91": "fchmod", "92": "chown", "93": "fchown",
    "94": "lchown", "99": "sysinfo", "101": "ptrace", "103": "syslog", "105": "setuid",
    "106": "setgid", "113": "setreuid", "114": "setregid", "117": "setresuid", "119": "setresgid",
    "133": "mknod", "135": "personality", "155": "pivot_root", "159": "adjtimex", "161": "chroot",
    "164": "settimeofday", "165": "mount", "166": "umount2", "169": "reboot",
    "170": "sethostname", "171": "setdomainname", "175": "init_module", "176": "delete_module",
    "188": "setxattr", "189": "lsetxattr", "190": "fsetxattr", "197": "removexattr",
    "227": "clock_settime", "246": "kexec_load", "257": "openat", "258": "mkdirat",
    "259": "mknodat", "260": "fchownat", "263": "unlinkat", "264": "renameat", "265": "linkat",
    "266": "symlinkat", "268": "fchmodat", "272": "unshare", "288": "accept4",
    "304": "open_by_handle_at", "308": "setns", "310": "process_vm_readv",
    "311": "process_vm_writev", "313": "finit_module", "316": "renameat2",
    "319": "memfd_create", "320": "kexec_file_load", "321": "bpf", "322": "execveat",
}  # fmt: skip
_UNIX, _IPV4, _IPV6 = 1, 2, 10


def read_address(saddr: str) -> dict[str, str]:
    """Family, address and port (or path) of a socket address in hex; {} when it is none."""
    try:
        data = bytes.fromhex(saddr)
    except ValueError:
        return {}
    family = int.from_bytes(data[:2], "little")
    port = str(int.from_bytes(data[2:4], "big"))
    if family == _IPV4 and len(data) >= 8:
        return {"saddr_fam": "inet", "laddr": str(ipaddress.IPv4Address(data[4:8])), "lport": port}
    if family == _IPV6 and len(data) >= 24:
        address = str(ipaddress.IPv6Address(data[8:24]))
        return {"saddr_fam": "inet6", "laddr": address, "lport": port}
    if family == _UNIX:
        path = data[2:].lstrip(b"\0").partition(b"\0")[0]
        return {"saddr_fam": "local", "path": path.decode("utf-8", "replace")}
    return {}
