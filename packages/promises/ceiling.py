"""Promise on the permission boundary: limits of a role whatever it is granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.evaluator import ARBITRARY, PoliciesInForce
from iam_prover.formulas import AllOf, Not, key, present, resource_like
from iam_prover.policy import PolicyKind
from iam_prover.principals import CallerKind
from iam_prover.question import CallerPattern
from iam_prover.reference import actions_of, resource_patterns
from mlops_contract.metadata import CEILING, DECRYPTS
from mlops_contract.names import BREAK_GLASS
from promises.asking import Subject, lacks
from promises.claims import Claim, Fact, Promise
from promises.closed_world import FUTURE_ACTION, NEVER_ALLOWED
from promises.deletion import RECORDS, VERSIONS
from promises.duties import by_duty, duties_that_lend, is_ours
from promises.escalation import changes_of_identities
from promises.indirection import ASSUME, INDIRECTION, RESOURCE_POLICIES
from promises.pipeline_jobs import start_claims
from promises.world.documents import read_policy
from promises.world.open_properties import document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from iam_prover.formulas import Formula
    from iam_prover.policy import Policy
    from promises.claims import Never
    from promises.world import Resource, World

_OBJECT = "kms:EncryptionContext:aws:s3:arn"
_DECRYPTING = "kms:Decrypt"
# Passing and assuming roles are questions of their own; metrics are kept apart by
# namespace, not by resource.
_ASKED_APART = frozenset({"iam:PassRole", "cloudwatch:PutMetricData", *ASSUME})


def under_a_ceiling(world: World) -> Iterator[Claim]:
    """Claim promise 17."""
    declared = {each.arn: each for each in world.resources if CEILING.name in each.metadata}
    if not declared and not is_ours(world):
        return
    for role in world.roles:
        yield Fact(
            role.resource.where,
            f"{role.name} has a permissions boundary with a declared ceiling",
            role.boundary is not None and role.boundary_arn in declared,
        )
    boundaries = [(each, _boundary(each)) for each in declared.values()]
    services = {name for _, boundary in boundaries for name in boundary.services}
    changes = _changes(services)
    for each, boundary in boundaries:
        yield from _beyond(world, each, boundary, changes)
    yield from start_claims(world)


def _boundary(declared: Resource) -> Policy:
    body = document(declared.properties, "PolicyDocument")
    return read_policy(body, PolicyKind.BOUNDARY, declared.where)


def _beyond(
    world: World, declared: Resource, boundary: Policy, changes: Sequence[str]
) -> Iterator[Claim]:
    def no_role(
        what: str,
        actions: Sequence[str],
        *formulas: Formula,
        elsewhere: bool = False,
        but: tuple[str, ...] = (),
    ) -> Never:
        caller = CallerPattern(CallerKind.ROLE, account=world.account, except_arns=but)
        others = ARBITRARY if elsewhere else ()
        subject = Subject(declared.where, PoliciesInForce(ARBITRARY, boundary, others))
        return subject.never(f"{what}, whatever a role is granted", [caller], actions, *formulas)

    foreign = (present("aws:ResourceAccount"), lacks("aws:ResourceAccount", world.account))
    what = "change what belongs to another account"
    fetched = _fetched(world, declared)
    if fetched is None:
        yield no_role(what, changes, *foreign, elsewhere=True)
    else:
        some = [each for each in changes if each != _DECRYPTING]
        yield no_role(what, some, *foreign, elsewhere=True)
        what = "decrypt of another account more than models of the environment before"
        yield no_role(what, [_DECRYPTING], *foreign, Not(fetched), elsewhere=True)
    yield no_role(
        "change what is not known to belong to this account",
        changes,
        Not(present("aws:ResourceAccount")),
    )
    beyond = Not(resource_like(*declared.record(CEILING)))
    others = [action for action in changes if action != _DECRYPTING]
    yield no_role("change what is not of this environment", others, beyond)
    decrypted = declared.record(DECRYPTS)
    yield no_role(
        "decrypt under a key that is not of this environment, save what is declared",
        [_DECRYPTING],
        beyond,
        *((Not(key("StringLike", _OBJECT, *decrypted)),) if decrypted else ()),
    )
    yield no_role("change identities or their policies", changes_of_identities())
    lent = duties_that_lend(each for each in world.roles if each.boundary_arn == declared.arn)
    for what, many in (
        ("assume another role", ASSUME),
        ("change or start code that runs under another role", INDIRECTION),
    ):
        for duties, some in by_duty(lent, many):
            if not duties:
                yield no_role(what, some)
            for action in some if duties else ():
                about = resource_like(*resource_patterns(action))
                yield no_role(what, [action], about, *(Not(each.formula) for each in duties))
    yield no_role("change a resource's policy or the network", RESOURCE_POLICIES)
    yield no_role(
        "pass a role that is not of these templates, or not to a service that trusts it",
        ["iam:PassRole"],
        Not(AllOf((resource_like(*(each.arn for each in world.roles)), _to_services(world)))),
    )
    yield no_role("call a SageMaker action that nobody allowed", [FUTURE_ACTION, *NEVER_ALLOWED])
    trusted = tuple(each.arn for each in world.roles if BREAK_GLASS in each.name)
    yield no_role("end versions, keys, trails or logs", [*RECORDS, *VERSIONS], but=trusted)


def _fetched(world: World, declared: Resource) -> Formula | None:
    """Match what the importer decrypts elsewhere; None below another boundary than its own."""
    source = world.promoted_from
    importer = world.role(source.role) if source else None
    if source is None or importer is None or importer.boundary_arn != declared.arn:
        return None
    return AllOf(
        (
            key("StringEquals", "aws:ResourceAccount", source.account),
            key("StringEquals", "kms:ViaService", f"s3.{world.region}.amazonaws.com"),
            key("StringLike", _OBJECT, *source.contents),
        )
    )


def _to_services(world: World) -> Formula:
    trusted = sorted({name for each in world.roles for name in each.trusted_services})
    return key("StringEquals", "iam:PassedToService", *trusted)


def _changes(services: Iterable[str]) -> list[str]:
    return [
        each.name
        for service in sorted(services)
        for each in actions_of(service)
        if each.mutates and each.resource_types and each.name not in _ASKED_APART
    ]


PROMISES = (
    Promise(
        17,
        "Every role is under a permissions boundary, behind which nothing of another account or "
        "environment can be changed, whatever the role is granted",
        "IAM User Guide, permissions boundaries for IAM entities",
        (
            "AWS sets aws:ResourceAccount truthfully",
            "no resource policy names a session of a role, which no boundary caps",
        ),
        under_a_ceiling,
        "no permissions boundary with a declared ceiling is in the templates",
        enforced_by=(
            "the boundaries of jobs, people and delivery; their ceilings, and what is decrypted "
            "beside our keys, in `stacks/charters.yaml`"
        ),
    ),
)
