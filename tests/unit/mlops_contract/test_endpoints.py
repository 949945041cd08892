"""The table of endpoints agrees with AWS, and gives all readers one answer."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from iam_prover.reference import actions_of
from mlops_contract.endpoints import (
    APIS,
    IN_EXISTING_VPCS,
    TAKES,
    AwsApi,
    EndpointGroup,
    apis,
    called,
    service_of,
    taking,
)

NAMES = [each.name for each in APIS]


# Of every environment.
ROLES = (
    *("processing-job", "training-job", "inference-job", "content-delivery", "champion-keeper"),
    *("model-chooser", "metrics-publisher", "batch-announcer"),
)


def _names(*groups: EndpointGroup, roles: tuple[str, ...] = ROLES) -> set[str]:
    return {each.name for each in apis(groups, ["arn:x"], roles)}


@pytest.mark.parametrize("api", APIS, ids=NAMES)
def test_what_an_endpoint_lets_through_are_actions_of_its_service(api: AwsApi) -> None:
    known = {each.name for each in actions_of(service_of(api.name))}
    for pattern in api.actions:
        assert any(fnmatchcase(each, pattern) for each in known), pattern
    for pattern in TAKES.get(api.name, ()):
        assert any(fnmatchcase(each, pattern) for each in known), pattern
    for action in api.without_resource:
        assert action in {each.name for each in actions_of(action.partition(":")[0])}


def test_a_name_stands_once() -> None:
    assert len(set(NAMES)) == len(NAMES)


def test_what_an_environment_has_decides() -> None:
    core = _names()
    assert core == {"sagemaker.api", "monitoring", "events", "ecr.api", "ecr.dkr"}
    assert _names(roles=(*ROLES, "default-group-closer")) - core == {"ec2"}
    assert _names(roles=(*ROLES, "query-job")) - core == {"athena", "glue"}
    unloads = _names(roles=(*ROLES, "query-job", "query-unload"))
    assert unloads - core == {"redshift", "redshift-data"}
    assert _names("clients") - core == {
        *("sagemaker.runtime", "sagemaker.metrics", "sns", "sqs", "lambda", "secretsmanager"),
        *("kms", "logs", "ssm", "sts"),
    }
    builds = {"sts", "codeartifact.api", "codeartifact.repositories", "codebuild", "logs"}
    assert _names(roles=(*ROLES, "build-verify")) - core == builds
    deploys = _names(roles=(*ROLES, "build-deploy-prod"))
    assert deploys - core == builds | {"cloudformation", "ssm"}


def test_an_action_that_another_endpoint_takes_needs_that_one() -> None:
    assert {"codecommit", "git-codecommit"} <= called(["build-review"])
    assert "codecommit" not in called(["build-project-train"])
    assert "git-codecommit" in called(["build-project-train"])


def test_an_action_below_a_pattern_of_an_endpoint_needs_that_one() -> None:
    assert taking("sagemaker:InvokeEndpointAsync") == ("sagemaker.runtime",)
    assert taking("sagemaker:CreateModel") == ("sagemaker.api",)


def test_a_role_without_a_row_calls_nothing() -> None:
    assert called(["nobody", "build-deploy-"]) == set()


def test_the_settings_say_what_a_service_takes() -> None:
    roles = (*ROLES, "push-filter")

    def without(**policies: bool) -> set[str]:
        found = apis((), ["arn:x"], roles, policies)
        return {each.name for each in found if each.without_policy}

    assert without() == {"codepipeline"}
    assert without(codepipeline=True) == set()
    assert without(codecommit=False) == {"codecommit", "codepipeline"}


def test_an_existing_vpc_may_have_all_but_what_only_ours_needs() -> None:
    assert set(NAMES) - set(IN_EXISTING_VPCS) == {"ec2"}


def test_images_of_aws_are_fetched_from_registries_only() -> None:
    having = {each.name for each in apis([], ["arn:x"], ROLES) if each.foreign_repositories}
    assert having == {"ecr.api", "ecr.dkr"}


@pytest.mark.parametrize(
    ("endpoint", "service"),
    [
        ("monitoring", "cloudwatch"),
        ("git-codecommit", "codecommit"),
        ("bedrock.x", "bedrock"),
    ],
)
def test_an_endpoint_leads_to_a_service(endpoint: str, service: str) -> None:
    assert service_of(endpoint) == service
