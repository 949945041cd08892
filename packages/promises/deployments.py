"""Roles that deploy through endpoints, as the templates declare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.formulas import Not, key, present, resource_like
from iam_prover.principals import role
from iam_prover.question import any_session
from iam_prover.reference import names
from iam_prover.request import Request
from mlops_common.errors import MlopsError
from mlops_contract.cdk_bootstrap import PUBLISHER
from mlops_contract.metadata import DEPLOYMENTS, Deployers
from promises.asking import Subject, account_of, but, everybody, through_endpoint
from promises.claims import Allowed, Fact
from promises.duties import charter_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from promises.claims import Claim
    from promises.world import Endpoint, World

# All that the bootstrap's role for uploads does with a bucket.
PUBLISHING = (
    *("s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:GetEncryptionConfiguration"),
    *("s3:GetObject", "s3:ListBucket", "s3:PutObject"),
)
_ASSUME = "sts:AssumeRole"
# What the bootstrap's roles do beside: stacks, the bootstrap's version, and who they are.
_DEPLOYING = {
    "cloudformation": names("cloudformation"),
    "ssm": ("ssm:GetParameter",),
    "sts": ("sts:GetCallerIdentity",),
}


def deployers(endpoint: Endpoint) -> Deployers:
    """Read the deployers that an endpoint declares."""
    declared = endpoint.resource.record(DEPLOYMENTS) or Deployers()
    wrong = [
        *(arn for arn in declared.roles if ":role/cdk-" not in arn or "*" in arn),
        *(arn for arn in declared.publishers if f"-{PUBLISHER}-role-" not in arn),
        *(arn for arn in declared.publishers if arn not in declared.roles),
    ]
    if wrong:
        raise MlopsError(
            f"{endpoint.resource.where}: {DEPLOYMENTS.name}: {', '.join(wrong)}: no role of the"
            " CDK's bootstrap"
        )
    return declared


def foreign_roles(endpoint: Endpoint, world: World) -> tuple[str, ...]:
    """Return the declared roles of other accounts."""
    return tuple(arn for arn in deployers(endpoint).roles if account_of(arn) != world.account)


def become_by_builds(world: World, endpoint: Endpoint) -> Iterator[Fact]:
    """Claim that a charter, which people review, says what build becomes each declared role."""
    lent = {
        arn
        for each in world.roles
        if (charter := charter_of(each))
        for duty in charter.duties
        if _ASSUME in duty.actions
        for arn in duty.resources
    }
    for arn in deployers(endpoint).roles:
        yield Fact(endpoint.resource.where, f"a charter says what becomes {arn}", arn in lent)


def through_interface(
    world: World, endpoint: Endpoint, service: str, on_resources: Sequence[str]
) -> Iterator[Claim]:
    """Claim what declared roles do through an interface endpoint: no more, and no less."""
    yield from become_by_builds(world, endpoint)
    foreign = foreign_roles(endpoint, world)
    if not foreign:
        return
    subject = Subject(endpoint.resource.where, through_endpoint(endpoint.policy))
    for arn in foreign:
        yield subject.never(
            f"as {arn} reach what is not of its own account",
            [any_session(arn)],
            on_resources,
            present("aws:ResourceAccount"),
            Not(key("StringEquals", "aws:ResourceAccount", account_of(arn))),
        )
    needed = _DEPLOYING.get(service, ())
    yield subject.never(
        f"as a role of another account's bootstrap use {service} for what no deployment takes",
        [any_session(arn) for arn in foreign],
        [each for each in names(service) if each not in needed],
    )
    if _ASSUME in on_resources:
        builders, everyone = deployers(endpoint).builders, everybody(world)
        theirs = Not(key("StringEquals", "aws:ResourceAccount", world.account))
        bootstrap = resource_like(*foreign)
        what = "reach a role of another account's bootstrap, not being a build that deploys"
        yield subject.never(what, but(everyone, builders), on_resources, bootstrap, theirs)
        what = "do anything with a role of another account's bootstrap but assume it"
        others = [each for each in on_resources if each != _ASSUME]
        yield subject.never(what, everyone, others, bootstrap, theirs)
    yield from _deploy(endpoint, foreign, service, needed)


def _deploy(
    endpoint: Endpoint, foreign: Sequence[str], service: str, needed: Sequence[str]
) -> Iterator[Allowed]:
    where, policies = endpoint.resource.where, through_endpoint(endpoint.policy)
    for arn in foreign:
        owner = {"aws:ResourceAccount": (account_of(arn),)}
        if service == _ASSUME.partition(":")[0]:
            for builder in deployers(endpoint).builders:
                request = Request(role(builder), _ASSUME, arn, owner)
                yield Allowed(where, f"{builder} becomes {arn}", ((request, policies),))
        if needed:
            found = tuple((Request(role(arn), each, "*", owner), policies) for each in needed)
            yield Allowed(where, f"{arn} uses {service} to deploy", found)
