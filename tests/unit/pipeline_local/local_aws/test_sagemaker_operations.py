"""Each operation of SageMaker is answered, or refused by name: nothing looks done that was not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from pipeline_local.local_aws.sagemaker_operations import (
    HONOURED,
    KEPT,
    REFUSED,
    refusal,
)
from pipeline_schema.api_model import service_model
from pipeline_schema.shape_values import shape_problems

if TYPE_CHECKING:
    from pipeline_local.aws import Aws

# The verbs that make or start something, and all others.
CREATING = (
    *("Add", "Associate", "Attach", "Batch", "Create", "Enable", "Extend", "Import", "Put"),
    *("Register", "Render", "Retry", "Send", "Start"),
)
OTHERS = (
    *("Delete", "Deregister", "Describe", "Detach", "Disable", "Disassociate", "Get", "List"),
    *("Query", "Search", "Stop", "Update"),
)
OPERATIONS = frozenset(service_model().operation_names)
JOBS = ("ProcessingJob", "TrainingJob", "TransformJob", "HyperParameterTuningJob")
PLACE = "arn:aws:sagemaker:eu-central-1:111111111111"
TEXTS = (
    *("a", "s3://bucket/a", "arn:aws:iam::111111111111:role/a"),
    *(f"{PLACE}:pipeline/a/execution/{'a' * 12}", f"{PLACE}:artifact/{'a' * 32}"),
    f"{PLACE}:model-package/a",
)
PAGED = sorted(
    name
    for name in HONOURED | KEPT
    if (shape := service_model().operation_model(name).input_shape) and "NextToken" in shape.members
)


def unjudged(operations: frozenset[str]) -> set[str]:
    judged = HONOURED | KEPT | REFUSED.keys()
    creating = {name for name in operations - judged if name.startswith(CREATING)}
    return creating | {name for name in operations if not name.startswith((*CREATING, *OTHERS))}


def test_what_makes_something_is_judged_whatever_the_api_grows_by() -> None:
    assert not unjudged(OPERATIONS), "say in sagemaker_operations.py what becomes of it"
    assert not (HONOURED | KEPT | REFUSED.keys()) - OPERATIONS
    assert not HONOURED & KEPT
    assert not (HONOURED | KEPT) & REFUSED.keys()
    assert unjudged(OPERATIONS | {"CreateWonder", "ConjureJob"}) == {"CreateWonder", "ConjureJob"}
    assert refusal("DescribeWonder") == "there is nothing of that kind here"


def least(shape: Any) -> Any:
    """Return the least value of a shape that its model takes."""
    if shape.type_name == "structure":
        return {name: least(shape.members[name]) for name in shape.required_members}
    if shape.type_name == "list":
        return [least(shape.member)] if shape.metadata.get("min") else []
    if shape.type_name == "string":
        texts = [*(getattr(shape, "enum", ()) or TEXTS), "a" * shape.metadata.get("min", 1)]
        return next(text for text in texts if not [*shape_problems(text, shape, "", None)])
    return {"boolean": True, "float": 1.0, "double": 1.0, "map": {}}.get(shape.type_name, 1)


def said(aws: Aws, operation: str, **more: Any) -> tuple[str, str]:
    shape = service_model().operation_model(operation).input_shape
    call = getattr(aws.client("sagemaker"), xform_name(operation))
    try:
        call(**{**(least(shape) if shape else {}), **more})
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return "", ""


@pytest.mark.parametrize("operation", sorted(HONOURED | KEPT))
def test_what_is_answered_has_an_answer(aws: Aws, operation: str) -> None:
    code, message = said(aws, operation)
    assert code not in {"NotImplemented", "InternalFailure", "UnknownOperationException"}, message


@pytest.mark.parametrize("kind", JOBS)
def test_no_job_of_its_own_looks_done(aws: Aws, kind: str) -> None:
    code, message = said(aws, f"Create{kind}")
    assert code == "NotImplemented"
    assert (
        f"the local AWS cannot do this: Create{kind}: a job of its own does not run here" in message
    )
    assert said(aws, f"Stop{kind}")[1].endswith("stop the pipeline's execution")
    assert not aws.client("sagemaker").list_processing_jobs(NameContains="a" * 63)[
        "ProcessingJobSummaries"
    ]


@pytest.mark.parametrize("operation", PAGED)
def test_no_list_takes_the_token_of_another(aws: Aws, operation: str) -> None:
    for token in ("rubbish", "0", "10", f"{'0' * 32}10"):
        code, message = said(aws, operation, NextToken=token)
        # What it lists in need not be there.
        other = "does not exist" in message or "Could not find" in message
        problem = f"NextToken: '{token}' is of no earlier answer to this {operation}"
        assert code in {"ValidationException", "ResourceNotFound"}
        assert other or problem in message
