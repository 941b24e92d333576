"""What sshd, sudo, PAM, cron and their like write: program, what happened, how it ended, pattern.

The named groups of a pattern become the event's fields. The first that matches wins.
"""

from __future__ import annotations

import re

_FROM = r"(?P<src_ip>[0-9A-Fa-f]*[.:][0-9A-Fa-f.:%\w]*)"
_HOST = r"(?P<src_ip>[\w.:%\-]+)"
_PORT = r"(?: port (?P<src_port>\d+))?"
_USER = r"(?P<user>.*?)"
# program the sentence belongs to, what happened, pattern
SENTENCES: tuple[tuple[str, str, str, re.Pattern[str]], ...] = tuple(
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
                rf"(?:message repeated \d+ times: \[ )?Failed"
                rf" (?P<method>\S+) for "
                rf"(?:(?P<invalid>invalid|illegal) user )?{_USER} from {_HOST}{_PORT}"
                r"(?: (?P<protocol>ssh\d?))?"
            ),
        ),
        (
            "sshd",
            "ssh_login_step",
            "",
            (
                r"(?:Postponed|Partial) (?P<method>\S+) for (?:(?P<invalid>invalid|illegal) user )?"
                rf"{_USER} from {_HOST}{_PORT}"
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
            "ssh_login",
            "failure",
            (
                r"error: PAM: (?P<reason>.*?) for (?:(?P<invalid>invalid|illegal) user )?"
                rf"{_USER} from {_HOST}"
            ),
        ),
        (
            "sshd",
            "ssh_session",
            "",
            rf"(?:Starting|Close) session: (?:.*? for |user ){_USER} from {_HOST}{_PORT}",
        ),
        (
            "sshd",
            "ssh_subsystem",
            "",
            r"subsystem request for (?P<subsystem>\S+) by user (?P<user>\S+)",
        ),
        (
            "sshd",
            "ssh_auth_limit",
            "failure",
            (
                r"Disconnecting: (?P<reason>Too many authentication failures)"
                r"(?: for (?P<user>[^\[]\S*))?"
            ),
        ),
        (
            "sshd",
            "ssh_invalid_user",
            "failure",
            r"input_userauth_request: (?P<invalid>invalid) user (?P<user>\S*)",
        ),
        (
            "sshd",
            "ssh_disconnect",
            "",
            (
                rf"error: Received disconnect from {_FROM}{_PORT}:(?P<code>\d+): "
                r"(?P<reason>.*?)(?: \[preauth\])?$"
            ),
        ),
        (
            "sshd",
            "ssh_refused",
            "failure",
            r"Authentication refused: (?P<reason>.*)",
        ),
        (
            "pam",
            "account_refused",
            "failure",
            (
                r"(?P<module>pam_\w+)\((?P<service>[\w\-.]+):account\): account (?P<user>\S+) "
                r"(?P<reason>has .*)"
            ),
        ),
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
                r" port (?P<dst_port>\d+)(?: rdomain \"[^\"]*\")?)?"
                r"(?:: (?P<reason>.*?))?(?: \[preauth\])?$"
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
                r"REPLACE|DELETE|AUTH)(?:\s*\(\s*(?P<command>.*)\))?$"
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
