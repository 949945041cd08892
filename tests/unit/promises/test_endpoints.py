"""Promise 13 on an endpoint without a policy: assumed where it is declared, else broken."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mlops_contract.endpoints import APIS, left_open, may_be_left_open
from pipeline_local.local_aws.cloud_patches.ec2 import takes_policy
from promises.endpoints import PROMISES
from promises.proving import Verdict, outcomes_of
from promises.world import World, worlds_of

if TYPE_CHECKING:
    from pathlib import Path

ASSUMPTIONS = "secure-mlops:assumptions"
ACTION = "codepipeline:StartPipelineExecution"


@pytest.fixture(scope="module")
def dev(all_environments: Path) -> World:
    (world,) = worlds_of([all_environments / "assembly-dev"])
    return _only(world, world)


def _only(world: World, of: World, roles: tuple[str, ...] = ("push-filter",)) -> World:
    """Leave the endpoint of CodePipeline and some roles."""
    endpoints = tuple(each for each in of.endpoints if each.service == "codepipeline")
    resources = tuple(each.resource for each in endpoints)
    named = tuple(each for each in world.roles if each.name.endswith(roles))
    return replace(world, endpoints=endpoints, resources=resources, roles=named, stacks=())


def _judged(world: World) -> Any:
    (outcome,) = outcomes_of(world, PROMISES)
    return outcome


def test_where_it_is_declared_it_is_assumed_with_what_it_leaves(dev: World) -> None:
    (endpoint,) = dev.endpoints
    assert "PolicyDocument" not in endpoint.resource.properties
    outcome = _judged(dev)
    assert outcome.verdict is Verdict.ASSUMED
    assert any("the endpoint of codepipeline has no policy" in each for each in outcome.assumed)


def test_where_it_is_not_declared_it_is_broken(dev: World) -> None:
    (endpoint,) = dev.endpoints
    metadata = {k: v for k, v in endpoint.resource.metadata.items() if k != ASSUMPTIONS}
    bare = replace(endpoint.resource, metadata=metadata)
    world = replace(dev, resources=(bare,), endpoints=(replace(endpoint, resource=bare),))
    assert _judged(world).verdict is Verdict.BROKEN


@pytest.mark.parametrize("declared", ["ok", left_open("kms", "the settings say so")])
def test_what_is_declared_in_other_words_than_ours_is_broken(dev: World, declared: str) -> None:
    (endpoint,) = dev.endpoints
    row = {"promise": "13", "assumption": declared}
    other = replace(endpoint.resource, metadata={**endpoint.resource.metadata, ASSUMPTIONS: [row]})
    world = replace(dev, resources=(other,), endpoints=(replace(endpoint, resource=other),))
    assert _judged(world).verdict is Verdict.BROKEN


def test_nothing_is_left_open_where_no_endpoint_is_ours() -> None:
    reason = "the settings say so: network.endpoint_policies"
    assert may_be_left_open("kms", left_open("kms", reason))
    assert not may_be_left_open("kms", left_open("codepipeline", reason))
    assert not may_be_left_open("execute-api", left_open("execute-api", reason))


def test_a_service_that_leaves_the_account_through_it_is_found(dev: World) -> None:
    from iam_prover.parsing import parse_policy
    from iam_prover.policy import PolicyKind

    (role,) = dev.roles
    document = {"Statement": {"Effect": "Allow", "Action": ACTION, "Resource": "*"}}
    policy = parse_policy(document, PolicyKind.IDENTITY, "wide")
    world = replace(dev, roles=(replace(role, identity=(policy,), boundary=None),))
    (breach, *_) = _judged(world).breaches
    assert "use codepipeline of another account" in breach.what


def test_the_local_aws_takes_the_policies_that_the_table_has() -> None:
    for each in APIS:
        takes = takes_policy(f"com.amazonaws.eu-central-1.{each.name}")
        assert takes is not bool(each.without_policy), each.name
