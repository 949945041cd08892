"""`mlops definition`: the pipeline definition that the template holds."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from mlops.command_line.options import Template

PIPELINE = Annotated[str, typer.Argument(help="The pipeline's name, such as training.")]


def register(app: typer.Typer) -> None:
    """Add the verb.

    Parameters
    ----------
    app : Typer
        The command line.
    """
    app.command("definition")(definition)


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
    """Read a definition out of the synthesized template.

    Parameters
    ----------
    pipeline : str
        The pipeline's short name.
    environment : str
        The environment's name.

    Returns
    -------
    str
        JSON, indented, keys sorted, named placeholders in place, with a newline at the end.

    Raises
    ------
    MlopsError
        If the synth fails or there is no such pipeline.
    """
    from mlops.assembly import CloudAssembly, synthesize

    assembly = CloudAssembly(synthesize(environment))
    return json.dumps(assembly.pipeline_definition_text(pipeline), indent=2, sort_keys=True) + "\n"


def write_definition(text: str, output: Path | None) -> None:
    """Write a definition to a file, or to the standard output when none is given.

    Parameters
    ----------
    text : str
        The definition.
    output : Path, optional
        The file.

    Raises
    ------
    MlopsError
        If the file cannot be written.
    """
    if output is None:
        sys.stdout.write(text)
        return
    from mlops.errors import MlopsError
    from mlops.files import write_atomically

    try:
        write_atomically(output, text)
    except OSError as error:
        raise MlopsError(f"{output}: cannot be written: {error.strerror}") from None
