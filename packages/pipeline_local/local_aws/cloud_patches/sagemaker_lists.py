"""Patches of moto's SageMaker: lists of the jobs of runs, and pages of all other lists.

Source: SageMaker API Reference, `ListTrainingJobs` and the others: filters and order.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from botocore import xform_name

from pipeline_local.local_aws.job_records import jobs, shaped
from pipeline_local.local_aws.moto_patches import around, put
from pipeline_local.local_aws.pipeline_requests import Request, is_between, moment_of, page_of
from pipeline_local.local_aws.sagemaker_operations import HONOURED, JOBS, KEPT
from pipeline_schema.api_model import service_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ALL = 1 << 30  # more than a list has
_TUNING, _TRIALS = "HyperParameterTuningJob", "ListTrainingJobsForHyperParameterTuningJob"
_OWN = {_TRIALS, *(f"List{kind}s" for kind in JOBS)}
_OF_MOTO = {each for each in HONOURED | KEPT if each.startswith("List")} - _OWN
_TIMES = ("CreationTime", "LastModifiedTime")
_OBJECTIVE = "FinalHyperParameterTuningJobObjectiveMetric"
_VALUE = "FinalObjectiveMetricValue"


def install() -> None:
    """Apply all patches below."""
    jobs_of_runs_are_listed()
    every_list_has_pages()


def every_list_has_pages() -> None:
    """Cut what moto lists into pages here: it takes a token of anything, or none at all.

    It also filters pipelines after it has cut their list.
    """
    from moto.core.responses import ActionResult
    from moto.sagemaker.responses import SageMakerResponse

    def paged(known: Callable[..., Any], self: Any) -> ActionResult:
        asked = Request.of(self)
        paging = ("NextToken", "MaxResults")
        self.params = {k: v for k, v in self.params.items() if k not in paging}
        if hasattr(getattr(type(self.sagemaker_backend), known.__name__), "__wrapped__"):
            self.params["MaxResults"] = _ALL  # where moto would cut its list otherwise
        answer = known(self).result
        (member,) = (name for name in answer if name != "NextToken")
        items = [*answer[member]]
        return ActionResult(page_of(asked, member, items, newest_first=False))

    for name in vars(SageMakerResponse).keys() & {xform_name(each) for each in _OF_MOTO}:
        around(SageMakerResponse, name, paged)


def jobs_of_runs_are_listed() -> None:
    """Replace moto's answers, which know nothing of runs."""
    from moto.core.responses import ActionResult
    from moto.sagemaker.responses import SageMakerResponse

    def listing(kind: str, operation: str) -> Callable[[Any], ActionResult]:
        return lambda response: ActionResult(_answer(Request.of(response), kind, operation))

    for kind in JOBS:
        put(SageMakerResponse, xform_name(f"List{kind}s"), listing(kind, f"List{kind}s"))
    put(SageMakerResponse, xform_name(_TRIALS), listing("TrainingJob", _TRIALS))


def _answer(asked: Request, kind: str, operation: str) -> dict[str, Any]:
    shape: Any = service_model().operation_model(operation).output_shape
    (member,) = (name for name in shape.members if name != "NextToken")
    found = [each for each in known_jobs(asked, kind) if _wanted(asked, kind, each)]
    found.sort(key=partial(_place, asked, kind), reverse=asked.get("SortOrder") == "Descending")
    if asked.get("SortBy") == _VALUE:
        found.sort(key=lambda each: _OBJECTIVE not in each)  # those without one are last
    summaries = [shaped(each, shape.members[member].member) for each in found]
    return page_of(asked, member, summaries, newest_first=False)


def known_jobs(asked: Request, kind: str) -> Iterator[dict[str, Any]]:
    """Yield the descriptions of all jobs of a kind, or of the trials of a tuning job."""
    backend, tuning = asked.backend, asked.get(f"{_TUNING}Name")
    if tuning:
        getattr(backend, f"describe_{xform_name(_TUNING)}")(tuning)  # refuses one that is not there
    for job in jobs(backend.account_id, backend.region_name, kind):
        step = job.step
        if not tuning or str(step.properties.get("TuningJobArn", "")).endswith(f"/{tuning}"):
            last = {"LastModifiedTime": step.ended or step.started}
            yield {**last, **step.properties, **job.describe()}


def _wanted(asked: Request, kind: str, job: dict[str, Any]) -> bool:
    part, status = asked.get("NameContains"), asked.get("StatusEquals")
    if part and part.lower() not in job[f"{kind}Name"].lower():
        return False
    if status and job[f"{kind}Status"] != status:
        return False
    return all(is_between(asked, time, job.get(time)) for time in _TIMES)


def _place(asked: Request, kind: str, job: dict[str, Any]) -> Any:
    """Return what a job is sorted by."""
    by = asked.get("SortBy") or ("Name" if asked.get(f"{_TUNING}Name") else "CreationTime")
    if by == _VALUE:
        return job.get(_OBJECTIVE, {}).get("Value", 0.0)
    name = job[f"{kind}Name"]
    place = {"Name": name, "Status": job[f"{kind}Status"]}
    return (place[by] if by in place else moment_of(job[by]), name)
