"""Changes of the pipelines, step by step, and the steps that run again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloud_assembly.intrinsics import Resolver
from cloud_assembly.pipelines import pipelines_of
from mlops.review.caches import runs_again, runs_always
from mlops.review.deliveries import delivered_files
from mlops.review.findings import Finding, Weight, listed
from mlops.review.flatten import changes, shown
from mlops.review.step_words import code_digest, place_in_words, row
from pipeline_schema.definition import parse_definition, references
from pipeline_schema.graph import dependencies
from pipeline_schema.property_paths import show_path
from pipeline_schema.walking import all_steps, without_nested

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloud_assembly.stack import Stack
    from pipeline_schema.definition import Definition, Step
    from pipeline_schema.parameters import Parameter

    Rows = list[tuple[str, Any, Any]]

_BY_ITSELF = ("Name", "Type", "DependsOn", "DisplayName", "Description")
_FOLDERS = {"code": "the code", "wheelhouse": "the packages"}
_ARCHIVE = "sourcedir.tar.gz"  # the same files once more
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Pipeline:
    """One pipeline of one side."""

    name: str
    written: Definition
    bound: Definition
    steps: dict[str, dict[str, Any]]  # as written, nested ones too, each without its nested steps
    stacks: Sequence[Stack]


def pipeline_findings(before: Sequence[Stack], after: Sequence[Stack]) -> tuple[Finding, ...]:
    """Compare the pipelines of two sides."""
    old, new = _pipelines_in(before), _pipelines_in(after)
    found: list[Finding] = []
    for name in sorted({*old, *new}):
        if name not in old:
            text = f"new pipeline **{name}**: {listed(list(new[name].steps), 12)}"
            found.append(Finding(text, facts={"pipeline": name, "change": "added"}))
        elif name not in new:
            facts = {"pipeline": name, "change": "removed"}
            found.append(Finding(f"pipeline **{name}** is removed", Weight.WARNING, facts=facts))
        else:
            found += _of_pipeline(old[name], new[name])
    return tuple(found)


def _pipelines_in(stacks: Sequence[Stack]) -> dict[str, Pipeline]:
    """Read the pipelines of one environment."""
    resolver = Resolver(stacks)
    found = {}
    for stack in stacks:
        for each in pipelines_of(stack, resolver):
            text = each.definition_with_placeholders()
            written = parse_definition(each.short_name, text)
            bound = parse_definition(each.short_name, each.resolved_definition())
            steps = {step["Name"]: without_nested(step) for step in all_steps(text)}
            found[each.short_name] = Pipeline(each.short_name, written, bound, steps, stacks)
    return found


def _of_pipeline(old: Pipeline, new: Pipeline) -> Iterator[Finding]:
    yield from _of_parameters(old, new)
    code: dict[tuple[str, str, str], list[str]] = {}
    for name, step in new.written.steps.items():
        where = f"**{new.name}**, step **{name}**"
        facts = {"pipeline": new.name, "step": name}
        if name not in old.steps:
            after = sorted(dependencies(step))
            follows = f", after {listed(after)}" if after else ""
            yield Finding(f"{where}: new, {step.type}{follows}", facts={**facts, "change": "added"})
        else:
            rows = changes(*(_own(each.steps[name]) for each in (old, new)))
            for kind in dict.fromkeys(filter(None, (_code(row) for row in rows))):
                code.setdefault(kind, []).append(name)
            others = [row for row in rows if not _code(row) and not _is_digest(row)]
            yield from _of_step(where, facts, old.written.steps[name], step, others)
    for name in old.steps:
        if name not in new.steps:
            facts = {"pipeline": new.name, "step": name, "change": "removed"}
            text = f"**{new.name}**, step **{name}**: removed"
            yield Finding(text, Weight.WARNING, facts=facts)
    for kind, steps in code.items():
        yield _of_code(kind, steps, old, new)
    yield from _of_caches(old, new)


def _own(step: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in step.items() if key not in _BY_ITSELF}


def _code(row: tuple[str, Any, Any]) -> tuple[str, str, str] | None:
    """Return kind and content hashes where a step reads other code than before."""
    _, old, new = row
    before, after = code_digest(old), code_digest(new)
    return (*before, after[1]) if before and after else None


def _is_digest(row: tuple[str, Any, Any]) -> bool:
    """Return whether a value only records the hash of the code."""
    return all(isinstance(each, str) and _DIGEST.fullmatch(each) for each in row[1:])


def _of_parameters(old: Pipeline, new: Pipeline) -> Iterator[Finding]:
    before, after = old.written.parameters, new.written.parameters
    for name in dict.fromkeys((*before, *after)):
        where = f"**{new.name}**, parameter **{name}**"
        facts = {"pipeline": new.name, "parameter": name}
        if name not in before:
            default = after[name].default
            needed = "is required" if default is None else f"default {shown(default)}"
            yield Finding(f"{where}: new, {needed}", facts={**facts, "change": "added"})
        elif name not in after:
            yield Finding(f"{where}: removed", facts={**facts, "change": "removed"})
        else:
            yield from _of_parameter(where, facts, before[name], after[name], new)


def _of_parameter(
    where: str, facts: dict[str, Any], old: Parameter, new: Parameter, pipeline: Pipeline
) -> Iterator[Finding]:
    parts = []
    if old.default != new.default:
        sides = ("none" if each.default is None else shown(each.default) for each in (old, new))
        parts.append(f"default {' → '.join(sides)}")
    if old.type != new.type:
        parts.append(f"type {old.type} → {new.type}")
    if set(old.allowed) != set(new.allowed):
        sides = (listed([shown(v) for v in each.allowed]) if each.allowed else "anything"
                 for each in (old, new))  # fmt: skip
        parts.append(f"takes {', now '.join(sides)}")
    if parts:
        users = _users(new.name, pipeline)
        used = f" ({listed(users, 4)})" if users else ""
        facts |= {"change": "changed", "before": old.default, "after": new.default}
        yield Finding(f"{where}: {'; '.join(parts)}{used}", facts=facts)


def _users(parameter: str, pipeline: Pipeline) -> list[str]:
    """List where a parameter is used: "instance type of Train"."""
    places: dict[str, list[str]] = {}
    for step in pipeline.written.steps.values():
        for path, reference in references(step):
            if reference.kind == "parameter" and reference.name == parameter:
                words = place_in_words(show_path(path).partition(".Std:")[0])
                if step.name not in places.setdefault(words, []):
                    places[words].append(step.name)
    return [f"{words} of {listed(steps)}" for words, steps in places.items()]


def _of_step(
    where: str, facts: dict[str, Any], old: Step, new: Step, rows: Rows
) -> Iterator[Finding]:
    if old.type != new.type:
        text = f"{where}: is a {new.type} step, was {old.type}"
        yield Finding(text, facts={**facts, "change": "type"})
    first, second = dependencies(old), dependencies(new)
    for name in (*sorted(second - first), *sorted(first - second)):
        added = name in second
        text = f"{where}: {'now waits' if added else 'no longer waits'} for **{name}**"
        change = f"dependency {'added' if added else 'removed'}"
        yield Finding(text, facts={**facts, "change": change, "on": name})
    if old.branch != new.branch:
        yield Finding(f"{where}: runs {_branch(new)}, was {_branch(old)}", facts=facts)
    for path, before, after in rows:
        loosened = path.endswith(("NetworkIsolation", "TrafficEncryption")) and after is not True
        yield Finding(
            f"{where}: {row(path, before, after)}",
            Weight.WARNING if loosened else Weight.CHANGE,
            facts={**facts, "change": "changed", "place": path},
        )


def _branch(step: Step) -> str:
    if step.branch is None:
        return "always"
    return f"when **{step.branch.condition}** is {'met' if step.branch.outcome else 'not met'}"


def _of_code(
    kind: tuple[str, str, str], steps: Sequence[str], old: Pipeline, new: Pipeline
) -> Finding:
    """Report that steps read other code, and which files differ."""
    folder, before, after = kind
    first, second = delivered_files(old.stacks, before), delivered_files(new.stacks, after)
    files = sorted(n for n in {*first, *second} if first.get(n) != second.get(n))
    files = [each for each in files if each != _ARCHIVE] or files
    known = f": {listed([f'`{each}`' for each in files], 6)}" if first and second else ""
    who = listed([f"**{each}**" for each in steps])
    return Finding(
        f"**{new.name}**, {'step' if len(steps) == 1 else 'steps'} {who}: "
        f"{_FOLDERS[folder]} changed{known} (`{before[:8]}` → `{after[:8]}`)",
        details=tuple(f"`{each}`" for each in files) if len(files) > 6 else (),  # noqa: PLR2004
        facts={
            "pipeline": new.name,
            "steps": list(steps),
            "change": folder,
            "files": files,
            "before": before,
            "after": after,
        },
    )


def _of_caches(old: Pipeline, new: Pipeline) -> Iterator[Finding]:
    again, always = runs_again(old.bound, new.bound), runs_always(new.bound)
    if not again:
        return
    own = [
        f"**{each.step}** (its {listed([_attribute(a) for a in each.because])} changed)"
        for each in again
        if each.own
    ]
    below = [f"**{each.step}**" for each in again if not each.own]
    parts = [f"**{new.name}**, cache: broken at {listed(own)}" if own else f"**{new.name}**, cache"]
    if below:
        run, read = ("runs", "it reads") if len(below) == 1 else ("run", "they read")
        parts.append(f"{listed(below)} {run} again, too, for {read} new results")
    parts.append("the run after that takes them from the cache")
    if always:
        parts.append(f"not from a cache in any run: {listed([f'**{each}**' for each in always])}")
    yield Finding(
        "; ".join(parts),
        facts={
            "pipeline": new.name,
            "change": "cache",
            "steps": [each.step for each in again],
            "because": {each.step: list(each.because) for each in again},
            "always": list(always),
        },
    )


def _attribute(name: str) -> str:
    return {
        "AppSpecification": "image or command",
        "ProcessingInputs": "inputs",
        "InputDataConfig": "inputs",
        "HyperParameters": "hyperparameters",
        "AlgorithmSpecification": "image",
        "CacheConfig": "caching",
        "Environment": "environment",
    }.get(name, name)
