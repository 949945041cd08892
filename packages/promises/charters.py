"""Promise on purposes: a role has the rights of its charter, and is assumed as that says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from iam_prover.actions import concerns
from iam_prover.formulas import AnyOf, Not, resource_like
from iam_prover.pattern_intersection import text_matching_all
from iam_prover.policy import Effect, PolicyKind
from iam_prover.principals import CallerKind
from iam_prover.question import CallerPattern, any_session, anyone
from iam_prover.reference import names
from iam_prover.templates import parse_template
from promises.asking import SERVICES, Subject, any_identity, inside, owned, strangers
from promises.claims import Claim, Fact, Promise
from promises.duties import by_duty, charter_of, duties_of, is_ours, people_of
from promises.pipeline_jobs import start_claims

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iam_prover.formulas import Formula
    from iam_prover.policy import Selection
    from iam_prover.templates import Template
    from mlops_contract.metadata import Charter
    from promises.duties import Duty
    from promises.world import Role, World

# For all actions that only '*' is about.
_OF_NO_SERVICE = "unnamed:Action"
_BECOME = "sts:AssumeRole"


def as_chartered(world: World) -> Iterator[Claim]:
    """Claim promise 18: what policies give each role, whatever its boundary lets through."""
    chartered = [(role, charter) for role in world.roles if (charter := charter_of(role))]
    if not is_ours(world):
        return
    for role in world.roles:
        yield Fact(
            role.resource.where,
            f"{role.name} has a charter",
            charter_of(role) is not None,
        )
    services = sorted({name for policy in world.policies for name in policy.services})
    everything = (*(each for name in services for each in names(name)), _OF_NO_SERVICE)
    for each, charter in chartered:
        # The boundary is derived from the charters, so it would hide what policies give beyond.
        role = replace(each, boundary=None)
        yield from _assumed(world, role, charter)
        duties = duties_of(charter)
        yield from _used(world, role, charter)
        own = Subject(role.resource.where, role.acting())
        yield from _doing(role, duties, own, everything)
        for bucket in world.buckets:
            subject = Subject(bucket.resource.where, role.acting(bucket.policies))
            yield from _doing(role, duties, subject, names("s3"), inside(bucket))
        for key in world.keys:
            policies = role.acting((key.policy,), resource_policy_decides=True)
            subject = Subject(key.resource.where, policies)
            yield from _doing(role, duties, subject, names("kms"), resource_like(key.arn))
    yield from start_claims(world)


def _used(world: World, role: Role, charter: Charter) -> Iterator[Claim]:
    """Claim that policies give every right of a charter: a surplus one only widens a boundary."""
    others = (policy for policy in world.policies if policy.kind is PolicyKind.RESOURCE)
    allowing = [
        statement
        for policy in (*role.identity, *others)
        for statement in policy.statements
        if statement.effect is Effect.ALLOW
    ]
    for row in charter.duties:
        about = [parse_template(each, wildcards=True, variables=True) for each in row.resources]
        for action in row.actions:
            yield Fact(
                role.resource.where,
                f"a policy gives {role.name} {action}, which its charter names (it {row.duty})",
                any(
                    concerns(each.actions, action)
                    and (each.resources is None or _overlap(each.resources, about))
                    for each in allowing
                ),
            )


def _overlap(selection: Selection, about: Sequence[Template]) -> bool:
    return selection.inverted or any(
        text_matching_all(one, other) is not None for one in selection.patterns for other in about
    )


def _doing(
    role: Role,
    every_duty: tuple[Duty, ...],
    subject: Subject,
    actions: tuple[str, ...],
    *about: Formula,
) -> Iterator[Claim]:
    for duties, grouped in by_duty(every_duty, actions):
        beyond = [Not(AnyOf(tuple(each.formula for each in duties)))] if duties else []
        known = ", or ".join(each.what for each in duties)
        what = f"have {role.name} do more than this: it {known}" if duties else ""
        what = what or f"have {role.name} do what no duty of it is about"
        yield subject.never(what, [any_session(role.arn)], grouped, *beyond, *about)


def _assumed(world: World, role: Role, charter: Charter) -> Iterator[Claim]:
    policies = any_identity(role.trust, decides=True)
    subject = Subject(role.resource.where, policies, owned(world), role.arn)
    other_ways = [each for each in names("sts") if each != _BECOME]
    services = CallerPattern(CallerKind.SERVICE, except_arns=charter.assumed_by.services)
    identities, people = anyone(account=world.account), people_of(charter)
    everyone = (*identities, *strangers(world))
    yield subject.never(f"assume {role.name} as another service", [services], [_BECOME])
    yield subject.never(
        f"assume {role.name} as a person who may not, or from another account",
        everyone if people is None else strangers(world),
        [_BECOME],
    )
    if people is not None:
        what = f"assume {role.name} without what its charter asks of people"
        yield subject.never(what, identities, [_BECOME], Not(people))
    what = f"assume {role.name} in another way than by sts:AssumeRole"
    yield subject.never(what, [*everyone, SERVICES], other_ways)


PROMISES = (
    Promise(
        18,
        "A role does only what its charter says it is there for, has a policy for all of that, and "
        "is assumed only by those whom it names",
        "the charters that stand on the roles, which people review",
        ("a right that a charter names is wanted",),
        as_chartered,
        "no role of the templates has a charter",
        enforced_by=(
            "identity, bucket and key policies and trusts, without the boundaries, which are "
            "derived from the same `stacks/charters.yaml`"
        ),
    ),
)
