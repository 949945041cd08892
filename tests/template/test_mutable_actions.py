"""No right to change anything is a right to change everything.

Every Allow on ``Resource: "*"`` is looked at action by action, with the access levels of the
service authorization reference. A key's policy is left out, since there ``*`` is the key itself;
so is an endpoint's, which grants nothing and is held by promises 2 and 13.
"""

from __future__ import annotations

import copy
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest

from iam_prover.reference import matching
from tests.template.policies import resolved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.template.assembly import Stacks

# What AWS lets nobody narrow, and why it does no harm.
ONLY_ON_EVERYTHING = {
    "cloudwatch:PutMetricData": "has no resource of ours; a job's policy names the namespaces",
    "servicecatalog:TerminateProvisionedProduct": "has none; only of what the same person started",
}
# A key of the CDK's bootstrap decrypts what the CDK has uploaded, and nothing else.
ASSETS = "arn:aws:s3:::cdk-hnb659fds-assets-{}-eu-central-1"
STAGED = [
    {"StringNotLike": {"kms:EncryptionContext:aws:s3:arn": [assets, f"{assets}/*"]}}
    for assets in (ASSETS.format("111111111111"), ASSETS.format("333333333333"))
]
# Keys of staging decrypt what belongs to its models, for prod's importer, and nothing else.
MODELS, KEPT = (
    f"arn:aws:s3:::secure-mlops-staging-{purpose}-222222222222-eu-central-1"
    for purpose in ("models", "artifacts")
)
FETCHED = [MODELS, f"{MODELS}/models/*", KEPT, f"{KEPT}/baselines/*"]
STAGED.append({"StringNotLike": {"kms:EncryptionContext:aws:s3:arn": FETCHED}})
LEFT_OUT = {"AWS::KMS::Key", "AWS::EC2::VPCEndpoint"}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _documents(stacks: Stacks) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every policy document of an environment, wherever in a resource it stands."""
    for template in stacks.templates.values():
        for name, resource in template["Resources"].items():
            if resource["Type"] not in LEFT_OUT:
                for document in _within(resource.get("Properties", {})):
                    yield name, document


def _within(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "Statement" in value:
            yield resolved(value)
        for item in value.values():
            yield from _within(item)
    elif isinstance(value, list):
        for item in value:
            yield from _within(item)


def _mutable(pattern: str) -> set[str]:
    """The actions of a pattern that change something; one that spans services is all of them."""
    if pattern.partition(":")[0] in {"*", ""} or ":" not in pattern:
        return {pattern}
    known = matching(pattern)
    assert known, f"the reference does not know {pattern}"
    return {each.name for each in known if each.mutates}


def _kept_to_resources(action: str, document: dict[str, Any]) -> bool:
    """Whether the same document refuses the action on all but named resources."""
    return any(
        statement["Effect"] == "Deny"
        and ("Condition" not in statement or statement["Condition"] in STAGED)
        and "*" not in _list(statement.get("NotResource", "*"))
        and any(
            fnmatchcase(action.lower(), each.lower()) for each in _list(statement.get("Action", []))
        )
        for statement in document["Statement"]
    )


def _on_everything(document: dict[str, Any]) -> set[str]:
    """The actions that change something and are allowed on anything."""
    return {
        action
        for statement in document["Statement"]
        if statement["Effect"] == "Allow"
        and ("NotResource" in statement or "*" in _list(statement.get("Resource", [])))
        for pattern in _list(statement.get("Action", "*"))
        for action in _mutable(pattern)
        if action not in ONLY_ON_EVERYTHING and not _kept_to_resources(action, document)
    }


def test_no_mutable_action_is_allowed_on_everything(dev: Stacks, prod: Stacks) -> None:
    for stacks in (dev, prod):
        found = {name: _on_everything(document) for name, document in _documents(stacks)}
        assert len(found) > 30
        assert {name: actions for name, actions in found.items() if actions} == {}


def test_what_cannot_be_narrowed_has_no_resource_of_ours(dev: Stacks) -> None:
    used = {
        action
        for _, document in _documents(dev)
        for statement in document["Statement"]
        for action in _list(statement.get("Action", []))
    }
    assert set(ONLY_ON_EVERYTHING) <= used
    assert all(len(reason.split()) > 5 for reason in ONLY_ON_EVERYTHING.values())


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("function-network", "ec2:CreateNetworkInterface"),
        ("orchestration", "sagemaker:CreateTrainingJob"),
        ("break-glass", "kms:ScheduleKeyDeletion"),
        ("people-see", "sagemaker:*"),
        ("people-see", "*"),
        ("runtime-boundary", "dynamodb:PutItem"),
    ],
)
def test_a_new_one_is_found(dev: Stacks, name: str, action: str) -> None:
    document = copy.deepcopy(dev.policy(f"secure-mlops-dev-{name}"))
    document["Statement"].append({"Effect": "Allow", "Action": action, "Resource": "*"})
    assert _on_everything(resolved(document))


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        *(("runtime", 15), ("orchestration", 12), ("people", 8)),
        *(("break-glass", 8), ("delivery", 15)),
    ],
)
def test_a_boundary_without_its_refusal_is_found(dev: Stacks, kind: str, least: int) -> None:
    document = resolved(dev.policy(f"secure-mlops-dev-{kind}-boundary"))
    kept = [each for each in document["Statement"] if each.get("Sid") != "NotElsewhere"]
    assert len(_on_everything({"Statement": kept})) > least


def test_a_function_has_interfaces_in_our_subnets_only(dev: Stacks) -> None:
    document = resolved(dev.policy("secure-mlops-dev-function-network"))
    (create,) = (
        _list(each["Resource"])
        for each in document["Statement"]
        if each["Effect"] == "Allow" and "ec2:CreateNetworkInterface" in _list(each["Action"])
    )
    kinds = [arn.rpartition(":")[2].partition("/")[0] for arn in create]
    assert sorted(kinds) == ["network-interface", "security-group", "subnet", "subnet"]
    assert sum("*" in arn for arn in create) == 1
