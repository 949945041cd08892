"""Patches of moto's SageMaker: lists of the objects that it does not know, and of associations.

Source: SageMaker API Reference, `ListActions` and the others: filters and order.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from botocore import xform_name

from pipeline_local.local_aws.cloud_patches.sagemaker_objects import KINDS, kept
from pipeline_local.local_aws.job_records import shaped
from pipeline_local.local_aws.moto_patches import put
from pipeline_local.local_aws.pipeline_requests import Request, is_between, page_of
from pipeline_schema.api_model import service_model

if TYPE_CHECKING:
    from collections.abc import Callable

_ASSOCIATION = "Association"
_PAGING = ("NextToken", "MaxResults", "SortBy", "SortOrder")
_TIMES = {"Created": "CreationTime", "CreationTime": "CreationTime"}
_TIMES |= {"LastModifiedTime": "LastModifiedTime"}


def install() -> None:
    """Apply all patches below."""
    kept_objects_are_listed()


def kept_objects_are_listed() -> None:
    """List the objects that were made here, of each kind."""
    from moto.sagemaker.responses import SageMakerResponse

    for kind in (*KINDS, _ASSOCIATION):
        put(SageMakerResponse, f"list_{xform_name(kind)}s", _listing(kind))


def _listing(kind: str) -> Callable[..., Any]:
    output: Any = service_model().operation_model(f"List{kind}s").output_shape
    (member,) = (name for name in output.members if name != "NextToken")
    place = f":{xform_name(kind).replace('_', '-')}/"

    def listed(self: Any) -> Any:
        from moto.core.responses import ActionResult

        asked = Request.of(self)
        if kind == _ASSOCIATION:
            known = [*kept(self, "associations").values()]
        else:
            known = [{**made["asked"], **made} for arn, made in kept(self).items() if place in arn]
        found = [each for each in known if _wanted(asked, kind, each)]
        found.sort(key=partial(_place, asked, kind))
        items = [shaped(each, output.members[member].member) for each in found]
        return ActionResult(page_of(asked, member, items))

    return listed


def _wanted(asked: Request, kind: str, facts: dict[str, Any]) -> bool:
    """Return whether an object is one that the filters of a request ask for."""
    for name, value in asked.content.items():
        if name == "NameContains":
            if value.lower() not in facts[f"{kind}Name"].lower():
                return False
        elif name == "SourceUri":
            if facts.get("Source", {}).get(name) != value:
                return False
        elif name not in _PAGING and not name.endswith(("Before", "After")):
            member = name.removesuffix("Equals")
            if facts.get(f"{kind}Status" if member == "Status" else member) != value:
                return False
    return all(is_between(asked, name, facts.get(time)) for name, time in _TIMES.items())


def _place(asked: Request, kind: str, facts: dict[str, Any]) -> Any:
    """Return what an object is sorted by."""
    by = asked.get("SortBy") or "CreationTime"
    member = {"Name": f"{kind}Name", "Status": f"{kind}Status"}.get(by, by)
    return facts[member] if member.endswith("Time") else str(facts.get(member))
