"""What can be run: a pipeline of the project, of a cloud assembly, or in a definition file."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlops.assembly import CloudAssembly
    from mlops.local.values import JsonObject

_PLACEHOLDER = re.compile(r"\$\{[A-Za-z][\w:.]*\}")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9-]+")


@dataclass(frozen=True)
class Source:
    """A definition, and the place it is for.

    Attributes
    ----------
    name, pipeline_name : str
        What people call it, and its name on AWS.
    account, region, partition : str
        Where it is deployed, or would be.
    document : dict
        The definition as it is deployed.
    command : str
        How the command line calls it: argument and options of `mlops run`.
    assembly : CloudAssembly or None
        What a deployment consists of; None when there is only a definition.
    """

    name: str
    pipeline_name: str
    account: str
    region: str
    partition: str
    document: JsonObject
    command: str
    assembly: CloudAssembly | None = None


def read_source(
    pipeline: str, environment: str, template: Path | None, root: Path, say: Callable[[str], None]
) -> Source:
    """Find what is to be run.

    Parameters
    ----------
    pipeline : str
        A pipeline's short name or name on AWS, or the path of a definition file.
    environment : str
        The environment to synthesize; of a file, whose account and region it is run with.
    template : Path or None
        A cloud assembly, or a template in one, to read instead of synthesizing.
    root : Path
        The project's folder.
    say : callable
        Hears what is being done.

    Returns
    -------
    Source
        The definition, its placeholders bound.

    Raises
    ------
    MlopsError
        If there is none, or it cannot be read.
    """
    is_file = pipeline.endswith(".json")
    if is_file and template is not None:
        raise MlopsError("--template: a definition file is complete; leave one of them out")
    if is_file:
        return _definition_file(Path(pipeline), environment)
    from mlops.assembly import CloudAssembly, synthesize

    options = f" --environment {environment}" if environment != "dev" else ""
    if template is None:
        say(f"synthesizing {environment}")
        folder = synthesize(environment, root)
    else:
        folder = _assembly_of(template)
        options += f" --template {template}"
    assembly = CloudAssembly(folder)
    found = assembly.pipeline(pipeline)
    return Source(
        name=found.short_name,
        pipeline_name=found.pipeline_name,
        account=found.stack.account,
        region=found.stack.region,
        partition=found.stack.partition,
        document=found.resolved_definition(),
        command=f"{found.short_name}{options}",
        assembly=assembly,
    )


def _assembly_of(template: Path) -> Path:
    """Return the folder of the assembly that a path means."""
    if not template.exists():
        raise MlopsError(f"--template {template}: is not there")
    folder = template if template.is_dir() else template.parent
    if not (folder / "manifest.json").is_file():
        raise MlopsError(
            f"--template {template}: is not in a cloud assembly (there is no manifest.json); name "
            "the folder that cdk synth wrote, or a template in it"
        )
    return folder


def _definition_file(path: Path, environment: str) -> Source:
    from environments.loading import load_environment

    document = _read(path)
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
    from mlops.assembly.cloud_assembly import Stack

    return Stack("", "", region, {}).partition


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text())
    except FileNotFoundError:
        raise MlopsError(f"{path}: there is no such file") from None
    except (OSError, ValueError) as error:
        raise MlopsError(f"{path}: cannot be read as JSON: {error}") from None
    if not isinstance(document, dict):
        raise MlopsError(f"{path}: is not a pipeline definition: it holds no JSON object")
    return document
