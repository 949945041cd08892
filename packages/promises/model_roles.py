"""Promise on roles of jobs that reach a bucket from outside: their containers get no credentials.

Source: SageMaker Developer Guide, "Run training and inference containers in internet-free mode"
(an isolated container gets no AWS credentials).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.evaluator import decide
from iam_prover.formulas import Not, key, resource_like
from mlops_contract.sagemaker_actions import COMPUTE, FORBIDDEN
from pipeline_schema.walking import all_steps, values_in, without_nested
from promises.asking import good, never_by
from promises.claims import Claim, Fact, Promise
from promises.pipeline_jobs import jobs, start_claims

if TYPE_CHECKING:
    from collections.abc import Iterator

    from promises.world import Role, World

_SAGEMAKER = "sagemaker.amazonaws.com"
_TO_SAGEMAKER = {"iam:PassedToService": (_SAGEMAKER,)}
_ISOLATION = "NetworkIsolation"
# What gives a role to code that SageMaker runs, and has no key for isolation.
_WITHOUT_ISOLATION = tuple(
    f"sagemaker:{name}"
    for name in (
        *("CreateNotebookInstance", "UpdateNotebookInstance", "CreateDomain", "UpdateDomain"),
        *("CreateUserProfile", "UpdateUserProfile", "CreateCluster", "UpdateCluster"),
        *sorted(FORBIDDEN),
    )
)
_ISOLATED = tuple(f"sagemaker:{name}" for name, letters in COMPUTE.items() if "N" in letters)


def isolated_only(world: World) -> Iterator[Claim]:
    """Claim promise 22."""
    found = list(_reaching(world))
    for role in found:
        yield from _of(world, role)
    if found:
        yield from start_claims(world)


def _reaching(world: World) -> Iterator[Role]:
    """Yield the roles with an exception that jobs or models work under."""
    exempt = {row.principal for bucket in world.buckets for row in bucket.exceptions}
    pipelines = {*world.pipeline_roles.values()}
    for role in world.roles:
        if role.arn in exempt - pipelines and _SAGEMAKER in role.trusted_services:
            yield role


def _of(world: World, role: Role) -> Iterator[Claim]:
    where = role.resource.where
    what = f"only SageMaker works as {role.name}"
    yield Fact(where, what, role.trusted_services == (_SAGEMAKER,))
    isolated = {
        (job.pipeline, job.step)
        for job in jobs(world)
        if job.role_arn == role.arn and job.facts.get(_ISOLATION) == ("true",)
    }
    for name, definition in world.pipelines.items():
        for step in all_steps(definition):
            if any(value == role.arn for _, value in values_in(without_nested(step))):
                what = f"what step {step['Name']} starts as {role.name} is isolated"
                yield Fact(f"{name}, step {step['Name']}", what, (name, step["Name"]) in isolated)
    for passer in world.roles:
        elsewhere = Not(key("StringEquals", "iam:PassedToService", _SAGEMAKER))
        what = f"give {role.name} to another service than SageMaker"
        yield never_by(passer, what, ["iam:PassRole"], resource_like(role.arn), elsewhere)
        request = good(passer, "iam:PassRole", role.arn, _TO_SAGEMAKER)
        if decide(request, passer.acting()).allowed:
            not_isolated = Not(key("Bool", f"sagemaker:{_ISOLATION}", "true"))
            what = f"start what may work as {role.name} without isolation"
            yield never_by(passer, what, _ISOLATED, not_isolated)
            what = f"start what may work as {role.name} and cannot be isolated"
            yield never_by(passer, what, _WITHOUT_ISOLATION)


PROMISES = (
    Promise(
        22,
        "A role of jobs or models that reaches a bucket without our endpoint is given to isolated "
        "ones only, whose containers get no credentials",
        'SageMaker Developer Guide, "Run training and inference containers in internet-free mode"',
        (
            "an isolated container gets no credentials, and SageMaker keeps to that",
            "SageMaker fills the condition keys that the reference lists for an action, truthfully",
            "roles outside these templates are not judged",
        ),
        isolated_only,
        "no role that SageMaker gives to jobs or models has an exception to promise 1",
        enforced_by="guard policies, the right to pass the role, its trust, pipelines' definitions",
    ),
)
