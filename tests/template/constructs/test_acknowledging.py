"""Findings are found, and what is acknowledged of them stays in the template."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import aws_cdk as cdk

    Judge = Callable[[cdk.Stack], set[str]]


def test_the_judge_is_awake(stack: cdk.Stack, findings: Judge) -> None:
    from aws_cdk import aws_sqs as sqs

    sqs.Queue(stack, "Queue")
    assert any("AwsSolutions-SQS4" in found for found in findings(stack))


def test_an_acknowledgment_is_kept_in_the_template(stack: cdk.Stack, findings: Judge) -> None:
    from aws_cdk import assertions
    from aws_cdk import aws_sqs as sqs

    from secure_mlops_constructs.acknowledgments import acknowledge

    queue = sqs.Queue(stack, "Queue", enforce_ssl=True)
    acknowledge(queue, "AwsSolutions-SQS3", reason="A test")
    acknowledge(stack, "A-1", "A-2", reason="Another")
    acknowledge(stack, "A-3", reason="One more")
    assert findings(stack) == set()
    template = assertions.Template.from_stack(stack).to_json()
    (resource,) = (
        entry for entry in template["Resources"].values() if entry["Type"] == "AWS::SQS::Queue"
    )
    key = "secure-mlops:acknowledged"
    assert resource["Metadata"][key] == [{"rule": "AwsSolutions-SQS3", "reason": "A test"}]
    assert [entry["rule"] for entry in template["Metadata"][key]] == ["A-1", "A-2", "A-3"]


def test_an_acknowledgment_needs_a_resource(stack: cdk.Stack) -> None:
    from constructs import Construct

    from secure_mlops_constructs.acknowledgments import acknowledge

    with pytest.raises(TypeError, match="Stack/Nothing has no main resource"):
        acknowledge(Construct(stack, "Nothing"), "A-1", reason="x")
