"""The project template: what a team gets, who may start one, and how far the roles reach."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.template.policies import is_allowed, is_denied

if TYPE_CHECKING:
    from tests.template.assembly import Stacks

HERE = "eu-central-1:111111111111"
OURS = {"aws:ResourceAccount": "111111111111"}
PROJECT = "secure-mlops-dev-p-churn"


@pytest.fixture(scope="module")
def product(dev: Stacks) -> dict[str, Any]:
    (template,) = dev.products
    return template


def _filled(value: object) -> Any:
    """The same for a project called p-churn; other references stay."""
    if isinstance(value, list):
        return [_filled(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value == {"Ref": "SageMakerProjectName"}:
        return "p-churn"
    members = {name: _filled(each) for name, each in value.items()}
    join = members.get("Fn::Join")
    if join and all(isinstance(part, str) for part in join[1]):
        return join[0].join(join[1])
    return members


def _of(product: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [
        _filled(each["Properties"])
        for each in product["Resources"].values()
        if each["Type"] == kind
    ]


def test_studio_shows_the_product_and_scientists_start_it_under_the_launch_role(
    dev: Stacks,
) -> None:
    (found,) = dev.properties("AWS::ServiceCatalog::CloudFormationProduct")
    assert {"Key": "sagemaker:studio-visibility", "Value": "true"} in found["Tags"]
    (constraint,) = dev.properties("AWS::ServiceCatalog::LaunchRoleConstraint")
    assert "projectlaunch" in json.dumps(constraint["RoleArn"])
    (principal,) = dev.properties("AWS::ServiceCatalog::PortfolioPrincipalAssociation")
    assert "datascientist" in json.dumps(principal["PrincipalARN"])
    assert not dev.properties("AWS::ServiceCatalog::PortfolioShare")


def test_there_is_one_only_where_the_settings_say_so(prod: Stacks) -> None:
    assert prod.products == []
    assert not prod.properties("AWS::ServiceCatalog::Portfolio")
    assert "projecttemplate" not in json.dumps(prod.manifest)


def test_a_project_has_a_repository_builds_triggers_pipelines_models_and_alarms(
    product: dict[str, Any],
) -> None:
    names = {
        ("AWS::CodeCommit::Repository", "RepositoryName"): {PROJECT},
        ("AWS::CodeBuild::Project", "Name"): {f"{PROJECT}-train", f"{PROJECT}-review"},
        ("AWS::Events::Rule", "Name"): {f"{PROJECT}-push", f"{PROJECT}-pull-request"},
        ("AWS::SageMaker::Pipeline", "PipelineName"): {f"{PROJECT}-training"},
        ("AWS::SageMaker::ModelPackageGroup", "ModelPackageGroupName"): {f"{PROJECT}-abalone-age"},
        ("AWS::CloudWatch::CompositeAlarm", "AlarmName"): {f"{PROJECT}-project"},
    }
    for (kind, name), expected in names.items():
        assert {each[name] for each in _of(product, kind)} == expected
    tags = {
        "sagemaker:project-name": "p-churn",
        "sagemaker:project-id": {"Ref": "SageMakerProjectId"},
        "secure-mlops:environment": "dev",
    }
    for resource in product["Resources"].values():
        of_resource = _filled(resource["Properties"]).get("Tags")
        assert tags.items() <= {each["Key"]: each["Value"] for each in of_resource}.items()


def test_a_project_makes_no_role_and_no_policy(product: dict[str, Any]) -> None:
    kinds = {each["Type"] for each in product["Resources"].values()}
    assert not {kind for kind in kinds if kind.startswith("AWS::IAM::")}
    assert kinds <= {
        *("AWS::CodeBuild::Project", "AWS::CodeBuild::ReportGroup", "AWS::CodeCommit::Repository"),
        *("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::Events::Rule"),
        *("AWS::SageMaker::ModelPackageGroup", "AWS::SageMaker::Pipeline"),
    }


def test_builds_are_in_our_network_under_our_key(product: dict[str, Any]) -> None:
    for build in _of(product, "AWS::CodeBuild::Project"):
        assert build["VpcConfig"]["VpcId"] == {"Ref": "VpcId"}
        assert len(build["VpcConfig"]["Subnets"]) == 2
        assert build["EncryptionKey"] == {"Ref": "DeliveryKeyArn"}
        assert build["Environment"]["PrivilegedMode"] is False
        role = "role/secure-mlops-dev-build-project-"
        assert role in build["ServiceRole"]


def test_a_push_starts_training_of_that_commit_and_a_pull_request_its_review(
    product: dict[str, Any],
) -> None:
    rules = {each["Name"]: each for each in _of(product, "AWS::Events::Rule")}
    push, request = rules[f"{PROJECT}-push"], rules[f"{PROJECT}-pull-request"]
    repository = f"arn:aws:codecommit:{HERE}:{PROJECT}"
    assert push["EventPattern"]["resources"] == request["EventPattern"]["resources"] == [repository]
    (train,), (review,) = push["Targets"], request["Targets"]
    assert train["Arn"] == f"arn:aws:codebuild:{HERE}:project/{PROJECT}-train"
    assert json.loads(train["InputTransformer"]["InputTemplate"]) == {"sourceVersion": "<commit>"}
    assert review["Arn"] == f"arn:aws:codebuild:{HERE}:project/{PROJECT}-review"
    assert all(each["RoleArn"].endswith("-project-starter") for each in (train, review))


def test_the_repository_comes_last_so_that_its_first_commit_is_heard(
    product: dict[str, Any],
) -> None:
    (repository,) = (each for each in product["Resources"].values() if "Repository" in each["Type"])
    waited = {product["Resources"][name]["Type"] for name in repository["DependsOn"]}
    assert {"AWS::Events::Rule", "AWS::CodeBuild::Project", "AWS::SageMaker::Pipeline"} <= waited


def test_every_parameter_is_filled_in_or_published_by_the_environment(
    dev: Stacks, product: dict[str, Any]
) -> None:
    published = {each["Name"] for each in dev.properties("AWS::SSM::Parameter")}
    by_sagemaker = {"SageMakerProjectName", "SageMakerProjectId"}
    for name, parameter in product["Parameters"].items():
        if name not in by_sagemaker:
            assert parameter["Type"].startswith("AWS::SSM::Parameter::Value<"), name
            assert parameter["Default"] in published, name
    launch = json.dumps(dev.policy("secure-mlops-dev-project-launch"))
    for name, parameter in product["Parameters"].items():
        if name not in by_sagemaker:
            assert f"parameter{parameter['Default']}" in launch


@pytest.mark.parametrize(
    ("name", "good"),
    [("p-churn", True), ("p-a", True), ("churn", False), ("p-Churn", False), ("p--x", False)],
)
def test_names_of_projects_begin_alike(product: dict[str, Any], name: str, good: bool) -> None:
    import re

    parameter = product["Parameters"]["SageMakerProjectName"]
    assert (re.fullmatch(parameter["AllowedPattern"], name) is not None) == good
    group = f"secure-mlops-dev-{'x' * parameter['MaxLength']}-abalone-age"
    assert len(group) <= 63


MADE = {
    "codebuild:CreateProject": "codebuild:{here}:project/{name}-train",
    "codecommit:CreateRepository": "codecommit:{here}:{name}",
    "codecommit:CreateCommit": "codecommit:{here}:{name}",
    "events:PutTargets": "events:{here}:rule/{name}-push",
    "sagemaker:CreatePipeline": "sagemaker:{here}:pipeline/{name}-training",
    "sagemaker:CreateModelPackageGroup": "sagemaker:{here}:model-package-group/{name}-abalone-age",
    "cloudwatch:PutCompositeAlarm": "cloudwatch:{here}:alarm:{name}-project",
}


@pytest.mark.parametrize(("action", "place"), MADE.items())
def test_the_launch_role_makes_what_projects_have_and_nothing_of_the_platform(
    dev: Stacks, action: str, place: str
) -> None:
    policy, boundary = (
        dev.policy(f"secure-mlops-dev-{name}") for name in ("project-launch", "launch-boundary")
    )
    for document in (policy, boundary):
        arn = f"arn:aws:{place.format(here=HERE, name=PROJECT)}"
        assert is_allowed(document, action, arn, OURS)
        for other in ("secure-mlops-dev", "secure-mlops-prod-p-churn", "another"):
            arn = f"arn:aws:{place.format(here=HERE, name=other)}"
            assert is_denied(document, action, arn, OURS)


def test_roles_of_projects_are_passed_each_to_its_service(dev: Stacks) -> None:
    policy = dev.policy("secure-mlops-dev-project-launch")
    role = "arn:aws:iam::111111111111:role/secure-mlops-dev-"
    for name, service in (
        ("build-project-train", "codebuild"),
        ("project-starter", "events"),
        ("project-orchestration", "sagemaker"),
    ):
        to = {"iam:PassedToService": f"{service}.amazonaws.com"}
        assert is_allowed(policy, "iam:PassRole", f"{role}{name}", to)
        assert not is_allowed(policy, "iam:PassRole", f"{role}orchestration", to)
        assert not is_allowed(policy, "iam:PassRole", f"{role}build-deploy-dev", to)


def test_builds_of_projects_bring_pipelines_of_projects_only(dev: Stacks) -> None:
    policy = dev.policy("secure-mlops-dev-build-project-train")
    for action in ("sagemaker:UpdatePipeline", "sagemaker:StartPipelineExecution"):
        own = f"arn:aws:sagemaker:{HERE}:pipeline/{PROJECT}-training"
        assert is_allowed(policy, action, own, OURS)
        platform = f"arn:aws:sagemaker:{HERE}:pipeline/secure-mlops-dev-training"
        assert is_denied(policy, action, platform, OURS)


def test_people_are_told_of_any_project(dev: Stacks) -> None:
    (rule,) = (
        each
        for each in dev.properties("AWS::Events::Rule", "Monitoring")
        if each["Name"] == "secure-mlops-dev-project-alarm"
    )
    alarms = [{"wildcard": f"arn:aws:cloudwatch:{HERE}:alarm:secure-mlops-dev-p-*-project"}]
    assert rule["EventPattern"]["resources"] == alarms
