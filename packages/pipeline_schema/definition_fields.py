"""The fields of a definition beside its parameters and steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_schema.expressions import (
    EXECUTION_VARIABLES,
    ExpressionError,
    parse_reference,
    shape_problem,
    walk,
)
from pipeline_schema.known_fields import PARALLELISM, unknown_fields
from pipeline_schema.property_paths import show_path
from pipeline_schema.shape_values import member_problems
from pipeline_schema.values import with_article

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pipeline_schema.values import JsonObject

VERSION = "2020-12-01"
_MOST_METADATA = 1024
_MOST, _EXPERIMENT = "MaxParallelExecutionSteps", "PipelineExperimentConfig"
_MLFLOW = "MlflowConfig"
# The API's operations that make what an experiment's configuration names.
_NAMED_BY = {"ExperimentName": "CreateExperiment", "TrialName": "CreateTrial"}


def field_problems(document: JsonObject, parameters: Collection[str]) -> Iterator[str]:
    """Yield the problems of a definition's fields, given the names of its parameters."""
    if document.get("Version", VERSION) != VERSION:
        yield f"Version: {document['Version']!r} is not {VERSION!r}"
    yield from unknown_fields("a definition", document)
    yield from _metadata_problems(document.get("Metadata"))
    for name in (_EXPERIMENT, _MLFLOW, *PARALLELISM):
        value = document.get(name)
        if value is not None and not isinstance(value, dict):
            yield f"{name}: is {with_article(value)}, not an object"
        elif name == _MLFLOW and value is not None:
            yield f"{name}: is refused: there is no MLflow server here"
        elif name in PARALLELISM and value is not None:
            yield from _parallelism_problems(value, name)
    if isinstance(experiment := document.get(_EXPERIMENT), dict):
        yield from _experiment_problems(experiment, parameters)


def max_parallel(document: JsonObject) -> int | None:
    """Return how many steps may run at once, None where the definition limits nothing."""
    stated = (document.get(name) for name in PARALLELISM)
    limits = (each[_MOST] for each in stated if isinstance(each, dict) and _MOST in each)
    return next((limit for limit in limits if _is_limit(limit)), None)


def _is_limit(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _parallelism_problems(value: JsonObject, where: str) -> Iterator[str]:
    yield from unknown_fields("ParallelismConfig", value, where)
    if not _is_limit(limit := value.get(_MOST)):
        yield f"{where}.{_MOST}: {limit!r} is not an integer of 1 or more"


def _metadata_problems(value: Any) -> Iterator[str]:
    """Yield what is no pair of texts, as the published JSON schema has them."""
    if value is not None and not isinstance(value, dict):
        yield f"Metadata: is {with_article(value)}, not an object"
        return
    for name, text in (value or {}).items():
        if not isinstance(text, str):
            yield f"Metadata.{name}: is {with_article(text)}, not a String"
        elif len(text) > _MOST_METADATA:
            yield f"Metadata.{name}: has {len(text)} characters; at most {_MOST_METADATA} are taken"


def _experiment_problems(value: JsonObject, parameters: Collection[str]) -> Iterator[str]:
    yield from unknown_fields(_EXPERIMENT, value, _EXPERIMENT)
    for name, operation in _NAMED_BY.items():
        if name in value and value[name] is not None:
            yield from member_problems(operation, name, value[name], f"{_EXPERIMENT}.{name}")
    known = {f"Parameters.{name}" for name in parameters}
    known |= {f"Execution.{name}" for name in EXECUTION_VARIABLES}
    for place, expression in walk(value):
        where = f"{_EXPERIMENT}.{show_path(place)}"
        if problem := shape_problem(expression):
            yield f"{where}: {problem}"
        elif "Get" in expression and expression["Get"] not in known:
            yield f"{where}: there is no {_named(expression['Get'])} before a run starts"


def _named(text: object) -> str:
    try:
        reference = parse_reference(text)
    except ExpressionError:
        return repr(text)
    kinds = {"parameter": "parameter", "execution": "execution variable"}
    return f"{kinds[reference.kind]} {reference.name!r}" if reference.kind in kinds else repr(text)
