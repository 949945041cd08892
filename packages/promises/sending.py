"""Facts on receivers, roles and code of what AWS does by itself, for promises 11 and 14.

A rule, schedule or subscription acts without a request of ours: no policy decides. Which property
of which type is a receiver, a role or code, the table of types says (`world/type_reviews.py`).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from mlops_common.symbols import open_in
from promises.claims import Fact, Undecided, undecided
from promises.world.open_properties import unnoted
from promises.world.owners import Owners
from promises.world.type_reviews import review_of, reviews, values_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from promises.claims import Claim
    from promises.world import Resource, World

    # From a value to whether it is of this account; None where no template says.
    _Check = Callable[[str], bool | None]

# Roles by other names than the table's.
_MORE_ROLES = frozenset(("RoleARN", "ServiceRole", "ExecutionRoleArn", "TaskRoleArn", "JobRoleArn"))


def stays_in_the_account(world: World) -> Iterator[Claim]:
    """Claim that receivers of what AWS sends, and of shared resources, are of this account."""
    ours = Owners(world.account, world.resources)
    for each in world.resources:
        sends = "what it sends goes to this account, not to"
        yield from _checked(ours, each, "sends", sends, ours.receives)
        yield from _checked(ours, each, "token", sends, ours.receives)
        yield from _checked(
            ours, each, "bucket", "it uses buckets of this account, not", ours.bucket
        )
        shared = "it is shared within this account, not with"
        yield from _checked(ours, each, "account", shared, ours.names)
    for project in world.of_kind("AWS::CodeBuild::Project"):
        visible = project.properties.get("Visibility", "PRIVATE")
        yield Fact(project.where, "its builds are not public", visible == "PRIVATE")


def runs_under_our_roles(world: World) -> Iterator[Claim]:
    """Claim that functions, builds, rules and others run our code, under roles of ours."""
    known = {role.arn for role in world.roles} | {role.name for role in world.roles}
    ours = Owners(world.account, world.resources)
    # Of these images AWS has many; and the role of a function that is not here nobody judges.
    checks: tuple[tuple[str, str, _Check], ...] = (
        ("code", "its code is of this account, not of", ours.bucket),
        ("runs", "its code is of this account, not of", ours.receives),
        ("image", "its image is of this account, not", ours.image),
        ("model-image", "its image is of this account, not", lambda it: ours.image(it) or None),
        ("token", "its function is of these templates, not", lambda it: it in functions or None),
    )
    functions = {each.arn for each in world.of_kind("AWS::Lambda::Function")}
    for each in world.resources:
        if each.kind.startswith("AWS::IAM::"):
            continue
        for name in _roles(each.properties):
            what = f"it runs under a role of these templates, not under {name}"
            yield Fact(each.where, what, name in known or ours.is_service_linked(name))
        for word, what, check in checks:
            yield from _checked(ours, each, word, what, check)
    for product in world.of_kind("AWS::ServiceCatalog::CloudFormationProduct"):
        constraints = world.of_kind("AWS::ServiceCatalog::LaunchRoleConstraint")
        launched = {
            each.properties.get("ProductId")
            for each in constraints
            if each.properties.get("RoleArn") in known
        }
        what = "it is always launched under a role of these templates"
        yield Fact(product.where, what, product.ref in launched)
    for project in world.of_kind("AWS::CodeBuild::Project"):
        privileged = str(project.properties.get("Environment", {}).get("PrivilegedMode", False))
        yield Fact(project.where, "its builds do not rule their host", privileged.lower() != "true")


def _checked(ours: Owners, each: Resource, word: str, what: str, check: _Check) -> Iterator[Claim]:
    review = review_of(each.kind)
    for path in review.of(word) if review else ():
        for value in map(str, values_at(each.properties, path)):
            claimed = f"{what} {value}"
            if word != "token" and ours.is_made_here(value):
                yield Fact(each.where, claimed, True)
            elif unknown := open_in(value):
                yield undecided(each.where, claimed, unknown)
            elif (holds := check(value)) is None:
                reason = "no template holds it, so whose it is is not known"
                yield Undecided(each.where, f"not decided: {claimed}; {reason}")
            else:
                yield Fact(each.where, claimed, holds)


@cache
def _role_properties() -> frozenset[str]:
    found = {path[-1] for review in reviews().values() for path in review.of("role")}
    return frozenset(found | _MORE_ROLES)


def _roles(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _roles(each)
    elif isinstance(value, dict):
        for name in value:
            is_role = name in _role_properties()
            inner = value[name] if is_role else unnoted(value, name)
            if is_role and isinstance(inner, str):
                yield inner
            elif is_role and isinstance(inner, list):
                yield from (each for each in inner if isinstance(each, str))
            else:
                yield from _roles(inner)
