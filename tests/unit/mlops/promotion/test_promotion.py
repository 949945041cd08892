"""Promoting models, going back, and what is left alone when something fails."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from mlops.operations.starts import Starts, request_of
from mlops.promotion import roll_back, withdraw
from mlops.promotion.versions import InferencePipelines
from mlops.registry import decide
from mlops_common.errors import MlopsError
from tests.unit.mlops.promotion.conftest import definition

if TYPE_CHECKING:
    from tests.unit.mlops.promotion.conftest import Platform


def _schedule(platform: Platform) -> dict[str, Any]:
    answer: dict[str, Any] = platform.registry.aws.client("scheduler").get_schedule(
        Name=platform.project.batch, GroupName="secure-mlops-dev"
    )
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def _change_schedule(platform: Platform, **changes: Any) -> None:
    request = {**request_of(_schedule(platform)), **changes}
    platform.registry.aws.client("scheduler").update_schedule(**request)


def _statuses(platform: Platform) -> list[str]:
    return [each.status for each in InferencePipelines(platform.registry, platform.project).all()]


def test_an_approved_model_is_registered_tested_and_scheduled(platform: Platform) -> None:
    before, model = _schedule(platform), platform.model()
    outcome = platform.promote(model)
    made = outcome.inference
    assert (outcome.changed, made.status, made.version) == (True, "Approved", 1)
    assert made.model == model
    assert made.metadata["RunId"] == "run"
    assert made.metadata["GitRevision"] == "abc"
    assert len(made.metadata["DefinitionSha256"]) == 64
    assert "succeeded (Approved by arn:aws:" in made.decided
    test = platform.sagemaker.describe_pipeline_execution(
        PipelineExecutionArn=made.metadata["TestExecutionArn"]
    )
    assert test["PipelineExecutionStatus"] == "Succeeded"
    assert test["PipelineVersionId"] == made.pipeline_version == 2
    given = platform.sagemaker.list_pipeline_parameters_for_execution(
        PipelineExecutionArn=made.metadata["TestExecutionArn"]
    )["PipelineParameters"]
    values = {item["Name"]: item["Value"] for item in given}
    asked = {"InputDataUrl": "s3://good/", "ModelPackage": model}
    assert values == {**asked, "ScoreAgain": "yes", "Rehearsal": "yes"}
    after = _schedule(platform)
    assert after["State"] == "ENABLED"
    request = json.loads(after["Target"]["Input"])
    assert request["PipelineVersionId"] == made.pipeline_version
    assert request["ClientRequestToken"] == "t-<aws.scheduler.scheduled-time>"
    for name in ("State", "Target", "LastModificationDate"):
        before.pop(name, None)
        after.pop(name, None)
    assert after == before


def test_a_query_is_tested_as_it_is_and_not_with_files(platform: Platform) -> None:
    platform.sagemaker.update_pipeline(
        PipelineName=platform.pipeline, PipelineDefinition=definition(source="Query")
    )
    model = platform.model()
    with pytest.raises(MlopsError, match="this pipeline reads batches by a query"):
        platform.promote(model, batch="s3://good/")
    made = platform.promote(model, batch="SELECT 1 AS a").inference
    given = platform.sagemaker.list_pipeline_parameters_for_execution(
        PipelineExecutionArn=made.metadata["TestExecutionArn"]
    )["PipelineParameters"]
    values = {item["Name"]: item["Value"] for item in given}
    assert (values["Query"], values["ModelPackage"]) == ("SELECT 1 AS a", model)
    assert (values["ScoreAgain"], values["Rehearsal"]) == ("yes", "yes")


@pytest.mark.slow
def test_twice_is_once(platform: Platform) -> None:
    model = platform.model()
    first, second = platform.promote(model), platform.promote(model)
    assert (second.changed, second.inference) == (False, first.inference)


@pytest.mark.slow
def test_what_no_person_paused_is_switched_on_without_another_test(platform: Platform) -> None:
    model = platform.model()
    platform.promote(model)
    _change_schedule(platform, State="DISABLED")
    assert platform.promote(model).changed
    assert platform.schedule().enabled
    assert len(_statuses(platform)) == 1


def test_what_changed_during_the_test_is_kept(platform: Platform) -> None:
    """A test takes an hour: who pauses, or deploys another schedule meanwhile, is not undone."""

    def meanwhile(line: str) -> None:
        if line.startswith("test: "):
            Starts(
                platform.registry.aws, platform.registry.names.settings, platform.registry.declared
            ).pause(platform.project.batch, "source moves")
            _change_schedule(platform, ScheduleExpression="cron(0 5 * * ? *)")

    outcome = platform.promote(platform.model(), say=meanwhile)
    after = _schedule(platform)
    assert after["ScheduleExpression"] == "cron(0 5 * * ? *)"
    assert (after["State"], "source moves" in after["Description"]) == ("DISABLED", True)
    assert json.loads(after["Target"]["Input"])["PipelineVersionId"] == 2
    assert re.fullmatch(r"cron\(0 5 .*Berlin, paused .*: source moves", outcome.schedule)


@pytest.mark.slow
def test_what_is_rejected_during_the_test_is_not_scheduled(platform: Platform) -> None:
    first, second = platform.model(), platform.model()
    platform.promote(first)

    def meanwhile(line: str) -> None:
        if line.startswith("test: "):
            decide(platform.registry, platform.registry.version(second), "Rejected", "bad")

    with pytest.raises(MlopsError, match="its status changed to Rejected during its test"):
        platform.promote(second, say=meanwhile)
    assert platform.scheduled_model() == first == platform.default_model()
    assert _statuses(platform) == ["Rejected", "Approved"]


@pytest.mark.slow
@pytest.mark.parametrize("failing", [True, False])
def test_going_back_keeps_what_was_deployed_since(platform: Platform, failing: bool) -> None:
    """Who goes back wants another model, not the project's code of last month."""
    first, second = platform.model(), platform.model()
    platform.promote(first)
    deployed = json.loads(definition())
    deployed["Metadata"] = {"deployed": "again"}

    def deploy(line: str) -> None:
        if line.startswith("test: "):
            platform.sagemaker.update_pipeline(
                PipelineName=platform.pipeline, PipelineDefinition=json.dumps(deployed)
            )

    if failing:
        with pytest.raises(MlopsError, match="bad rows"):
            platform.promote(second, batch="s3://bad/", say=deploy)
    else:
        platform.promote(second, say=deploy)
        platform.promote(second)
        roll_back(platform.registry, "bad")
    text = platform.sagemaker.describe_pipeline(PipelineName=platform.pipeline)
    assert json.loads(text["PipelineDefinition"])["Metadata"] == {"deployed": "again"}
    assert platform.scheduled_model() == first


