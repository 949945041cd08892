"""Promise on access between environments: one role, to read models and baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.formulas import Not, key, resource_like
from iam_prover.principals import role as session_of
from iam_prover.question import any_session
from iam_prover.reference import names
from iam_prover.request import Request
from mlops_contract.names import MODEL_IMPORTER, prefix
from promises.asking import (
    Subject,
    any_identity,
    can,
    good,
    inside,
    lacks,
    never_by,
    owned,
    through,
)
from promises.buckets import bucket_actions
from promises.claims import Allowed, Claim, Fact, Promise
from promises.origin import from_our_network

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iam_prover.evaluator import PoliciesInForce
    from iam_prover.formulas import Formula
    from iam_prover.policy import Policy
    from promises.world import Bucket, Resource, Role, World
    from promises.world.crossing import PromotesTo

READ, WRITE = "s3:GetObject", "s3:PutObject"
DECRYPT, DESCRIBE = "kms:Decrypt", "sagemaker:DescribeModelPackage"
_CONTEXT = "kms:EncryptionContext:aws:s3:arn"
_ENDPOINT, _ANOTHER = "aws:SourceVpce", "vpce-0123456789abcdef0"
_GROUP = "AWS::SageMaker::ModelPackageGroup"


def only_models_go_on(world: World) -> Iterator[Claim]:
    """Claim promise 19: about this environment, and the next one where both were read."""
    source = world.promoted_from
    if source is not None and (reader := world.role(source.role)):
        what = f"read models of {source.environment} other than through our S3 endpoint"
        around = lacks(_ENDPOINT, *world.s3_endpoint_ids)
        yield never_by(reader, what, [READ], resource_like(*source.objects), around)
    to = world.promotes_to
    if to is None:
        return
    yield Fact(
        to.where,
        f"{to.role} is the model importer of {to.environment}, in its account, by its full name",
        to.role == f"arn:aws:iam::{to.account}:role/{prefix(to.environment)}-{MODEL_IMPORTER}",
    )
    following = world.following
    importer = following.role(to.role) if following else None
    # In one account, identities there are judged by what they are granted, not by any rights.
    if to.account != world.account:
        yield from _here(world, to, None)
    elif importer is not None:
        yield from _here(world, to, importer)
    if following is not None:
        yield from _there(world, to, following)


def _here(world: World, to: PromotesTo, importer: Role | None) -> Iterator[Claim]:

    def acting(*policies: Policy, decides: bool = False) -> PoliciesInForce:
        if importer is None:
            return any_identity(*policies, decides=decides)
        return importer.acting(policies, resource_policy_decides=decides)

    caller = [any_session(to.role)]
    ours = owned(world)
    for bucket in world.buckets:
        where, policies = bucket.resource.where, acting(*bucket.policies)
        subject = Subject(where, policies, ours)
        others = [each for each in bucket_actions() if each != READ]
        what = f"reach the bucket from {to.environment} other than by reading what goes on"
        yield subject.never(what, caller, others, inside(bucket))
        opened = to.objects.get(where)
        beyond = [Not(resource_like(opened))] if opened else []
        yield subject.never(what, caller, [READ], inside(bucket), *beyond)
        if opened and importer is None:
            context = {**ours, "aws:SecureTransport": ("true",), _ENDPOINT: (_ANOTHER,)}
            request = Request(session_of(to.role), READ, opened.replace("*", "file"), context)
            what = f"{to.role} may be let read what goes on"
            yield can(where, what, request, policies)
    for each in world.keys:
        policies = acting(each.policy, decides=True)
        subject = Subject(each.resource.where, policies, ours, each.arn)
        others = [name for name in names("kms", "key") if name != DECRYPT]
        what = f"use the key from {to.environment} other than through S3 for what goes on"
        yield subject.never(what, caller, others)
        for formula in _not_for_what_goes_on(world, to):
            yield subject.never(what, caller, [DECRYPT], formula)
    for resource, policy in world.other_policies:
        own = [_own(world, resource)] if importer else []
        looks = resource.kind == _GROUP
        others = [name for name in names(resource.service) if not looks or name != DESCRIBE]
        what = f"use the {resource.service} resource from {to.environment}"
        what += " other than by looking at versions" if looks else ""
        yield Subject(resource.where, acting(policy), ours).never(what, caller, others, *own)


def _own(world: World, resource: Resource) -> Formula:
    """Match this environment's resources of a kind, beside others of its account."""
    if resource.kind == _GROUP:
        return resource_like(resource.arn, f"{resource.arn.replace('-group/', '/')}/*")
    place = f"arn:aws:{resource.service}:{world.region}:{world.account}"
    return resource_like(f"{place}:{prefix(world.name)}-*")


