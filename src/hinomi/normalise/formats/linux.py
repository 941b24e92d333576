"""Linux text logs: sshd, sudo, su, PAM, cron, login, useradd and whatever else speaks syslog.

`program`, `pid`, `host` and `message` always; known sentences also give their parts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.normalise import ecs_values
from hinomi.normalise.format import Format
from hinomi.normalise.linux_sentences import SENTENCES
from hinomi.normalise.scanners.pairs import scan_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs, Fields, Line

_PACKET = re.compile(r"(?:\[[\d. ]+\] ?)?\[?(?P<rule>[^\]=]*?)\]?:?\s?IN=(?P<pairs>\S* OUT=.*)")
# What netfilter writes of a packet → our names.
_NETFILTER = {"IN": "in_interface", "OUT": "out_interface", "SRC": "src_ip", "DST": "dst_ip",
              "SPT": "src_port", "DPT": "dst_port", "PROTO": "proto"}  # fmt: skip
_GROUPS = {
    "sshd": ("sshd", "pam"), "sshd-session": ("sshd", "pam"), "dropbear": ("sshd",),
    "sudo": ("sudo", "pam"), "su": ("su", "pam"), "cron": ("cron", "pam"), "CRON": ("cron", "pam"),
    "crond": ("cron", "pam"), "crontab": ("cron",), "/usr/sbin/cron": ("cron",),
    "useradd": ("useradd", "groupadd", "usermod"), "adduser": ("useradd",),
    "groupadd": ("groupadd",), "usermod": ("usermod",), "gpasswd": ("usermod",),
    "userdel": ("userdel",), "passwd": ("passwd", "pam"), "chpasswd": ("passwd", "pam"),
    "login": ("login", "pam"), "systemd-logind": ("systemd-logind",),
}  # fmt: skip


def _sentences(owners: tuple[str, ...]) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    return tuple(
        (action, outcome, pattern)
        for owner, action, outcome, pattern in SENTENCES
        if owner in owners
    )


_SENTENCES = {program: _sentences(owners) for program, owners in _GROUPS.items()}
_PAM_ONLY = _sentences(("pam",))
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
    "event.action": ("verb", "action"),  # cron's own word, where there is one
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
    "network.transport": ("proto",),
    "rule.name": ("rule",),
    "observer.ingress.interface.name": ("in_interface",),
    "observer.egress.interface.name": ("out_interface",),
}
_MARKS = (
    *_PROGRAMS, "pam_", "COMMAND=", "Accepted ", "aximum authentication attempts", "Failed ",
    "Invalid user ", "Illegal user ", "Connection ", "Disconnect", "Received disconnect from ",
    "Did not receive identification string", "PAM ", "ssh_dispatch_run_fatal", "User ",
    "Server listening on", "Unable to negotiate", "fatal: ", "error: ",
    "reverse mapping checking", "Postponed ",
)  # fmt: skip


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
    if name == "kernel" and (found := _PACKET.match(body)):
        fields["action"], fields["rule"] = "packet", found["rule"].strip()
        for key, value in scan_pairs(f"IN={found['pairs']}").items():
            if value and key in _NETFILTER:
                fields[_NETFILTER[key]] = value.split()[0]  # flags stand bare: "DPT=23 SYN"
        return
    for action, outcome, pattern in _SENTENCES.get(name, _PAM_ONLY):
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
    if fields.get("action") == "authentication_failure":
        ecs.pop("user.id", None)  # PAM's uid= is the asking process's, not the user's
    if fields.get("action") == "ssh_login" and fields.get("outcome") == "failure":
        ecs.setdefault("event.reason", f"Failed {fields.get('method', '')}")
    key = fields.get("key_hash", "")
    if key.startswith("SHA256:"):
        ecs["file.hash.sha256"] = key[7:]
    if target := fields.get("target_user"):
        ecs["destination.user.name"] = target
    if "source.ip" not in ecs and (rhost := fields.get("rhost")):
        ecs_values.put(ecs, "source.ip", rhost)


FORMAT = Format(
    name="linux",
    title_ja="Linux (sshd・sudo・認証)",
    title_en="Linux (sshd, sudo, auth)",
    shape="linux",
    sniff=_sniff,
    marks=_MARKS,
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
    seen_ja=(
        "sshd、sudo、su、PAM、cron、login、useradd、systemd-logindとカーネルのパケットの行。",
        "RFC 3164・RFC 5424・ISOの時刻。Debian・Ubuntu・RHEL系の文。",
    ),
    lost_ja=("表にない文は、プログラム名と本文だけを読みます。",),
)
