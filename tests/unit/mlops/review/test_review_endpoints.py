"""Prepared changes of endpoint policies: each gets a definite statement, never "unknown"."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.mlops.review.conftest import texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlops.review.findings import Finding
    from tests.unit.mlops.review.conftest import Reviewer, Templates

    Statements = list[dict[str, Any]]

OURS = "OurPrincipalsOurResources"
ACCOUNT = "111111111111"


def _policy(changed: Templates, service: str) -> Statements:
    """The statements of one endpoint's policy."""
    found = [
        body["Properties"]["PolicyDocument"]["Statement"]
        for stack in changed.stacks
        for body in stack.template["Resources"].values()
        if body["Type"] == "AWS::EC2::VPCEndpoint"
        and str(body["Properties"]["ServiceName"]).rstrip("'\"]}").endswith(f".{service}")
    ]
    (statements,) = found
    kept: Statements = statements
    return kept


def _named(statements: Statements, sid: str) -> dict[str, Any]:
    return next(each for each in statements if each["Sid"] == sid)


def _region_of_aws_buckets(changed: Templates) -> None:
    """AWS's own buckets of packages and images, of any region."""
    for each in _policy(changed, "s3"):
        patterns = each["Resource"] if isinstance(each["Resource"], list) else [each["Resource"]]
        if any("assets-" in pattern for pattern in patterns):
            each["Resource"] = [pattern.replace("eu-central-1", "*") for pattern in patterns]


def _deletion_for_two(changed: Templates) -> None:
    """Versions are deleted by one more role."""
    (statement,) = (
        each for each in _policy(changed, "s3") if "s3:DeleteObjectVersion" in each["Action"]
    )
    (condition,) = (each for each in statement["Condition"].values() if "aws:PrincipalArn" in each)
    role = condition["aws:PrincipalArn"]
    more = f"arn:aws:iam::{ACCOUNT}:role/secure-mlops-dev-ml-platform-administrator"
    condition["aws:PrincipalArn"] = [*([role] if isinstance(role, str) else role), more]


def _by_resource(changed: Templates) -> None:
    """The account in the resource, instead of the condition."""
    statement = _named(_policy(changed, "sagemaker.api"), OURS)
    statement["Resource"] = f"arn:aws:sagemaker:eu-central-1:{ACCOUNT}:*"
    del statement["Condition"]["StringEquals"]["aws:ResourceAccount"]


def _where_there_is_one(changed: Templates) -> None:
    """Callers without an account pass."""
    condition = _named(_policy(changed, "s3"), "OurObjects")["Condition"]
    condition["StringEqualsIfExists"] = condition.pop("StringEquals")


def _any_builder(changed: Templates) -> None:
    """Let every principal of ours assume the roles of the other account."""
    statement = _named(_policy(changed, "sts"), "BuildsTakeOnRolesIn222222222222")
    keys = {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": "222222222222"}
    statement["Condition"] = {"StringEquals": keys}


def _without_accounts(changed: Templates) -> None:
    """Keys of any account."""
    del _named(_policy(changed, "kms"), OURS)["Condition"]["StringEquals"]["aws:ResourceAccount"]


def _organisation(changed: Templates) -> None:
    """Of one organization only."""
    keys = _named(_policy(changed, "sqs"), OURS)["Condition"]["StringEquals"]
    keys["aws:PrincipalOrgID"] = "o-abcdefghij"


def _no_notebooks(changed: Templates) -> None:
    """A Deny more."""
    denied = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Resource": "*"}
    _policy(changed, "sagemaker.api").append(
        {"Sid": "NoNotebooks", "Action": "sagemaker:*Notebook*", **denied}
    )


def _split(changed: Templates) -> None:
    """Two statements of one."""
    statements = _policy(changed, "s3")
    first = _named(statements, "OurObjects")
    second = copy.deepcopy(first)
    first["Resource"], second["Resource"] = first["Resource"][:3], first["Resource"][3:]
    statements.append({**second, "Sid": "More"})


def _denied_twice(changed: Templates) -> None:
    """A Deny of what nothing allowed."""
    _policy(changed, "s3").append(
        {
            "Sid": "NoForeign",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "s3:*",
            "Resource": "arn:aws:s3:::secure-mlops-dev-*",
            "Condition": {"StringNotEquals": {"aws:ResourceAccount": ACCOUNT}},
        }
    )


def _unknown(reported: tuple[Finding, ...]) -> list[str]:
    return [action for each in reported for action in each.facts.get("unknown", [])]


@pytest.mark.parametrize(
    ("change", "more", "less"),
    [
        (_region_of_aws_buckets, {"s3:GetObject"}, set()),
        (_deletion_for_two, {"s3:DeleteObjectVersion"}, set()),
        (_any_builder, {"sts:AssumeRole"}, set()),
        (_no_notebooks, set(), {"sagemaker:CreateNotebookInstance"}),
        (_split, set(), set()),
        pytest.param(
            _by_resource,
            {"sagemaker:CreateTrainingJob"},
            {"sagemaker:CreateTrainingJob"},
            marks=pytest.mark.slow,
        ),
        pytest.param(_where_there_is_one, {"s3:GetObject"}, set(), marks=pytest.mark.slow),
        pytest.param(_without_accounts, {"kms:Decrypt"}, set(), marks=pytest.mark.slow),
        pytest.param(_organisation, set(), {"sqs:SendMessage"}, marks=pytest.mark.slow),
        pytest.param(_denied_twice, set(), set(), marks=pytest.mark.slow),
    ],
)
def test_what_an_endpoint_lets_through_is_decided(
    reviewer: Reviewer,
    changed: Templates,
    change: Callable[[Templates], None],
    more: set[str],
    less: set[str],
) -> None:
    change(changed)
    reported = reviewer.permissions(changed)
    assert _unknown(reported) == []
    for direction, actions in (("more", more), ("no more", less)):
        found = [
            each
            for each in reported
            if each.facts["direction"] == direction and "endpoint for" in each.as_json()["text"]
        ]
        assert bool(found) is bool(actions), texts(reported)
        assert actions <= {action for each in found for action in each.facts["actions"]}
    if not (more or less):
        assert "proved to let through exactly the same" in texts(reported)


def test_an_example_names_the_caller_that_a_condition_asks_for(
    reviewer: Reviewer, changed: Templates
) -> None:
    _deletion_for_two(changed)
    (finding, *_) = reviewer.permissions(changed)
    requests = finding.facts["examples"]
    actions = ["s3:BypassGovernanceRetention", "s3:DeleteObjectVersion"]
    assert [each["action"] for each in requests] == actions
    for request in requests:
        who = request["principal"]["arn"]
        assert who.endswith(":role/secure-mlops-dev-ml-platform-administrator")
        assert request["resource"].startswith("arn:aws:s3:::secure-mlops-dev-")
