"""Promise on the S3 endpoint: no way out to other buckets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from iam_prover.formulas import AllOf, Not, key, resource_like
from iam_prover.question import any_session
from mlops_contract import aws_buckets
from mlops_contract.cdk_bootstrap import assets_bucket, assets_bucket_of
from promises.asking import (
    Subject,
    account_of,
    any_identity,
    but,
    everybody,
    strangers,
    through_endpoint,
)
from promises.buckets import bucket_actions
from promises.claims import Claim, Fact, Promise
from promises.crossing import READ as READ_OBJECT
from promises.deployments import PUBLISHING, become_by_builds, deployers
from promises.pipeline_jobs import data_claims

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iam_prover.formulas import Formula
    from promises.world import World
    from promises.world.crossing import PromotedFrom


@dataclass(frozen=True)
class AwsBucket:
    """A bucket that is not of these templates and that the endpoint may let through."""

    name: str
    actions: tuple[str, ...]
    why: str
    of_account: bool = False
    signed_url_only: bool = False


READ = ("s3:GetObject",)
_OTHER = "reach a bucket through it that is neither ours nor listed as AWS's"


def no_other_bucket(world: World) -> Iterator[Claim]:
    """Claim promise 2."""
    listed = [(f"arn:aws:s3:::{each.name}", each) for each in _aws_buckets(world)]
    ours = [each.arn for each in world.buckets]
    # Of templates of others: a bucket that they create is theirs, and its policy counts, too.
    created = {
        each.arn: each.policies
        for each in world.buckets
        if world.alone and each.resource.kind == "AWS::S3::Bucket"
    }
    owner = key("StringEquals", "aws:ResourceAccount", world.account)
    for endpoint in world.s3_endpoints:
        subject = Subject(endpoint.resource.where, through_endpoint(endpoint.policy))
        yield from become_by_builds(world, endpoint)
        publishers = deployers(endpoint).publishers
        published = [assets_bucket_of(arn) for arn in publishers]
        foreign = (
            Not(AllOf((_in(*ours), owner))) if ours else AllOf(()),
            *([Not(_in(*created))] if created else []),
            Not(_in(*(arn for arn, _ in listed), *published)),
        )
        reads = [READ_OBJECT] if world.promoted_from else []
        others = [each for each in bucket_actions() if each not in reads]
        yield subject.never(_OTHER, everybody(world), others, *foreign)
        if world.promoted_from:
            yield from _promoted(world, subject, world.promoted_from, foreign)
        yield from _publishing(world, subject, publishers, [arn for arn, _ in listed])
        # One by one, since a question about all of them takes as long as ten about one.
        for arn in ours:
            what = f"reach {arn} through it with another account's credentials"
            policies = any_identity(*created.get(arn, ()), endpoint=endpoint.policy, decides=True)
            there = replace(subject, policies=policies) if arn in created else subject
            yield there.never(what, strangers(world), bucket_actions(), _in(arn))
        for arn, entry in listed:
            others = [each for each in bucket_actions() if each not in entry.actions]
            who = but(everybody(world), publishers) if arn in published else everybody(world)
            what = f"do more to {arn} than {', '.join(entry.actions)} ({entry.why})"
            yield subject.never(what, who, others, _in(arn))
            conditions = []
            if entry.of_account:
                conditions.append(Not(owner))
                what = f"use {arn} with another account's credentials"
                yield subject.never(what, strangers(world), entry.actions, _in(arn))
            if entry.signed_url_only:
                conditions.append(Not(key("StringEquals", "s3:authType", "REST-QUERY-STRING")))
            if conditions:
                what = f"use {arn} when it is not {'ours' if entry.of_account else 'pre-signed'}"
                yield subject.never(what, everybody(world), entry.actions, _in(arn), *conditions)
        claims = list(data_claims(world))
        yield from claims
        if not claims:
            yield Fact(
                subject.where, "no pipeline is in the templates, so none has to get through", True
            )


def _promoted(
    world: World, subject: Subject, source: PromotedFrom, foreign: tuple[Formula, ...]
) -> Iterator[Claim]:
    """Claim that of other buckets the importer reads what belongs to models, and nobody else."""
    others = but(everybody(world), [source.role])
    yield subject.never(_OTHER, others, [READ_OBJECT], *foreign)
    caller = [any_session(source.role)]
    what = f"read of {source.environment}, as its importer here, what belongs to no model"
    beyond = Not(resource_like(*source.objects))
    yield subject.never(what, caller, [READ_OBJECT], *foreign, beyond)
    owned = key("StringEquals", "aws:ResourceAccount", source.account)
    what = f"read models, as the importer, of an account that is not {source.account}"
    yield subject.never(what, caller, [READ_OBJECT], *foreign, Not(owned))


def _publishing(
    world: World, subject: Subject, publishers: Sequence[str], listed: list[str]
) -> Iterator[Claim]:
    """Claim that where builds publish to, the bootstrap's role for it does, and it there only."""
    for publisher in publishers:
        bucket, caller = assets_bucket_of(publisher), [any_session(publisher)]
        allowed = {*PUBLISHING, *READ, "s3:GetObjectVersion"}
        more = [each for each in bucket_actions() if each not in allowed]
        yield subject.never(f"do more to {bucket} than publish", caller, more, _in(bucket))
        owned = key("StringEquals", "aws:ResourceAccount", account_of(publisher))
        what = f"publish to {bucket} when it is not of account {account_of(publisher)}"
        yield subject.never(what, caller, PUBLISHING, _in(bucket), Not(owned))
        if bucket not in listed:
            nobody_else = but(everybody(world), [publisher])
            what = f"reach {bucket} through it, not being the role that publishes there"
            yield subject.never(what, nobody_else, bucket_actions(), _in(bucket))


def _aws_buckets(world: World) -> tuple[AwsBucket, ...]:
    region = world.region
    # Where there is no CodeArtifact, a name that no bucket can have.
    packages = aws_buckets.package_bucket(region) or "-"
    return (
        AwsBucket(aws_buckets.layer_bucket(region), READ, "image layers of Amazon ECR"),
        AwsBucket(packages, READ, "package files of CodeArtifact"),
        AwsBucket(
            aws_buckets.response_bucket(region),
            ("s3:PutObject",),
            "functions answer CloudFormation, with a URL that CloudFormation has signed",
            signed_url_only=True,
        ),
        AwsBucket(
            assets_bucket(world.account, region),
            ("s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:GetBucketLocation"),
            "files that the CDK has uploaded, read by the function that delivers them",
            of_account=True,
        ),
    )


def _in(*arns: str) -> Formula:
    return resource_like(*(path for arn in arns for path in (arn, f"{arn}/*")))


PROMISES = (
    Promise(
        2,
        "Through our S3 endpoint no other bucket is read or written, save AWS's own few, by name",
        "VPC guide, endpoint policies; ECR, CodeArtifact and CloudFormation guides for the names",
        (
            "callers and buckets may have any policies whatever",
            "the buckets of AWS belong to AWS, and keep their documented names",
        ),
        no_other_bucket,
        "no S3 gateway endpoint is in the templates",
        enforced_by=(
            "the endpoint's policy: names and `aws:ResourceAccount`; beside AWS's own few, the "
            "CDK's roles publish what builds deploy, and the importer reads models (19)"
        ),
    ),
)
