"""ForEach steps: a body of steps, run once for each item of a list.

Source: sagemaker-python-sdk, `ForEachStep` (children are `<body step>-<index>`; properties).
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from mlops_common.errors import MlopsError
from mlops_common.strict_json import read_strictly
from pipeline_local.jobs.work import StepFailed
from pipeline_schema.definition import references
from pipeline_schema.expressions import is_expression
from pipeline_schema.property_paths import PathError, look_up
from pipeline_schema.values import with_article

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_local.jobs.work import Work
    from pipeline_schema.definition import Definition, Step
    from pipeline_schema.expressions import Reference
    from pipeline_schema.property_paths import Path
    from pipeline_schema.values import JsonObject

_ITEMS, _CONCURRENCY = "IterableItems", "MaxConcurrency"
_MOST_ITEMS, _MOST_CONCURRENT = 100, 50
_COUNTS = ("InputItemCount", "TotalStepCount", "SucceededStepCount")
_NO_COUNTS = ("FailedStepCount", "StoppedStepCount")
_OUTPUTS = "IterationOutputs"


def problems(step: Step) -> Iterator[str]:
    """Validate a ForEach step; those of its body are validated as steps."""
    for name in sorted(step.arguments.keys() - {_ITEMS, _CONCURRENCY}):
        yield f"Arguments.{name}: is refused: no iteration is selected here; leave it out"
    items, most = step.arguments.get(_ITEMS), step.arguments.get(_CONCURRENCY)
    if not is_expression(items):
        try:
            items_of(items)
        except StepFailed as error:
            yield f"Arguments.{error.reason}"
    for number, item in enumerate(items if isinstance(items, list) else ()):
        if not isinstance(item, str | int | float) and not is_expression(item):
            kind = with_article(item)
            yield f"Arguments.{_ITEMS}[{number}]: is {kind}; write it as the text of its JSON"
    if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= _MOST_CONCURRENT:
        yield f"Arguments.{_CONCURRENCY}: {most!r} is not an integer of 1 to {_MOST_CONCURRENT}"


def problems_among(definition: Definition, step: Step) -> Iterator[str]:
    """Validate what the body asks of each item that is known before a run."""
    given = step.arguments.get(_ITEMS)
    items = [] if is_expression(given) else items_of(given)
    for inner in definition.steps.values():
        if not (inner.branch and inner.branch.condition == step.name):
            continue
        asked = [ref for _, ref in references(inner) if ref.kind == "item" and ref.path]
        for number, item in enumerate(items):
            for reference in () if is_expression(item) else asked:
                try:
                    part_of(item, reference)
                except MlopsError as error:
                    yield f"Arguments.{_ITEMS}[{number}]: {inner.name} asks for {error}"


def part_of(item: Any, reference: Reference) -> str:
    """Return the current item, or a part of the JSON object that it is, as text."""
    found = item
    if reference.path:
        try:
            content = json.loads(item) if isinstance(item, str) else item
            found = look_up(content, reference.path)
        except ValueError:
            raise MlopsError(f"ForEach.CurrentItem: {item!r}: is no text of JSON") from None
        except PathError as error:
            raise MlopsError(f"ForEach.CurrentItem: {item!r}: {error}") from None
    return found if isinstance(found, str) else json.dumps(found)


def property_problem(_step: Step, path: Path) -> str | None:
    """Return why a path does not exist in the properties (`run`), or None."""
    single = ("Status", *_COUNTS, *_NO_COUNTS)
    if len(path) == 1 and path[0] in single:
        return None
    if path[0] == _OUTPUTS and len(path) > 3 and isinstance(path[1], int):  # noqa: PLR2004
        return None
    return f"a ForEach step has {', '.join(single)} and {_OUTPUTS}[i].<step of the body>.<property>"


def run(work: Work) -> JsonObject:
    """Run the body for every item; the first failure in the order of items is the step's."""
    items = items_of(work.arguments[_ITEMS])
    repeat = work.repeat
    if repeat is None:
        raise StepFailed("InternalServerError: the step has no body")
    with ThreadPoolExecutor(int(work.arguments[_CONCURRENCY])) as pool:
        running = [pool.submit(repeat, item, index) for index, item in enumerate(items)]
        try:
            outputs = [each.result() for each in running]
        finally:
            for each in running:
                each.cancel()  # no other iteration starts after a failure
    done = sum(map(len, outputs))
    return {
        "Status": "Succeeded",
        **dict(zip(_COUNTS, (len(items), done, done), strict=True)),
        **dict.fromkeys(_NO_COUNTS, 0),
        _OUTPUTS: outputs,
    }


def items_of(value: Any) -> list[Any]:
    """Return the items of a list, or of the text of one."""
    try:
        items = read_strictly(value) if isinstance(value, str) else value
    except ValueError:
        items = None
    if not isinstance(items, list):
        raise StepFailed(f"{_ITEMS}: {value!r} is no list, nor the JSON text of one")
    if not 1 <= len(items) <= _MOST_ITEMS:
        raise StepFailed(f"{_ITEMS}: {len(items)} items, where 1 to {_MOST_ITEMS} are taken")
    return items
