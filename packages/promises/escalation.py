"""Promise on privileges: no role gives itself or another more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.formulas import AllOf, AnyOf, Not, key, resource_like
from iam_prover.policy import Effect
from iam_prover.principals import CallerKind, NameKind
from iam_prover.question import CallerPattern, any_session
from iam_prover.reference import actions_of
from promises.asking import Subject, any_identity, insiders, never_by, owned
from promises.claims import Claim, Fact, Promise
from promises.duties import by_duty, duties_that_lend
from promises.indirection import ASSUME, INDIRECTION, LONG_LIVED, PACKAGES, RESOURCE_POLICIES
from promises.pipeline_jobs import start_claims
from promises.sending import runs_under_our_roles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iam_prover.formulas import Formula
    from promises.duties import Duty
    from promises.world import Role, World

# Of an ARN: arn, partition, service, region, account, and the rest.
_PARTS, _ACCOUNT = 6, 4
_EXEMPT = {"iam:PassRole", "iam:CreateServiceLinkedRole"}


def changes_of_identities() -> list[str]:
    """List the IAM actions that change an identity or a policy."""
    return [each.name for each in actions_of("iam") if each.mutates and each.name not in _EXEMPT]


def no_escalation(world: World) -> Iterator[Claim]:
    """Claim promise 11."""
    boundaries = sorted({each.boundary_arn for each in world.roles if each.boundary_arn})
    unbounded = (
        Not(key("StringEquals", "iam:PermissionsBoundary", *boundaries))
        if boundaries
        else AllOf(())
    )
    for role in world.roles:
        yield never_by(
            role,
            "change identities or their policies without a permissions boundary of ours",
            changes_of_identities(),
            unbounded,
        )
        lent = duties_that_lend([role])
        yield from _narrow(role, lent)
        for duties, actions in by_duty(lent, INDIRECTION):
            yield never_by(
                role, "change or start code that runs under another role", actions, *_but(duties)
            )
        yield never_by(
            role,
            "change a resource's policy or the network",
            RESOURCE_POLICIES,
            # A key's policy delegates to identity policies, a bucket's may deny: take neither.
            resource=(),
        )
        yield from _passing(world, role)
        for duties, actions in by_duty(lent, ASSUME):
            yield never_by(
                role,
                "become a role that is not of these templates",
                actions,
                Not(resource_like(*(each.arn for each in world.roles))),
                *_but(duties),
            )
    yield from runs_under_our_roles(world)
    for each in world.of_kind(*LONG_LIVED):
        yield Fact(each.where, f"no {each.kind}: people and programs assume roles", False)
    for target in world.roles:
        yield from _becoming(world, target)
    for repository in world.of_kind("AWS::CodeArtifact::Domain", "AWS::CodeArtifact::Repository"):
        own = [policy for resource, policy in world.other_policies if resource == repository]
        subject = Subject(repository.where, any_identity(*own), owned(world))
        what = "put packages of one's own among those that builds install"
        yield subject.never(what, insiders(world), PACKAGES)
    if world.roles:
        yield from start_claims(world)


def _but(duties: Sequence[Duty]) -> list[Formula]:
    return [Not(each.formula) for each in duties]


def _narrow(role: Role, lent: Sequence[Duty]) -> Iterator[Claim]:
    """Claim that what a charter lends is named: nothing of all accounts or all names."""
    for duty in lent:
        loose = [each for each in duty.resources if not _names_something(each)]
        what = (
            f"{role.name} {duty.what}, on resources that are named (not {', '.join(loose) or '-'})"
        )
        yield Fact(role.resource.where, what, not loose)


def _names_something(arn: str) -> bool:
    parts = arn.split(":", 5)
    if len(parts) < _PARTS or not parts[_ACCOUNT] or "*" in "".join(parts[: _PARTS - 1]):
        return False
    name = parts[-1].rpartition("/")[2] if parts[2] != "iam" else parts[-1]
    # A role is named in full; of others, all that starts or ends with a name of ours.
    return "*" not in name if parts[2] == "iam" else bool(name.strip("*"))


def lent_to(world: World) -> Iterator[str]:
    """List what charters say that roles may do with the code or the roles of others."""
    for role in world.roles:
        for duty in duties_that_lend([role]):
            yield f"{role.name} {duty.what}: {', '.join(duty.resources)} ({duty.because})"


def _passing(world: World, role: Role) -> Iterator[Claim]:
    meant = [
        AllOf(
            (
                resource_like(target.arn),
                key("StringEquals", "iam:PassedToService", *target.trusted_services),
            )
        )
        for target in world.roles
        if target.trusted_services
    ]
    yield never_by(
        role,
        "pass a role that is not of these templates, or to a service that the role does not trust",
        ["iam:PassRole"],
        Not(AnyOf(tuple(meant))),
    )


def _becoming(world: World, target: Role) -> Iterator[Claim]:
    named = any(
        name.kind in {NameKind.ACCOUNT, NameKind.ARN, NameKind.EVERYONE}
        for statement in target.trust.statements
        if statement.effect is Effect.ALLOW and statement.principals
        for name in statement.principals.names
    )
    where = target.resource.where
    if not named:
        callers = [CallerPattern(CallerKind.ROLE, arn=each.arn) for each in world.roles]
        subject = Subject(where, any_identity(target.trust, decides=True), resource=target.arn)
        yield subject.never(f"become {target.name} from another role", callers, ASSUME)
        return
    for source in world.roles:
        policies = source.acting((target.trust,), resource_policy_decides=True)
        subject, caller = Subject(where, policies, resource=target.arn), any_session(source.arn)
        for duties, actions in by_duty(duties_that_lend([source]), ASSUME):
            what = f"become {target.name} from {source.name}"
            yield subject.never(what, [caller], actions, *_but(duties))


PROMISES = (
    Promise(
        11,
        "No role gives itself or another more rights: by policies, boundaries, passing or "
        "assuming roles, or code that runs under another role",
        "IAM User Guide, permissions boundaries; Service Authorization Reference",
        (
            "resource policies of other accounts are theirs",
            "the role that CloudFormation deploys all this under is guarded elsewhere",
            "what a charter lends to a role gives it no more than the charter says; it is listed",
            "a job has the rights of the role passed to it; who may pass which is listed in IAM",
        ),
        no_escalation,
        "no role is in the templates",
        lent_to,
        enforced_by=(
            "roles' policies, boundaries and trusts; `packages/promises/indirection.py` lists "
            "the ways, also packages that builds install, resource policies and the network"
        ),
    ),
)
