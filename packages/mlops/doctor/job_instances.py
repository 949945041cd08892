"""The instances of SageMaker jobs that a pipeline runs at once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from pipeline_schema.definition import parse_definition
from pipeline_schema.graph import branches, dependencies
from pipeline_schema.parameters import put_values
from pipeline_schema.walking import values_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline_schema.definition import Definition, Step

# The member of a job's request that says what it runs on, and its name in Service Quotas.
_USAGES = {
    "ProcessingResources": "processing",
    "ResourceConfig": "training",
    "TransformResources": "transform",
}
Needed = tuple[str, str]  # instance type and usage


def instances_needed(definitions: Mapping[str, dict[str, Any]]) -> Counter[Needed]:
    """Return the most that any one pipeline needs at once, with its parameters' defaults."""
    most: Counter[Needed] = Counter()
    for name, document in definitions.items():
        most |= _of_definition(parse_definition(name, document), document)
    return most


def _of_definition(definition: Definition, document: Mapping[str, Any]) -> Counter[Needed]:
    defaults = {each["Name"]: each.get("DefaultValue") for each in document.get("Parameters", ())}
    clusters = {
        name: dict(_clusters(put_values(step.arguments, defaults)))
        for name, step in definition.steps.items()
    }
    before = {name: _all_before(definition.steps, name) for name in clusters}
    needed = {each for found in clusters.values() for each in found}

    def at_once(one: str, other: str) -> bool:
        needs, others = branches(definition, one), branches(definition, other)
        apart = any(others.get(key, outcome) != outcome for key, outcome in needs.items())
        return not (apart or one in before[other] or other in before[one])

    def most(kind: Needed, left: list[str]) -> int:
        if not left:
            return 0
        first, *rest = left
        beside = [each for each in rest if at_once(first, each)]
        return max(clusters[first][kind] + most(kind, beside), most(kind, rest))

    return Counter(
        {each: most(each, [n for n in clusters if each in clusters[n]]) for each in needed}
    )


def _clusters(arguments: Any) -> Iterator[tuple[Needed, int]]:
    for where, cluster in values_in(arguments):
        if isinstance(cluster, dict) and cluster.keys() >= {"InstanceType", "InstanceCount"}:
            usage = next((_USAGES[str(each)] for each in where if each in _USAGES), None)
            number = cluster["InstanceCount"]
            if usage:
                yield (
                    (str(cluster["InstanceType"]), usage),
                    number if isinstance(number, int) else 1,
                )


def _all_before(steps: Mapping[str, Step], name: str) -> set[str]:
    found: set[str] = set()
    left = [name]
    while left:
        direct = dependencies(steps[left.pop()]) - found
        found |= direct
        left += [each for each in direct if each in steps]
    return found
