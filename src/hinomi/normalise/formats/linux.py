"""Linux text logs: sshd, sudo, su, PAM, cron, login, useradd and whatever else speaks syslog.

`program`, `pid`, `host` and `message` always; known sentences also give their parts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.normalise import ecs as ecs_view
from hinomi.normalise.format import Format
from hinomi.normalise.scanners.pairs import scan_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_FROM = r"(?P<src_ip>[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:%\w]*)"
_HOST = r"(?P<src_ip>[\w.:%\-]+)"
_PORT = r"(?: port (?P<src_port>\d+))?"
_USER = r"(?P<user>.*?)"
# program the sentence belongs to, what happened, pattern
_SENTENCES: tuple[tuple[str, str, str, re.Pattern[str]], ...] = tuple(
    (program, action, outcome, re.compile(pattern))
    for program, action, outcome, pattern in (
        (
            "sshd",
            "ssh_login",
            "success",
            (
                rf"Accepted (?P<method>\S+) for {_USER} from {_HOST}{_PORT}"
                r"(?: (?P<protocol>ssh\d?))?"
                r"(?:: (?P<key_type>\S+) (?P<key_hash>(?:SHA256|MD5):\S+))?"
            ),
        ),
        (
            "sshd",
            "ssh_login",
            "failure",
            (
                rf"(?:message repeated \d+ times: \[ )?(?:Failed|Postponed|Partial)"
                rf" (?P<method>\S+) for "
                rf"(?:(?P<invalid>invalid|illegal) user )?{_USER} from {_HOST}{_PORT}"
                r"(?: (?P<protocol>ssh\d?))?"
            ),
        ),
        (
            "sshd",
            "ssh_invalid_user",
            "failure",
            rf"(?P<invalid>Invalid|Illegal) user {_USER} from {_HOST}{_PORT}",
        ),
        (
            "sshd",
            "ssh_auth_limit",
            "failure",
            (
                rf"(?:error: )?maximum authentication attempts exceeded for (?:"
                rf"(?P<invalid>invalid|illegal) "
                rf"user )?{_USER} from {_HOST}{_PORT}"
            ),
        ),
        (
            "sshd",
            "ssh_not_allowed",
            "failure",
            rf"User {_USER} from {_HOST}{_PORT} not allowed because (?P<reason>.*)",
        ),
        ("sshd", "ssh_not_allowed", "failure", rf"ROOT LOGIN REFUSED FROM {_HOST}{_PORT}"),
        (
            "sshd",
            "ssh_disconnect",
            "",
            (
                rf"(?:Connection (?:closed|reset)|Disconnected|Disconnecting)(?: by| from)? "
                rf"(?:(?P<state>authenticating|invalid|illegal) )?user {_USER} {_HOST} port "
                rf"(?P<src_port>\d+)"
                r"(?:: (?P<reason>.*?))?(?: \[preauth\])?$"
            ),
        ),
        (
            "sshd",
            "ssh_disconnect",
            "",
            (
                rf"(?:Connection (?:closed|reset) by|Disconnected from|Disconnecting|Received"
                rf" disconnect "
                rf"from)(?: remote host)? {_FROM}{_PORT}(?::? ?(?P<code>\d+)?: ?(?P<reason>.*?))?"
                r"(?: \[preauth\])?$"
            ),
        ),
        (
            "sshd",
            "ssh_connection",
            "",
            (
                rf"(?:\S+: )?(?:Connection|connection) from {_FROM}{_PORT}(?: on "
                rf"(?P<dst_ip>[0-9A-Fa-f.:]+)"
                r" port (?P<dst_port>\d+))?(?:: (?P<reason>.*?))?(?: \[preauth\])?$"
            ),
        ),
        (
            "sshd",
            "ssh_bad_negotiation",
            "failure",
            (
                rf"(?:fatal: )?(?:Unable to negotiate with|Bad protocol version identification"
                rf" .* from|"
                rf"Did not receive identification string from|Bad packet length .*|"
                rf"banner exchange: Connection from) {_FROM}{_PORT}(?:: "
                rf"(?P<reason>.*?))?(?: \[preauth\])?$"
            ),
        ),
        (
            "sshd",
            "ssh_timeout",
            "failure",
            (
                rf"(?:fatal: )?Timeout(?:,| before authentication).*? (?:for|from|connection"
                rf" from) {_FROM}{_PORT}"
            ),
        ),
        (
            "sshd",
            "ssh_mapping",
            "",
            (
                r"(?:reverse mapping checking getaddrinfo for|Address) "
                r"(?P<src_name>\S+) \[?(?P<src_ip>"
                r"[0-9A-Fa-f.:]+)\]? (?P<reason>.*)"
            ),
        ),
        (
            "sshd",
            "ssh_service",
            "",
            (
                r"Server listening on (?P<dst_ip>\S+) port "
                r"(?P<dst_port>\d+)"
            ),
        ),
        (
            "sshd",
            "ssh_max_retries",
            "failure",
            r"PAM service\((?P<service>[\w\-]+)\) ignoring max retries; (?P<reason>.*)",
        ),
        (
            "pam",
            "session_opened",
            "success",
            (
                r"(?P<module>pam_\w+)\((?P<service>[\w\-.]+):"
                r"(?P<phase>\w+)\): session opened for user "
                r"(?P<user>[^\s(]+)(?:\(uid=(?P<uid>\d+)\))?(?: by (?P<by>[^\s(]*)\(uid="
                r"(?P<by_uid>\d+)\))?"
            ),
        ),
        (
            "pam",
            "session_closed",
            "",
            (
                r"(?P<module>pam_\w+)\((?P<service>[\w\-.]+):"
                r"(?P<phase>\w+)\): session closed for user "
                r"(?P<user>\S+)"
            ),
        ),
        (
            "pam",
            "authentication_failure",
            "failure",
            (
                r"(?:(?P<module>pam_\w+)\((?P<service>[\w\-.]+):(?P<phase>\w+)\): |PAM "
                r"(?P<more>\d+) more )?"
                r"authentication failures?; (?P<pairs>.*)"
            ),
        ),
        (
            "pam",
            "authentication_failure",
            "failure",
            (
                r"(?P<module>pam_\w+)\((?P<service>[\w\-.]+):"
                r"(?P<phase>\w+)\): check pass; user unknown"
            ),
        ),
        (
            "pam",
            "authentication_failure",
            "failure",
            (
                r"(?P<module>pam_\w+)\((?P<service>[\w\-.]+):(?P<phase>\w+)\): (?P<reason>.*?user "
                r"\[?(?P<user>[\w.\-]+)\]?.*)"
            ),
        ),
        (
            "sudo",
            "sudo_command",
            "success",
            (
                r"\s*(?P<user>\S+) : (?:(?P<reason>[^;=]+?) ; )?(?:HOST="
                r"(?P<sudo_host>\S+) ; )?(?:TTY=(?P<tty>\S+) ; )?"
                r"PWD=(?P<pwd>.*?) ; USER=(?P<target_user>\S+)(?: ; GROUP=(?P<target_group>\S+))?"
                r"(?: ; ENV=(?P<env>.*?))? ; COMMAND=(?P<command>.*)"
            ),
        ),
        (
            "su",
            "su",
            "success",
            (
                r"(?:Successful su for (?P<target_user>\S+) by (?P<user>\S+)|"
                r"\(to (?P<target>\S+)\) (?P<by_user>\S+) on (?P<tty>\S+))"
            ),
        ),
        (
            "su",
            "su",
            "failure",
            (
                r"FAILED (?:su for|SU) \(?(?:to )?"
                r"(?P<target_user>[^\s)]+)\)? (?:by )?(?P<user>\S+)(?: on (?P<tty>\S+))?"
            ),
        ),
        (
            "cron",
            "cron_command",
            "",
            (
                r"\((?P<user>[^)]+)\) "
                r"(?P<verb>CMD|RELOAD|LIST|BEGIN EDIT|END EDIT|"
                r"REPLACE|DELETE|AUTH)(?:\s*\((?P<command>.*)\))?$"
            ),
        ),
        (
            "useradd",
            "user_added",
            "success",
            (
                r"new user: name=(?P<user>[^,\s]+), UID=(?P<uid>\d+), GID=(?P<gid>\d+), home="
                r"(?P<home>[^,]*), "
                r"shell=(?P<shell>[^,\s]*)(?:, from=(?P<tty>.*))?"
            ),
        ),
        (
            "groupadd",
            "group_added",
            "success",
            (
                r"new group: name=(?P<group>[^,\s]+),"
                r" GID=(?P<gid>\d+)"
            ),
        ),
        (
            "usermod",
            "group_member_added",
            "success",
            r"add '(?P<user>[^']+)' to (?:shadow )?group '(?P<group>[^']+)'",
        ),
        ("userdel", "user_deleted", "success", r"delete user '(?P<user>[^']+)'"),
        ("passwd", "password_changed", "success", r".*password changed for (?P<user>\S+)"),
        (
            "login",
            "login",
            "failure",
            (
                r"FAILED LOGIN (?:\(?\d*\)?\s?)(?:on '(?P<tty>[^']*)' )?(?:FROM '?"
                r"(?P<src_ip>\S+?)'? )?FOR '?(?P<user>[^',]+)"
            ),
        ),
        (
            "login",
            "login",
            "success",
            (
                r"(?:ROOT )?LOGIN ON (?P<tty>\S+)(?: BY "
                r"(?P<user>\S+))?(?: FROM (?P<src_ip>\S+))?"
            ),
        ),
        (
            "systemd-logind",
            "session_new",
            "",
            (
                r"New session (?P<session>\S+) of user "
                r"(?P<user>[^\s.]+)"
            ),
        ),
        ("systemd-logind", "session_removed", "", r"Removed session (?P<session>[^\s.]+)"),
    )
)
# Which programs' sentences to try: program → group of the table above.
_GROUPS = {
    "sshd": ("sshd", "pam"), "sshd-session": ("sshd", "pam"), "dropbear": ("sshd",),
    "sudo": ("sudo", "pam"), "su": ("su", "pam"), "cron": ("cron", "pam"), "CRON": ("cron", "pam"),
    "crond": ("cron", "pam"), "crontab": ("cron",), "/usr/sbin/cron": ("cron",),
    "useradd": ("useradd", "groupadd", "usermod"), "adduser": ("useradd",),
    "groupadd": ("groupadd",), "usermod": ("usermod",), "gpasswd": ("usermod",),
    "userdel": ("userdel",), "passwd": ("passwd", "pam"), "chpasswd": ("passwd", "pam"),
    "login": ("login", "pam"), "systemd-logind": ("systemd-logind",),
}  # fmt: skip
_PROGRAMS = frozenset(_GROUPS) | {"systemd", "kernel", "polkitd", "anacron", "atd", "auditd"}
_PAM_PREFIX = re.compile(r"pam_\w+\(([\w\-.]+):\w+\): ")
_SUDO = re.compile(r"\s*\S+ : (?:.* ; )?(?:TTY=\S+ ; )?PWD=.* ; USER=\S+ ; (?:.*)COMMAND=")
_SSH_LOOKS = re.compile(
    r"\s*(?:Accepted (?:password|publickey|keyboard|gssapi|hostbased|none)|"
    r"(?:error: )?maximum authentication attempts|Failed (?:password|publickey|none|keyboard)|"
    r"(?:Invalid|Illegal) user |Connection (?:closed|reset) by |Disconnect(?:ed|ing) from |"
    r"Received disconnect from |Did not receive identification string|PAM service\(sshd\)|"
    r"PAM \d+ more authentication failure|ssh_dispatch_run_fatal|User \S+ from \S+ not allowed|"
    r"Server listening on|Unable to negotiate|(?:fatal|error): .*(?:ssh|kex|identification)|"
    r"reverse mapping checking|Postponed (?:publickey|keyboard)|Connection from \S+ port)"
)
_DECLARED = (
    "host", "program", "pid", "message", "action", "outcome", "user", "uid", "src_ip", "src_port",
    "src_name", "method", "reason", "target_user", "command", "tty", "pwd", "service", "module",
    "rhost", "ruser", "logname", "group", "session", "dst_ip", "dst_port", "key_hash",
)  # fmt: skip
_ECS: dict[str, tuple[str, ...]] = {
    "host.name": ("host",),
    "host.hostname": ("host",),
    "process.name": ("program", "service"),
    "process.pid": ("pid",),
    "message": ("message",),
    "event.action": ("action",),
    "event.outcome": ("outcome",),
    "event.reason": ("reason",),
    "source.ip": ("src_ip", "rhost"),
    "source.port": ("src_port",),
    "source.domain": ("src_name",),
    "destination.ip": ("dst_ip",),
    "destination.port": ("dst_port",),
    "user.id": ("uid",),
    "user.target.name": ("target_user",),
    "group.name": ("group",),
    "process.command_line": ("command",),
    "process.working_directory": ("pwd",),
    "file.hash.sha256": (),
    "network.protocol": ("protocol",),
}


def _sniff(line: Line) -> bool:
    header, body = line.header, line.header.body
    if header.program.rpartition("/")[2].partition("(")[0] in _PROGRAMS:
        return True
    if header.program:
        return False
    return bool(_SSH_LOOKS.match(body) or _PAM_PREFIX.match(body.lstrip()) or _SUDO.match(body))


def _parse(line: Line) -> Fields:
    header, body = line.header, line.header.body.strip()
    if body[:1] == "{" or (not header.program and "=" in body[:12]):
        raise NotThisFormat("Not a line of a Linux program.")
    fields: Fields = {"message": body}
    program = header.program or _guess(body)
    for name, value in (("host", header.host), ("program", program), ("pid", header.pid)):
        if value:
            fields[name] = value
    _add_sentence(fields, program, body)
    return fields


def _guess(body: str) -> str:
    """A message whose header a relay has removed."""
    if found := _PAM_PREFIX.match(body):
        return found[1]
    if found := re.match(r"PAM service\(([\w\-]+)\)", body):
        return found[1]
    if _SUDO.match(body):
        return "sudo"
    return "sshd" if _SSH_LOOKS.match(body) else ""


def _add_sentence(fields: Fields, program: str, body: str) -> None:
    name = program.rpartition("/")[2].partition("(")[0]
    groups = _GROUPS.get(name, ("pam",))
    for owner, action, outcome, pattern in _SENTENCES:
        if owner not in groups:
            continue
        if found := pattern.match(body):
            parts = {key: value for key, value in found.groupdict().items() if value}
            fields["action"] = action
            if outcome:
                fields["outcome"] = outcome
            _add_pairs(parts)
            fields.update(_renamed(parts))
            if action == "sudo_command" and "reason" in parts:
                fields["outcome"] = "failure"
            return


def _add_pairs(parts: dict[str, str]) -> None:
    """`logname= uid=0 euid=0 tty=ssh ruser= rhost=1.2.3.4  user=root` behind PAM's sentence."""
    pairs = parts.pop("pairs", "")
    parts.update({key: value for key, value in scan_pairs(pairs).items() if value})


