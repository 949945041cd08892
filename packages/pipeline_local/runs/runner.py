"""The runner: read, validate, deploy and execute."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_common.errors import MlopsError
from mlops_common.processes import lock
from mlops_common.times import now
from pipeline_local.aws.address import STATE_FOLDER
from pipeline_local.jobs import sandbox
from pipeline_local.jobs.storage import ObjectStore
from pipeline_local.jobs.work import RunContext
from pipeline_local.runs import champion, input_data, revision, selection
from pipeline_local.runs.checks import check, ineffective_fields
from pipeline_local.runs.deployment import deploy
from pipeline_local.runs.execution import Execution
from pipeline_local.runs.prerequisites import provide, provide_queues
from pipeline_local.runs.run_state import RunState, Status, find_run, new_run, waiting_steps
from pipeline_local.runs.sources import read_source
from pipeline_local.steps import function_code
from pipeline_local.steps.queries import tables
from pipeline_local.steps.queries.datasets import check_tables
from pipeline_schema.definition import parse_definition
from pipeline_schema.requests import request_problems

if TYPE_CHECKING:
    from pipeline_local.aws import Aws, FunctionTarget
    from pipeline_local.runs.observer import Observer
    from pipeline_local.runs.project import Project
    from pipeline_local.runs.run_state import RunFolder
    from pipeline_local.runs.sources import Source
    from pipeline_schema.definition import Definition
    from pipeline_schema.values import JsonObject


@dataclass(frozen=True)
class RunRequest:
    """The user's request."""

    pipeline: str
    environment: str
    parameters: dict[str, str]
    data: Path | None = None
    tables: dict[str, Path] = field(default_factory=dict)
    template: Path | None = None  # a cloud assembly or templates, instead of synthesis
    only: str | None = None
    base: str | None = None  # the run whose results `only` uses; None for the latest
    project: str | None = None
    debug: bool = False  # the step of `only` has the terminal


def start(request: RunRequest, project: Project, observer: Observer) -> RunState:
    """Run a pipeline, or one step of it."""
    root = project.root
    source = read_source(request, project, observer.say)
    definition = parse_definition(source.name, source.document)
    check(definition, api_problems=request_problems(source.document))
    functions = function_code.callable_functions(
        definition,
        source.assembly.functions if source.assembly else (),
        lambda: _deployed_functions(source, project),
    )
    calls = function_code.function_problems(definition, functions)
    check(definition, selection.parameters_of(definition, request.parameters, None), calls)
    base = None
    document, steps = source.document, waiting_steps(definition)
    if request.only is not None:
        base = selection.find_base(definition, request.only, request.base, source, root)
        document = selection.select(document, definition, {request.only}, base)
        if request.debug:
            selection.check_debugged(definition.steps[request.only])
    data = dict(base.data) if base else _find_data(request, source, definition, project, observer)
    read = base.tables if base else tables.describe(request.tables)
    version = data.get("sha256") or (tables.version_of(read) if read else None)
    values = _filled_in(request, definition, version, project)
    parameters = selection.parameters_of(definition, values, base)
    if data and base is None:
        place = str(parameters[input_data.LOCATION])
        parameters[input_data.LOCATION] = input_data.address_of(place, Path(data["path"]))
    if request.only is not None:
        definition = parse_definition(source.name, document)
        steps = selection.results(definition, {request.only}, base)
    observer.say("deploying to the local AWS")
    aws = project.connect(source.region, source.account)
    folder = new_run(root)
    state = RunState(
        run_id=folder.run_id,
        pipeline=source.name,
        pipeline_name=source.pipeline_name,
        environment=request.environment,
        account=source.account,
        region=source.region,
        partition=source.partition,
        parameters=parameters,
        steps=steps,
        started=now(),
        data=data,
        tables=read,
        notes=_notes(request, source, data),
        source=source.command,
        only=request.only,
        code=source.code,
    )
    # Two runs that begin at once would each create what both find missing.
    build = folder.folder.parents[1]
    build.mkdir(parents=True, exist_ok=True)
    with (build / "deploying.lock").open("a") as deploying:
        lock(deploying)
        if source.assembly is not None:
            deploy(source.assembly, aws)
        if source.assembly is None or not source.complete:
            provide(definition, parameters, state.region, aws, observer.say)
        provide_queues(definition, parameters, aws, observer.say)
    if base is None:
        check_tables(definition, parameters, read, aws.client)
    with folder.owned():
        if request.only is None and champion.PARAMETER not in request.parameters:
            store = ObjectStore(aws.client("s3"))
            if version := champion.champion_version(definition, parameters, store):
                state.parameters[champion.PARAMETER] = version
        needed = function_code.needed_functions(definition, functions)
        function_code.keep_functions(needed, folder.folder)
        folder.save_definition(document)
        folder.save(state)
        return execute(folder, state, definition, aws, observer, debug=request.debug)


