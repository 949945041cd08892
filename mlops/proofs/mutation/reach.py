"""Whether changed policies let through anything that the original ones refuse."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlops.proofs.actions import concerns
from mlops.proofs.answers import Impossible, Possible
from mlops.proofs.formulas import present, resource_like
from mlops.proofs.promises.asking import any_identity, everybody, lacks, through_endpoint
from mlops.proofs.promises.reference import actions_of
from mlops.proofs.question import Question, RequestPattern, any_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlops.proofs.answers import Answer
    from mlops.proofs.encoding.prover import Prover
    from mlops.proofs.evaluator import PoliciesInForce
    from mlops.proofs.policy import Statement
    from mlops.proofs.world import World

# AWS sets these on every request.
_ALWAYS = (present("aws:SecureTransport"),)
# For all actions that only '*' is about.
_OF_NO_STATEMENT = "unnamed:Action"


@dataclass(frozen=True)
class View:
    """All that decides about one role's requests, or about the requests for one resource.

    Parameters
    ----------
    name : str
        Of what.
    policies : PoliciesInForce
        What decides.
    requests : RequestPattern
        Which requests these are; the actions are filled in when it is asked about.
    service : str
        The only service whose requests come here; empty for any.
    """

    name: str
    policies: PoliciesInForce
    requests: RequestPattern
    service: str = ""


@dataclass(frozen=True)
class Widened:
    """Something that is let through now and was not.

    Parameters
    ----------
    view : str
        For whom or on what.
    answer : Answer
        The request; or that nobody knows.
    """

    view: str
    answer: Answer


def views(world: World) -> Iterator[View]:
    """List what decides in a world, role by role and resource by resource.

    Parameters
    ----------
    world : World
        One environment.

    Yields
    ------
    View
        Callers of resources may have any identity policy.
    """
    who, ours = everybody(world), {"aws:ResourceAccount": (world.account,)}
    for role in world.roles:
        where = role.resource.where
        yield View(
            where, role.acting(), RequestPattern((any_session(role.arn),), (), None, _ALWAYS)
        )
        trust = any_identity(role.trust, decides=True)
        to_become = RequestPattern(who, (), role.arn, _ALWAYS, ours)
        yield View(f"{where}, trust policy", trust, to_become, "sts")
    ids = tuple(each.resource.ref for each in world.s3_endpoints)
    for bucket in world.buckets:
        where, inside = bucket.resource.where, resource_like(bucket.arn, f"{bucket.arn}/*")
        for endpoint in world.s3_endpoints:
            through = {**ours, "aws:SourceVpce": (endpoint.resource.ref,)}
            yield View(
                f"{where} through {endpoint.resource.ref}",
                any_identity(*bucket.policies, endpoint=endpoint.policy),
                RequestPattern(who, (), where=(inside, *_ALWAYS), context=through),
                "s3",
            )
        elsewhere = (inside, *_ALWAYS, *((lacks("aws:SourceVpce", *ids),) if ids else ()))
        around = RequestPattern(who, (), where=elsewhere, context=ours)
        yield View(f"{where} around the endpoint", any_identity(*bucket.policies), around, "s3")
    for key in world.keys:
        policies = any_identity(key.policy, decides=True)
        pattern = RequestPattern(who, (), key.arn, _ALWAYS, ours)
        yield View(key.resource.where, policies, pattern, "kms")
    for endpoint in world.endpoints:
        policies, service = through_endpoint(endpoint.policy), _prefix(endpoint.service)
        yield View(endpoint.resource.where, policies, RequestPattern(who, ()), service)
    for resource, policy in world.other_policies:
        yield View(
            resource.where,
            any_identity(policy),
            RequestPattern(who, (), None, _ALWAYS, ours),
            resource.service,
        )


def widened(before: World, after: World, prover: Prover) -> Widened | None:
    """Look for a request that is let through now and was not.

    Parameters
    ----------
    before, after : World
        The original and the changed.
    prover : Prover
        Answers the questions.

    Returns
    -------
    Widened or None
        None when it is proved that there is none.
    """
    originals = {each.name: each for each in views(before)}
    names = {each.name for each in views(after)}
    policies = (*before.policies, *after.policies)
    services = sorted({name for policy in policies for name in policy.services})
    # Where a resource's only policy is gone, nothing but identities decides.
    lost = [replace(each, policies=any_identity()) for each in originals.values()]
    for view in (*views(after), *(each for each in lost if each.name not in names)):
        original = originals.get(view.name)
        if original is None or _same(view, original):
            continue
        actions = _actions(view, original, services)
        pattern = replace(view.requests, actions=actions)
        answer = prover.ask(Question(view.policies, pattern, refused_by=original.policies))
        if not isinstance(answer, Impossible):
            return Widened(view.name, answer)
    return None


def request_of(found: Widened) -> str:
    """Say in words what is let through, or that nobody knows."""
    if isinstance(found.answer, Possible):
        return str(found.answer.request)
    return f"not decided for {found.view}"


def _prefix(endpoint_service: str) -> str:
    """Give the prefix of the actions that come through an endpoint."""
    first = endpoint_service.partition(".")[0]
    return {"monitoring": "cloudwatch", "git-codecommit": "codecommit"}.get(first, first)


def _bare(policies: PoliciesInForce) -> set[tuple[str, Statement]]:
    """Statements without their place in the document, which a lost neighbour changes."""
    return {
        (policy.kind.value, replace(statement, where=""))
        for policy in policies.documents
        for statement in policy.statements
    }


def _same(one: View, other: View) -> bool:
    same_frame = (one.policies.boundary is None) is (other.policies.boundary is None)
    return same_frame and _bare(one.policies) == _bare(other.policies)


def _actions(view: View, original: View, services: list[str]) -> tuple[str, ...]:
    """Give the actions that a changed statement is about: no other has another answer."""
    everything = [each.name for name in services for each in actions_of(name)]
    if view.service:
        everything = [each.name for each in actions_of(view.service)]
    else:
        everything.append(_OF_NO_STATEMENT)
    framed = (view.policies.boundary is None) is (original.policies.boundary is None)
    moved = [each for _, each in _bare(view.policies) ^ _bare(original.policies)]
    return tuple(
        name
        for name in everything
        if not framed or any(concerns(each.actions, name) for each in moved)
    )
