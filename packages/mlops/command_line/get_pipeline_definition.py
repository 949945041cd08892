"""`get-pipeline-definition` of the older project template, on the synthesized template."""

from __future__ import annotations

import sys
from pathlib import Path

from mlops.command_line.definition import definition_text, write_definition
from mlops.command_line.older_flags import FlagParser, environment_of_kwargs, pipeline_of_module
from mlops.command_line.reporting import explain


def main() -> None:
    """Print or write a pipeline's definition; exits 0 only on success."""
    parser = FlagParser(
        prog="get-pipeline-definition",
        description="Write the pipeline definition that the synthesized template holds.",
    )
    parser.add_argument("-n", "--module-name", help="such as pipeline_definitions.training")
    parser.add_argument("-f", "--file-name", type=Path, help="write here; else to the output")
    parser.add_argument("-kwargs", "--kwargs", help="such as {'environment': 'dev'}")
    arguments = parser.parse_args()
    try:
        pipeline = pipeline_of_module(arguments.module_name)
        text = definition_text(pipeline, environment_of_kwargs(arguments.kwargs))
        write_definition(text, arguments.file_name)
    except Exception as error:
        sys.exit(explain(error))


if __name__ == "__main__":
    main()
