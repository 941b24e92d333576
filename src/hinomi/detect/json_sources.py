"""Services whose records come as JSON without a format of their own here: the generic reader keeps
their names, and a service is known by fields that its records have.

One row per way the service writes; a rule of the service looks at records that hold all fields of
any row. Field names: SigmaHQ's rules, and the vendors' export formats where they differ from them.
"""

from __future__ import annotations

Fields = tuple[str, ...]

# (product, service) → the rows of fields that must be there.
KNOWN_BY: dict[tuple[str, str], tuple[Fields, ...]] = {
    ("aws", "cloudtrail"): (("eventSource", "eventName"),),
    ("", "cloudtrail"): (("eventSource", "eventName"),),
    ("azure", "auditlogs"): (
        ("operationName",), ("OperationName",), ("ActivityDisplayName",), ("properties.message",),
    ),
    ("azure", "activitylogs"): (
        ("operationName",), ("OperationName",), ("OperationNameValue",), ("properties.message",),
    ),
    ("azure", "signinlogs"): (("ResultType",), ("resultType",), ("properties.message",)),
    ("azure", "riskdetection"): (("riskEventType",),),
    ("azure", "pim"): (("riskEventType",),),
    ("bitbucket", "audit"): (("auditType.category", "auditType.action"),),
    ("gcp", "gcp.audit"): (
        ("gcp.audit.method_name",), ("protoPayload.methodName",), ("data.protoPayload.methodName",),
    ),
    ("gcp", "google_workspace.admin"): (("eventService", "eventName"),),
    ("gcp", "google_workspace.login"): (("protoPayload.metadata.event.eventName",),),
    ("github", "audit"): (("action", "actor"), ("action", "org")),
    ("kubernetes", "audit"): (("verb", "objectRef.resource"), ("verb", "requestURI")),
    ("m365", "audit"): (("Operation", "Workload"),),
    ("m365", "exchange"): (("eventSource", "eventName"),),
    ("m365", "threat_detection"): (("eventSource", "eventName"),),
    ("m365", "threat_management"): (("eventSource", "eventName"),),
    ("okta", "okta"): (("eventType",), ("eventtype",)),
    ("onelogin", "onelogin.events"): (("event_type_id",),),
    ("opencanary", ""): (("logtype", "node_id"), ("logtype", "src_host")),
    ("rpc_firewall", ""): (("EventLog", "InterfaceUuid"),),
    ("zeek", "dce_rpc"): (("uid", "endpoint", "operation"),),
    ("zeek", "dns"): (("uid", "query"),),
    ("zeek", "http"): (("uid", "method"), ("uid", "uri")),
    ("zeek", "kerberos"): (("uid", "request_type"),),
    ("zeek", "rdp"): (("uid", "cookie"), ("uid", "security_protocol")),
    ("zeek", "smb_files"): (("uid", "path", "name"),),
    ("zeek", "x509"): (("certificate.serial",),),
}  # fmt: skip

# The shapes in which a service's records may stand: a source that was registered with no kind of
# its own reads as generic, the service's own format keeps the same names. By product of SigmaHQ's
# rules, and by service of our own (`product: generic`).
SHAPES_OF: dict[str, Fields] = {
    "zeek": ("generic", "zeek"),
    "azure": ("generic", "entra", "azure"),
    "m365": ("generic", "office_365"),
    "gcp": ("generic", "google_workspace"),
}
SHAPES_OF_SERVICE: dict[str, Fields] = {
    "entra": ("generic", "entra", "office_365"),
    "m365": ("generic", "office_365"),
    "google_workspace": ("generic", "google_workspace"),
}

# A rule's field → the other names the same service gives it.
ALSO_NAMED: dict[str, dict[str, Fields]] = {
    "azure": {
        "operationName": ("OperationName", "OperationNameValue"),
        "OperationName": ("operationName", "OperationNameValue"),
        "OperationNameValue": ("operationName", "OperationName"),
        "properties.message": ("operationName", "OperationName", "ActivityDisplayName"),
        "ActivityDisplayName": ("activityDisplayName", "OperationName", "operationName"),
        "Category": ("category",),
        "category": ("Category",),
        "CategoryValue": ("category", "Category"),
        "ResultType": ("resultType", "properties.status.errorCode"),
        "resultType": ("ResultType", "properties.status.errorCode"),
        "ResultDescription": ("resultDescription", "properties.status.failureReason"),
        "riskEventType": ("properties.riskEventType",),
    },
    "gcp": {
        "gcp.audit.method_name": ("protoPayload.methodName", "data.protoPayload.methodName"),
        "data.protoPayload.methodName": ("protoPayload.methodName", "gcp.audit.method_name"),
    },
    "okta": {"eventtype": ("eventType",), "eventType": ("eventtype",)},
    "zeek": {"c-uri": ("uri",), "c-useragent": ("user_agent",)},
}