@pytest.mark.slow
def test_another_definition_makes_another_version(platform: Platform) -> None:
    model = platform.model()
    platform.promote(model)
    deployed = json.loads(definition())
    deployed["Metadata"] = {"deployed": "again"}
    platform.sagemaker.update_pipeline(
        PipelineName=platform.pipeline, PipelineDefinition=json.dumps(deployed)
    )
    assert platform.promote(model).inference.version == 2


def test_a_failed_test_leaves_the_former_one_in_place(platform: Platform) -> None:
    first, second = platform.model(), platform.model()
    platform.promote(first)
    before = _schedule(platform)
    with pytest.raises(MlopsError, match=r"failed: .*bad rows.*the schedule is unchanged"):
        platform.promote(second, batch="s3://bad/")
    assert _schedule(platform) == before
    assert platform.default_model() == first
    assert _statuses(platform) == ["Rejected", "Approved"]
    assert platform.promote(second).inference.version == 3


@pytest.mark.parametrize("status", ["PendingManualApproval", "Rejected"])
def test_only_what_is_approved_is_promoted(platform: Platform, status: str) -> None:
    with pytest.raises(MlopsError, match=f"is {status}: only approved models"):
        platform.promote(platform.model(status))
    assert _statuses(platform) == []


def test_a_definition_without_the_parameter_is_refused(platform: Platform) -> None:
    platform.sagemaker.update_pipeline(
        PipelineName=platform.pipeline, PipelineDefinition=definition(works=False)
    )
    with pytest.raises(MlopsError, match="has no parameter ModelPackage"):
        platform.promote(platform.model())


