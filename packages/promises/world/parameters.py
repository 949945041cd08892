"""Values given to the parameters of templates, on the command line or in a file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloud_assembly.cases import permitted, text_of
from cloud_assembly.lone_templates import read_document
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from cloud_assembly.stack import Stack

_FORMS = (
    '[{"ParameterKey": …, "ParameterValue": …}], {"Parameters": {NAME: VALUE}}, {NAME: VALUE} '
    'or ["NAME=VALUE"]'
)


def read_parameters(given: Iterable[str], file: Path | None) -> dict[str, str]:
    """Read values, each ``NAME=VALUE``, and a file in any of CloudFormation's forms."""
    found = _of_file(read_document(file), file) if file is not None else {}
    for each in given:
        name, equals, value = each.partition("=")
        if not name or not equals:
            raise MlopsError(f"--parameter {each}: say NAME=VALUE")
        found[name] = value
    return found


def given_to(stacks: Sequence[Stack], values: Mapping[str, str]) -> Callable[[Stack], Stack]:
    """Return a function that gives values to a stack; a value that no stack takes is refused."""
    declared = {name for each in stacks for name in each.template.get("Parameters", {})}
    for name in values:
        if name not in declared:
            known = ", ".join(sorted(declared)) or "none"
            raise MlopsError(f"--parameter {name}: no template has it; there are: {known}")

    def give(stack: Stack) -> Stack:
        bodies = stack.template.get("Parameters", {})
        mine = {name: value for name, value in values.items() if name in bodies}
        for name, value in mine.items():
            if not permitted(bodies[name], name, value):
                raise MlopsError(
                    f"--parameter {name}={value}: stack {stack.name} does not permit this value"
                )
        return replace(stack, parameters={**stack.parameters, **mine}) if mine else stack

    return give


def _of_file(document: Any, file: Path) -> dict[str, str]:
    pairs: list[tuple[Any, Any] | None]
    if isinstance(document, dict):
        inner = document.get("Parameters", document)
        pairs = list(inner.items()) if isinstance(inner, dict) else [None]
    elif isinstance(document, list):
        pairs = [_pair(each) for each in document]
    else:
        pairs = [None]
    found = {
        str(pair[0]): ",".join(map(text_of, pair[1]))
        if isinstance(pair[1], list)
        else text_of(pair[1])
        for pair in pairs
        if pair is not None and not isinstance(pair[1], dict)
    }
    if len(found) < len(pairs):
        raise MlopsError(f"{file}: is no file of parameters; its form is one of {_FORMS}")
    return found


def _pair(row: Any) -> tuple[str, Any] | None:
    if isinstance(row, dict) and {"ParameterKey", "ParameterValue"} <= set(row):
        return row["ParameterKey"], row["ParameterValue"]
    if isinstance(row, str) and "=" in row:
        name, _, value = row.partition("=")
        return name, value
    return None
