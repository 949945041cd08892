"""Good requests: the steps of the deployed pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.evaluator import ARBITRARY
from pipeline_schema.step_types import step_type
from pipeline_schema.walking import all_steps
from promises.asking import good
from promises.claims import Allowed, Claim
from promises.pipeline_queries import query_claims
from promises.pipeline_steps import Job, calls_of, jobs_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from iam_prover.evaluator import PoliciesInForce
    from iam_prover.request import Request
    from promises.world import Bucket, Role, World

    Candidate = tuple[Request, PoliciesInForce]

_SAGEMAKER = "sagemaker.amazonaws.com"
_NAMES = "pipelines-a1b2c3d4e5f6-"
_RENAMED = {"VolumeKmsKey": "VolumeKmsKeyArn", "OutputKmsKey": "OutputKmsKeyArn"}


def jobs(world: World) -> list[Job]:
    """List the jobs of all pipelines of an environment."""
    return [job for name, body in world.pipelines.items() for job in jobs_of(name, body)]


def start_claims(world: World) -> Iterator[Claim]:
    """Claim that every job may be started with the arguments of its definition.

    KMS keys are given under the old and the new condition keys: AWS does not say which it fills.
    """
    for job in jobs(world):
        starter = world.role(world.pipeline_roles[job.pipeline])
        if starter is None:
            continue
        where = f"{job.pipeline}, step {job.step}"
        arn = _arn(world, job.resource_type, f"{_NAMES}{job.step}")
        facts = dict(job.facts)
        if job.model:
            facts["ModelArn"] = (_arn(world, "model", f"{_NAMES}{job.model}"),)
        for names in ({}, _RENAMED):
            context = {f"sagemaker:{names.get(key, key)}": values for key, values in facts.items()}
            under = "new" if names else "old"
            yield Allowed(
                where,
                f"{starter.name} starts the job as its definition says (keys under {under} names)",
                ((good(starter, f"sagemaker:{job.action}", arn, context), starter.acting()),),
            )
        if job.role_arn:
            request = good(
                starter, "iam:PassRole", job.role_arn, {"iam:PassedToService": (_SAGEMAKER,)}
            )
            yield Allowed(
                where, f"{starter.name} passes the job's role", ((request, starter.acting()),)
            )
    yield from _registrations(world)
    yield from _calls(world)
    yield from query_claims(world)


def _calls(world: World) -> Iterator[Claim]:
    for name, definition in world.pipelines.items():
        starter = world.role(world.pipeline_roles[name])
        for step, function in calls_of(definition):
            if starter:
                request = good(starter, "lambda:InvokeFunction", function)
                yield Allowed(
                    f"{name}, step {step}",
                    f"{starter.name} calls the function",
                    ((request, starter.acting()),),
                )


def _registrations(world: World) -> Iterator[Claim]:
    for name, definition in world.pipelines.items():
        starter = world.role(world.pipeline_roles[name])
        for step in all_steps(definition):
            row = step_type(step.get("Type"))
            group = step.get("Arguments", {}).get(row.group)
            if starter and isinstance(group, str):
                arn = _arn(world, row.resource, f"{group}/1")
                context = {"sagemaker:ModelApprovalStatus": ("PendingManualApproval",)}
                request = good(starter, f"sagemaker:{row.operation}", arn, context)
                yield Allowed(
                    f"{name}, step {step['Name']}",
                    f"{starter.name} registers the model",
                    ((request, starter.acting()),),
                )


def data_claims(world: World) -> Iterator[Claim]:
    """Claim that every job reads its inputs and writes its outputs through our endpoint."""
    for job, role, uri, action in _transfers(world):
        bucket, path = _split(uri, world)
        if bucket is None:
            continue
        where = f"{job.pipeline}, step {job.step}"
        verb = "reads" if action == "s3:GetObject" else "writes"
        yield Allowed(
            where,
            f"{role.name} {verb} {uri} through our endpoint",
            tuple(_through(world, role, action, bucket, path)),
        )


def key_claims(world: World) -> Iterator[Claim]:
    """Claim that S3 and SageMaker may use our keys for the jobs."""
    seen: set[tuple[str, str, str]] = set()
    for job, role, uri, action in _transfers(world):
        bucket, _ = _split(uri, world)
        operation = "kms:Decrypt" if action == "s3:GetObject" else "kms:GenerateDataKey"
        key_arn = bucket.key_arn if bucket else None
        if key_arn and (role.arn, key_arn, operation) not in seen:
            seen.add((role.arn, key_arn, operation))
            where = f"{job.pipeline}, step {job.step}"
            what = f"{role.name} uses the key of {uri} through S3"
            yield _use(
                world, where, what, role=role, operation=operation, key_arn=key_arn, via="s3"
            )
    for job in jobs(world):
        starter = world.role(world.pipeline_roles[job.pipeline])
        for key_arn in job.facts.get("VolumeKmsKey", ()):
            if starter and (starter.arn, key_arn, "grant") not in seen:
                seen.add((starter.arn, key_arn, "grant"))
                what = f"{starter.name} lets SageMaker use the volumes' key"
                yield _use(
                    world,
                    f"{job.pipeline}, step {job.step}",
                    what,
                    role=starter,
                    operation="kms:CreateGrant",
                    key_arn=key_arn,
                    via="sagemaker",
                    context={"kms:GrantIsForAWSResource": ("true",)},
                )


def image_claims(world: World) -> Iterator[Claim]:
    """Claim that every job's image can be fetched through the registry's endpoint."""
    registry = next((each for each in world.endpoints if each.service == "ecr.api"), None)
    seen: set[tuple[str, str]] = set()
    for job in jobs(world):
        role = world.role(job.role_arn)
        for arn in job.images:
            if role and registry and (role.arn, arn) not in seen:
                seen.add((role.arn, arn))
                # AWS's repositories are open to everybody, by policies that nobody else sees.
                request = good(role, "ecr:BatchGetImage", arn)
                yield Allowed(
                    registry.resource.where,
                    f"{role.name} fetches {arn}",
                    ((request, role.acting(ARBITRARY, endpoint=registry.policy)),),
                )


def _transfers(world: World) -> Iterator[tuple[Job, Role, str, str]]:
    for job in jobs(world):
        role = world.role(job.works_as)
        if role is not None:
            for uri in job.reads:
                yield job, role, uri, "s3:GetObject"
            for uri in job.writes:
                yield job, role, uri, "s3:PutObject"


def _through(
    world: World, role: Role, action: str, bucket: Bucket, path: str
) -> Iterator[Candidate]:
    for endpoint, policy in world.ways_to_s3:
        context = {
            "aws:SourceVpce": (endpoint,),
            "aws:ResourceAccount": (world.account,),
            "aws:SecureTransport": ("true",),
        }
        yield (
            good(role, action, f"{bucket.arn}/{path}", context),
            role.acting(bucket.policies, endpoint=policy),
        )


def _use(
    world: World,
    where: str,
    what: str,
    *,
    role: Role,
    operation: str,
    key_arn: str,
    via: str,
    context: Mapping[str, tuple[str, ...]] | None = None,
) -> Claim:
    policies = tuple(each.policy for each in world.keys if each.arn == key_arn)
    full = {
        "kms:ViaService": (f"{via}.{world.region}.amazonaws.com",),
        "kms:CallerAccount": (world.account,),
        **(context or {}),
    }
    request = good(role, operation, key_arn, full)
    return Allowed(where, what, ((request, role.acting(policies, resource_policy_decides=True)),))


def _split(uri: str, world: World) -> tuple[Bucket | None, str]:
    name, _, path = uri.removeprefix("s3://").partition("/")
    bucket = next((each for each in world.buckets if each.name == name), None)
    if path.endswith("/") or "." not in path.rpartition("/")[2]:
        path = f"{path.rstrip('/')}/part.csv"
    return bucket, path


def _arn(world: World, kind: str, name: str) -> str:
    return f"arn:aws:sagemaker:{world.region}:{world.account}:{kind}/{name.lower()}"
