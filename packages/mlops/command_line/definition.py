"""`mlops definition`: the pipeline definition in the synthesized template."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from mlops.command_line.options import Template
from mlops_common.errors import MlopsError
from mlops_common.files import write_atomically

PIPELINE = Annotated[str, typer.Argument(help="The pipeline's name, such as training.")]


def definition(
    pipeline: PIPELINE,
    environment: Template = "dev",
    output: Annotated[
        Path | None, typer.Option("--output", help="Write to this file instead.")
    ] = None,
) -> None:
    """Print the definition of a pipeline as the synthesized template holds it."""
    write_definition(definition_text(pipeline, environment), output)


def definition_text(pipeline: str, environment: str) -> str:
    """Read a definition from the synthesized template, as sorted and indented JSON."""
    from cloud_assembly import CloudAssembly
    from mlops.synthesis import synthesize

    assembly = CloudAssembly(synthesize(environment))
    return json.dumps(assembly.pipeline_definition_text(pipeline), indent=2, sort_keys=True) + "\n"


def write_definition(text: str, output: Path | None) -> None:
    """Write a definition to a file, or to standard output by default."""
    if output is None:
        sys.stdout.write(text)
        return

    try:
        write_atomically(output, text)
    except OSError as error:
        raise MlopsError(f"{output}: cannot be written: {error.strerror}") from None
