"""The table of endpoints agrees with AWS, and gives all readers one answer."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from iam_prover.reference import actions_of
from mlops_contract.endpoints import APIS, IN_EXISTING_VPCS, TAKES, AwsApi, apis, service_of

NAMES = [each.name for each in APIS]


def _names(*groups: str, **given: object) -> set[str]:
    return {each.name for each in apis(groups, ["arn:x"], **given)}  # type: ignore[arg-type]


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
    core = _names(own_vpc=False)
    assert {"sts", "kms", "sagemaker.api", "ecr.dkr"} <= core
    assert not core & {"athena", "codebuild", "redshift", "ec2"}
    assert _names() - core == {"ec2"}
    assert _names(query="athena") - _names() == {"athena", "glue"}
    assert _names(query="redshift") - _names() == {"redshift", "redshift-data"}
    assert _names("analytics", query="athena") == _names("analytics")
    assert _names("clients") - _names() == {
        *("sagemaker.runtime", "sagemaker.metrics", "sns", "sqs", "lambda", "secretsmanager"),
    }
    assert _names("analytics", "clients", "delivery", query="redshift") == set(NAMES)


def test_an_existing_vpc_may_have_all_but_what_only_ours_needs() -> None:
    assert set(NAMES) - set(IN_EXISTING_VPCS) == {"ec2"}


def test_images_of_aws_are_fetched_from_registries_only() -> None:
    having = {each.name for each in apis([], ["arn:x"]) if each.foreign_repositories}
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
