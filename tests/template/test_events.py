"""The event bus: closed to other accounts, under a key for this bus alone, losing nothing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tests.template.policies import is_allowed, is_denied, resolved

if TYPE_CHECKING:
    from tests.template.assembly import Stacks

HERE = "eu-central-1:111111111111"
BUS = f"arn:aws:events:{HERE}:event-bus/secure-mlops-dev"


def test_another_account_is_refused_on_the_bus(dev: Stacks) -> None:
    (bus,) = dev.properties("AWS::Events::EventBus")
    for account, refused in (("111111111111", False), ("222222222222", True)):
        caller = {"aws:PrincipalAccount": account}
        assert is_denied(bus["Policy"], "events:PutEvents", BUS, caller) is refused
    # A caller of no account, such as an anonymous one, too.
    assert is_denied(bus["Policy"], "events:PutEvents", BUS, {})


def test_eventbridge_uses_the_key_for_this_bus_only(dev: Stacks) -> None:
    (key,) = (
        key["Properties"]["KeyPolicy"]
        for name, key in dev.of_type("AWS::KMS::Key").items()
        if name.startswith("Events")
    )
    request = {
        "principal": "events.amazonaws.com",
        "aws:SourceAccount": "111111111111",
        "aws:SourceArn": BUS,
        "kms:EncryptionContext:aws:events:event-bus:arn": BUS,
    }
    assert is_allowed(key, "kms:GenerateDataKey", "*", request)
    for name in list(request)[1:]:
        assert not is_allowed(key, "kms:GenerateDataKey", "*", {**request, name: "another"}), name


def test_what_cannot_be_encrypted_is_kept(dev: Stacks) -> None:
    (bus,) = dev.properties("AWS::Events::EventBus")
    (queue,) = dev.properties("AWS::SQS::Queue", "Events")
    assert bus["DeadLetterConfig"]["Arn"]["Fn::GetAtt"]
    assert queue["QueueName"] == "secure-mlops-dev-events-failed"
    # Not under the key that may have failed.
    assert queue["KmsMasterKeyId"] != bus["KmsKeyIdentifier"]
    (policy,) = dev.properties("AWS::SQS::QueuePolicy", "Events")
    assert BUS.removeprefix("arn:aws") in json.dumps(policy)


def test_no_event_that_a_rule_waits_for_is_lost(dev: Stacks, prod: Stacks) -> None:
    """What no target would take is in a queue that lets EventBridge in for that rule."""
    for stacks, environment in ((dev, "dev"), (prod, "prod")):
        letting_in = {
            logical_id
            for policy in stacks.properties("AWS::SQS::QueuePolicy")
            if f"rule/secure-mlops-{environment}-*" in json.dumps(resolved(policy))
            for logical_id in re.findall(r'"Ref": "(\w+)"', json.dumps(policy["Queues"]))
        }
        for rule in stacks.properties("AWS::Events::Rule"):
            for target in rule["Targets"]:
                queue = json.dumps(target.get("DeadLetterConfig"))
                assert any(f'"{each}"' in queue for each in letting_in), rule["Name"]
