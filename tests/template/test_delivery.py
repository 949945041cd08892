"""The delivery: what starts it, what it does in which order, and what it cannot do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from environments.delivery import DeliverySettings, PromotionSettings
from pipeline_local.aws.patterns import matches
from tests.template.policies import is_denied, resolved

if TYPE_CHECKING:
    from tests.template.assembly import Stacks

HERE = "eu-central-1:111111111111"
REPOSITORY = f"arn:aws:codecommit:{HERE}:secure-mlops"
BUCKET = "secure-mlops-dev-delivery-111111111111-eu-central-1"


def _rule(stacks: Stacks, name: str) -> dict[str, Any]:
    (found,) = (
        each
        for each in stacks.properties("AWS::Events::Rule", "Delivery")
        if each["Name"] == f"secure-mlops-dev-{name}"
    )
    return found


def _event(kind: str, **detail: Any) -> dict[str, Any]:
    return {
        "source": "aws.codecommit",
        "detail-type": f"CodeCommit {kind} State Change",
        "resources": [REPOSITORY],
        "detail": detail,
    }


def test_a_push_to_main_asks_the_filter(dev: Stacks) -> None:
    rule = _rule(dev, "push")
    push = {"event": "referenceUpdated", "referenceType": "branch", "referenceName": "main"}
    assert matches(rule["EventPattern"], _event("Repository", **push))
    for other in ({"referenceName": "topic"}, {"event": "referenceDeleted"}):
        assert not matches(rule["EventPattern"], _event("Repository", **push | other))
    elsewhere = {**_event("Repository", **push), "resources": [f"{REPOSITORY}-2"]}
    assert not matches(rule["EventPattern"], elsewhere)
    (target,) = rule["Targets"]
    assert "PushFilter" in json.dumps(target["Arn"])
    (function,) = dev.properties("AWS::Lambda::Function", "Delivery")
    variables = function["Environment"]["Variables"]
    assert variables["PIPELINE"] == "secure-mlops-dev-delivery"
    assert variables["IGNORED_PATHS"] == "docs/**\n*.md\nLICENSE"


@pytest.mark.parametrize("event", ["pullRequestCreated", "pullRequestSourceBranchUpdated"])
def test_a_pull_request_opened_or_updated_is_reviewed(dev: Stacks, event: str) -> None:
    rule = _rule(dev, "pull-request")
    detail = {"event": event, "destinationReference": "refs/heads/main"}
    assert matches(rule["EventPattern"], _event("Pull Request", **detail))
    for other in ({"event": "pullRequestStatusChanged"}, {"destinationReference": "refs/x"}):
        assert not matches(rule["EventPattern"], _event("Pull Request", **detail | other))
    (target,) = rule["Targets"]
    assert resolved(target["Arn"]) == f"arn:aws:codebuild:{HERE}:project/secure-mlops-dev-review"
    transformer = target["InputTransformer"]
    template = json.loads(transformer["InputTemplate"])
    assert template["sourceVersion"] == "<SOURCE_COMMIT>"
    names = {each["name"] for each in template["environmentVariablesOverride"]}
    assert {"PULL_REQUEST_ID", "SOURCE_COMMIT", "DESTINATION_COMMIT"} == names
    assert transformer["InputPathsMap"]["PULL_REQUEST_ID"] == "$.detail.pullRequestId"


@pytest.mark.parametrize("status", ["Approved", "Rejected"])
def test_a_decided_model_starts_its_promotion(dev: Stacks, status: str) -> None:
    rule = _rule(dev, "model-decided")
    event = {
        "source": "aws.sagemaker",
        "detail-type": "SageMaker Model Package State Change",
        "detail": {
            "ModelPackageGroupName": "secure-mlops-dev-abalone-age",
            "ModelApprovalStatus": status,
        },
    }
    assert matches(rule["EventPattern"], event)
    waiting = {**event["detail"], "ModelApprovalStatus": "PendingManualApproval"}  # type: ignore[dict-item]
    assert not matches(rule["EventPattern"], {**event, "detail": waiting})
    theirs = {**event["detail"], "ModelPackageGroupName": "theirs"}  # type: ignore[dict-item]
    assert not matches(rule["EventPattern"], {**event, "detail": theirs})
    (target,) = rule["Targets"]
    assert resolved(target["Arn"]) == f"arn:aws:codepipeline:{HERE}:secure-mlops-dev-inference"
    variables = json.loads(target["InputTransformer"]["InputTemplate"])["variables"]
    assert variables == [{"name": "MODEL_PACKAGE_ARN", "value": "<model>"}]
    pipeline = _pipeline(dev, "inference")
    assert [each["Name"] for each in pipeline["Variables"]] == ["MODEL_PACKAGE_ARN"]
    (build,) = pipeline["Stages"][1]["Actions"]
    assert "#{variables.MODEL_PACKAGE_ARN}" in build["Configuration"]["EnvironmentVariables"]


def _pipeline(stacks: Stacks, name: str) -> dict[str, Any]:
    (found,) = (
        each
        for each in stacks.properties("AWS::CodePipeline::Pipeline")
        if each["Name"] == f"secure-mlops-dev-{name}"
    )
    return found


def test_a_change_goes_its_way(dev: Stacks) -> None:
    pipeline = _pipeline(dev, "delivery")
    assert pipeline["PipelineType"] == "V2"
    assert [stage["Name"] for stage in pipeline["Stages"]] == [
        *("Source", "Verify", "Deploy-dev", "Train"),
        *("Approve-staging", "Deploy-staging", "Approve-prod", "Deploy-prod"),
    ]
    stages = {stage["Name"]: stage for stage in pipeline["Stages"]}
    (source,) = stages["Source"]["Actions"]
    assert source["Configuration"]["PollForSourceChanges"] == "false"
    for name in ("dev", "staging", "prod"):
        deploy = stages[f"Deploy-{name}"]["Actions"][0]
        inputs = [each["Name"] for each in deploy["InputArtifacts"]]
        assert inputs == ["Source", "Verified"]
        assert deploy["Configuration"]["ProjectName"] == f"secure-mlops-dev-deploy-{name}"
    for name in ("staging", "prod"):
        (approval,) = stages[f"Approve-{name}"]["Actions"]
        assert approval["ActionTypeId"]["Category"] == "Approval"
        assert "OnFailure" not in stages[f"Approve-{name}"]


def test_a_stage_that_fails_goes_back(dev: Stacks) -> None:
    stages = {stage["Name"]: stage for stage in _pipeline(dev, "delivery")["Stages"]}
    for name in ("staging", "prod"):
        assert stages[f"Deploy-{name}"]["OnFailure"] == {"Result": "ROLLBACK"}
    assert "OnFailure" not in stages["Train"]


def test_a_smoke_batch_is_scored_after_the_deployment_and_takes_it_back() -> None:
    plan = _plan(promotions=(PromotionSettings(environment="staging", smoke_batch=True),))
    deploy, smoke = plan.stages[-1].actions
    assert deploy.order < smoke.order
    assert smoke.configuration["ProjectName"] == "secure-mlops-dev-smoke"
    assert '"staging"' in smoke.configuration["EnvironmentVariables"]
    assert plan.stages[-1].goes_back


def test_artifacts_are_in_our_bucket_under_our_key(dev: Stacks) -> None:
    for pipeline in dev.properties("AWS::CodePipeline::Pipeline"):
        store = pipeline["ArtifactStore"]
        assert store["Location"] == BUCKET
        assert "DeliveryKey" in json.dumps(store["EncryptionKey"])


def test_packages_come_from_the_registries_and_from_nobody_else(dev: Stacks) -> None:
    (domain,) = dev.properties("AWS::CodeArtifact::Domain")
    assert "DeliveryKey" in json.dumps(domain["EncryptionKey"])
    repositories = {
        each["RepositoryName"]: each for each in dev.properties("AWS::CodeArtifact::Repository")
    }
    packages = repositories.pop("secure-mlops-dev-packages")
    assert "ExternalConnections" not in packages
    assert sorted(packages["Upstreams"]) == sorted(repositories)
    connections = [each["ExternalConnections"] for each in repositories.values()]
    assert sorted(connections) == [["public:npmjs"], ["public:pypi"]]
    for group in dev.properties("AWS::CodeArtifact::PackageGroup"):
        restrictions = group["OriginConfiguration"]["Restrictions"]
        assert restrictions["Publish"]["RestrictionMode"] == "BLOCK"
        assert restrictions["ExternalUpstream"]["RestrictionMode"] == "ALLOW"
    for each in (domain, packages, *repositories.values()):
        policy = each["PermissionsPolicyDocument"]
        theirs = {"aws:PrincipalAccount": "222222222222"}
        assert is_denied(policy, "codeartifact:ReadFromRepository", "x", theirs)
        ours = {"aws:PrincipalAccount": "111111111111"}
        assert is_denied(policy, "codeartifact:PublishPackageVersion", "x", ours)
        assert not is_denied(policy, "codeartifact:ReadFromRepository", "x", ours)


def test_only_dev_delivers(prod: Stacks) -> None:
    for kind in ("AWS::CodeBuild::Project", "AWS::CodePipeline::Pipeline"):
        assert prod.of_type(kind) == {}
    assert "Delivery" not in prod.templates


def test_others_find_the_delivery(dev: Stacks) -> None:
    parameters = {each["Name"]: each["Value"] for each in dev.properties("AWS::SSM::Parameter")}
    found = "/secure-mlops/dev/delivery/"
    assert parameters[f"{found}pipeline"] == "secure-mlops-dev-delivery"
    assert parameters[f"{found}packages"] == "secure-mlops-dev-packages"


def _plan(**changes: Any) -> Any:
    from environments import load_environment
    from stacks.delivery_plans import delivery_plan

    settings = load_environment("dev")
    delivery = DeliverySettings(**changes)
    return delivery_plan(settings.model_copy(update={"delivery": delivery}))


CONNECTION = (
    "arn:aws:codeconnections:eu-central-1:111111111111:connection/"
    "01234567-89ab-cdef-0123-456789abcdef"
)


def test_a_connection_has_triggers_of_its_own(dev: Stacks) -> None:
    from environments import load_environment
    from stacks.delivery_plans import artifact_uses, review_plan

    assert all("Triggers" not in each for each in dev.properties("AWS::CodePipeline::Pipeline"))
    given = {"connection_arn": CONNECTION, "repository": "we/it"}
    plan = _plan(**given)
    assert plan.trigger.ignored_paths == ("docs/**", "*.md", "LICENSE")
    assert not plan.trigger.pull_requests
    (source,) = plan.stages[0].actions
    assert source.provider == "CodeStarSourceConnection"
    assert source.configuration["DetectChanges"] == "false"
    settings = load_environment("dev").model_copy(update={"delivery": DeliverySettings(**given)})
    review = review_plan(settings)
    assert review.trigger.pull_requests
    assert [each.name for each in review.stages[0].actions] == ["Source", "Base"]
    # Of two pull requests that wait, the later must not take the place of the earlier.
    assert (plan.every_one, review.every_one) == (False, True)
    use = artifact_uses(settings)["build-review"]
    assert use.taken == ("secure-mlops-dev-rev/Base/", "secure-mlops-dev-rev/Source/")
    assert use.left == ("secure-mlops-dev-rev/Results/",)


def test_a_policy_takes_the_place_of_a_person() -> None:
    plan = _plan(promotions=(PromotionSettings(environment="staging", approval="policy"),))
    names = [stage.name for stage in plan.stages]
    assert names[-2:] == ["Train", "Deploy-staging"]
    assert plan.stages[-1].variable == ("#{Training.MODEL_APPROVAL_STATUS}", "Approved")
