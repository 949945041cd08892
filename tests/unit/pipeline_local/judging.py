"""The check of a definition, as a run makes it before its start."""

from __future__ import annotations

from typing import Any

from mlops_common.errors import MlopsError
from pipeline_local.runs.checks import check, ineffective_fields
from pipeline_schema.definition import parse_definition
from pipeline_schema.requests import request_problems


def judge(document: dict[str, Any]) -> str:
    """Check a definition as a run does; return the problems, empty without any."""
    try:
        definition = parse_definition("p", document)
        check(definition, api_problems=request_problems(document))
        check(definition, {name: each.default for name, each in definition.parameters.items()})
        ineffective_fields(definition)
    except MlopsError as error:
        return str(error)
    return ""