def _there(world: World, to: PromotesTo, following: World) -> Iterator[Claim]:
    yield Fact(
        to.where,
        f"{following.name} is in account {to.account} and in the same region",
        following.account == to.account and following.region == world.region,
    )
    importer = following.role(to.role)
    yield Fact(to.where, f"{following.name} has the role {to.role}", importer is not None)
    for bucket in world.buckets:
        for each in following.roles:
            caller = [any_session(each.arn)]
            subject = Subject(bucket.resource.where, each.acting(bucket.policies), owned(world))
            if each.arn != to.role:
                what = f"reach the bucket as {each.name} of {following.name}"
                yield subject.never(what, caller, bucket_actions(), inside(bucket))
                continue
            what = f"read from {following.name} other than through its own S3 endpoint"
            around = lacks(_ENDPOINT, *following.s3_endpoint_ids)
            yield subject.never(what, caller, [READ], inside(bucket), around)
    if importer is not None:
        yield from _goes_on(world, to, following, importer)


def _goes_on(world: World, to: PromotesTo, following: World, importer: Role) -> Iterator[Claim]:
    for bucket in world.buckets:
        opened = to.objects.get(bucket.resource.where)
        if opened is None:
            continue
        where = bucket.resource.where
        path = opened.removeprefix(f"{bucket.arn}/").replace("*", "run/file")
        way = f"{importer.name} of {following.name}"
        yield Allowed(
            where,
            f"{way} reads what goes on",
            tuple(through(following, importer, READ, bucket, path, owner=world.account)),
        )
        for policy in (each.policy for each in world.keys if each.arn == bucket.key_arn):
            context = {
                "kms:ViaService": (f"s3.{world.region}.amazonaws.com",),
                "kms:CallerAccount": (following.account,),
                _CONTEXT: (bucket.arn,),
            }
            request = good(importer, DECRYPT, str(bucket.key_arn), context)
            deciding = importer.acting((policy,), resource_policy_decides=True)
            yield can(where, f"{way} has S3 decrypt it", request, deciding)
        copies = _counterpart(bucket, world, following)
        if copies is None:
            continue
        for action, verb in ((WRITE, "writes"), (READ, "reads")):
            place = opened.removeprefix(f"{bucket.arn}/").replace("*", "promoted/copy")
            yield Allowed(
                copies.resource.where,
                f"{way} {verb} its copy",
                tuple(through(following, importer, action, copies, place, owner=following.account)),
            )
    apis = [each.policy for each in following.endpoints if each.service == "sagemaker.api"]
    for resource, policy in world.other_policies:
        if resource.kind == _GROUP:
            version = f"{resource.arn.replace('-group/', '/')}/1"
            request = good(importer, DESCRIBE, version, from_our_network(following))
            ways = tuple((request, importer.acting((policy,), endpoint=api)) for api in apis)
            yield Allowed(resource.where, f"{importer.name} sees a version", ways)


def _counterpart(bucket: Bucket, world: World, following: World) -> Bucket | None:
    name = bucket.name.replace(f"-{world.name}-", f"-{following.name}-", 1)
    name = name.replace(f"-{world.account}-", f"-{following.account}-")
    return next((each for each in following.buckets if each.name == name), None)


def _not_for_what_goes_on(world: World, to: PromotesTo) -> tuple[Not, ...]:
    """Match uses of a key that are not S3's, or not for what goes on."""
    contents = [
        text
        for bucket in world.buckets
        if (opened := to.objects.get(bucket.resource.where))
        for text in (bucket.arn, opened)
    ]
    return (
        Not(key("StringEquals", "kms:ViaService", f"s3.{world.region}.amazonaws.com")),
        Not(key("StringLike", _CONTEXT, *contents)),
    )


def who_crosses(world: World) -> Iterator[str]:
    """List who reads models of this environment, and whose models its importer reads."""
    if to := world.promotes_to:
        objects = ", ".join(sorted(to.objects.values()))
        yield f"{to.role} of {to.environment} reads {objects}"
    if source := world.promoted_from:
        yield (
            f"{source.role} reads {', '.join(source.objects)} of {source.environment}, account "
            f"{source.account}"
        )


PROMISES = (
    Promise(
        19,
        "Between environments one named role crosses: it reads versions of models and what belongs"
        " to them, through its own endpoint, and does nothing else",
        "IAM User Guide, cross-account policy evaluation; KMS Developer Guide, encryption context",
        (
            "S3 names the bucket or the object in the encryption context (SSE-KMS)",
            "who else of the next environment crosses is proved where both are read together",
            "what its importer does in one account, likewise",
        ),
        only_models_go_on,
        "no environment is named for promotion",
        who_crosses,
        enforced_by=(
            "policies of buckets, keys and model package groups on one side, the importer's "
            "role, boundary and endpoints on the other "
            "([why](decisions/0028-environments-and-accounts.md))"
        ),
    ),
)
