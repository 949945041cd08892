"""What can be run: a pipeline of the project, of synthesized templates, or in a definition file."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloud_assembly.lone_templates import SUFFIXES, is_template, read_document, read_templates
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloud_assembly import CloudAssembly, PipelineResource
    from pipeline_schema.values import JsonObject

MANIFEST = "manifest.json"
_PLACEHOLDER = re.compile(r"\$\{[A-Za-z][\w:.]*\}")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9-]+")


@dataclass(frozen=True)
class Source:
    """A definition, and the place it is for.

    Attributes
    ----------
    name, pipeline_name : str
        What people call it, and its name on AWS.
    command : str
        How the command line calls it: argument and options of `mlops run`.
    assembly : CloudAssembly or None
        What a deployment consists of; None when there is only a definition.
    complete : bool
        Whether the assembly is all that is deployed: a template may name buckets of elsewhere.
    """

    name: str
    pipeline_name: str
    account: str
    region: str
    partition: str
    document: JsonObject
    command: str
    assembly: CloudAssembly | None = None
    complete: bool = True


def read_source(
    pipeline: str,
    environment: str,
    template: Path | None,
    root: Path,
    say: Callable[[str], None],
    *,
    project: str | None = None,
) -> Source:
    """Find what is to be run.

    Parameters
    ----------
    pipeline : str
        A pipeline's short name or name on AWS, or the path of a definition file or of a template
        with one pipeline.
    template : Path or None
        A cloud assembly, a template, or a folder of templates, to read instead of synthesizing.
    """
    is_file = pipeline.endswith(SUFFIXES)
    if is_file and template is not None:
        raise MlopsError(f"--template: {pipeline} is a file already; leave one of them out")
    options = f" --environment {environment}" if environment != "dev" else ""
    if project is not None:
        if is_file:
            raise MlopsError(f"--project: {pipeline} is a file; name a pipeline of the project")
        assembly = _project_of(template, environment, project, root, say)
        found = assembly.pipeline(pipeline)
        command = f"{pipeline} --project {project}"
        command += f" --template {template}" if template is not None else ""
    elif is_file:
        document = read_document(Path(pipeline))
        if not is_template(document):
            return _definition_file(Path(pipeline), document, environment)
        assembly = _assembly_of(Path(pipeline), environment)
        found, command = _only_pipeline(assembly, pipeline), pipeline
    elif template is not None:
        assembly = _assembly_of(template, environment)
        found, command = assembly.pipeline(pipeline), f"{pipeline} --template {template}"
    else:
        from cloud_assembly import CloudAssembly, synthesize

        say(f"synthesizing {environment}")
        assembly = CloudAssembly(synthesize(environment, root))
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
    )


def _project_of(
    template: Path | None, environment: str, project: str, root: Path, say: Callable[[str], None]
) -> CloudAssembly:
    """Read the environment's assembly as a project sees it."""
    from cloud_assembly import synthesize
    from cloud_assembly.products import ProjectAssembly, environment_folder

    if template is None:
        say(f"synthesizing {environment}")
        template = synthesize(environment, root)
    if not (template / MANIFEST).is_file():
        raise MlopsError(f"--template {template}: a project is read from a cloud assembly")
    return ProjectAssembly(environment_folder(template, environment), project)


def _assembly_of(path: Path, environment: str) -> CloudAssembly:
    """Read the assembly that a path is, or is in; else the templates, as they stand."""
    from cloud_assembly import CloudAssembly
    from environments.loading import load_environment

    if not path.exists():
        raise MlopsError(f"--template {path}: is not there")
    folder = path if path.is_dir() else path.parent
    if (folder / MANIFEST).is_file():
        return CloudAssembly(folder)
    settings = load_environment(environment)
    return read_templates(path, settings.account, settings.region)


def _only_pipeline(assembly: CloudAssembly, path: str) -> PipelineResource:
    """Return the one pipeline of a template that was named in place of a pipeline."""
    wanted = read_document(Path(path))["Resources"]
    inside = [found for found in assembly.pipelines.values() if found.stack.resources == wanted]
    if len(inside) != 1:
        names = ", ".join(found.short_name for found in inside) or "none"
        raise MlopsError(
            f"{path}: holds not one pipeline, but {names}; run one of them: "
            f"mlops run PIPELINE --local --template {path}"
        )
    return inside[0]


def _definition_file(path: Path, document: Any, environment: str) -> Source:
    from environments.loading import load_environment

    if not isinstance(document, dict):
        raise MlopsError(f"{path}: is not a pipeline definition: it holds no JSON object")
    placeholders = sorted(set(_PLACEHOLDER.findall(json.dumps(document))))
    if placeholders:
        raise MlopsError(
            f"{path}: has placeholders that only a deployment binds: {', '.join(placeholders)}; "
            "run the pipeline by its name"
        )
    settings = load_environment(environment)
    name = _NOT_IN_NAMES.sub("-", path.stem).strip("-") or "pipeline"
    options = f" --environment {environment}" if environment != "dev" else ""
    return Source(
        name=name,
        pipeline_name=name,
        account=settings.account,
        region=settings.region,
        partition=_partition_of(settings.region),
        document=document,
        command=f"{path}{options}",
    )


def _partition_of(region: str) -> str:
    from cloud_assembly.cloud_assembly import Stack

    return Stack("", "", region, {}).partition
