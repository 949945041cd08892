"""The properties of a finished step, which `Steps.<step>.<path>` may point into.

Source: SageMaker AI developer guide, "Step properties", and botocore's service model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_schema.api_model import service_model
from pipeline_schema.expressions import is_expression
from pipeline_schema.property_paths import element_name, show_path
from pipeline_schema.response_fields import ASKED, UNANSWERED, describing, verdict_of
from pipeline_schema.step_types import step_type
from pipeline_schema.values import as_list
from pipeline_schema.walking import member_at

if TYPE_CHECKING:
    from pipeline_schema.definition import Step
    from pipeline_schema.property_paths import Path
    from pipeline_schema.step_type import StepType

_SHOWN_NAMES = 12


def property_problem(step: Step, path: Path) -> str | None:
    """Return why a path leads nowhere in the properties of a step, or None."""
    row = step_type(step.type)
    if row.properties_shape:
        return shape_problem(row.properties_shape, path) or _unanswered(step, path)
    if row.outputs:
        declared = as_list(step.settings.get(row.outputs))
        names = [member_at(output, ("OutputName",)) for output in declared]
        if path[:1] == (row.outputs,) and len(path) == 2 and path[1] in names:  # noqa: PLR2004
            return None
        known = ", ".join(f"{row.outputs}[{name!r}]" for name in names)
        return f"a {step.type} step has only its {row.outputs}, here {known or 'none'}"
    if len(path) == 1 and path[0] in row.properties:
        return None
    listed = ", ".join(sorted(row.properties))
    return f"a {step.type} step has " + (f"only {listed}" if listed else "no properties")


def metadata_shape(row: StepType) -> dict[str, Any]:
    """Return the members of a type's `PipelineExecutionStepMetadata`, empty where it has none."""
    kinds: Any = service_model().shape_for("PipelineExecutionStepMetadata")
    return dict(kinds.members[row.metadata].members) if row.metadata in kinds.members else {}


def _unanswered(step: Step, path: Path) -> str | None:
    """Return why a member of the response has no value here, or None."""
    row, name = step_type(step.type), str(path[0])
    kind, reason = verdict_of(describing(step.type), path)
    if kind in UNANSWERED:
        return f"{show_path(path)} is not answered here: {reason}"
    if kind not in ("", ASKED) or path == (row.named_by_service,):
        return None
    if name not in step.arguments:
        return f"its request sets no {name}"
    return named_element_problem(step, path)


def shape_problem(shape_name: str, path: Path) -> str | None:
    """Return why a path cannot exist in a response of the API, or None."""
    shape: Any = service_model().shape_for(shape_name)
    for depth, part in enumerate(path):
        before = show_path(path[:depth])
        if shape.type_name == "structure":
            if part not in shape.members:
                names = ", ".join(sorted(shape.members)[:_SHOWN_NAMES])
                return f"{before or shape_name} has no {part!r} (it has {names} …)"
            shape = shape.members[part]
        elif shape.type_name == "list":
            shape = shape.member
        elif shape.type_name == "map":
            shape = shape.value
        else:
            return f"{before} is a single value and has no {part!r}"
    return None


def named_element_problem(step: Step, path: Path) -> str | None:
    """Return which list element a path misses in the step's request, which its job repeats."""
    current: Any = step.arguments
    for depth, part in enumerate(path):
        if isinstance(current, list):
            if isinstance(part, int):
                if not -len(current) <= part < len(current):
                    return f"its request sets no {show_path(path[: depth + 1])}"
                current = current[part]
                continue
            named = {name: item for item in current if (name := element_name(item))}
            if part not in named:
                return f"step {step.name} has no {part!r} there, only {', '.join(named) or 'none'}"
            current = named[part]
        elif not isinstance(current, dict) or is_expression(current):
            return None
        elif part not in current:
            return f"its request sets no {show_path(path[: depth + 1])}"
        else:
            current = current[str(part)]
    return None
