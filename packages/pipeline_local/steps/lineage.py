"""Lineage steps: actions, artifacts and contexts, and the associations between them.

Source: sagemaker-python-sdk, `LineageStep`: a name and type refer to an entity of the same step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.jobs.work import StepFailed
from pipeline_schema.expressions import is_expression
from pipeline_schema.known_fields import unknown_fields
from pipeline_schema.shape_values import member_problems
from pipeline_schema.values import as_list, with_article
from pipeline_schema.walking import member_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_local.jobs.work import Work
    from pipeline_schema.definition import Step
    from pipeline_schema.property_paths import Path
    from pipeline_schema.values import JsonObject

_KINDS = ("Action", "Artifact", "Context")
_UNIQUE = ("Action", "Context")  # by their names
_ASSOCIATIONS = "Associations"
_ENDS = ("Source", "Destination")
_ADD, _KIND = "AddAssociation", "AssociationType"


def problems(step: Step) -> Iterator[str]:
    """Validate a Lineage step; its requests are validated as such."""
    given = step.arguments
    yield from unknown_fields("a Lineage step's arguments", given, "Arguments")
    if not any(given.values()):
        yield "Arguments: there are no actions, artifacts, contexts or associations"
    for name, value in given.items():
        if not isinstance(value, list):
            yield f"Arguments.{name}: is {with_article(value)}, not a list"
    made = _made(step)
    for unique in _UNIQUE:
        names = [name for name in made[unique] if isinstance(name, str)]
        yield from (
            f"Arguments.{unique}s: two are named {name!r}"
            for name in sorted({name for name in names if names.count(name) > 1})
        )
    for number, each in enumerate(as_list(given.get(_ASSOCIATIONS))):
        where = f"Arguments.{_ASSOCIATIONS}[{number}]"
        if not isinstance(each, dict):
            yield f"{where}: is {with_article(each)}, not an association"
            continue
        yield from unknown_fields("an association", each, where)
        for end in _ENDS:
            yield from _end_problems(each.get(end), f"{where}.{end}", made)
            if arn := member_at(each, (end, "Arn")):
                yield from member_problems(_ADD, f"{end}Arn", arn, f"{where}.{end}.Arn")
        if (kind := each.get(_KIND)) is not None:
            yield from member_problems(_ADD, _KIND, kind, f"{where}.{_KIND}")


def property_problem(step: Step, path: Path) -> str | None:
    """Return why a path does not exist in the properties (`run`), or None."""
    known = [f"{kind}Arns[{name!r}]" for kind, names in _made(step).items() for name in names]
    for kind, names in _made(step).items():
        if path[0] == f"{kind}Arns" and path[1:] in [(name,) for name in names]:
            return None
    return f"a Lineage step has {', '.join(known) or 'no properties'}"


def run(work: Work) -> JsonObject:
    """Create the entities, then the associations; return their ARNs by name."""
    client = work.run.client("sagemaker")
    arns: dict[str, dict[str, str]] = {}
    for kind in _KINDS:
        create = getattr(client, f"create_{kind.lower()}")
        arns[kind] = {
            str(request.get(f"{kind}Name") or number): create(**request)[f"{kind}Arn"]
            for number, request in enumerate(work.arguments.get(f"{kind}s") or ())
        }
    made = []
    for each in work.arguments.get(_ASSOCIATIONS) or ():
        ends = {f"{end}Arn": _arn(each[end], arns) for end in _ENDS}
        client.add_association(**ends, **{k: v for k, v in each.items() if k not in _ENDS})
        made.append(ends)
    return {**{f"{kind}Arns": named for kind, named in arns.items()}, _ASSOCIATIONS: made}


def _made(step: Step) -> dict[str, list[Any]]:
    """Return the names of the entities that a step makes, by their kind."""
    return {
        kind: [
            each[f"{kind}Name"]
            for each in as_list(step.arguments.get(f"{kind}s"))
            if isinstance(each, dict) and f"{kind}Name" in each
        ]
        for kind in _KINDS
    }


def _end_problems(end: Any, where: str, made: dict[str, list[Any]]) -> Iterator[str]:
    fields = set(end) if isinstance(end, dict) else set()
    if fields == {"Arn"}:
        return
    if fields != {"Name", "Type"}:
        yield f"{where}: needs Arn alone, or Name and Type"
    elif end["Type"] not in _KINDS:
        yield f"{where}.Type: {end['Type']!r} is not one of {', '.join(_KINDS)}"
    elif isinstance(end["Name"], dict | list) and not is_expression(end["Name"]):
        yield f"{where}.Name: {end['Name']!r} is not a text"
    elif isinstance(end["Name"], str) and end["Name"] not in made[end["Type"]]:
        yield f"{where}: the step makes no {end['Type']} {end['Name']!r}; name others by Arn"


def _arn(end: JsonObject, arns: dict[str, dict[str, str]]) -> str:
    found = end["Arn"] if "Arn" in end else arns[end["Type"]].get(end["Name"])
    if not found:
        raise StepFailed(f"ClientError: the step makes no {end['Type']} {end['Name']!r}")
    return str(found)
