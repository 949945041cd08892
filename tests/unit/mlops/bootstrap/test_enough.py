"""The deployer's policies allow each call of a deployment, and not one right beyond that."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from environments import load_environment
from mlops.bootstrap.dependents import dependents
from mlops.bootstrap.enough import refused
from mlops.bootstrap.handler_calls import HandlerCall, handler_calls
from mlops.bootstrap.policies import deployer_arn, everyday_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mlops.bootstrap import DeploymentPolicies
    from promises.world import World


TAG = "aws:ResourceTag/secure-mlops:environment"


@pytest.fixture(scope="module")
def calls(dev: World) -> list[HandlerCall]:
    return list(handler_calls(dev, deployer_arn(dev)))


def _refused(world: World, policies: DeploymentPolicies, calls: list[HandlerCall]) -> set[str]:
    return {call.request.action for call, _ in refused(world, policies, calls)}


def _changed(policies: DeploymentPolicies, old: str, new: str) -> DeploymentPolicies:
    text = json.dumps(policies.documents)
    assert old in text
    return dataclasses.replace(policies, documents=tuple(json.loads(text.replace(old, new))))


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_every_call_of_every_handler_is_allowed(
    worlds: dict[str, World], written: Callable[[str], DeploymentPolicies], name: str
) -> None:
    world = worlds[name]
    calls = list(handler_calls(world, deployer_arn(world)))
    kinds = {each.kind for each in world.resources if not each.kind.startswith("Custom::")}
    made = {call.where for call in calls if call.handler == "create"}
    assert {each.kind for each in world.resources if each.where in made} >= kinds
    assert [str(call) for call, _ in refused(world, written(name), calls)] == []


@pytest.mark.parametrize(
    (("change"), "action"),
    [
        (("route53:AssociateVPCWithHostedZone", "route53:X"), "route53:AssociateVPCWithHostedZone"),
        (("database/secure_mlops_dev", "database/x"), "glue:CreateDatabase"),
        # Without the tag of the key, which may take minutes to count.
        (
            (f'"Null": {{"{TAG}": ["true"]', f'"Null": {{"{TAG}": ["false"]'),
            "kms:EnableKeyRotation",
        ),
        (('"vpc-flow-logs.amazonaws.com"', '"ec2.amazonaws.com"'), "iam:PassRole"),
        (("policy/secure-mlops-dev-runtime-boundary", "policy/x"), "iam:CreateRole"),
        (("aws:RequestTag/secure-mlops:environment", "aws:RequestTag/x"), "ec2:CreateVpc"),
        (('"ec2:CreateAction"', '"ec2:X"'), "ec2:CreateTags"),
        (("cdk-hnb659fds-assets-111111111111", "assets"), "s3:GetObject"),
    ],
)
def test_a_condition_that_a_request_does_not_meet_is_found(
    dev: World,
    policies: DeploymentPolicies,
    calls: list[HandlerCall],
    change: tuple[str, str],
    action: str,
) -> None:
    assert action in _refused(dev, _changed(policies, *change), calls)


def test_a_key_or_bucket_that_refuses_is_found(
    dev: World, policies: DeploymentPolicies, calls: list[HandlerCall]
) -> None:
    keyless = dataclasses.replace(
        dev,
        keys=tuple(
            dataclasses.replace(each, policy=dataclasses.replace(each.policy, statements=()))
            for each in dev.keys
        ),
    )
    assert {"kms:EnableKeyRotation", "kms:PutKeyPolicy"} <= _refused(keyless, policies, calls)


def test_a_new_key_that_names_nobody_for_its_rotation_is_found(
    dev: World, policies: DeploymentPolicies, calls: list[HandlerCall]
) -> None:
    unnamed = dataclasses.replace(
        dev,
        keys=tuple(
            dataclasses.replace(
                each,
                policy=dataclasses.replace(
                    each.policy,
                    statements=tuple(
                        one for one in each.policy.statements if "(Rotation)" not in one.where
                    ),
                ),
            )
            for each in dev.keys
        ),
    )
    assert _refused(unnamed, policies, calls) == {"kms:EnableKeyRotation"}


def _rights(policies: DeploymentPolicies) -> Iterator[tuple[int, int, str]]:
    for number, document in enumerate(policies.documents):
        for place, statement in enumerate(document["Statement"]):
            if statement["Effect"] == "Allow":
                yield from ((number, place, action) for action in statement["Action"])


def _without(
    policies: DeploymentPolicies, number: int, place: int, action: str
) -> DeploymentPolicies:
    documents: list[dict[str, Any]] = [dict(each) for each in policies.documents]
    statements = list(documents[number]["Statement"])
    kept = [each for each in statements[place]["Action"] if each != action]
    statements[place] = {**statements[place], "Action": kept or ["none:None"]}
    documents[number]["Statement"] = statements
    return dataclasses.replace(policies, documents=tuple(documents))


def test_not_one_right_can_be_taken_away(dev: World, policies: DeploymentPolicies) -> None:
    by_action: dict[str, list[HandlerCall]] = {}
    for call in everyday_calls(dev, load_environment("dev")):
        by_action.setdefault(call.request.action, []).append(call)
    rights = list(_rights(policies))
    surplus = [
        right
        for right in rights
        if not any(True for _ in refused(dev, _without(policies, *right), by_action[right[2]]))
    ]
    assert surplus == []
    assert len(rights) >= 300


def test_dependent_actions_are_read() -> None:
    assert "route53:AssociateVPCWithHostedZone" in dependents("ec2:CreateVpcEndpoint")
    assert dependents("sqs:CreateQueue") == dependents("none:None") == frozenset()
