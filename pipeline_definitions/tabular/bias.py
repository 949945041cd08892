"""The analysis of bias that a problem asks for: `analysis_config.json` beside its schema.

Source: SageMaker AI developer guide, "Analysis configuration files".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipeline_definitions.bias import CONFIG_FILE
from pipeline_definitions.errors import PipelineModuleError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FIELDS = frozenset(
    {"dataset_type", "label", "label_values_or_threshold", "facet", "group_variable", "methods"}
)
_OF_FACET = frozenset({"name_or_index", "value_or_threshold"})
_METHODS = frozenset({"pre_training_bias", "report"})


def asks_for_bias(folder: Path, schema: Any) -> bool:
    """Return whether a problem's folder has an analysis; refuse one that does not fit its schema.

    Raises
    ------
    PipelineModuleError
        One line for each fault of the file.
    """
    file = folder / CONFIG_FILE
    if not file.is_file():
        return False
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PipelineModuleError(f"{file}: is no JSON: {error}") from None
    if not isinstance(config, dict):
        raise PipelineModuleError(f"{file}: is no object")
    if problems := [f"{file}: {line}" for line in _problems(config, schema)]:
        raise PipelineModuleError(*problems)
    return True


def _problems(config: dict[str, Any], schema: Any) -> Iterator[str]:
    for name in sorted(config.keys() - _FIELDS):
        yield f"{name}: is none of {', '.join(sorted(_FIELDS))}"
    if config.get("dataset_type") != "text/csv":
        yield "dataset_type: the rows are text/csv"
    if config.get("label") != schema.target:
        yield f"label: is the schema's target, {schema.target!r}"
    yield from _label_problems(config.get("label_values_or_threshold"), schema)
    if group := config.get("group_variable"):
        yield from _column_problems("group_variable", group, schema)
    facets = config.get("facet")
    if not isinstance(facets, list) or not facets:
        yield "facet: names no column; write a list of name_or_index and value_or_threshold"
        facets = []
    for index, facet in enumerate(facets):
        where = f"facet[{index}]"
        if not isinstance(facet, dict) or facet.keys() - _OF_FACET:
            yield f"{where}: has name_or_index and value_or_threshold"
            continue
        yield from _column_problems(f"{where}.name_or_index", facet.get("name_or_index"), schema)
        yield from _level_problems(facet, where, schema)
    methods = config.get("methods")
    if not isinstance(methods, dict) or "pre_training_bias" not in methods:
        yield "methods: pre_training_bias is missing"
        methods = {}
    for name in sorted(methods.keys() - _METHODS):
        yield f"methods.{name}: only bias of the data is measured here, as pre_training_bias"


def _label_problems(given: object, schema: Any) -> Iterator[str]:
    where = "label_values_or_threshold"
    if not isinstance(given, list) or not given:
        yield f"{where}: names no favourable outcome; write a list"
    elif schema.classifies and (strange := [each for each in given if each not in schema.classes]):
        yield f"{where}: {strange[0]!r} is none of the classes, {', '.join(schema.classes)}"


def _column_problems(where: str, name: object, schema: Any) -> Iterator[str]:
    if name not in schema.features:
        yield f"{where}: {name!r} is none of the features, {', '.join(schema.features)}"


def _level_problems(facet: dict[str, Any], where: str, schema: Any) -> Iterator[str]:
    column = schema.columns.get(str(facet.get("name_or_index")))
    values = facet.get("value_or_threshold")
    if values is not None and (not isinstance(values, list) or not values):
        yield f"{where}.value_or_threshold: is no list of values"
    elif column is not None and column.levels:
        for value in values or ():
            if value not in column.levels:
                levels = ", ".join(column.levels)
                yield f"{where}.value_or_threshold: {value!r} is none of the levels, {levels}"
