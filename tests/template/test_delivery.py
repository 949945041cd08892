"""The delivery: what starts it, what it does in which order, and what it cannot do."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest

from environments.delivery import DeliverySettings, PromotionSettings
from mlops.local_aws.patterns import matches
from tests.template.policies import is_allowed, is_denied, resolved, statements

if TYPE_CHECKING:
    from tests.template.assembly import Stacks

HERE = "eu-central-1:111111111111"
REPOSITORY = f"arn:aws:codecommit:{HERE}:secure-mlops"
BUCKET = "secure-mlops-dev-delivery-111111111111-eu-central-1"
PROJECTS = ("verify", "deploy-dev", "deploy-staging", "deploy-prod", "train")
OURS = {"aws:ResourceAccount": "111111111111"}


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


VERIFIED = "secure-mlops-dev-del/Verified/aBcDeF"
RESULTS, SOURCE = "secure-mlops-dev-del/Results/x", "secure-mlops-dev-del/Source/x"
PROMOTED = "secure-mlops-dev-inf/Results/x"
ACCESS = {  # what each build reads, and what it writes
    "build-verify": ({SOURCE}, {VERIFIED}),
    "build-deploy-prod": ({SOURCE, VERIFIED}, set()),
    "build-train": ({SOURCE}, {RESULTS}),
    "build-inference": ({SOURCE.replace("-del/", "-inf/")}, {PROMOTED}),
    "build-review": (set(), set()),
}


@pytest.mark.parametrize("build", ACCESS)
def test_a_build_reads_and_writes_the_artifacts_of_its_actions_only(
    dev: Stacks, build: str
) -> None:
    """Who writes what was verified writes what is deployed to production."""
    (policy,) = (
        each["Properties"]["PolicyDocument"]
        for name, each in dev.of_type("AWS::S3::BucketPolicy").items()
        if name.startswith("Delivery")
    )
    own = [
        each
        for each in statements(policy)
        if each["Effect"] == "Allow" and f"{build.replace('-', '')}Role" in str(each["Principal"])
    ]
    every = {key for sides in ACCESS.values() for keys in sides for key in keys}
    for action, keys in zip(("s3:GetObject", "s3:PutObject"), ACCESS[build], strict=True):
        places = [
            text.partition("/")[2]
            for each in own
            if action in _texts(each["Action"])
            for text in _texts(each["Resource"])
        ]
        assert {key for key in every if any(fnmatchcase(key, each) for each in places)} == keys


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def test_builds_are_private(dev: Stacks) -> None:
    projects = dev.properties("AWS::CodeBuild::Project")
    names = {each["Name"].removeprefix("secure-mlops-dev-") for each in projects}
    assert names == {*PROJECTS, "inference", "review"}
    for each in projects:
        environment = each["Environment"]
        assert environment["PrivilegedMode"] is False
        assert environment["Image"].startswith("aws/codebuild/")
        assert "Builds" in json.dumps(each["VpcConfig"]["SecurityGroupIds"])
        assert len(each["VpcConfig"]["Subnets"]) == 2
        assert "DeliveryKey" in json.dumps(each["EncryptionKey"])
        # CodeBuild refuses a build beyond the limit, and pull requests come as they like.
        several = each["Name"].endswith("-review")
        assert each.get("ConcurrentBuildLimit") == (None if several else 1)
        assert 0 < each["TimeoutInMinutes"] <= 240
        assert each["LogsConfig"]["CloudWatchLogs"]["GroupName"]
        assert each["Visibility"] == "PRIVATE"
    roles = [json.dumps(each["ServiceRole"]) for each in projects]
    assert len(set(roles)) == len(roles)


def test_logs_and_reports_are_encrypted(dev: Stacks) -> None:
    groups = dev.properties("AWS::Logs::LogGroup", "DeliveryIdentity")
    builds = [each for each in groups if each["LogGroupName"].startswith("/secure-mlops-dev/")]
    assert len(builds) == len(PROJECTS) + 2
    assert all(each["KmsKeyId"] and each["RetentionInDays"] for each in builds)
    reports = dev.properties("AWS::CodeBuild::ReportGroup")
    assert {each["Name"] for each in reports} == {
        f"secure-mlops-dev-{name}-tests" for name in ("verify", "review")
    }
    for each in reports:
        export = each["ExportConfig"]["S3Destination"]
        assert export["EncryptionDisabled"] is False
        assert "DeliveryKey" in json.dumps(export["EncryptionKey"])
        assert export["Bucket"] == BUCKET


def test_builds_reach_endpoints_and_s3_only(dev: Stacks) -> None:
    rules = [
        each
        for each in dev.properties("AWS::EC2::SecurityGroupEgress", "Network")
        if "Builds" in json.dumps(each["GroupId"])
    ]
    assert len(rules) == 2
    assert all((each["FromPort"], each["ToPort"]) == (443, 443) for each in rules)
    assert all("CidrIp" not in each for each in rules)


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


@pytest.mark.parametrize(("target", "account"), [("dev", "1"), ("staging", "2"), ("prod", "3")])
def test_a_deploying_build_takes_on_the_bootstrap_of_its_environment_only(
    dev: Stacks, target: str, account: str
) -> None:
    policy = dev.policy(f"secure-mlops-dev-build-deploy-{target}")
    (statement,) = (
        each for each in statements(policy) if "sts:AssumeRole" in json.dumps(each["Action"])
    )
    number = account * 12
    assert [resolved(each) for each in statement["Resource"]] == [
        f"arn:aws:iam::{number}:role/cdk-hnb659fds-{name}-role-{number}-eu-central-1"
        for name in ("deploy", "file-publishing", "lookup")
    ]


def test_no_other_build_takes_on_a_role_or_starts_more_than_its_own(dev: Stacks) -> None:
    for name in ("verify", "train", "review", "inference"):
        text = json.dumps(dev.policy(f"secure-mlops-dev-build-{name}"))
        assert "sts:AssumeRole" not in text
        assert "codebuild:StartBuild" not in text
    training = dev.policy("secure-mlops-dev-build-train")
    start, pipeline = "sagemaker:StartPipelineExecution", f"arn:aws:sagemaker:{HERE}:pipeline/"
    assert is_allowed(training, start, f"{pipeline}secure-mlops-dev-training", OURS)
    assert not is_allowed(training, start, f"{pipeline}secure-mlops-dev-batch-inference", OURS)


def test_a_review_comments_and_changes_nothing(dev: Stacks) -> None:
    policy = dev.policy("secure-mlops-dev-build-review")
    assert is_allowed(policy, "codecommit:PostCommentForPullRequest", REPOSITORY, OURS)
    for action in ("GitPush", "MergePullRequestBySquash", "UpdatePullRequestApprovalState"):
        assert not is_allowed(policy, f"codecommit:{action}", REPOSITORY, OURS)


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


def _through(stacks: Stacks, service: str) -> dict[str, Any]:
    (policy,) = (
        each["PolicyDocument"]
        for each in stacks.properties("AWS::EC2::VPCEndpoint", "Network")
        if json.dumps(each["ServiceName"]).endswith(f'{service}"')
        or f'.{service}"' in json.dumps(each["ServiceName"])
    )
    document: dict[str, Any] = policy
    return document


def _bootstrap(name: str, account: str) -> str:
    return f"arn:aws:iam::{account}:role/cdk-hnb659fds-{name}-role-{account}-eu-central-1"


@pytest.mark.parametrize("account", ["111111111111", "222222222222", "333333333333"])
def test_files_are_published_by_the_role_for_it_and_where_it_belongs(
    dev: Stacks, account: str
) -> None:
    policy, put = _through(dev, "s3"), "s3:PutObject"
    bucket = f"arn:aws:s3:::cdk-hnb659fds-assets-{account}-eu-central-1/x"
    publisher = _bootstrap("file-publishing", account)
    context = {"aws:ResourceAccount": account, "aws:PrincipalAccount": account}
    assert is_allowed(policy, put, bucket, {**context, "aws:PrincipalArn": publisher})
    for other in (_bootstrap("deploy", account), _bootstrap("file-publishing", "444444444444")):
        assert not is_allowed(policy, put, bucket, {**context, "aws:PrincipalArn": other})
    elsewhere = {**context, "aws:PrincipalArn": publisher, "aws:ResourceAccount": "444444444444"}
    assert not is_allowed(policy, put, bucket, elsewhere)


def test_roles_of_other_accounts_reach_their_own_account_only(dev: Stacks) -> None:
    policy, action = _through(dev, "cloudformation"), "cloudformation:CreateChangeSet"
    deployer = {"aws:PrincipalArn": _bootstrap("deploy", "222222222222")}
    theirs = {**deployer, "aws:PrincipalAccount": "222222222222"}
    assert is_allowed(policy, action, "x", {**theirs, "aws:ResourceAccount": "222222222222"})
    for account in ("111111111111", "333333333333"):
        assert not is_allowed(policy, action, "x", {**theirs, "aws:ResourceAccount": account})


def test_only_deploying_builds_take_on_roles_of_other_accounts(dev: Stacks) -> None:
    policy, action = _through(dev, "sts"), "sts:AssumeRole"
    target = _bootstrap("deploy", "333333333333")
    context = {"aws:PrincipalAccount": "111111111111", "aws:ResourceAccount": "333333333333"}
    role = "arn:aws:iam::111111111111:role/secure-mlops-dev-build-"
    builder = {**context, "aws:PrincipalArn": f"{role}deploy-prod"}
    assert is_allowed(policy, action, target, builder)
    assert not is_allowed(policy, action, "arn:aws:iam::333333333333:role/admin", builder)
    other = {**context, "aws:PrincipalArn": f"{role}review"}
    assert not is_allowed(policy, action, target, other)
