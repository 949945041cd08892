"""The command `pipeline-local`: runs a definition file, writes its report, stops the local AWS."""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from mlops_common.errors import MlopsError, printable
from mlops_common.processes import collect_rarely, stop_on_termination
from pipeline_local.runs.observer import PlainLines
from pipeline_local.runs.run_state import LATEST, Status, find_run
from pipeline_local.runs.summary import artefacts_of, duration, facts_of, found_of, log_tail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline_local.result import RunResult

_LOG_LINES = 12


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Escape what stands in the arguments."""
        super().error(printable(message))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code.

    It is 0 on success, 1 for a run that failed or could not start, 2 for wrong options, 130 for one
    that was stopped.
    """
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    collect_rarely()
    try:
        code: int = options.command(options)
    except MlopsError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if type(error).__module__ != "botocore.exceptions":
            raise
        sys.stderr.write(f"error: local AWS: {' '.join(str(error).split())}\n")
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="pipeline-local",
        description="Run the definition of a SageMaker pipeline on this machine.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="run a pipeline to its end")
    run.add_argument(
        "source",
        type=Path,
        metavar="FILE",
        help="a pipeline definition, a template, a folder of templates or a cloud assembly",
    )
    run.add_argument("--pipeline", metavar="NAME", help="the pipeline, if FILE has several")
    run.add_argument(
        "--data", type=Path, metavar="PATH", help="the file or folder for InputDataUrl"
    )
    for option, form, meaning in (
        ("--parameter", "NAME=VALUE", "the value of a parameter"),
        ("--table", "DATABASE.TABLE=PATH", "rows (CSV, Parquet) of a table that a query reads"),
        ("--upload", "PATH=S3URI", "put a file or folder into the local S3 first"),
    ):
        run.add_argument(
            option, action="append", default=[], metavar=form, help=f"{meaning}; repeatable"
        )
    run.add_argument("--account", help="for ARNs; 12 digits")
    run.add_argument("--region", help="for ARNs")
    run.set_defaults(command=_run)
    resume = commands.add_parser("resume", help="resume a run from its last finished step")
    resume.set_defaults(command=_resume)
    report = commands.add_parser("report", help="write a run's report, one HTML file")
    report.add_argument("--output", type=Path, default=Path("report.html"), metavar="PATH")
    report.set_defaults(command=_report)
    for command in (resume, report):
        command.add_argument("run_id", nargs="?", default=LATEST, metavar="RUN")
    for command in (run, resume):
        command.add_argument("--json", action="store_true", help="print the result as JSON")
    callback = commands.add_parser("callback", help="answer a step that waits for a callback")
    callback.add_argument("token", metavar="TOKEN", help="the token that the run printed")
    answer = callback.add_mutually_exclusive_group(required=True)
    answer.add_argument(
        "--success", nargs="*", metavar="OUT=VALUE", help="each output that the step declares"
    )
    answer.add_argument("--failure", metavar="REASON", help="why the step failed")
    callback.set_defaults(command=_answer)
    stop = commands.add_parser("stop", help="stop the local AWS; its state stays")
    stop.set_defaults(command=_stop)
    for command in (run, resume, report, callback, stop):
        command.add_argument(
            "--folder",
            type=Path,
            default=Path(),
            metavar="PATH",
            help="folder of runs and the local AWS, in build; the current one by default",
        )
    return parser


def _run(options: argparse.Namespace) -> int:
    from pipeline_local import api
    from pipeline_local.steps.queries.tables import parse_tables
    from pipeline_schema.parameters import parse_assignments

    stop_on_termination()
    result = api.run(
        options.source,
        pipeline=options.pipeline,
        parameters=parse_assignments(options.parameter),
        data=options.data,
        tables=parse_tables(options.table),
        uploads=_uploads(options.upload),
        folder=options.folder,
        account=options.account or api.ACCOUNT,
        region=options.region or api.REGION,
        observer=_lines(options.folder),
    )
    return _print_end(result, as_json=options.json)


def _resume(options: argparse.Namespace) -> int:
    from pipeline_local import api

    stop_on_termination()
    result = api.resume(options.run_id, options.folder, _lines(options.folder))
    return _print_end(result, as_json=options.json)


def _report(options: argparse.Namespace) -> int:
    from pipeline_local import api
    from pipeline_local.jobs.storage import ObjectStore
    from pipeline_local.report import write_report

    project = api.project_in(options.folder, api.ACCOUNT, api.REGION)
    folder = find_run(project.root, options.run_id)
    state = folder.load()
    aws = project.connect(state.region, state.account)
    commands = ("pipeline-local resume {run}", "")
    store, registry = ObjectStore(aws.client("s3")), aws.client("sagemaker")
    path = write_report(folder, options.output, store, commands, registry)
    sys.stdout.write(f"{path}\n")
    return 0


def _answer(options: argparse.Namespace) -> int:
    from pipeline_local.runs.answering import answer_callback
    from pipeline_schema.parameters import parse_assignments

    values = parse_assignments(options.success or [], "--success")
    said = answer_callback(options.folder.resolve(), options.token, values, options.failure)
    sys.stdout.write(f"{said}\n")
    return 0


def _stop(options: argparse.Namespace) -> int:
    from pipeline_local import api

    stopped = api.stop(options.folder)
    sys.stdout.write("stopped\n" if stopped else "the local AWS does not run\n")
    return 0


def _uploads(given: Sequence[str]) -> dict[str, Path]:
    uploads = {}
    for text in given:
        path, equals, uri = text.partition("=")
        if not (path and equals and uri.startswith("s3://")):
            raise MlopsError(f"--upload {text!r}: write it as PATH=s3://BUCKET/KEY")
        uploads[uri] = Path(path)
    return uploads


def _lines(folder: Path) -> PlainLines:
    write = partial(print, file=sys.stderr, flush=True)
    return PlainLines(write, folder.resolve(), "pipeline-local callback")


def _print_end(result: RunResult, *, as_json: bool) -> int:
    state = result.state
    if as_json:
        sys.stdout.write(json.dumps(facts_of(state), indent=2, sort_keys=True, default=str) + "\n")
    else:
        lines = [f"{what}: {place}" for what, place in artefacts_of(state)]
        lines.append(f"logs: {result.folder / 'logs'}")
        for name, step in state.steps.items():
            if step.status is Status.FAILED:
                lines += [f"{name}: {line}" for line in log_tail(result.folder, name, _LOG_LINES)]
        lines.append(
            f"run {state.run_id}: {state.status} in {duration(state.seconds)}{found_of(state)}"
        )
        lines += [f"reason: {state.failure}"] if state.failure else []
        sys.stdout.write("\n".join(lines) + "\n")
    if result.succeeded:
        return 0
    return 130 if state.status is Status.STOPPED else 1
