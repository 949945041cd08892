"""Promise on what has to be possible: each piece of work in the table of callers is allowed."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from iam_prover.evaluator import decide
from iam_prover.policy import Effect
from iam_prover.principals import NameKind
from mlops_contract.callers import DOCUMENTED, NOT_PROVIDED, PEOPLE, VIA_SERVICE, callers
from mlops_contract.metadata import MODEL_ARCHIVES
from promises.caller_places import missing_in, needs_none, short_name
from promises.callers import asked, of_rules, reachable, rules_under, trusted, unasked
from promises.claims import Allowed, Claim, Fact, Promise, Undecided
from promises.duties import is_ours
from promises.pipeline_jobs import data_claims, image_claims, key_claims, start_claims, users_under
from promises.proving import Verdict, judge_claims

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlops_contract.callers import Callers, Work
    from promises.world import Resource, Role, World

_EVENTS, _REDSHIFT = "events.amazonaws.com", "redshift.amazonaws.com"
_OFF = "off"  # as settings say it


def can_do_its_work(world: World) -> Iterator[Claim]:
    """Claim promise 21."""
    if not is_ours(world):
        return
    table = callers()
    for who in world.roles:
        yield from _of_role(world, table, who)
    for name, works in _services(world, table):
        if not works:
            yield Undecided(name, "not decided: no row of the table of callers says what it does")
        for work in works:
            yield from _of_work(world, work, name, name)
    for rule, arn, found in of_rules(world):
        if found is None:
            what = f"not decided: nothing says as whom rule {rule.arn} reaches {arn}"
            yield Undecided(rule.where, what)
        else:
            yield from _of_work(world, found, _EVENTS, rule.where)
    for claims in (start_claims, data_claims, key_claims, image_claims):
        yield from claims(world)


def listed_work(world: World, *, kept: bool = False) -> Iterator[str]:
    """List every row that is asked here with what is known of it, what is documented last.

    Of a promise that is known to be `kept`, no row is judged again.
    """
    if not is_ours(world):
        return
    table = callers()
    rows: list[tuple[str, Work, Role | str]] = [
        (who.name, work, who)
        for who in world.roles
        if (row := _row(world, table, who))
        for work in table.of(row)
    ]
    rows += [(who, work, who) for who, works in _services(world, table) for work in works]
    rows += [
        (f"rule {rule.properties.get('Name', rule.where)}", work, _EVENTS)
        for rule, _, work in of_rules(world)
        if work
    ]
    claims = [
        (index, claim)
        for index, (name, work, who) in enumerate(rows)
        for claim in (() if kept else _of_work(world, work, who, name))
    ]
    judged = zip(claims, judge_claims(claims), strict=True)
    against = {index: breach.verdict for (index, _), breach in judged if breach}
    alike: dict[tuple[bool, str, str, str, str], list[str]] = {}
    for index, (name, work, _) in enumerate(rows):
        status = _standing(world, work, against.get(index))
        origin = (as_set(world, work) or work).origin
        key = (status == DOCUMENTED, status, work.work, origin, work.source)
        alike.setdefault(key, []).append(name)
    for (_, status, what, origin, source), callers_of in sorted(alike.items()):
        yield f"{status}: {what}, {origin}: {', '.join(dict.fromkeys(callers_of))} ({source})"


def _standing(world: World, work: Work, against: Verdict | None) -> str:
    """Say what is known of a row, first of all that it is refused."""
    if not _is_here(world, work):
        return f"not of this environment, which has no {work.where}"
    if as_set(world, work) is None:
        return "turned off by the settings"
    if against is None:
        return work.status
    if against is Verdict.UNKNOWN:
        return "not decided"
    return "allowed, though said to be not provided" if work.status == NOT_PROVIDED else "refused"


def _row(world: World, table: Callers, who: Role) -> str:
    """Return the name of a role's row; empty where there is none."""
    return table.row_of(short_name(world, who))