def test_a_rollback_goes_back_to_the_one_before_and_says_why(platform: Platform) -> None:
    first, second = platform.model(), platform.model()
    platform.promote(first)
    platform.promote(second)
    assert platform.scheduled_model() == second
    gone = roll_back(platform.registry, "predicts too old")
    assert gone.now is not None
    assert gone.withdrawn is not None
    assert (gone.withdrawn.model, gone.now.model) == (second, first)
    assert platform.scheduled_model() == first == platform.default_model()
    assert platform.schedule().enabled
    rejected = platform.registry.version(second)
    assert rejected.status == "Rejected"
    assert rejected.approval_description.startswith("predicts too old (Rejected by arn:aws:")
    assert gone.withdrawn.decided == rejected.approval_description
    with pytest.raises(MlopsError, match="the only model that was promoted"):
        roll_back(platform.registry, "again")
    assert platform.registry.version(first).status == "Approved"


@pytest.mark.slow
def test_rejecting_what_is_scheduled_goes_back_too(platform: Platform) -> None:
    first, second, third = (platform.model() for _ in range(3))
    for model in (first, second, third):
        platform.promote(model)
    platform.registry.aws.client("sagemaker").update_model_package(
        ModelPackageArn=second, ModelApprovalStatus="Rejected"
    )
    rejected = decide(platform.registry, platform.registry.version(third), "Rejected", "bad")
    gone = withdraw(platform.registry, rejected.version)
    assert gone.now is not None
    assert gone.now.model == first  # the second is not approved any more


@pytest.mark.slow
def test_rejecting_what_is_not_scheduled_changes_nothing(platform: Platform) -> None:
    first, second = platform.model(), platform.model()
    platform.promote(first)
    before = _schedule(platform)
    rejected = decide(platform.registry, platform.registry.version(second), "Rejected", "bad")
    assert withdraw(platform.registry, rejected.version).withdrawn is None
    assert _schedule(platform) == before


@pytest.mark.slow
def test_rejecting_the_only_one_disables_the_schedule(platform: Platform) -> None:
    model = platform.model()
    platform.promote(model)
    rejected = decide(platform.registry, platform.registry.version(model), "Rejected", "bad")
    assert withdraw(platform.registry, rejected.version).now is None
    schedule = platform.schedule()
    assert (schedule.enabled, schedule.pipeline_version) == (False, None)


@pytest.mark.slow
def test_what_is_paused_stays_paused_when_going_back(platform: Platform) -> None:
    first, second = platform.model(), platform.model()
    platform.promote(first)
    platform.promote(second)
    _change_schedule(platform, State="DISABLED")
    roll_back(platform.registry, "bad")
    assert platform.scheduled_model() == first
    assert not platform.schedule().enabled


def test_without_any_promotion_there_is_nothing_to_go_back_from(platform: Platform) -> None:
    with pytest.raises(MlopsError, match="no model is promoted"):
        roll_back(platform.registry, "bad")


def test_the_group_of_inference_pipelines_is_no_group_of_models(platform: Platform) -> None:
    assert platform.registry.groups() == [platform.group]


@pytest.mark.slow
def test_who_may_only_decide_leaves_the_rest_to_the_build(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = platform.model(), platform.model()
    for model in (first, second):
        platform.promote(model)

    def refuse(*_: object, **__: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "UpdateModelPackage")

    with monkeypatch.context() as patched:
        patched.setattr(InferencePipelines, "decide", refuse)
        assert roll_back(platform.registry, "bad").left_to_build
    assert platform.registry.version(second).status == "Rejected"
    assert platform.scheduled_model() == second
    gone = withdraw(platform.registry, platform.registry.version(second))  # what the build does
    assert gone.now is not None
    assert platform.scheduled_model() == first
