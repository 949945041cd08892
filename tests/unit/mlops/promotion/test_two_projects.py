"""Two model projects: what happens to a model of one leaves the other alone."""

from __future__ import annotations

import json
import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from environments.loading import load_environment
from mlops.promotion import roll_back, withdraw
from mlops.registry import decide
from mlops_common.errors import MlopsError
from pipeline_local.aws import Aws
from pipeline_local.local_aws import keeper
from tests.unit.mlops.promotion.conftest import AGE, CHURN, Platform, registry_of, set_up_platform

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def both(server_state: Path) -> tuple[Platform, Platform]:
    """The two projects in one environment, and a group that no project has."""
    account = f"{uuid.uuid4().int % 10**12:012d}"
    settings = load_environment("dev").model_copy(update={"account": account})
    aws = Aws(settings.region, account, keeper.ensure_server(server_state))
    registry = registry_of(aws, settings, CHURN, AGE)
    age, churn = set_up_platform(registry, AGE), set_up_platform(registry, CHURN)
    age.sagemaker.create_model_package_group(
        ModelPackageGroupName=registry.names.model_package_group("foreign")
    )
    return age, churn


def _all(platform: Platform) -> tuple[Any, ...]:
    """Everything that a promotion changes."""
    client = platform.registry.aws.client("scheduler")
    schedule = client.get_schedule(Name=platform.project.batch, GroupName="secure-mlops-dev")
    versions = platform.sagemaker.list_model_packages(
        ModelPackageGroupName=platform.registry.names.model_package_group(platform.project.batch)
    )["ModelPackageSummaryList"]
    definition = platform.sagemaker.describe_pipeline(PipelineName=platform.pipeline)
    runs = platform.sagemaker.list_pipeline_executions(PipelineName=platform.pipeline)
    return (
        schedule["State"],
        json.loads(schedule["Target"]["Input"]),
        definition["PipelineDefinition"],
        [each["ModelApprovalStatus"] for each in versions],
        runs["PipelineExecutionSummaries"],
    )


@pytest.mark.parametrize("status", ["Approved", "Rejected"])
def test_a_model_of_no_project_changes_nothing(
    both: tuple[Platform, Platform], status: str
) -> None:
    age, churn = both
    before = _all(age), _all(churn)
    foreign = age.sagemaker.create_model_package(
        ModelPackageGroupName="secure-mlops-dev-foreign",
        InferenceSpecification={
            "Containers": [{"Image": "image", "ModelDataUrl": "s3://models/model.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        ModelApprovalStatus=status,
    )["ModelPackageArn"]
    says = r"secure-mlops-dev-foreign has no batch pipeline .* secure-mlops-dev-abalone-age, secure"
    model = age.registry.version(foreign)
    act = partial(age.promote, foreign, "s3://good/")
    with pytest.raises(MlopsError, match=says):
        act() if status == "Approved" else withdraw(age.registry, model)
    assert (_all(age), _all(churn)) == before


def test_each_promotes_goes_back_and_is_rejected_alone(both: tuple[Platform, Platform]) -> None:
    age, churn = both
    untouched = _all(age)
    first, second = churn.model(), churn.model()
    churn.promote(first)
    churn.promote(second)
    assert _all(age) == untouched
    assert (churn.scheduled_model(), churn.default_model()) == (second, second)
    model = age.model()
    age.promote(model)
    untouched = _all(age)
    gone = roll_back(churn.registry, "worse", "churn")
    assert gone.now is not None
    assert (gone.now.model, churn.scheduled_model()) == (first, first)
    rejected = decide(churn.registry, churn.registry.version(first), "Rejected", "bad").version
    assert withdraw(churn.registry, rejected).now is None
    assert not churn.schedule().enabled
    assert _all(age) == untouched
    assert age.scheduled_model() == model


def test_with_two_a_rollback_says_whose(both: tuple[Platform, Platform]) -> None:
    with pytest.raises(MlopsError, match=r"--group; groups: secure-mlops-dev-abalone-age, secure"):
        roll_back(both[0].registry, "worse")


def test_groups_of_promoted_models_are_no_models(both: tuple[Platform, Platform]) -> None:
    groups = [name.removeprefix("secure-mlops-dev-") for name in both[0].registry.groups()]
    assert groups == ["abalone-age", "churn", "foreign"]
