"""Managed policies that no template holds: AWS's are read from a table, others are not known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from promises.catalog import PROMISES
from promises.claims import Fact
from promises.closed_world import closed_world
from promises.proving import Outcome, Verdict, outcomes_of
from promises.world import World, worlds_of
from promises.world.aws_managed_policies import aws_managed_policy

if TYPE_CHECKING:
    from pathlib import Path

AWS = "arn:aws:iam::aws:policy"
BASIC = "service-role/AWSLambdaBasicExecutionRole"
# The ARN as the CDK writes it, whatever the partition.
OF_ANY_PARTITION = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::aws:policy/"]]}
TRUST = {
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ]
}


def world_of(folder: Path, *arns: Any, **properties: Any) -> World:
    role = {"AssumeRolePolicyDocument": TRUST, "ManagedPolicyArns": [*arns], **properties}
    template = folder / "team.json"
    template.write_text(
        json.dumps({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": role}}})
    )
    (world,) = worlds_of([template])
    return world


def judged(world: World, number: int) -> Outcome:
    (found,) = outcomes_of(world, [each for each in PROMISES if each.number == number], 5)
    return found


def test_a_lambda_with_the_basic_execution_role_is_decided(tmp_path: Path) -> None:
    arn = {"Fn::Join": ["", [OF_ANY_PARTITION, BASIC]]}
    for number in (5, 10, 11):
        found = judged(world_of(tmp_path, arn), number)
        assert (found.verdict, found.breaches) == (Verdict.ASSUMED, ())
        assert found.assumed == (f"AWS's managed policy {BASIC} says what v1 of 2015-04-09 says",)


def test_a_promise_that_does_not_ask_what_roles_may_do_stays_proved(tmp_path: Path) -> None:
    world = world_of(tmp_path, f"{AWS}/{BASIC}")
    assert judged(world, 14).verdict is Verdict.PROVED
    assert judged(world, 18).verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize("name", ["AdministratorAccess", "IAMFullAccess", "PowerUserAccess"])
def test_a_wide_policy_of_aws_is_broken_by_its_own_statements(tmp_path: Path, name: str) -> None:
    found = judged(world_of(tmp_path, f"{AWS}/{name}"), 11)
    assert found.verdict is Verdict.BROKEN
    assert f"team/Role, {AWS}/{name} (v" in found.breaches[0].statements[0]


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::123456789012:policy/team/guard.rails",
        f"{AWS}/NotOfThisTable",
        f"arn:aws-cn:iam::aws:policy/{BASIC}",  # the texts are those of the partition aws
    ],
)
def test_a_policy_that_is_nowhere_is_undecided_by_name(tmp_path: Path, arn: str) -> None:
    found = judged(world_of(tmp_path, arn), 11)
    assert found.verdict is Verdict.UNKNOWN
    assert f"it depends on team/Role.ManagedPolicyArns.{arn}," in found.breaches[0].what


def test_a_boundary_of_aws_takes_rights_away(tmp_path: Path) -> None:
    administrator = f"{AWS}/AdministratorAccess"
    (role,) = world_of(
        tmp_path, administrator, PermissionsBoundary=f"{AWS}/AmazonS3ReadOnlyAccess"
    ).roles
    assert role.boundary is not None
    assert role.boundary.services == {"s3", "s3-object-lambda"}
    assert [each.name for each in role.by_aws] == ["AdministratorAccess", "AmazonS3ReadOnlyAccess"]
    (role,) = world_of(tmp_path, administrator, PermissionsBoundary=f"{AWS}/Unheard").roles
    assert role.boundary is None


def test_what_only_aws_attaches_is_in_no_table() -> None:
    assert (
        aws_managed_policy(f"{AWS}/aws-service-role/AmazonSageMakerNotebooksServiceRolePolicy")
        is None
    )
    assert aws_managed_policy(f"{AWS}/job-function/ViewOnlyAccess") is not None


def forms(world: World) -> list[str]:
    """List what is said about the form of a text, not about what it allows."""
    claims = closed_world(world)
    return [each.what for each in claims if isinstance(each, Fact) and not each.holds]


@pytest.mark.parametrize(
    "name", ["AWSDeepRacerDefaultMultiUserAccess", "AIDevOpsAgentAccessPolicy"]
)
def test_what_does_nothing_in_a_text_of_aws_is_no_breach(tmp_path: Path, name: str) -> None:
    known = aws_managed_policy(f"{AWS}/{name}")
    assert known is not None
    assert forms(world_of(tmp_path, f"{AWS}/{name}")) == []
    # The same text is one that somebody can change.
    inline = [{"PolicyName": "own", "PolicyDocument": known.document}]
    assert forms(world_of(tmp_path, Policies=inline))


@pytest.mark.parametrize(
    "name",
    [
        "AIOpsOperatorAccess",  # a vacuous ForAllValues
        "service-role/AmazonDataZoneGlueManageAccessRolePolicy",  # ForAnyValue with IfExists
        "AmazonAugmentedAIFullAccess",  # IfExists on actions that never have the key
        # Beside an operator that matches nothing, and a key that an action does not have.
        "AWSAuditManagerAdministratorAccess",
        "SageMakerStudioProjectRoleMachineLearningPolicy",
    ],
)
def test_what_allows_more_than_it_seems_is_said_of_a_text_of_aws_too(
    tmp_path: Path, name: str
) -> None:
    said = forms(world_of(tmp_path, f"{AWS}/{name}"))
    assert said
    assert not any("matches nothing" in each or "SearchVisibility" in each for each in said)
