"""Expressions in a definition: `Get`, `Std:Join` and `Std:JsonGet`.

Source: the pipeline definition schema 2020-12-01 and the SageMaker AI developer guide,
"Amazon SageMaker Pipelines parameters, execution variables and functions".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

from mlops_common.errors import MlopsError
from pipeline_schema.known_fields import unknown_fields
from pipeline_schema.property_paths import PathError, look_up, parse_path
from pipeline_schema.values import with_article
from pipeline_schema.walking import values_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_schema.property_paths import Path
    from pipeline_schema.values import Json

_ITEM = "ForEach.CurrentItem"
FUNCTIONS = ("Std:Join", "Std:JsonGet")
EXECUTION_VARIABLES = (
    "StartDateTime",
    "CurrentDateTime",
    "PipelineName",
    "PipelineArn",
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "TrainingJobName",
    "ProcessingJobName",
)


class ExpressionError(MlopsError):
    """An expression that is malformed or has no value."""


@dataclass(frozen=True)
class Reference:
    """The target of a `Get`."""

    kind: str  # "parameter", "execution", "property", "property file" or "item"
    name: str = ""  # of a parameter, execution variable or property file
    step: str = ""
    path: Path = ()


class Scope(Protocol):
    """The values of references."""

    def value_of(self, reference: Reference) -> Json:
        """Return the value; raise MlopsError when there is none."""

    def read_json(self, uri: str) -> Json:
        """Return the JSON document at an S3 URI; raise MlopsError when there is none."""


def is_expression(value: object) -> TypeGuard[dict[str, Any]]:
    """Return whether a value is computed rather than literal."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    (key,) = value
    return key == "Get" or str(key).startswith("Std:")


def is_plain(value: object) -> bool:
    """Return whether a value is a single one: a text, a number, a truth value, or computed."""
    return isinstance(value, (str, int, float)) or is_expression(value)


def parse_reference(text: object) -> Reference:
    """Parse the argument of a `Get`."""
    kind, dot, name = str(text).partition(".")
    if dot and kind in {"Parameters", "Execution"}:
        return Reference("parameter" if kind == "Parameters" else "execution", name)
    step, dot, rest = name.partition(".")
    if dot and kind == "Steps":
        if rest.startswith("PropertyFiles."):
            return Reference("property file", rest.removeprefix("PropertyFiles."), step)
        try:
            path = parse_path(rest)
        except PathError as error:
            raise ExpressionError(f"Get {text!r}: {error}") from None
        if any(isinstance(part, int) and part < 0 for part in path):
            raise ExpressionError(f"Get {text!r}: a property's list is not counted from its end")
        return Reference("property", "", step, path)
    if str(text).startswith(_ITEM):
        rest = str(text).removeprefix(_ITEM)
        try:
            return Reference("item", path=parse_path(rest.removeprefix(".")) if rest else ())
        except PathError as error:
            raise ExpressionError(f"Get {text!r}: {error}") from None
    raise ExpressionError(f"Get {text!r} is none of Parameters., Execution., Steps.<step>.<path>")


def walk(value: object) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield every expression in a JSON value with its place, outer ones before inner ones."""
    for place, found in values_in(value, whole=_is_reference):
        if is_expression(found):
            yield place, found


def _is_reference(value: object) -> bool:
    return is_expression(value) and "Get" in value


def shape_problem(expression: dict[str, Any]) -> str | None:
    """Return what is wrong with the form of one expression (not of those inside it), or None."""
    ((function, argument),) = expression.items()
    if function == "Get":
        try:
            parse_reference(argument)
        except ExpressionError as error:
            return str(error)
        return None
    if function not in FUNCTIONS:
        return f"the function {function} is not known; choose one of {', '.join(FUNCTIONS)}"
    if not isinstance(argument, dict):
        return f"{function}: takes an object, not {with_article(argument)}"
    unknown = next(unknown_fields(function, argument), None)
    form = _json_get_problem if function == "Std:JsonGet" else _join_problem
    return f"{function}: {unknown}" if unknown else form(argument)


def _join_problem(argument: dict[str, Any]) -> str | None:
    if not isinstance(separator := argument.get("On", ""), str):
        return f"Std:Join: On is {with_article(separator)}, not a String"
    if not isinstance(values := argument.get("Values"), list):
        return "Std:Join: Values is missing or not a list"
    for index, value in enumerate(values):
        if not is_plain(value):
            return f"Std:Join: Values[{index}]: {with_article(value)} cannot be joined"
    return None


def _json_get_problem(argument: dict[str, Any]) -> str | None:
    if not isinstance(argument.get("Path"), str):
        return "Std:JsonGet: Path is missing or not a String"
    if ("PropertyFile" in argument) == ("S3Uri" in argument):
        return "Std:JsonGet: needs exactly one of PropertyFile and S3Uri"
    if "PropertyFile" in argument and not _is_property_file(argument["PropertyFile"]):
        return "Std:JsonGet: PropertyFile is not the Get of Steps.<step>.PropertyFiles.<name>"
    if not isinstance(uri := argument.get("S3Uri", ""), str) and not is_expression(uri):
        return f"Std:JsonGet: S3Uri is {with_article(uri)}, not a String"
    try:
        parse_path(argument["Path"])
    except PathError as error:
        return f"Std:JsonGet: Path: {error}"
    return None


def _is_property_file(value: object) -> bool:
    if not is_expression(value) or "Get" not in value:
        return False
    try:
        return parse_reference(value["Get"]).kind == "property file"
    except ExpressionError:
        return True  # a line of its own says what is wrong in it


def evaluate(value: object, scope: Scope) -> Any:
    """Return the value with every expression in it computed."""
    if is_expression(value):
        ((function, argument),) = value.items()
        if function == "Get":
            return scope.value_of(parse_reference(argument))
        if function == "Std:Join":
            parts = (_as_text(evaluate(part, scope)) for part in argument["Values"])
            return str(argument.get("On", "")).join(parts)
        if function == "Std:JsonGet":
            return _json_get(argument, scope)
        raise ExpressionError(f"the function {function} is not known")
    if isinstance(value, dict):
        return {key: evaluate(item, scope) for key, item in value.items()}
    if isinstance(value, list):
        return [evaluate(item, scope) for item in value]
    return value


def _json_get(argument: dict[str, Any], scope: Scope) -> str | int | float | bool:
    if "PropertyFile" in argument:
        document = evaluate(argument["PropertyFile"], scope)
        source = str(argument["PropertyFile"].get("Get", ""))
    else:
        source = evaluate(argument["S3Uri"], scope)
        document = scope.read_json(source)
    try:
        found = look_up(document, parse_path(argument["Path"]))
    except PathError as error:
        raise ExpressionError(f"Std:JsonGet of {source}: {error}") from None
    if not isinstance(found, (str, int, float, bool)):
        what = f"{argument['Path']!r} is {with_article(found)}"
        raise ExpressionError(f"Std:JsonGet of {source}: {what}, not a single value")
    return found


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise ExpressionError(f"Std:Join: {with_article(value)} cannot be joined")
