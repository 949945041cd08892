"""The runner as a library."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from cloud_assembly.lone_templates import SUFFIXES
from mlops_common.errors import MlopsError
from pipeline_local.jobs.storage import ObjectStore, split_uri
from pipeline_local.local_aws import connect, keeper
from pipeline_local.result import RunResult
from pipeline_local.runs import runner
from pipeline_local.runs.dataset import describe
from pipeline_local.runs.observer import Observer
from pipeline_local.runs.project import Project, Synthesized
from pipeline_local.runs.run_state import find_run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pipeline_local.runs.dataset import Dataset
    from pipeline_local.runs.run_state import RunState

ACCOUNT, REGION = "111111111111", "us-east-1"


def run(
    source: Path | str,
    *,
    pipeline: str | None = None,
    parameters: Mapping[str, str] | None = None,
    data: Path | None = None,
    tables: Mapping[str, Path] | None = None,
    uploads: Mapping[str, Path] | None = None,
    folder: Path | None = None,
    account: str = ACCOUNT,
    region: str = REGION,
    observer: Observer | None = None,
) -> RunResult:
    """Run a pipeline to its end on this machine.

    Parameters
    ----------
    source : Path or str
        A pipeline definition (JSON, schema 2020-12-01), a CloudFormation template that has one, a
        folder of templates, or a cloud assembly. Of a template, what the pipeline needs is deployed
        to the local AWS first: buckets, functions, assets beside it.
    pipeline : str, optional
        Its name on AWS or short name, where the source has several.
    parameters : mapping of str to str, optional
        Values of the pipeline's parameters, written as on a command line.
    data : Path, optional
        A file that is uploaded to where the pipeline's parameter `InputDataUrl` points.
    tables : mapping of str to Path, optional
        Rows (CSV or Parquet) of the tables that queries read, by "DATABASE.TABLE".
    uploads : mapping of str to Path, optional
        Files and folders to put into the local S3 before the run, by S3 URI; buckets are created.
    folder : Path, optional
        The folder of runs and the local AWS, in `build`; by default the current one.
    account, region : str, optional
        Account (12 digits) and region in ARNs; a cloud assembly has its own.
    observer : Observer, optional
        Follows the run: a subclass, such as `pipeline_local.runs.observer.PlainLines`.

    Returns
    -------
    RunResult
        Also of a run that failed.

    Raises
    ------
    MlopsError
        If the run cannot start: a definition with mistakes, a missing file or parameter.

    Examples
    --------
    >>> import json, tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> comparison = {"Type": "GreaterThan", "RightValue": 10,
    ...               "LeftValue": {"Get": "Parameters.Rows"}}
    >>> refuse = {"Name": "Refuse", "Type": "Fail", "Arguments": {"ErrorMessage": "too few rows"}}
    >>> document = {
    ...     "Version": "2020-12-01",
    ...     "Parameters": [{"Name": "Rows", "Type": "Integer", "DefaultValue": 5}],
    ...     "Steps": [{"Name": "Enough", "Type": "Condition", "Arguments": {
    ...         "Conditions": [comparison], "IfSteps": [], "ElseSteps": [refuse]}}],
    ... }
    >>> path = folder / "small.json"
    >>> _ = path.write_text(json.dumps(document))
    >>> run(path, parameters={"Rows": "40"}, folder=folder).succeeded
    True
    >>> run(path, folder=folder).state.failure
    'too few rows'
    >>> stop(folder)
    True
    """
    if re.fullmatch(r"\d{12}", account) is None:
        raise MlopsError(f"account {account!r}: give its 12 digits")
    if pipeline is None and not str(source).endswith(SUFFIXES):
        raise MlopsError(f"{source}: {_why_refused(Path(source))}")
    project = project_in(folder or Path.cwd(), account, region)
    if uploads:
        _upload(uploads, ObjectStore(project.connect(region, account).client("s3")), region)
    request = runner.RunRequest(
        pipeline or str(source),
        project.environment,
        dict(parameters or {}),
        data,
        {name: path.resolve() for name, path in (tables or {}).items()},
        Path(source) if pipeline else None,
    )
    return result_of(runner.start(request, project, observer or Observer()), project)


def resume(run_id: str, folder: Path, observer: Observer | None = None) -> RunResult:
    """Resume a run that failed or was stopped, from its last finished step."""
    project = project_in(folder, ACCOUNT, REGION)
    return result_of(runner.resume(run_id, project, observer or Observer()), project)


def stop(folder: Path) -> bool:
    """Stop the local AWS of a folder, whose state stays; return whether it ran."""
    return keeper.stop_server(folder / keeper.FOLDER)


def project_in(folder: Path, account: str, region: str) -> Project:
    """Return a project without names: only files can be run."""
    return Project(
        root=folder.resolve(),
        connect=lambda region, account: connect(region, account, folder.resolve() / keeper.FOLDER),
        place=lambda _environment: (account, region),
        synthesize=_refuse_names,
        find_data=_named_data,
        environment="",
    )


def result_of(state: RunState, project: Project) -> RunResult:
    """Return the result of a run of a project."""
    store = ObjectStore(project.connect(state.region, state.account).client("s3"))
    return RunResult(state, find_run(project.root, state.run_id).folder, store)


def _upload(uploads: Mapping[str, Path], store: ObjectStore, region: str) -> None:
    for uri, path in uploads.items():
        bucket, key = split_uri(uri)
        if not path.exists():
            raise MlopsError(f"{path}: there is no such file or folder to upload")
        store.ensure_bucket(bucket, region)
        if path.is_dir():
            store.upload_folder(path, uri)
        else:
            store.put_file(bucket, f"{key}{path.name}" if key[-1:] in {"", "/"} else key, path)


def _why_refused(source: Path) -> str:
    if source.is_dir():
        return "is a folder; name one of its pipelines, too: --pipeline NAME"
    kinds = f"a pipeline definition or a template ({', '.join(SUFFIXES)})"
    if source.exists():
        return f"is not {kinds}"
    return f"there is no such file; give {kinds}"


def _refuse_names(environment: str, _say: Callable[[str], None]) -> Synthesized:
    raise MlopsError(f"environment {environment!r}: nothing is synthesized here; name a file")


def _named_data(given: Path | None, _name: str | None, _warn: Callable[[str], None]) -> Dataset:
    if given is None:
        raise MlopsError("the pipeline reads a data set: name its file")
    return describe(given, str(given))
