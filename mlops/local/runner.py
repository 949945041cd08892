"""A local run from its beginning to its end: read, check, deploy, execute."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mlops.errors import MlopsError
from mlops.local import input_data, revision, sandbox
from mlops.local.checks import check
from mlops.local.definition import parse_definition
from mlops.local.execution import Execution, Listener
from mlops.local.parameters import bind_parameters
from mlops.local.run_state import RunState, Status, StepState, find_run, new_run, now
from mlops.local.storage import ObjectStore
from mlops.local.work import RunContext

if TYPE_CHECKING:
    from mlops.assembly import CloudAssembly, PipelineResource
    from mlops.local.definition import Definition
    from mlops.local.run_state import RunFolder
    from mlops.local.values import JsonObject
    from mlops.local_aws import Aws


class Observer(Listener, Protocol):
    """Who follows a run from its preparation on."""

    def say(self, message: str) -> None:
        """Hear what is being prepared."""

    def begin(self, state: RunState, folder: Path) -> None:
        """Hear that the steps begin."""


@dataclass(frozen=True)
class RunRequest:
    """What the user asked for.

    Attributes
    ----------
    pipeline : str
        Short name or pipeline name.
    environment : str
        The environment whose template is run.
    parameters : dict of str to str
        As typed.
    data : Path or None
        The data set to use; None lets the tool find one.
    """

    pipeline: str
    environment: str
    parameters: dict[str, str]
    data: Path | None = None


def start(request: RunRequest, root: Path, observer: Observer) -> RunState:
    """Run a pipeline of the project.

    Parameters
    ----------
    request : RunRequest
        What to run.
    root : Path
        The project's folder.
    observer : Observer
        Follows the run.

    Returns
    -------
    RunState
        How it ended; a failed step is no exception.

    Raises
    ------
    MlopsError
        If the run cannot begin: nothing has been started then.
    """
    from mlops.assembly import CloudAssembly, synthesize
    from mlops.local_aws import connect

    observer.say(f"synthesizing {request.environment}")
    assembly = CloudAssembly(synthesize(request.environment, root))
    pipeline = assembly.pipeline(request.pipeline)
    document = pipeline.resolved_definition()
    definition = _checked(request, pipeline, document)
    check(definition, bind_parameters(definition.parameters, request.parameters))
    data = _find_data(request, definition, root, observer)
    given = _filled_in(request, definition, data, root)
    parameters = bind_parameters(definition.parameters, given)
    if data:
        place = str(parameters[input_data.LOCATION])
        parameters[input_data.LOCATION] = input_data.address_of(place, Path(data["path"]))
    observer.say("deploying to the local AWS")
    aws = connect(pipeline.stack.region, pipeline.stack.account, local=True)
    folder = new_run(root)
    state = _new_state(folder.run_id, request, pipeline, definition)
    state.parameters.update(parameters)
    state.data.update(data)
    if data.get("synthetic"):
        state.notes.append("the data are a synthetic stand-in, not the real abalone data")
    with folder.owned():
        _deploy(assembly, aws)
        folder.save_definition(document)
        folder.save(state)
        return _execute(folder, state, definition, aws, observer)


def resume(run_id: str, root: Path, observer: Observer) -> RunState:
    """Go on with a run that failed, was stopped or was killed, from its last finished step.

    Definition and parameters are those of the run, whatever has changed since.

    Parameters
    ----------
    run_id : str
        The run, or an unambiguous beginning of its id.
    root : Path
        The project's folder.
    observer : Observer
        Follows the run.

    Returns
    -------
    RunState
        How it ended. A run that has succeeded is returned as it is.

    Raises
    ------
    MlopsError
        If there is no such run, it is being executed, or its data have changed.
    """
    from mlops.local_aws import connect

    folder = find_run(root, run_id)
    with folder.owned():
        state = folder.load()
        if state.status is Status.SUCCEEDED:
            return state
        definition = parse_definition(state.pipeline, folder.load_definition())
        aws = connect(state.region, state.account, local=True)
        return _execute(folder, state, definition, aws, observer)


def _checked(request: RunRequest, pipeline: PipelineResource, document: JsonObject) -> Definition:
    """Read the definition and refuse it unless form, sense and the API's model agree with it."""
    from environments.loading import load_environment
    from pipeline_definitions.validation.requests import request_problems

    definition = parse_definition(pipeline.short_name, document)
    settings = load_environment(request.environment)
    check(definition, api_problems=request_problems(document, settings))
    return definition


def _find_data(
    request: RunRequest, definition: Definition, root: Path, observer: Observer
) -> JsonObject:
    """Resolve the data set, unless the user says where in S3 the data are."""
    if not input_data.takes_data(definition):
        if request.data is not None:
            raise MlopsError(f"--data: pipeline {definition.name} has no {input_data.LOCATION}")
        return {}
    if request.data is None and input_data.LOCATION in request.parameters:
        return {}
    from mlops.data.resolve import resolve

    found = resolve(request.data, folder=root / "dataset", warn=observer.say)
    return {**found.facts(), "path": str(found.path.resolve())}


def _filled_in(
    request: RunRequest, definition: Definition, data: JsonObject, root: Path
) -> dict[str, str]:
    """Give the parameters that describe a run their values, where the user gave none."""
    known = {
        revision.PARAMETER: revision.git_revision(root),
        input_data.VERSION: data.get("sha256"),
    }
    described = {
        name: value for name, value in known.items() if value and name in definition.parameters
    }
    return {**described, **request.parameters}


def _new_state(
    run_id: str, request: RunRequest, pipeline: PipelineResource, definition: Definition
) -> RunState:
    return RunState(
        run_id=run_id,
        pipeline=pipeline.short_name,
        pipeline_name=pipeline.pipeline_name,
        environment=request.environment,
        account=pipeline.stack.account,
        region=pipeline.stack.region,
        partition=pipeline.stack.partition,
        parameters={},
        steps={step.name: StepState(step.type) for step in definition.steps.values()},
        started=now(),
        notes=[note] if (note := sandbox.isolation_note()) else [],
    )


def _deploy(assembly: CloudAssembly, aws: Aws) -> None:
    from mlops.local.deployment import deploy

    deploy(assembly, aws)


def _execute(
    folder: RunFolder, state: RunState, definition: Definition, aws: Aws, observer: Observer
) -> RunState:
    store = ObjectStore(aws.client("s3"))
    if state.data:
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
    )
    observer.begin(state, folder.folder)
    Execution(definition, state, folder, context, observer).run()
    return state
