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
    local,
    models,
    mutants,
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

app = typer.Typer(
    name="mlops",
    help="Run the deployed pipelines here, look after models, and ask the platform for facts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
run.register(app)
definition.register(app)
synth.register(app)
prove.register(app)
mutants.register(app)
review.register(app)
acknowledgments.register(app)
bootstrap_policy.register(app)
demo.register(app)
build.register(app)
promote.register(app)
destroy.register(app)
package_template.register(app)
app.add_typer(runs.app, name="runs")
app.add_typer(models.app, name="models")
app.add_typer(alarms.app, name="alarms")
app.add_typer(schedule.app, name="schedule")
app.add_typer(data.app, name="data")
app.add_typer(local.app, name="local")
app.add_typer(deliver.app, name="deliver")
app.add_typer(prices.app, name="prices")


def main() -> None:
    """Run the command line; exits 0 only on success."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        sys.exit(explain(error))


if __name__ == "__main__":
    main()
