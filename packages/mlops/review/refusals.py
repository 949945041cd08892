"""Updates that CloudFormation refuses: names that are taken, exports that are imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops.review.findings import Finding, Weight, listed
from mlops.review.naming import title
from mlops.review.resource_changes import places
from pipeline_local.cloudformation.schemas import naming_properties
from pipeline_schema.walking import values_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cloud_assembly.stack import Stack
    from mlops.review.resource_changes import Changed
    from promises.world import Resource, World

    Places = Mapping[tuple[str, str], Resource]

_NAMING = ("Ref", "Fn::GetAtt")


def fixed_name(resource: Resource, region: str) -> tuple[str, ...]:
    """Return the name that a template gives, of which there is one; empty where AWS makes it up."""
    own = f"{resource.kind.rpartition('::')[2]}Name"
    names = [own] if own in resource.properties else naming_properties(resource.kind, region)
    parts = [resource.properties.get(each) for each in names]
    known = tuple(each for each in parts if isinstance(each, str) and each)
    return known if len(known) == len(parts) else ()


def refusals(before: World, after: World, changed: Sequence[Changed]) -> Iterator[Finding]:
    """Yield what an update of stacks in the order of their dependence does not get past."""
    replaced = {(each.after.stack, each.after.logical_id) for each in changed if each.reasons}
    yield from _taken_names(places(before), places(after), after.region)
    yield from _imported_exports(before.stacks, after.stacks, replaced)


def _taken_names(old: Places, new: Places, region: str) -> Iterator[Finding]:
    """Yield resources whose name one of another stack has until that stack is updated."""
    named = ((each, fixed_name(each, region)) for each in old.values())
    holders = {(each.kind, name): each for each, name in named if name}
    for place, each in new.items():
        holder = holders.get((each.kind, fixed_name(each, region)))
        if place in old or holder is None or holder.stack == each.stack:
            continue
        yield Finding(
            f"refused: {title(each)} is to be made in stack `{each.stack}`, but it exists: stack "
            f"`{holder.stack}` has it. `cdk refactor` moves it",
            Weight.WARNING,
            facts={
                "stack": each.stack,
                "logical_id": each.logical_id,
                "type": each.kind,
                "change": "refused",
            },
        )


def _imported_exports(
    before: Sequence[Stack], after: Sequence[Stack], replaced: set[tuple[str, str]]
) -> Iterator[Finding]:
    """Yield exports that go or change while a deployed stack imports them."""
    users: dict[str, list[str]] = {}
    for stack in before:
        for name in sorted({str(each) for each in _called(stack.template, "Fn::ImportValue")}):
            users.setdefault(name, []).append(f"`{stack.name}`")
    now = {stack.name: _exports(stack) for stack in after}
    for stack in before:
        exports = _exports(stack)
        for name in sorted(users.keys() & exports.keys()):
            old, new = exports[name], now.get(stack.name, {}).get(name)
            names = [each if isinstance(each, str) else each[0] for each in _called(old, *_NAMING)]
            if old == new and not any((stack.name, each) in replaced for each in names):
                continue
            yield Finding(
                f"refused: export `{name}` of stack `{stack.name}` {'changes' if new else 'goes'}, "
                f"but {listed(users[name])} import{'s' if len(users[name]) == 1 else ''} it. "
                "Keep it (`exportValue`) until nothing deployed does",
                Weight.WARNING,
                facts={"stack": stack.name, "export": name, "change": "refused"},
            )


def _exports(stack: Stack) -> dict[str, Any]:
    outputs = stack.template.get("Outputs", {}).values()
    return {str(each["Export"]["Name"]): each["Value"] for each in outputs if "Export" in each}


def _called(value: Any, *functions: str) -> Iterator[Any]:
    """Yield the arguments of some functions in a template."""
    return (found for where, found in values_in(value) if where[-1:] and where[-1] in functions)
