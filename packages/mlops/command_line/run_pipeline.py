"""`run-pipeline` of the older project template, which starts the deployed pipeline unchanged."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from mlops.command_line.older_flags import (
    FlagParser,
    environment_of_kwargs,
    pipeline_of_module,
    tags_of,
)
from mlops.command_line.reporting import explain
from mlops.synthesis.project import project_root
from mlops_common.errors import MlopsError, printable

if TYPE_CHECKING:
    from mlops.remote import DeployedPipeline


def main() -> None:
    """Start a deployed pipeline and wait for its end; exits 0 only on success."""
    parser = FlagParser(
        prog="run-pipeline",
        description="Start the deployed pipeline, wait for its end, and print its steps.",
    )
    parser.add_argument("-n", "--module-name", help="such as pipeline_definitions.training")
    parser.add_argument("-kwargs", "--kwargs", help="such as {'environment': 'dev'}")
    parser.add_argument("-role-arn", "--role-arn", help="checked against the deployed role")
    parser.add_argument("-description", "--description", help="of this execution")
    parser.add_argument("-tags", "--tags", help="added to the pipeline: [{'Key': …, 'Value': …}]")
    parser.add_argument("--local", action="store_true", help="execute it on this machine")
    parser.add_argument("--no-wait", action="store_true", help="only start it")
    arguments = parser.parse_args()
    try:
        code = _run(arguments)
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        code = explain(error)
    sys.exit(code)


def _run(arguments: argparse.Namespace) -> int:
    pipeline = pipeline_of_module(arguments.module_name)
    environment = environment_of_kwargs(arguments.kwargs)
    tags = tags_of(arguments.tags)
    if arguments.local:
        return _run_here(pipeline, environment)
    from mlops.remote import deployed_pipeline, start_execution, wait_for_execution

    deployed = deployed_pipeline(pipeline, environment)
    _check_role(arguments.role_arn, deployed)
    _compare(pipeline, environment, deployed)
    if tags:
        deployed.add_tags(tags)
    execution = start_execution(
        pipeline, environment, {}, project_root(), description=arguments.description
    )
    print(f"started: {execution.arn}")
    if arguments.no_wait:
        return 0
    execution = wait_for_execution(execution, lambda line: print(line, file=sys.stderr))
    print(f"{execution.status}: {execution.arn}")
    for step in execution.steps:
        print(printable(f"  {step['name']}: {step['status']} {step['failure']}".rstrip()))
    return 0 if execution.status == "Succeeded" else 1


def _run_here(pipeline: str, environment: str) -> int:
    from mlops.command_line.following import print_end
    from mlops.command_line.run import run_here
    from pipeline_local.runs.run_state import Status
    from pipeline_local.runs.runner import RunRequest

    state = run_here(RunRequest(pipeline, environment, {}))
    print_end(state)
    return 0 if state.status is Status.SUCCEEDED else 1


def _check_role(wanted: str | None, deployed: DeployedPipeline) -> None:
    if wanted and wanted != deployed.role_arn:
        raise MlopsError(
            f"-role-arn/--role-arn: the deployed pipeline runs with {deployed.role_arn}; "
            "the role belongs to the deployment, leave the flag out"
        )


def _compare(pipeline: str, environment: str, deployed: DeployedPipeline) -> None:
    """Warn if the deployed definition differs from this checkout's."""
    from cloud_assembly import CloudAssembly
    from mlops.definition_match import same_definition
    from mlops.synthesis import synthesize

    here = CloudAssembly(synthesize(environment)).pipeline_definition_text(pipeline)
    if not same_definition(here, deployed.definition):
        print(
            f"note: the deployed definition of {pipeline} differs from this checkout's; "
            "deploy first to run this checkout's: "
            f"cdk deploy '{environment}/*' -c environment={environment}",
            file=sys.stderr,
        )
