"""The JSON types of expressions' values, as far as a definition tells them before a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_schema.api_model import service_model
from pipeline_schema.expressions import ExpressionError, is_expression, parse_reference
from pipeline_schema.step_types import step_type
from pipeline_schema.values import as_list, kind_of

if TYPE_CHECKING:
    from pipeline_schema.definition import Definition, Step
    from pipeline_schema.property_paths import Path
    from pipeline_schema.values import Json

_KINDS = {
    "string": "String",
    "boolean": "Boolean",
    **dict.fromkeys(("integer", "long"), "Integer"),
    **dict.fromkeys(("float", "double"), "Float"),
    **dict.fromkeys(("structure", "map"), "object"),
    "list": "list",
}


def kind_in(definition: Definition, value: Json) -> str | None:
    """Name the JSON type of a value, None where only a run can tell."""
    if not is_expression(value):
        return kind_of(value)
    if "Get" not in value:
        return "String" if "Std:Join" in value else None
    try:
        reference = parse_reference(value["Get"])
    except ExpressionError:
        return None  # reported as what it is
    if reference.kind == "parameter":
        parameter = definition.parameters.get(reference.name)
        return parameter.type if parameter else None
    if reference.kind == "execution":
        return "String"
    step = definition.steps.get(reference.step)
    return _kind_of_property(step, reference.path) if step and reference.path else None


def _kind_of_property(step: Step, path: Path) -> str | None:
    row = step_type(step.type)
    if row.outputs:
        for output in as_list(step.settings.get(row.outputs)):
            if isinstance(output, dict) and path == (row.outputs, output.get("OutputName")):
                return str(output.get("OutputType", "String"))
        return None
    if not row.properties_shape:
        return None
    shape: Any = service_model().shape_for(row.properties_shape)
    for part in path:
        if shape.type_name == "structure":
            shape = shape.members.get(part)
        elif shape.type_name in ("list", "map"):
            shape = shape.member if shape.type_name == "list" else shape.value
        else:
            shape = None
        if shape is None:
            return None
    return _KINDS.get(shape.type_name)
