"""`mlops`: all commands, with errors as single lines."""

from __future__ import annotations

import sys

import typer

from mlops.command_line import (
    acknowledgments,
    alarms,
    bootstrap_policy,
    build,
    data,
    definition,
    deliver,
    demo,
    destroy,
    doctor,
    guardrails,
    local,
    models,
    mutants,
    new,
    package_template,
    prices,
    promote,
    prove,
    review,
    run,
    runs,
    schedule,
    synth,
)
from mlops.command_line.reporting import explain
from mlops_common.processes import collect_rarely, stop_on_termination

app = typer.Typer(
    name="mlops",
    help="Run the deployed pipelines locally, manage models, and query the platform.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    *(run.run, definition.definition, synth.synth, prove.prove, mutants.mutants, review.review),
    *(acknowledgments.acknowledgments, bootstrap_policy.bootstrap_policy, demo.demo, build.build),
    *(promote.promote, destroy.destroy, package_template.package_template, doctor.doctor),
    guardrails.guardrails,
):
    app.command()(command)
for group in (runs, models, new, alarms, schedule, data, local, deliver, prices):
    app.add_typer(group.app, name=group.__name__.rpartition(".")[2])


def main() -> None:
    """Run the command line; exits 0 only on success."""
    collect_rarely()
    stop_on_termination()
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        sys.exit(explain(error))


if __name__ == "__main__":
    main()
