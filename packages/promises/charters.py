"""Promise on purposes: a role has the rights of its charter, and is assumed as that says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from iam_prover.formulas import AnyOf, Not, resource_like
from iam_prover.principals import CallerKind
from iam_prover.question import CallerPattern, any_session, anyone
from iam_prover.reference import names
from promises.asking import any_identity, never, strangers
from promises.claims import Claim, Fact, Promise
from promises.duties import by_duty, charter_of, duties_of, people_of
from promises.pipeline_jobs import start_claims

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iam_prover.evaluator import PoliciesInForce
    from iam_prover.formulas import Formula
    from mlops_contract.metadata import Charter
    from promises.duties import Duty
    from promises.world import Role, World

# For all actions that only '*' is about.
_OF_NO_SERVICE = "unnamed:Action"
_BECOME = "sts:AssumeRole"


def as_chartered(world: World) -> Iterator[Claim]:
    """Claim promise 18: what policies give each role, whatever its boundary lets through."""
    chartered = [(role, charter) for role in world.roles if (charter := charter_of(role))]
    if not chartered:
        return
    for role in world.roles:
        yield Fact(
            role.resource.where,
            f"somebody has said what {role.name} is there for",
            charter_of(role) is not None,
        )
    services = sorted({name for policy in world.policies for name in policy.services})
    everything = (*(each for name in services for each in names(name)), _OF_NO_SERVICE)
    for each, charter in chartered:
        # The boundary is derived from the charters, so it would hide what policies give beyond.
        role = replace(each, boundary=None)
        yield from _taking_on(world, role, charter)
        duties = duties_of(charter)
        yield from _doing(role, duties, role.acting(), everything, role.resource.where)
        for bucket in world.buckets:
            inside = resource_like(bucket.arn, f"{bucket.arn}/*")
            policies = role.acting(bucket.policies)
            where = bucket.resource.where
            yield from _doing(role, duties, policies, names("s3"), where, inside)
        for subject in world.keys:
            policies = role.acting((subject.policy,), resource_policy_decides=True)
            where = subject.resource.where
            itself = resource_like(subject.arn)
            yield from _doing(role, duties, policies, names("kms"), where, itself)
    yield from start_claims(world)


def _doing(
    role: Role,
    every_duty: tuple[Duty, ...],
    policies: PoliciesInForce,
    actions: tuple[str, ...],
    where: str,
    *about: Formula,
) -> Iterator[Claim]:
    for duties, grouped in by_duty(every_duty, actions):
        beyond = [Not(AnyOf(tuple(each.formula for each in duties)))] if duties else []
        known = ", or ".join(each.what for each in duties)
        what = f"have {role.name} do more than this: it {known}" if duties else ""
        yield never(
            where,
            what or f"have {role.name} do what no duty of it is about",
            policies,
            [any_session(role.arn)],
            grouped,
            *beyond,
            *about,
        )


def _taking_on(world: World, role: Role, charter: Charter) -> Iterator[Claim]:
    where, policies = role.resource.where, any_identity(role.trust, decides=True)
    other_ways = [each for each in names("sts") if each != _BECOME]
    services = CallerPattern(CallerKind.SERVICE, except_arns=charter.taken_on_by.services)
    identities, people = anyone(account=world.account), people_of(charter)
    yield never(
        where,
        f"take on {role.name} as a service that it is not for",
        policies,
        [services],
        [_BECOME],
        resource=role.arn,
    )
    yield never(
        where,
        f"take on {role.name} as a person for whom it is not, or from another account",
        policies,
        [*identities, *strangers(world)] if people is None else strangers(world),
        [_BECOME],
        resource=role.arn,
    )
    if people is not None:
        yield never(
            where,
            f"take on {role.name} without what its charter asks of people",
            policies,
            identities,
            [_BECOME],
            Not(people),
            resource=role.arn,
        )
    yield never(
        where,
        f"take on {role.name} in another way than by sts:AssumeRole",
        policies,
        [*identities, *strangers(world), CallerPattern(CallerKind.SERVICE)],
        other_ways,
        resource=role.arn,
    )


PROMISES = (
    Promise(
        18,
        "A role does only what its charter says it is there for, and is taken on only by those "
        "whom it names",
        "the charters that stand on the roles, which people review",
        ("a right that a charter names is wanted",),
        as_chartered,
        "no role of the templates has a charter",
    ),
)
