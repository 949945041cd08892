"""Good requests: the steps of the deployed pipelines, and the queries of their inputs.

Sources: SageMaker API Reference, DatasetDefinition; Athena User Guide, "Access to Amazon S3";
Redshift Database Developer Guide, "UNLOAD".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iam_prover.evaluator import ARBITRARY
from pipeline_schema.step_types import step_type
from pipeline_schema.walking import all_steps
from promises.asking import can, good, through
from promises.claims import Allowed, Claim
from promises.pipeline_steps import EXECUTION, Job, Reader, calls_of, jobs_of
from promises.world.open_properties import once_a_world

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from promises.world import Bucket, Role, World

_ATHENA, _REDSHIFT = "AthenaDatasetDefinition", "RedshiftDatasetDefinition"
_SAGEMAKER = "sagemaker.amazonaws.com"
_NAMES = f"pipelines-{EXECUTION}-"
_RENAMED = {"VolumeKmsKey": "VolumeKmsKeyArn", "OutputKmsKey": "OutputKmsKeyArn"}


@once_a_world
def jobs(world: World) -> tuple[Job, ...]:
    """List the jobs of all pipelines of an environment."""
    return tuple(job for name, body in world.pipelines.items() for job in jobs_of(name, body))


def start_claims(world: World) -> Iterator[Claim]:
    """Claim that every job may be started with the arguments of its definition.

    KMS keys are given under the old and the new condition keys: AWS does not say which it fills.
    """
    for job in jobs(world):
        starter = world.role(world.pipeline_roles[job.pipeline])
        if starter is None:
            continue
        where = f"{job.pipeline}, step {job.step}"
        arn = _arn(world, job.resource_type, job.name)
        facts = dict(job.facts)
        if job.model:
            facts["ModelArn"] = (_arn(world, "model", f"{_NAMES}{job.model}"),)
        for names in ({}, _RENAMED):
            context = {f"sagemaker:{names.get(key, key)}": values for key, values in facts.items()}
            what = f"{starter.name} starts the job as its definition says"
            request = good(starter, f"sagemaker:{job.action}", arn, context)
            yield can(where, what, request, starter.acting())
        if job.role_arn:
            service = {"iam:PassedToService": (_SAGEMAKER,)}
            request = good(starter, "iam:PassRole", job.role_arn, service)
            yield can(where, f"{starter.name} passes the job's role", request, starter.acting())
    yield from _registrations(world)
    yield from _calls(world)
    yield from _query_claims(world)


def _calls(world: World) -> Iterator[Claim]:
    for name, definition in world.pipelines.items():
        starter = world.role(world.pipeline_roles[name])
        for step, function in calls_of(definition):
            if starter:
                request = good(starter, "lambda:InvokeFunction", function)
                what = f"{starter.name} calls the function"
                yield can(f"{name}, step {step}", what, request, starter.acting())


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
                what = f"{starter.name} registers the model"
                yield can(f"{name}, step {step['Name']}", what, request, starter.acting())


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
            tuple(through(world, role, action, bucket, path, owner=world.account)),
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
                policies = role.acting(ARBITRARY, endpoint=registry.policy)
                where = registry.resource.where
                yield can(where, f"{role.name} fetches {arn}", request, policies)


def _transfers(world: World) -> Iterator[tuple[Job, Role, str, str]]:
    for job in jobs(world):
        role = world.role(job.works_as)
        if role is not None:
            for uri in job.reads:
                yield job, role, uri, "s3:GetObject"
            for uri in job.writes:
                yield job, role, uri, "s3:PutObject"


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
    return can(where, what, request, role.acting(policies, resource_policy_decides=True))


def _split(uri: str, world: World) -> tuple[Bucket | None, str]:
    name, _, path = uri.removeprefix("s3://").partition("/")
    bucket = next((each for each in world.buckets if each.name == name), None)
    if path.endswith("/") or "." not in path.rpartition("/")[2]:
        path = f"{path.rstrip('/')}/part.csv"
    return bucket, path


def _arn(world: World, kind: str, name: str) -> str:
    return f"arn:aws:sagemaker:{world.region}:{world.account}:{kind}/{name.lower()}"


@dataclass(frozen=True)
class _StepQuery:
    """A query that a step's input is."""

    where: str
    role_arn: str
    service: str
    facts: Mapping[str, str]


def _queries_of(world: World) -> Iterator[_StepQuery]:
    for name, definition in world.pipelines.items():
        reader = Reader(definition)
        for step, body in reader.steps.items():
            arguments: dict[str, Any] = body.get("Arguments", {})
            for item in arguments.get("ProcessingInputs") or ():
                for service in (_ATHENA, _REDSHIFT):
                    request = item.get("DatasetDefinition", {}).get(service)
                    if request:
                        facts = {key: reader.text(value) or "" for key, value in request.items()}
                        role = str(arguments.get("RoleArn", ""))
                        yield _StepQuery(f"{name}, step {step}", role, service, facts)


def _query_claims(world: World) -> Iterator[Claim]:
    """Claim that every query may be started, and its result written for the job.

    It is written from outside every VPC: under the job's role by Athena, the cluster's by Redshift.
    """
    here = f"{world.region}:{world.account}"
    for query in _queries_of(world):
        role = world.role(query.role_arn)
        if role is None:
            continue
        facts, writer = query.facts, role
        if query.service == _ATHENA:
            group = f"arn:aws:athena:{here}:workgroup/{facts.get('WorkGroup', 'primary')}"
            yield _call(query, role, "athena:StartQueryExecution", group)
        else:
            redshift, cluster = f"arn:aws:redshift:{here}", facts["ClusterId"]
            for login in (
                f"dbuser:{cluster}/{facts['DbUser']}",
                f"dbname:{cluster}/{facts['Database']}",
            ):
                yield _call(query, role, "redshift:GetClusterCredentials", f"{redshift}:{login}")
            arn = f"{redshift}:cluster:{cluster}"
            yield _call(query, role, "redshift-data:ExecuteStatement", arn)
            writer = world.role(facts["ClusterRoleArn"]) or role
        yield from _written(world, query, writer)


def users_under(world: World, role: Role) -> tuple[str, ...]:
    """Return the ARNs of the users for whom Redshift writes under a role what queries give."""
    start = f"arn:aws:redshift:{world.region}:{world.account}:dbuser"
    return tuple(
        f"{start}:{query.facts['ClusterId']}/{query.facts['DbUser']}"
        for query in _queries_of(world)
        if query.facts.get("ClusterRoleArn") == role.arn
    )


def _call(query: _StepQuery, role: Role, action: str, resource: str) -> Claim:
    request = good(role, action, resource)
    return can(query.where, f"{role.name} calls {action}", request, role.acting())


def _written(world: World, query: _StepQuery, writer: Role) -> Iterator[Claim]:
    name, _, path = query.facts["OutputS3Uri"].removeprefix("s3://").partition("/")
    for bucket in world.buckets:
        if bucket.name == name:
            context = {
                "aws:ResourceAccount": (world.account,),
                "aws:SecureTransport": ("true",),
            }
            resource = f"{bucket.arn}/{path.rstrip('/')}/part"
            request = good(writer, "s3:PutObject", resource, context)
            what = f"{writer.name} writes {query.facts['OutputS3Uri']} from outside every VPC"
            yield can(query.where, what, request, writer.acting(bucket.policies))