def _of_role(world: World, table: Callers, who: Role) -> Iterator[Claim]:
    where, name = who.resource.where, _row(world, table, who)
    if not name:
        what = f"not decided: no row of the table of callers says what {who.name} does"
        yield Undecided(where, what)
        return
    row = table.roles[name]
    for by in who.trusted_services:
        if by != row.by:
            what = f"not decided: no row of the table of callers has {by} work as {who.name}"
            yield Undecided(where, what)
    if row.by != PEOPLE:
        missing = (
            each for each in missing_in(world, row.sends, who) if not needs_none(world, each)
        )
        for place in missing:
            yield _nothing(where, f"{row.by} works as {who.name}", place)
        under = rules_under(world, who) if row.by == _EVENTS else ()
        users = users_under(world, who) if row.by == _REDSHIFT else ("",)
        if not users:
            yield _nothing(where, f"{row.by} works as {who.name}", "query of a pipeline")
        for source, user in itertools.product(dict.fromkeys((*row.sends, *under)) or ("",), users):
            for ways in trusted(world, who, row.by, source, user):
                yield Allowed(where, f"{row.by} works as {who.name}", ways)
    for work in table.of(name):
        yield from _of_work(world, work, who, where)


def _of_work(world: World, work: Work, who: Role | str, where: str) -> Iterator[Claim]:
    found = as_set(world, work)
    if found is None:
        return
    work, name = found, who if isinstance(who, str) else who.name
    for place in unasked(world, work, who):
        yield _nothing(where, f"{name} {work.work}", place)
    if work.status == NOT_PROVIDED:
        yield from _not_provided(world, work, who, where)
        return
    known = "" if work.status == DOCUMENTED else f" ({work.status})"
    for what, ways in asked(world, work, who):
        yield Allowed(where, f"{name} {work.work}{known}: {what}, {work.origin}", ways)
    there = {each.service for each in reachable(world)}
    for each in () if world.network_of_others else work.endpoints:
        what = f"{name} {work.work}{known}: our subnets have the endpoint {each}, by its own name"
        yield Fact(where, what, each in there)


def _nothing(where: str, row: str, place: str) -> Undecided:
    return Undecided(where, f'not decided: row "{row}" asks nothing: no {place} in the templates')


def _not_provided(world: World, work: Work, who: Role | str, where: str) -> Iterator[Claim]:
    """Claim that the table is right to say that nobody can."""
    refused = [not any(decide(*way).allowed for way in ways) for _, ways in asked(world, work, who)]
    if refused:
        what = f"the table says that nothing lets anybody do this, which is so: {work.work}"
        yield Fact(where, what, any(refused))


def as_set(world: World, work: Work) -> Work | None:
    """Return a row as the environment's settings have it; None where they turn it off."""
    if not _is_here(world, work):
        return None
    if not work.setting:
        return work
    settings = {name: how for each in world.resources for name, how in _archives(each).items()}
    how = settings.get(work.setting, work.origin)
    if how == _OFF:
        return None
    return replace(work, origin=VIA_SERVICE) if how == VIA_SERVICE else work


def _is_here(world: World, work: Work) -> bool:
    """Tell whether an environment is one of those that a row is of."""
    return not work.where or any(short_name(world, each) == work.where for each in world.roles)


def _archives(resource: Resource) -> Mapping[str, str]:
    row = resource.record(MODEL_ARCHIVES)
    return vars(row) if row else {}


def _services(world: World, table: Callers) -> Iterator[tuple[str, tuple[Work, ...]]]:
    """Yield the services that resource policies let in by their own names, each with its rows."""
    trusts = {each.trust.where for each in world.roles}
    named = {
        name.value
        for policy in world.policies
        for statement in policy.statements
        if policy.where not in trusts and statement.effect is Effect.ALLOW and statement.principals
        for name in statement.principals.names
        if name.kind is NameKind.SERVICE
    }
    permissions = world.of_kind("AWS::Lambda::Permission")
    named |= {str(each.properties["Principal"]) for each in permissions}
    for name in sorted(each for each in named if each.endswith(".amazonaws.com")):
        yield name, table.services.get(name.replace(f".{world.region}.", ".{region}."), ())


PROMISES = (
    Promise(
        21,
        "The platform can do its work: what AWS's services, people and pipelines have to call is "
        "allowed",
        "`packages/mlops_contract/callers.yaml`, each row with its source",
        (
            "what no row names, nobody calls",
            "a row says whether AWS documents a call, or it is inferred or unverified",
            "what other accounts own lets the call through",
            "security groups, private DNS and routes let through what policies allow",
            "rules and schedules name the right role in `RoleArn`",
            "people's trusts name somebody who exists",
        ),
        can_do_its_work,
        "no role of the templates has a charter",
        listed_work,
        enforced_by=(
            "identity policies, boundaries, policies of buckets, keys, queues and endpoints, and "
            "trusts, together; a role or service without a row, and a row that asks nothing, is "
            "undecided"
        ),
        listing="asks whether these can be called",
        exceptions_if_kept=partial(listed_work, kept=True),
    ),
)
