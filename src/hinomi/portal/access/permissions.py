"""Everything a person can be allowed to do, and which role may. `permissions.txt` is its mirror.

Written `area:object:action`, in alphabetical order. A new right is a line here and in the table.
"""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """One right. A view declares exactly one."""

    ACCOUNT_USE = "accounts:self:use"
    API_USE = "api:token:make"
    AUDIT_READ = "audit:entry:read"
    LOOK_READ = "audit:look:read"
    NOW_READ = "boards:now:read"
    FIRST_CALL_TAKE = "calls:call:take"
    EXCHANGE_CHANGE = "calls:exchange:change"
    CONNECTION_CHANGE = "connections:connection:change"
    CONNECTION_READ = "connections:connection:read"
    CONNECTION_SORT = "connections:customer:sort"
    CONSENT_READ = "consents:consent:read"
    CONSENT_WRITE = "consents:consent:write"
    ENTRUSTED_WRITE = "consents:entrusted:write"
    CONTACT_READ = "contacts:contact:read"
    CONTACT_VOUCH = "contacts:contact:vouch"
    CONTACT_WRITE = "contacts:contact:write"
    WATCHWORD_WRITE = "contacts:watchword:write"
    CLOSURE_ANSWER = "duties:closure:answer"
    HANDOVER_SIGN = "duties:handover:sign"
    NIGHT_READ = "duties:night:read"
    NIGHT_WRITE = "duties:night:write"
    PROMISE_KEEP = "duties:promise:keep"
    ROTA_CHANGE = "duties:rota:change"
    ROTA_READ = "duties:rota:read"
    STOP_AGREE = "duties:stop:agree"
    STOP_READ = "duties:stop:read"
    STOP_WRITE = "duties:stop:write"
    EXCEPTION_READ = "exceptions:exception:read"
    EXCEPTION_WRITE = "exceptions:exception:write"
    FORGERY_REPORT = "forgeries:forgery:report"
    FORGERY_WARN = "forgeries:forgery:warn"
    FORMAT_TEACH = "formats:format:teach"
    HUNT_RUN = "hunts:hunt:run"
    BROWSING_OPEN = "incidents:browsing:open"
    CAMPAIGN_ANSWER = "incidents:campaign:answer"
    CAMPAIGN_READ = "incidents:campaign:read"
    INCIDENT_ANSWER = "incidents:incident:answer"
    INCIDENT_READ = "incidents:incident:read"
    INCIDENT_WORK = "incidents:incident:work"
    QUEUE_READ = "incidents:queue:read"
    SILENCE_ANSWER = "incidents:silence:answer"
    TEXT_OVERRIDE = "incidents:text:override"
    USUAL_SAY = "incidents:usual:say"
    INDICATOR_ALLOW = "indicators:indicator:allow"
    INDICATOR_READ = "indicators:indicator:read"
    CALL_ANSWER = "installations:call:answer"
    CARE_WRITE = "installations:care:write"
    SETUP_USE = "installations:setup:use"
    VISIT_WRITE = "installations:visit:write"
    KNOWLEDGE_READ = "knowledge:article:read"
    MAIL_SORT = "mailboxes:mail:sort"
    MAILBOX_CONNECT = "mailboxes:mailbox:connect"
    MAILBOX_READ = "mailboxes:mailbox:read"
    NOTICE_READ = "notices:notice:read"
    CALENDAR_WRITE = "organisations:calendar:write"
    CUSTOMER_IMPORT = "organisations:customer:import"
    CUSTOMER_READ = "organisations:customer:read"
    HOME_READ = "organisations:home:read"
    MEMBER_READ = "organisations:member:read"
    VALUE_WRITE = "organisations:value:write"
    WATCHWORD_SHOW = "organisations:watchword:show"
    PAPER_WORK = "papers:paper:work"
    PRACTICE_PLAY = "practices:case:play"
    EXERCISE_AGREE = "practices:exercise:agree"
    EXERCISE_READ = "practices:exercise:read"
    EXERCISE_RUN = "practices:exercise:run"
    PRACTICE_MANAGE = "practices:level:set"
    DECISION_READ = "rejudgings:decision:read"
    REJUDGING_ANSWER = "rejudgings:rejudging:answer"
    RULE_CHANGE = "rules:rule:change"
    RULE_READ = "rules:rule:read"
    DEVICE_NAME = "sources:device:name"
    SOURCE_KEY = "sources:key:write"
    SENSOR_READ = "sources:sensor:read"
    SOURCE_READ = "sources:source:read"
    SOURCE_WRITE = "sources:source:write"
    SOURCE_TRY = "sources:try:make"
    UNKNOWN_READ = "sources:unknown:read"
    TICKET_MAIL_SORT = "tickets:mail:sort"
    TICKET_PHOTO_READ = "tickets:photo:read"
    TICKET_ASK = "tickets:ticket:ask"
    TICKET_WORK = "tickets:ticket:work"
    PATTERNS_READ = "ui:patterns:read"
    LETTER_POST = "ways:letter:post"
    WAY_CHANGE = "ways:way:change"
    WAY_READ = "ways:way:read"