def _renamed(parts: dict[str, str]) -> dict[str, str]:
    if "target" in parts:
        parts["target_user"], parts["user"] = parts.pop("target"), parts.pop("by_user", "")
    if "rhost" in parts:
        parts.setdefault("src_ip", parts["rhost"])
    return parts


def _derive(fields: Mapping[str, str], ecs: Ecs) -> None:
    user = fields.get("user", "")
    name, at, domain = user.partition("@")
    if user and set(user) != {"*"}:
        ecs["user.name"] = name or user
        if "sshd" in fields.get("program", "") or fields.get("src_ip"):
            ecs["source.user.name"] = name or user
        if at and domain:
            ecs["source.domain"] = domain
    key = fields.get("key_hash", "")
    if key.startswith("SHA256:"):
        ecs["file.hash.sha256"] = key[7:]
    if target := fields.get("target_user"):
        ecs["destination.user.name"] = target
    if "source.ip" not in ecs and (rhost := fields.get("rhost")):
        ecs_view.put(ecs, "source.ip", rhost)


FORMAT = Format(
    name="linux",
    title_ja="Linux (sshd・sudo・認証)",
    title_en="Linux (sshd, sudo, auth)",
    shape="linux",
    sniff=_sniff,
    parse=_parse,
    declared=_DECLARED,
    ecs=_ECS,
    aliases={"SourceIp": "src_ip", "DestinationIp": "dst_ip", "username": "user"},
    device=("host",),
    user=("user",),
    derive=_derive,
    ocsf_class=lambda fields: (
        3002 if fields.get("action", "").startswith(("ssh", "login", "su", "auth")) else 0
    ),
    vendor="",
    product="",
)