def _deployed_functions(source: Source, project: Project) -> dict[str, FunctionTarget]:
    if not (project.root / STATE_FOLDER).is_dir():  # do not start it to learn that it has none
        return {}
    return project.connect(source.region, source.account).functions()


def resume(run_id: str, project: Project, observer: Observer) -> RunState:
    """Resume a run from its last finished step, with its own definition and parameters."""
    folder = find_run(project.root, run_id)
    with folder.owned():
        state = folder.load()
        if state.status is Status.SUCCEEDED:
            return state
        definition = parse_definition(state.pipeline, folder.load_definition())
        aws = project.connect(state.region, state.account)
        return execute(folder, state, definition, aws, observer)


def _notes(request: RunRequest, source: Source, data: JsonObject) -> list[str]:
    said = {
        source.note: source.note,
        sandbox.isolation_note(): True,
        "debugging: the job has no time limit, and the network of this machine": request.debug,
        "the data are a synthetic stand-in, not the real data": data.get("synthetic"),
    }
    return [note for note, holds in said.items() if note and holds]


def _find_data(
    request: RunRequest,
    source: Source,
    definition: Definition,
    project: Project,
    observer: Observer,
) -> JsonObject:
    """Resolve the data set, unless the user or a definition file names its location in S3."""
    if not input_data.takes_data(definition):
        if request.data is not None:
            raise MlopsError(
                f"--data: pipeline {definition.name} has no {input_data.LOCATION}; the tables of a"
                " query are passed with --table DATABASE.TABLE=PATH"
            )
        return {}
    says_where = input_data.LOCATION in request.parameters or source.assembly is None
    if request.data is None and says_where:
        return {}
    uri = definition.parameters[input_data.LOCATION].default
    name = input_data.name_of(uri) if isinstance(uri, str) else None
    found = project.find_data(request.data, name, observer.say)
    return {**found.facts(), "path": str(found.path.resolve())}


def _filled_in(
    request: RunRequest, definition: Definition, version: str | None, project: Project
) -> dict[str, str]:
    """Add values of the parameters that describe a run, where the user gave none."""
    facts = {
        revision.PARAMETER: revision.git_revision(project.root),
        input_data.VERSION: version,
    }
    known = {
        name: value for name, value in facts.items() if value and name in definition.parameters
    }
    return {**known, **request.parameters}


def execute(
    folder: RunFolder,
    state: RunState,
    definition: Definition,
    aws: Aws,
    observer: Observer,
    *,
    debug: bool = False,
) -> RunState:
    """Execute the remaining steps of a run that is locked (`RunFolder.owned`)."""
    store = ObjectStore(aws.client("s3"))
    if state.data and state.only is None:
        input_data.place_data(store, state)
    context = RunContext(
        run_id=state.run_id,
        folder=folder.folder,
        account=state.account,
        region=state.region,
        partition=state.partition,
        store=store,
        client=aws.client,
        job_environment=aws.environment(),
        tables=state.tables,
        debug=debug,
        waits=observer.waits,
    )
    if line := ineffective_fields(definition):
        observer.say(line)
    observer.begin(state, folder.folder)
    Execution(definition, state, folder, context, observer).run()
    return state
