"""The Lambda functions that a run calls, copied into the run's folder.

They are those that its templates declare and, beyond these, those of the local AWS.

A resumed run uses the code that it started with, whatever was synthesized since.
"""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - of a field
from typing import TYPE_CHECKING

from cloud_assembly.functions import TemplateFunction
from mlops_common.errors import MlopsError
from mlops_common.files import write_atomically
from pipeline_local.aws import FunctionTarget
from pipeline_schema.step_types import step_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from cloud_assembly.event_rules import EventFunction
    from pipeline_schema.definition import Definition, Step

_FOLDER, _INDEX = "functions", "functions.json"


@dataclass(frozen=True)
class DeployedFunction(TemplateFunction):
    """A function of the local AWS."""

    layers: Path | None = None  # unpacked
    version: str = "$LATEST"


def callable_functions(
    definition: Definition,
    declared: Iterable[TemplateFunction],
    ask: Callable[[], Mapping[str, FunctionTarget]],
) -> tuple[TemplateFunction, ...]:
    """Return the functions that steps may call; ask the local AWS for those not declared."""
    found = {function.arn: function for function in declared}
    if all(isinstance(arn, str) and arn in found for _, _, arn in _calls(definition)):
        return tuple(found.values())
    deployed = {arn: _deployed(arn, target) for arn, target in ask().items()}
    return tuple((deployed | found).values())


def _deployed(arn: str, target: FunctionTarget) -> DeployedFunction:
    return DeployedFunction(
        arn=arn,
        name=target.name,
        handler=target.handler,
        runtime="python",  # others are not among the local AWS's
        code=target.folder,
        inline="",
        environment=dict(target.environment),
        timeout_seconds=target.timeout_seconds,
        memory_megabytes=target.memory_megabytes,
        layers=target.layers,
        version=target.version,
    )


def function_problems(definition: Definition, functions: Iterable[TemplateFunction]) -> list[str]:
    """List the Lambda steps that call a function which cannot run here."""
    known = {function.arn: function for function in functions}
    problems = []
    for step, field, arn in _calls(definition):
        if not isinstance(arn, str):
            continue
        where = f"step {step.name}: {field}"
        if arn not in known:
            elsewhere = "; those of another AWS_ENDPOINT_URL are not read"
            problems.append(
                f"{where}: no template declares {arn}, and the local AWS has no such function of "
                f"Python{elsewhere if os.environ.get('AWS_ENDPOINT_URL') else ''}"
            )
        elif not known[arn].runtime.startswith("python"):
            problems.append(f"{where}: runtime {known[arn].runtime} cannot run here, only Python")
    return problems


def needed_functions(
    definition: Definition, functions: Iterable[TemplateFunction]
) -> tuple[TemplateFunction, ...]:
    """Return the functions that steps may call; all of them if an expression names one."""
    called = [arn for _, _, arn in _calls(definition)]
    every = not all(isinstance(arn, str) for arn in called)
    return tuple(function for function in functions if every or function.arn in called)


def keep_functions(functions: Iterable[TemplateFunction], run: Path) -> None:
    """Copy the code and settings of functions into a run's folder."""
    index = {}
    for number, function in enumerate(functions):
        folder = run / _FOLDER / str(number)
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        _place(function, folder)
        index[function.arn] = target_of(function, folder).to_json()
    write_atomically(run / _FOLDER / _INDEX, json.dumps(index, indent=2))


def target_of(function: EventFunction | TemplateFunction, folder: Path) -> FunctionTarget:
    """Return what runs a template's function with the code in a folder."""
    return FunctionTarget(
        folder=folder,
        handler=function.handler,
        environment=function.environment,
        name=function.name,
        timeout_seconds=function.timeout_seconds,
        memory_megabytes=function.memory_megabytes,
        layers=folder.with_name(f"{folder.name}-layers") if _layers(function) else None,
        version=function.version if isinstance(function, DeployedFunction) else "$LATEST",
    )


def _layers(function: TemplateFunction) -> Path | None:
    return function.layers if isinstance(function, DeployedFunction) else None


def kept_function(run: Path, arn: str) -> FunctionTarget:
    """Return a function of a run."""
    index = run / _FOLDER / _INDEX
    known = json.loads(index.read_text()) if index.is_file() else {}
    if arn not in known:
        raise MlopsError(f"neither a template of this run nor its local AWS had function {arn}")
    return FunctionTarget.from_json(known[arn])


def _place(function: TemplateFunction, folder: Path) -> None:
    if layers := _layers(function):
        shutil.copytree(layers, folder.with_name(f"{folder.name}-layers"), dirs_exist_ok=True)
    if function.code is None:
        folder.mkdir()
        (folder / "index.py").write_text(function.inline)  # the module's name for inline code
    elif function.code.is_dir():
        shutil.copytree(function.code, folder)
    else:
        with zipfile.ZipFile(function.code) as archive:
            archive.extractall(folder)


def _calls(definition: Definition) -> Iterator[tuple[Step, str, object]]:
    """Yield the steps that call a function, the setting that names it, and its value."""
    for step in definition.steps.values():
        if field := step_type(step.type).function:
            yield step, field, step.settings.get(field)
