"""The scheme's and the field's closed word lists; docs/glossary.md is the law."""

from __future__ import annotations

from enum import StrEnum


class Level(StrEnum):
    """Severity of a rule, as Sigma writes it, lowest first."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 (informational) … 4 (critical)."""
        return list(Level).index(self)


class ActionLevel(StrEnum):
    """緊急度: severity for a person is what to do and by when, never a colour or a number."""

    NOW = "now"
    TODAY = "today"
    CHECK = "check"
    NONE = "none"

    @property
    def ja(self) -> str:
        """The word on screen and in mail."""
        words = {"now": "今すぐ", "today": "今日中", "check": "確認だけ", "none": "対応は不要"}
        return words[self.value]

    @property
    def urgency(self) -> int:
        """3 (今すぐ) … 0 (対応は不要); compare with this, not with the word."""
        return 3 - list(ActionLevel).index(self)


class Certainty(StrEnum):
    """確かさ: the only four phrases we use (ux.md §3.5 rule 8)."""

    CONFIRMED = "confirmed"
    STRONG = "strong"
    POSSIBLE = "possible"
    CHECKING = "checking"

    @property
    def ja(self) -> str:
        """The sentence ending that carries it."""
        return {
            "confirmed": "です",
            "strong": "と見ています",
            "possible": "のおそれがあります",
            "checking": "を調べています",
        }[self.value]


class Disposition(StrEnum):
    """What the sender itself says it did with the thing it saw. `unknown` is never `stopped`."""

    STOPPED = "stopped"
    SEEN = "seen"
    LET_THROUGH = "let_through"
    UNKNOWN = "unknown"


class ThreatKind(StrEnum):
    """What a security product says it saw, in one vocabulary for all of them (ADR 0026).

    One set of own rules speaks for every product whose format fills it, mails and learned formats
    included. `fault` is the product's own trouble: licence over, updates failing, protection old.
    """

    MALWARE = "malware"
    RANSOMWARE = "ransomware"
    UNWANTED = "unwanted"
    EXPLOIT = "exploit"
    INTRUSION = "intrusion"
    SCAN = "scan"
    FLOOD = "flood"
    CALLBACK = "callback"
    BAD_SITE = "bad_site"
    PHISHING = "phishing"
    MAIL_MALWARE = "mail_malware"
    LOGIN_FAILED = "login_failed"
    BRUTE_FORCE = "brute_force"
    UNUSUAL_LOGIN = "unusual_login"
    NEW_ADMIN = "new_admin"
    SETTING_CHANGED = "setting_changed"
    DATA_LEAVING = "data_leaving"
    SUSPICIOUS = "suspicious"
    TAMPERING = "tampering"
    POLICY = "policy"
    FAULT = "fault"


class IncidentState(StrEnum):
    """案件の状態: an inside word for the console and a customer word (ux.md §3.2)."""

    NEW = "new"
    ASSIGNED = "assigned"
    INVESTIGATING = "investigating"
    CONTAINED = "contained"
    RECOVERING = "recovering"
    WAITING = "waiting"
    OBSERVING = "observing"
    DONE = "done"
    FALSE_ALARM = "false_alarm"

    @property
    def inside_ja(self) -> str:
        """The analyst's word."""
        return _STATE_WORDS[self][0]

    @property
    def customer_ja(self) -> str:
        """The customer's word."""
        return _STATE_WORDS[self][1]

    @property
    def is_open(self) -> bool:
        """True while somebody still has to do something."""
        return self not in (IncidentState.DONE, IncidentState.FALSE_ALARM)


_STATE_WORDS = {
    IncidentState.NEW: ("新規", "受付済み"),
    IncidentState.ASSIGNED: ("割当済み", "担当が決まりました"),
    IncidentState.INVESTIGATING: ("調査中", "調べています"),
    IncidentState.CONTAINED: ("封じ込め", "広がらないように止めました"),
    IncidentState.RECOVERING: ("根絶・復旧", "元に戻しています"),
    IncidentState.WAITING: ("お客様待ち", "お願いがあります"),
    IncidentState.OBSERVING: ("経過観察", "様子を見ています"),
    IncidentState.DONE: ("完了", "完了しました"),
    IncidentState.FALSE_ALARM: ("誤検知", "問題ありませんでした"),
}


class TimeNote(StrEnum):
    """How an event's time was found; anything but `stated` is shown beside the time."""

    STATED = "stated"
    NO_ZONE = "no_zone"
    NO_YEAR = "no_year"
    RECEIVED = "received"
    FUTURE = "future"


class SetAsideReason(StrEnum):
    """Why a record could not become an event. Kept, counted, readable again by a better parser."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    BROKEN_FRAME = "broken_frame"
    UNDECODABLE = "undecodable"
    NOT_JSON = "not_json"
    UNKNOWN_FORMAT = "unknown_format"
    BROKEN_RECORD = "broken_record"
    CRASHED_READER = "crashed_reader"

    @property
    def of_frame(self) -> str:
        """What it means of a record that was seen to be at fault on arrival."""
        if self is SetAsideReason.BROKEN_RECORD:
            return "An entry of a list of records that is no record itself."
        return "The frame was not whole when it arrived."