_EVERYBODY = frozenset(
    {
        Permission.ACCOUNT_USE,
        Permission.CLOSURE_ANSWER,
        Permission.CONSENT_READ,
        Permission.CONTACT_READ,
        Permission.EXERCISE_READ,
        Permission.INCIDENT_READ,
        Permission.NIGHT_READ,
        Permission.KNOWLEDGE_READ,
        Permission.NOTICE_READ,
        Permission.DEVICE_NAME,
        Permission.SOURCE_READ,
        Permission.CALENDAR_WRITE,
        Permission.SETUP_USE,
        Permission.STOP_READ,
        Permission.STOP_WRITE,
        Permission.SOURCE_TRY,
        Permission.TICKET_PHOTO_READ,
    }
)
_CUSTOMER = _EVERYBODY | {
    Permission.CONTACT_WRITE,
    Permission.FORGERY_REPORT,
    Permission.HOME_READ,
    Permission.INCIDENT_ANSWER,
    Permission.STOP_AGREE,
    Permission.TICKET_ASK,
    Permission.WATCHWORD_WRITE,
}
_FIRM = _EVERYBODY | {
    Permission.CALL_ANSWER,
    Permission.CAMPAIGN_READ,
    Permission.CARE_WRITE,
    Permission.CONNECTION_READ,
    Permission.CONNECTION_SORT,
    Permission.CONSENT_WRITE,
    Permission.CUSTOMER_READ,
    Permission.DECISION_READ,
    Permission.HANDOVER_SIGN,
    Permission.EXCEPTION_READ,
    Permission.EXERCISE_RUN,
    Permission.FIRST_CALL_TAKE,
    Permission.INCIDENT_WORK,
    Permission.LETTER_POST,
    Permission.MAILBOX_READ,
    Permission.MAIL_SORT,
    Permission.MEMBER_READ,
    Permission.NOW_READ,
    Permission.PAPER_WORK,
    Permission.PATTERNS_READ,
    Permission.PRACTICE_PLAY,
    Permission.PROMISE_KEEP,
    Permission.QUEUE_READ,
    Permission.ROTA_READ,
    Permission.RULE_READ,
    Permission.SENSOR_READ,
    Permission.TICKET_MAIL_SORT,
    Permission.TICKET_WORK,
    Permission.VISIT_WRITE,
    Permission.WATCHWORD_SHOW,
}
_WATCH = _FIRM | {
    Permission.BROWSING_OPEN,
    Permission.CAMPAIGN_ANSWER,
    Permission.FORGERY_WARN,
    Permission.EXCEPTION_WRITE,
    Permission.FORMAT_TEACH,
    Permission.HUNT_RUN,
    Permission.INDICATOR_ALLOW,
    Permission.INDICATOR_READ,
    Permission.REJUDGING_ANSWER,
    Permission.RULE_CHANGE,
    Permission.SILENCE_ANSWER,
    Permission.SOURCE_KEY,
    Permission.SOURCE_WRITE,
    Permission.UNKNOWN_READ,
    Permission.USUAL_SAY,
    Permission.VALUE_WRITE,
}

# Whoever speaks with customers by telephone writes down what they say.
_ON_THE_TELEPHONE = {
    Permission.CONTACT_VOUCH,
    Permission.CONTACT_WRITE,
    Permission.NIGHT_WRITE,
    Permission.WATCHWORD_WRITE,
}

# Everybody in a partner SOC, whatever they are there: open incidents, while its slot holds.
PARTNER = "partner"

ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    "owner": _CUSTOMER
    | {
        Permission.CARE_WRITE,
        Permission.CONSENT_WRITE,
        Permission.DECISION_READ,
        Permission.EXERCISE_AGREE,
        Permission.EXERCISE_RUN,
        Permission.LOOK_READ,
        Permission.MEMBER_READ,
        Permission.SOURCE_WRITE,
        Permission.API_USE,
    },
    "staff": _CUSTOMER,
    "analyst": _WATCH,
    "desk": _FIRM | _ON_THE_TELEPHONE | {Permission.CUSTOMER_IMPORT},
    "manager": _WATCH
    | _ON_THE_TELEPHONE
    | {
        Permission.AUDIT_READ,
        Permission.CONNECTION_CHANGE,
        Permission.CUSTOMER_IMPORT,
        Permission.ENTRUSTED_WRITE,
        Permission.EXCHANGE_CHANGE,
        Permission.MAILBOX_CONNECT,
        Permission.PRACTICE_MANAGE,
        Permission.TEXT_OVERRIDE,
        Permission.ROTA_CHANGE,
        Permission.API_USE,
        Permission.WAY_CHANGE,
        Permission.WAY_READ,
    },
    PARTNER: frozenset(
        {
            Permission.ACCOUNT_USE,
            Permission.HANDOVER_SIGN,
            Permission.INCIDENT_READ,
            Permission.INCIDENT_WORK,
            Permission.QUEUE_READ,
        }
    ),
}


def roles_with(permission: Permission) -> tuple[str, ...]:
    """The roles that hold the right, in the table's order."""
    return tuple(role for role, held in ROLE_PERMISSIONS.items() if permission in held)
