"""Options shared by several commands."""

from __future__ import annotations

from typing import Annotated

import typer

Environment = Annotated[str, typer.Option("--environment", "-e", help="Which environment.")]
Template = Annotated[str, typer.Option("--environment", "-e", help="Which environment's template.")]
Local = Annotated[bool, typer.Option("--local", help="Use the local AWS, as `mlops run --local`.")]
Execute = Annotated[bool, typer.Option("--local", help="Execute it on this machine.")]
Group = Annotated[
    str | None, typer.Option("--group", help="Model package group, full or short name.")
]
Json = Annotated[bool, typer.Option("--json", help="Print facts as JSON.")]
