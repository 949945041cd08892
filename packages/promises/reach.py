"""Differences between changed policies and the original ones."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from iam_prover.actions import members
from iam_prover.answers import Impossible, Possible
from iam_prover.evaluator import Arbitrary
from iam_prover.formulas import AllOf, AnyOf, Formula, Not, key, present, resource_like
from iam_prover.question import Question, RequestPattern, any_session
from iam_prover.reference import actions_of
from promises.asking import any_identity, everybody, lacks, through_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iam_prover.answers import Answer
    from iam_prover.encoding.prover import Prover
    from iam_prover.evaluator import PoliciesInForce
    from iam_prover.policy import Statement
    from promises.world import World

# For all actions that only '*' is about.
_OF_NO_STATEMENT = "unnamed:Action"
# The head of an ARN in one account: whose resource it is.
_HEAD = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:(\d{12}):")


@dataclass(frozen=True)
class View:
    """All that decides about a role's requests, or those for a resource; `service` limits both."""

    name: str
    policies: PoliciesInForce
    requests: RequestPattern
    service: str = ""
    subject: str = ""


@dataclass(frozen=True)
class Pair:
    """Deciding policies before and after a change, with the actions that it is about."""

    before: View
    after: View
    actions: tuple[str, ...]

    @cached_property
    def lost(self) -> tuple[tuple[str, Statement], ...]:
        """The statements that only the first has, each with the kind of its policy."""
        return tuple(_bare(self.before.policies) - _bare(self.after.policies))

    @cached_property
    def gained(self) -> tuple[tuple[str, Statement], ...]:
        """The statements that only the second has, each with the kind of its policy."""
        return tuple(_bare(self.after.policies) - _bare(self.before.policies))

    @property
    def moved(self) -> tuple[Statement, ...]:
        """The statements that only one of the two has."""
        return tuple(each for _, each in (*self.lost, *self.gained))

    @property
    def same_frame(self) -> bool:
        """True where both or neither have a boundary, and both know the same kinds of policies."""
        return _frame(self.before.policies) == _frame(self.after.policies)


@dataclass(frozen=True)
class Widened:
    """A request that is let through now and was not, or an unknown answer."""

    view: str
    answer: Answer


def views(world: World) -> Iterator[View]:
    """List what decides in a world, role by role and resource by resource."""
    who, ours = everybody(world), {"aws:ResourceAccount": (world.account,)}
    real = _sources_agree(world)
    for role in world.roles:
        where = role.resource.where
        acts = RequestPattern((any_session(role.arn),), ())
        yield View(where, role.acting(), acts, subject=where)
        trust = any_identity(role.trust, decides=True)
        to_become = RequestPattern(who, (), role.arn, (real,), ours)
        yield View(f"{where}, trust policy", trust, to_become, "sts", where)
    ids = tuple(each.resource.ref for each in world.s3_endpoints)
    for bucket in world.buckets:
        where, inside = bucket.resource.where, resource_like(bucket.arn, f"{bucket.arn}/*")
        for endpoint in world.s3_endpoints:
            through = {**ours, "aws:SourceVpce": (endpoint.resource.ref,)}
            yield View(
                f"{where} through {endpoint.resource.ref}",
                any_identity(*bucket.policies, endpoint=endpoint.policy),
                RequestPattern(who, (), None, (inside, real), through),
                "s3",
                where,
            )
        elsewhere = (inside, real, *((lacks("aws:SourceVpce", *ids),) if ids else ()))
        around = RequestPattern(who, (), None, elsewhere, ours)
        yield View(
            f"{where} around the endpoint", any_identity(*bucket.policies), around, "s3", where
        )
    for subject in world.keys:
        policies = any_identity(subject.policy, decides=True)
        pattern = RequestPattern(who, (), subject.arn, (real,), ours)
        yield View(subject.resource.where, policies, pattern, "kms", subject.resource.where)
    for endpoint in world.endpoints:
        policies, service = through_endpoint(endpoint.policy), _prefix(endpoint.service)
        where = endpoint.resource.where
        yield View(where, policies, RequestPattern(who, ()), service, where)
    for resource, policy in world.other_policies:
        yield View(
            resource.where,
            any_identity(policy),
            RequestPattern(who, (), None, (real,), ours),
            resource.service,
            resource.where,
        )


