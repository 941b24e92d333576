"""Services known by the fields of their JSON: real records' names → rules written for them."""

from __future__ import annotations

import pytest

from hinomi.detect import RuleSet
from hinomi.detect.json_sources import ALSO_NAMED, KNOWN_BY
from tests.unit.detect.bench import make_event, parse_one, plan_ids, reference_ids, rule_text

# (product, service, a rule's test, a record as the reader flattens it)
CASES = [
    ("okta", "okta", ("eventType", "user.lifecycle.create"),
     {"eventType": "user.lifecycle.create", "actor.alternateId": "a@b.example"}),
    ("okta", "okta", ("eventtype", "policy.rule.update"), {"eventType": "policy.rule.update"}),
    ("azure", "activitylogs", ("operationName", "MICROSOFT.COMPUTE/VIRTUALMACHINES/DELETE"),
     {"OperationNameValue": "Microsoft.Compute/virtualMachines/delete", "CategoryValue": "x"}),
    ("azure", "signinlogs", ("ResultType", "50126"), {"properties.status.errorCode": "50126",
                                                     "resultType": "50126"}),
    ("azure", "auditlogs", ("properties.message", "Add user"), {"operationName": "Add user"}),
    ("azure", "pim", ("riskEventType", "tooManyGlobalAdmins"),
     {"riskEventType": "tooManyGlobalAdmins"}),
    ("gcp", "gcp.audit", ("gcp.audit.method_name", "storage.buckets.delete"),
     {"protoPayload.methodName": "storage.buckets.delete"}),
    ("github", "audit", ("action", "org.add_member"), {"action": "org.add_member", "actor": "x"}),
    ("kubernetes", "audit", ("objectRef.resource", "secrets"),
     {"verb": "list", "objectRef.resource": "secrets"}),
    ("m365", "threat_management", ("eventName", "Impossible travel activity"),
     {"eventSource": "SecurityComplianceCenter", "eventName": "Impossible travel activity"}),
    ("opencanary", "", ("logtype", "5001"), {"logtype": "5001", "node_id": "n"}),
    ("zeek", "dns", ("query", "evil.example"), {"uid": "C1", "query": "evil.example"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("product", "service", "test", "fields"), CASES, ids=[f"{c[0]}-{c[1]}-{c[2][0]}" for c in CASES]
)
def test_a_record_of_the_service_meets_its_rules(
    product: str, service: str, test: tuple[str, str], fields: dict[str, str]
) -> None:
    source = {"product": product} | ({"service": service} if service else {})
    rule = parse_one(rule_text({"s": dict([test]), "condition": "s"}, logsource=source))
    rules = RuleSet([rule])
    event = make_event(fields)
    assert plan_ids(rules, event) == reference_ids(rules, event) == [rule.id]
    others = make_event({"message": "not of this service", "id": "1"})
    assert not rules.match(others)


def test_a_category_beside_the_service_changes_nothing() -> None:
    source = {"product": "kubernetes", "category": "application", "service": "audit"}
    rule = parse_one(rule_text({"s": {"verb": "exec"}, "condition": "s"}, logsource=source))
    event = make_event({"verb": "exec", "objectRef.resource": "pods"})
    assert plan_ids(RuleSet([rule]), event) == [rule.id]


def test_every_row_asks_for_something_and_every_name_belongs_to_a_product() -> None:
    assert all(row for rows in KNOWN_BY.values() for row in rows)
    assert set(ALSO_NAMED) <= {product for product, _ in KNOWN_BY}
