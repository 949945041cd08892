"""What a finished step answers: the shapes that `Steps.<step>.<path>` may point into.

Source: SageMaker AI developer guide, "Step properties", and botocore's service model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_schema.api_model import service_model
from pipeline_schema.property_paths import element_name, show_path

if TYPE_CHECKING:
    from pipeline_schema.definition import Step
    from pipeline_schema.property_paths import Path

_SHOWN_NAMES = 12


def shape_problem(shape_name: str, path: Path) -> str | None:
    """Say why a path cannot exist in what an operation answers, or None."""
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
    """Say which element of a list in the step's own request a path asks for in vain, or None.

    A job answers the lists of its request: `Outputs['train']` needs an output of that name.
    """
    current: Any = step.arguments
    for part in path:
        if isinstance(current, list):
            if isinstance(part, int):
                return None
            named = {name: item for item in current if (name := element_name(item))}
            if part not in named:
                return f"step {step.name} has no {part!r} there, only {', '.join(named) or 'none'}"
            current = named[part]
        elif isinstance(current, dict) and part in current:
            current = current[str(part)]
        else:
            return None
    return None
