"""The pipelines: every module or folder here with `get_pipeline(environment)` is one."""

from __future__ import annotations

import importlib.util
import logging
import sys
import traceback
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_definitions.built import BuiltPipeline
from pipeline_definitions.environment import PipelineEnvironment
from pipeline_definitions.errors import PipelineModuleError
from pipeline_definitions.job_code import note_reads, read_in
from pipeline_definitions.model_project import DECLARED
from pipeline_definitions.model_projects import EXAMPLE, checked
from pipeline_definitions.validation import check_definition
from pipeline_definitions.validation.samples import placeholders_in
from pipeline_schema.step_types import step_type
from pipeline_schema.walking import all_steps

if TYPE_CHECKING:
    from types import ModuleType

    from environments.settings import EnvironmentSettings
    from pipeline_definitions.built import CodeBundle
    from pipeline_definitions.model_project import ModelProject

FOLDER = Path(__file__).parent
# What pipelines are built with; everything else here is a pipeline.
MACHINERY = frozenset(
    {
        "__init__",
        "beside",
        "bias",
        "building",
        "built",
        "bundles",
        "catalog",
        "environment",
        "errors",
        "hyperparameter_search",
        "inference",
        "job_code",
        "jobs",
        "model_project",
        "model_projects",
        "quality",
        "queries",
        "registration",
        "sdk",
        "sdk_imports",
        "sdk_session",
        "steps",
        "tabular",
        "validation",
    }
)


def pipeline_files(folder: Path = FOLDER) -> dict[str, Path]:
    """Find the pipelines by short name (hyphens for underscores), without importing them.

    A file ``churn.py``, or a folder ``churn`` with a ``pipeline.py``, is the pipeline ``churn``.
    Names that start with an underscore are helpers.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.stem in MACHINERY or path.name.startswith(("_", ".")):
            continue
        if path.is_dir():
            file = path / "pipeline.py"
            if not file.is_file():
                raise PipelineModuleError(
                    f"{_shown(path, folder)}: has no pipeline.py with get_pipeline(environment)"
                )
        elif path.suffix == ".py":
            file = path
        else:
            continue
        name = path.stem.replace("_", "-")
        if name in found:
            raise PipelineModuleError(
                f"{_shown(file, folder)}: a pipeline called {name} is already in "
                f"{_shown(found[name], folder)}; rename one"
            )
        found[name] = file
    return found


def module_of(name: str, folder: Path = FOLDER) -> str:
    """Return the name of a pipeline's module.

    Examples
    --------
    >>> module_of("training")
    'pipeline_definitions.training'
    """
    return _qualified(pipeline_files(folder)[name], folder)


def build_pipelines(
    settings: EnvironmentSettings, folder: Path = FOLDER
) -> tuple[BuiltPipeline, ...]:
    """Build and check every pipeline for one environment."""
    return tuple(build_pipeline(name, settings, folder) for name in pipeline_files(folder))


def build_project_pipelines(
    settings: EnvironmentSettings, folder: Path = FOLDER
) -> tuple[BuiltPipeline, ...]:
    """Build and check the pipelines that the settings name for teams' projects.

    Their names have a placeholder where the project's comes.
    """
    wanted = settings.project_template.pipelines if settings.project_template else ()
    there = pipeline_files(folder)
    return tuple(
        build_pipeline(name, settings, folder, of_project=True)
        for name in wanted
        if name in there or name not in EXAMPLE
    )


def build_pipeline(
    name: str, settings: EnvironmentSettings, folder: Path = FOLDER, *, of_project: bool = False
) -> BuiltPipeline:
    """Build and check one pipeline for one environment."""
    files = pipeline_files(folder)
    if name not in files:
        raise PipelineModuleError(f"no pipeline called {name}; there are: {', '.join(files)}")
    path = files[name]
    note_reads()
    module = _import(path, folder)
    environment = PipelineEnvironment(settings, of_project=of_project)
    definition = _definition(module, path, folder, environment)
    check_definition(name, definition, settings)
    docstring = " ".join((module.__doc__ or "").strip().split("\n\n")[0].split())
    return BuiltPipeline(
        name=name,
        display_name=getattr(module, "DISPLAY_NAME", name.replace("-", " ").capitalize()),
        description=docstring or f"The {name} pipeline.",
        definition=definition,
        placeholders=placeholders_in(definition),
        bundles=tuple(_with_reads(each) for each in environment.shipped),
        model_package_groups=_groups(definition),
        kept_prefixes=tuple(environment.kept),
        project=_project(module, name, path, folder),
    )


def _project(module: ModuleType, name: str, path: Path, folder: Path) -> ModelProject | None:
    declared = getattr(module, DECLARED, None)
    return None if declared is None else checked(declared, name, _shown(path, folder))


def _qualified(path: Path, folder: Path) -> str:
    return ".".join(("pipeline_definitions", *path.relative_to(folder).with_suffix("").parts))


def _import(path: Path, folder: Path) -> ModuleType:
    """Import a module from its file, so that a copy of the tree imports its own pipelines."""
    qualified = _qualified(path, folder)
    loaded = sys.modules.get(qualified)
    if loaded is not None and loaded.__file__ == str(path):
        return loaded
    spec = importlib.util.spec_from_file_location(qualified, path)
    if spec is None or spec.loader is None:
        raise PipelineModuleError(f"{_shown(path, folder)}: is not a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[qualified] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[qualified]
        raise PipelineModuleError(
            f"{_shown(path, folder)}: cannot be imported: {_reason(error, path)}"
        ) from error
    if not callable(getattr(module, "get_pipeline", None)):
        raise PipelineModuleError(
            f"{_shown(path, folder)}: has no function get_pipeline(environment); "
            "add it, or start the file's name with an underscore if it is a helper"
        )
    return module


def _definition(
    module: ModuleType, path: Path, folder: Path, environment: PipelineEnvironment
) -> dict[str, Any]:
    from pipeline_definitions import sdk

    # The SDK logs at every image look-up that it ignores what the family does not use.
    logging.getLogger("sagemaker").setLevel(logging.WARNING)
    try:
        pipeline = module.get_pipeline(environment)
        rendered = sdk.render(pipeline) if isinstance(pipeline, sdk.Pipeline) else None
    except PipelineModuleError as error:
        raise PipelineModuleError(f"{_shown(path, folder)}: {error}") from error
    except (Exception, SystemExit) as error:
        raise PipelineModuleError(
            f"{_shown(path, folder)}: get_pipeline failed: {_reason(error, path)}"
        ) from error
    if rendered is None:
        raise PipelineModuleError(
            f"{_shown(path, folder)}: get_pipeline returned {type(pipeline).__name__}, "
            "not a SageMaker Pipeline"
        )
    return rendered


def _with_reads(bundle: CodeBundle) -> CodeBundle:
    return replace(bundle, read=read_in(Path(bundle.source))) if bundle.source else bundle


def _groups(definition: dict[str, Any]) -> tuple[str, ...]:
    groups = {
        (step.get("Arguments") or {}).get(step_type(step.get("Type")).group)
        for step in all_steps(definition)
    }
    return tuple(sorted(group for group in groups if isinstance(group, str)))


def _reason(error: BaseException, path: Path) -> str:
    """Put an error into one line, with the line of the module where it came up."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == str(path)
    ]
    number = error.lineno if isinstance(error, SyntaxError) else (lines[-1] if lines else None)
    place = f" (line {number})" if number else ""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}{place}"


def _shown(path: Path, folder: Path) -> str:
    return f"{folder.name}/{path.relative_to(folder).as_posix()}"
