"""The good requests of jobs whose input is a query: what the services do to carry it out.

Sources: SageMaker API Reference, DatasetDefinition; Athena User Guide, "Access to Amazon S3";
Redshift Database Developer Guide, "UNLOAD".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from promises.asking import good
from promises.claims import Allowed, Claim
from promises.pipeline_steps import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from promises.world import Role, World

_ATHENA, _REDSHIFT = "AthenaDatasetDefinition", "RedshiftDatasetDefinition"


@dataclass(frozen=True)
class StepQuery:
    """A query that a step's input is."""

    where: str
    role_arn: str
    service: str
    facts: Mapping[str, str]


def queries_of(world: World) -> Iterator[StepQuery]:
    """Yield the queries of all pipelines of an environment."""
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
                        yield StepQuery(f"{name}, step {step}", role, service, facts)


def query_claims(world: World) -> Iterator[Claim]:
    """Claim that every query may be started, and its result written for the job.

    It is written from outside every VPC: under the job's role by Athena, the cluster's by Redshift.
    """
    here = f"{world.region}:{world.account}"
    for query in queries_of(world):
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


def _call(query: StepQuery, role: Role, action: str, resource: str) -> Claim:
    request = good(role, action, resource)
    return Allowed(query.where, f"{role.name} calls {action}", ((request, role.acting()),))


def _written(world: World, query: StepQuery, writer: Role) -> Iterator[Claim]:
    name, _, path = query.facts["OutputS3Uri"].removeprefix("s3://").partition("/")
    for bucket in world.buckets:
        if bucket.name == name:
            context = {
                "aws:ResourceAccount": (world.account,),
                "aws:SecureTransport": ("true",),
            }
            resource = f"{bucket.arn}/{path.rstrip('/')}/part"
            request = good(writer, "s3:PutObject", resource, context)
            yield Allowed(
                query.where,
                f"{writer.name} writes {query.facts['OutputS3Uri']} from outside every VPC",
                ((request, writer.acting(bucket.policies)),),
            )
