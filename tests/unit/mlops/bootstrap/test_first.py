"""A first deployment that fails is taken back, for a day, and the everyday deployer keeps all."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

from environments import load_environment
from mlops.bootstrap import first_policies
from mlops.bootstrap.enough import refused
from mlops.bootstrap.policies import asked_of
from mlops.bootstrap.proof import no_more_than_the_boundary
from mlops.bootstrap.template import first_template
from mlops_common.errors import MlopsError
from promises.proving import Verdict, outcomes_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlops.bootstrap import DeploymentPolicies
    from mlops.bootstrap.handler_calls import HandlerCall
    from promises.world import World

UNTIL = "2026-12-01T00:00:00Z"
DELETING = {"logs:DeleteLogGroup", "s3:DeleteBucket", "sagemaker:DeleteModelPackageGroup"}


def _at(call: HandlerCall, time: str) -> HandlerCall:
    context = {**call.request.context, "aws:CurrentTime": (time,)}
    return dataclasses.replace(call, request=dataclasses.replace(call.request, context=context))


@pytest.mark.example
def test_what_a_failed_creation_leaves_goes_until_the_rights_expire(
    worlds: dict[str, World],
) -> None:
    for name, world in worlds.items():
        first = first_policies(world, load_environment(name), UNTIL)
        calls = list(asked_of(first, world))
        assert set(first.actions) >= DELETING
        early = [_at(call, "2026-11-30T23:59:59Z") for call in calls]
        late = [_at(call, UNTIL) for call in calls]
        assert list(refused(world, first, early)) == []
        assert len(list(refused(world, first, late))) == len(calls)
        assert not [each for each in first.actions if each.startswith(("kms:", "iam:"))]


def test_names_are_free_again_after_a_creation_that_fails(worlds: dict[str, World]) -> None:
    """Keys have ids, and stay; a boundary is for an administrator to remove."""
    for world in worlds.values():
        kept = {
            body["Type"]: (body["DeletionPolicy"], body["UpdateReplacePolicy"])
            for stack in world.stacks
            for body in stack.resources.values()
            if body.get("DeletionPolicy", "Delete") != "Delete"
        }
        assert kept.pop("AWS::KMS::Key") == ("Retain", "Retain")
        assert set(kept.values()) == {("RetainExceptOnCreate", "Retain")}
        assert {"AWS::S3::Bucket", "AWS::Logs::LogGroup"} <= kept.keys()


@pytest.mark.parametrize("name", ["staging", "prod"])
def test_the_everyday_deployer_deletes_nothing_that_is_kept(
    written: Callable[[str], DeploymentPolicies], name: str
) -> None:
    assert not {*DELETING, "kms:ScheduleKeyDeletion"} & set(written(name).actions)


def test_it_is_a_stack_of_its_own_put_on_the_role_and_proved(
    dev: World, policies: DeploymentPolicies
) -> None:
    first = first_policies(dev, load_environment("dev"), UNTIL)
    resources = json.loads(first_template(first))["Resources"]
    roles = {tuple(each["Properties"]["Roles"]) for each in resources.values()}
    assert roles == {("cdk-hnb659fds-cfn-exec-role-111111111111-eu-central-1",)}
    both = dataclasses.replace(policies, documents=(*policies.documents, *first.documents))
    (outcome,) = outcomes_of(dev, [no_more_than_the_boundary(both)])
    assert outcome.verdict is Verdict.PROVED


def test_where_nothing_is_kept_nothing_is_written(dev: World) -> None:
    gone = tuple(
        dataclasses.replace(
            stack,
            template={
                **stack.template,
                "Resources": {
                    name: {**body, "DeletionPolicy": "Delete"}
                    for name, body in stack.resources.items()
                },
            },
        )
        for stack in dev.stacks
    )
    with pytest.raises(MlopsError, match="nothing to take back"):
        first_policies(dataclasses.replace(dev, stacks=gone), load_environment("dev"), UNTIL)