def _sources_agree(world: World) -> Formula:
    """Match requests where a source's ARN and account agree, as AWS sets them.

    IAM User Guide, global condition keys: the two are there in the same requests; the confused
    deputy problem: both say the same account.
    """
    ours = (f"arn:*:*:*:{world.account}:*", "arn:*:*:*::*")
    agrees = AnyOf((Not(present("aws:SourceArn")), key("ArnLike", "aws:SourceArn", *ours)))
    foreign = Not(key("ArnLike", "aws:SourceArn", ours[0]))
    by_account = key("StringEquals", "aws:SourceAccount", world.account)
    return AnyOf((AllOf((by_account, agrees)), AllOf((Not(by_account), foreign))))


def _owners_agree(pair: Pair) -> Iterator[Formula]:
    """Match requests whose ``aws:ResourceAccount`` is the account of the ARN, as AWS sets it.

    Only ARNs up to the account that the policies name: the solver knows these.
    """
    documents = (*pair.before.policies.documents, *pair.after.policies.documents)
    statements = (each for policy in documents for each in policy.statements)
    patterns = {
        pattern.text
        for each in statements
        if each.resources is not None
        for pattern in each.resources.patterns
    }
    heads = {(found[0], found[1]) for text in patterns if (found := _HEAD.match(text))}
    for head, account in sorted(heads):
        agrees = key("StringEqualsIfExists", "aws:ResourceAccount", account)
        yield AnyOf((Not(resource_like(f"{head}*")), agrees))


def widened(before: World, after: World, prover: Prover) -> Widened | None:
    """Find a request that is let through now and was not."""
    for pair in changed_views(before, after):
        requests = pair.after.requests
        where = (*requests.where, *_owners_agree(pair))
        pattern = replace(requests, actions=pair.actions, where=where)
        question = Question(pair.after.policies, pattern, refused_by=pair.before.policies)
        answer = prover.ask(question)
        if not isinstance(answer, Impossible):
            return Widened(pair.after.name, answer)
    return None


def changed_views(before: World, after: World) -> Iterator[Pair]:
    """List what decides otherwise than before, or is written otherwise."""
    originals = {each.name: each for each in views(before)}
    changed = {each.name: each for each in views(after)}
    policies = (*before.policies, *after.policies)
    services = sorted({name for policy in policies for name in policy.services})
    # A role, bucket or key that is on one side only has nothing to compare; but where only a
    # resource's policy is gone or new, nothing but identities decides without it.
    kinds = {each.where: each.kind for each in (*before.resources, *after.resources)}
    for name in (*changed, *(each for each in originals if each not in changed)):
        one, other = originals.get(name), changed.get(name)
        known = one or other
        if known is not None and kinds[known.subject].endswith("Policy"):
            one = one or replace(known, policies=any_identity())
            other = other or replace(known, policies=any_identity())
        if one is not None and other is not None and not _same(other, one):
            yield Pair(one, other, _actions(other, one, services))


def request_of(found: Widened) -> str:
    """Describe what is let through, if known."""
    if isinstance(found.answer, Possible):
        return str(found.answer.request)
    return f"not decided for {found.view}"


def _prefix(endpoint_service: str) -> str:
    first = endpoint_service.partition(".")[0]
    return {"monitoring": "cloudwatch", "git-codecommit": "codecommit"}.get(first, first)


def _bare(policies: PoliciesInForce) -> set[tuple[str, Statement]]:
    """Statements without their place in the document, which a lost neighbour changes."""
    return {
        (policy.kind.value, replace(statement, where=""))
        for policy in policies.documents
        for statement in policy.statements
    }


def _frame(policies: PoliciesInForce) -> tuple[bool, ...]:
    return (
        policies.boundary is None,
        policies.endpoint is None,
        isinstance(policies.identity, Arbitrary),
        isinstance(policies.resource, Arbitrary),
    )


def _same(one: View, other: View) -> bool:
    same_frame = (one.policies.boundary is None) is (other.policies.boundary is None)
    return same_frame and _bare(one.policies) == _bare(other.policies)


def _actions(view: View, original: View, services: list[str]) -> tuple[str, ...]:
    """Return the actions that a changed statement is about: no other has another answer."""
    everything = [each.name for name in services for each in actions_of(name)]
    if view.service:
        everything = [each.name for each in actions_of(view.service)]
    else:
        everything.append(_OF_NO_STATEMENT)
    framed = (view.policies.boundary is None) is (original.policies.boundary is None)
    if not framed:
        return tuple(everything)
    listed, chosen = tuple(everything), 0
    for _, each in _bare(view.policies) ^ _bare(original.policies):
        chosen |= members(each.actions, listed)
    return tuple(name for index, name in enumerate(listed) if chosen >> index & 1)
