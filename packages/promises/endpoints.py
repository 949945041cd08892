"""Promise on the interface endpoints: our principals, our resources."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from iam_prover.formulas import AnyOf, Not, key, present, resource_like
from iam_prover.question import any_session
from iam_prover.reference import actions_of
from mlops_contract.endpoints import TAKES, let_through, may_be_left_open, service_of
from mlops_contract.metadata import ASSUMPTIONS
from promises.asking import Subject, but, everybody, good, owned, strangers, through_endpoint
from promises.claims import Allowed, Claim, Fact, Promise
from promises.crossing import DESCRIBE
from promises.deployments import foreign_roles, through_interface
from promises.duties import is_ours
from promises.pipeline_jobs import image_claims
from promises.pipeline_steps import images_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iam_prover.policy import Condition
    from promises.world import Endpoint, World

_S3 = ("s3", True)
# The reference names resources for it, but a metric belongs to the caller.
_OWNERLESS = {"cloudwatch:PutMetricData"}
_NO_POLICY = (
    "where a service takes no policy, its endpoint lets everything through: asked is then what our "
    "services' roles may, and assumed what people and others' credentials do"
)
_IMAGE_READS = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
)


def own_principals_own_resources(world: World) -> Iterator[Claim]:
    """Claim promise 13."""
    # The S3 gateway has a promise of its own.
    interfaces = [each for each in world.endpoints if (each.service, each.is_gateway) != _S3]
    for endpoint in interfaces:
        without = "PolicyDocument" not in endpoint.resource.properties
        declared = [
            r.assumption for r in endpoint.resource.record(ASSUMPTIONS) if r.promise == "13"
        ]
        if without and any(may_be_left_open(endpoint.service, each) for each in declared):
            yield from _without_policy(world, endpoint)
        else:
            yield from _of(world, endpoint)
    if interfaces:
        yield from image_claims(world)


def _without_policy(world: World, endpoint: Endpoint) -> Iterator[Claim]:
    """Claim of an endpoint that lets everything through that identities do not leave the account.

    Of people and of others' credentials it is assumed, as the endpoint declares.
    """
    service = service_of(endpoint.service)
    actions = [each.name for each in actions_of(service) if each.resource_types]
    known = f"the reference knows the actions of {endpoint.service}"
    yield Fact(endpoint.resource.where, known, bool(actions))
    ours = resource_like(f"arn:*:*:*:{world.account}:*")
    what = f"use {service} of another account through {endpoint.resource.where}"
    for role in world.roles:
        if role.trusted_services:
            subject = Subject(role.resource.where, role.acting())
            who = [any_session(role.arn)]
            yield subject.never(what, who, actions, Not(ours), Not(_owned(world)))


def _of(world: World, endpoint: Endpoint) -> Iterator[Claim]:
    subject = Subject(endpoint.resource.where, through_endpoint(endpoint.policy))
    service = service_of(endpoint.service)
    actions = actions_of(service)
    every = [each.name for each in actions]
    known = f"the reference knows the actions of {endpoint.service}"
    yield Fact(subject.where, known, bool(every))
    deploying = foreign_roles(endpoint, world)
    what = f"use {service} through it with another account's credentials"
    yield subject.never(what, but(strangers(world), deploying), every)
    takes = let_through(endpoint.service) if is_ours(world) else TAKES.get(endpoint.service, "*")
    others = [each for each in every if not any(fnmatchcase(each, one) for one in takes)]
    if others:
        what = f"use {service} through it for what it is not there for"
        yield subject.never(what, everybody(world), others)
    images = [arn for body in world.pipelines.values() for arn in images_of(body)]
    not_ours = (present("aws:ResourceAccount"), Not(_owned(world)))
    reads = set(_IMAGE_READS) if images else set()
    ownerless = reads | _OWNERLESS
    source = world.promoted_from if service == "sagemaker" else None
    seen = {DESCRIBE} if source else set()
    on_resources = [
        each.name for each in actions if each.resource_types and each.name not in ownerless
    ]
    yield subject.never(
        f"reach another account's {service} resources through it",
        but(everybody(world), deploying),
        [each for each in on_resources if each not in seen],
        *not_ours,
        *([Not(resource_like(*deploying))] if deploying else []),
    )
    yield from through_interface(world, endpoint, service, on_resources)
    if source is not None:
        nobody_else = but(everybody(world), [source.role])
        what = "see a version of another account's models through it"
        yield subject.never(what, nobody_else, [DESCRIBE], *not_ours)
        what = f"{what}, as the importer, that is not of {source.environment}"
        beyond = Not(resource_like(source.versions))
        yield subject.never(what, [any_session(source.role)], [DESCRIBE], *not_ours, beyond)
    if service == "ecr" and images:
        what = "fetch an image of another account that no pipeline runs"
        beyond = Not(resource_like(*images))
        yield subject.never(what, everybody(world), sorted(reads), *not_ours, beyond)
    unknown = Not(AnyOf((_owned(world), present("aws:ResourceAccount"))))
    what = f"reach a {service} resource through it whose owner is unknown"
    yield subject.never(what, everybody(world), on_resources, unknown)
    yield _use(world, endpoint, service)


def _owned(world: World) -> Condition:
    return key("StringEquals", "aws:ResourceAccount", world.account)


def _use(world: World, endpoint: Endpoint, service: str) -> Allowed:
    arn = f"arn:aws:{service}:{world.region}:{world.account}:thing"
    candidates = tuple(
        (good(role, action.name, arn, owned(world)), through_endpoint(endpoint.policy))
        for role in world.roles[:1]
        for action in actions_of(service)
    )
    return Allowed(endpoint.resource.where, f"our roles use {service} through it", candidates)


PROMISES = (
    Promise(
        13,
        "Every interface endpoint lets through our own principals to our own resources only",
        "VPC guide, endpoint policies; IAM User Guide, aws:PrincipalAccount, aws:ResourceAccount",
        (
            "callers and resources may have any policies whatever",
            "AWS's container images that pipelines run are the only exception, by name, read only",
            _NO_POLICY,
        ),
        own_principals_own_resources,
        "no interface endpoint is in the templates",
        enforced_by=(
            "endpoint policies, in our environments for the actions in "
            "`packages/mlops_contract/endpoints.py` alone; the CDK's roles by which builds deploy, "
            "each in its own account, and the versions that the importer looks at (19), are let "
            "through, too"
        ),
    ),
)
