"""Sources of definitions: the project, synthesized templates, and definition files."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloud_assembly import CloudAssembly, Stack
from cloud_assembly.lone_templates import SUFFIXES, is_template, read_document, read_templates
from cloud_assembly.products import ProjectAssembly, environment_folder
from mlops_common.errors import MlopsError
from pipeline_local.runs.project import Synthesized

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloud_assembly import PipelineResource
    from pipeline_local.runs.project import Project
    from pipeline_local.runs.runner import RunRequest
    from pipeline_schema.values import JsonObject

MANIFEST = "manifest.json"
_PLACEHOLDER = re.compile(r"\$\{[A-Za-z][\w:.]*\}")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9-]+")


@dataclass(frozen=True)
class Source:
    """A definition and its deployment target."""

    name: str
    pipeline_name: str
    account: str
    region: str
    partition: str
    document: JsonObject
    command: str
    assembly: CloudAssembly | None = None
    complete: bool = True
    code: dict[str, str] = field(default_factory=dict)  # digests of job code, by folder
    note: str = ""


def read_source(request: RunRequest, project: Project, say: Callable[[str], None]) -> Source:
    """Find the requested pipeline.

    It is named by its short name, its name on AWS, or the file of a definition or of a template
    with one pipeline. `request.template` (cloud assembly, template, folder) replaces synthesis.
    """
    pipeline, template = request.pipeline, request.template
    is_file = pipeline.endswith(SUFFIXES)
    if is_file and template is not None:
        raise MlopsError(f"--template: {pipeline} is a file already; leave one of them out")
    made = None
    usual = request.environment == project.environment
    options = "" if usual else f" --environment {request.environment}"
    if request.project is not None:
        if is_file:
            raise MlopsError(f"--project: {pipeline} is a file; name a pipeline of the project")
        made = Synthesized(template) if template else project.synthesize(request.environment, say)
        assembly = _project_of(request, request.project, made)
        found = assembly.pipeline(pipeline)
        command = f"{pipeline} --project {request.project}"
        command += f" --template {template}" if template is not None else ""
    elif is_file:
        document = read_document(Path(pipeline))
        if not is_template(document):
            account, region = project.place(request.environment)
            return _definition_file(Path(pipeline), document, account, region, options)
        assembly = _assembly_of(Path(pipeline), request, project)
        found, command = _only_pipeline(assembly, pipeline), pipeline
    elif template is not None:
        assembly = _assembly_of(template, request, project)
        found, command = assembly.pipeline(pipeline), f"{pipeline} --template {template}"
    else:
        made = project.synthesize(request.environment, say)
        assembly = CloudAssembly(made.folder, codes=made.codes)
        found = assembly.pipeline(pipeline)
        command = found.short_name
    return Source(
        name=found.short_name,
        pipeline_name=found.pipeline_name,
        account=found.stack.account,
        region=found.stack.region,
        partition=found.stack.partition,
        document=found.resolved_definition(),
        command=f"{command}{options}",
        assembly=assembly,
        complete=(assembly.folder / MANIFEST).is_file(),
        code={each.place: each.digest for each in made.codes} if made else {},
        note=made.note if made else "",
    )


def _project_of(request: RunRequest, name: str, made: Synthesized) -> CloudAssembly:
    """Read the environment's assembly as a project of its template."""
    folder = made.folder
    if not (folder / MANIFEST).is_file():
        raise MlopsError(f"--template {folder}: a project is read from a cloud assembly")
    folder = environment_folder(folder, request.environment)
    return ProjectAssembly(folder, name, codes=made.codes)


def _assembly_of(path: Path, request: RunRequest, project: Project) -> CloudAssembly:
    """Read the cloud assembly at or around a path; else the templates themselves."""
    if not path.exists():
        raise MlopsError(f"--template {path}: does not exist")
    folder = path if path.is_dir() else path.parent
    if (folder / MANIFEST).is_file():
        return CloudAssembly(folder)
    return read_templates(path, *project.place(request.environment))


def _only_pipeline(assembly: CloudAssembly, path: str) -> PipelineResource:
    """Return the one pipeline of a template."""
    wanted = read_document(Path(path))["Resources"]
    inside = [found for found in assembly.pipelines.values() if found.stack.resources == wanted]
    if len(inside) != 1:
        names = ", ".join(found.short_name for found in inside)
        raise MlopsError(
            f"{path}: contains several pipelines: {names}; choose one of them by its name"
            if inside
            else f"{path}: contains no pipeline"
        )
    return inside[0]


def _definition_file(path: Path, document: Any, account: str, region: str, options: str) -> Source:
    if not isinstance(document, dict):
        raise MlopsError(f"{path}: is not a pipeline definition: it contains no JSON object")
    if placeholders := sorted(set(_PLACEHOLDER.findall(json.dumps(document)))):
        raise MlopsError(
            f"{path}: has placeholders that only a deployment binds: {', '.join(placeholders)}; "
            "run the pipeline by its name"
        )
    name = _NOT_IN_NAMES.sub("-", path.stem).strip("-") or "pipeline"
    return Source(
        name=name,
        pipeline_name=name,
        account=account,
        region=region,
        partition=Stack("", account, region, {}).partition,
        document=document,
        command=f"{path}{options}",
    )
