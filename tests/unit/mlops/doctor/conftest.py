"""An account of the local AWS that `dev` can be deployed to, and a shell for printed commands."""

from __future__ import annotations

import dataclasses
import json
import shlex
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from awscli.clidriver import create_clidriver

from environments import load_environment
from mlops.bootstrap import DeploymentPolicies, deployment_policies
from mlops.doctor import Line, Subject, examine
from mlops.doctor.reads import Reader
from mlops.doctor.subject import needed_version
from mlops_contract.cdk_bootstrap import role
from pipeline_local.aws import Aws
from pipeline_local.aws.variables import client_variables
from pipeline_local.local_aws import keeper
from promises.world import World, worlds_of

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline_local.aws.address import Address

PREFIX = "secure-mlops-dev"
EXECUTING = role("cfn-exec", "111111111111", "eu-central-1")
ANYTHING = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
    }
)
ASSUMED_BY_THE_ACCOUNT = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
        }
    ],
}
Shell = Callable[[str], None]


@pytest.fixture(scope="session")
def dev(all_environments: Path) -> World:
    (world,) = worlds_of([all_environments / "assembly-dev"], products=False)
    return world


@pytest.fixture(scope="session")
def policies(dev: World) -> DeploymentPolicies:
    return deployment_policies(dev, load_environment("dev"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """A local AWS, with all accounts."""
    state = tmp_path_factory.mktemp("account")
    yield keeper.ensure_server(state)
    keeper.stop_server(state)


@pytest.fixture(scope="module")
def aws(server: Address, policies: DeploymentPolicies) -> Aws:
    """The account, with what `cdk bootstrap` makes and the examination looks at."""
    aws = Aws(policies.region, policies.account, server)
    aws.client("ssm").put_parameter(
        Name="/cdk-bootstrap/hnb659fds/version", Type="String", Value="30"
    )
    iam = aws.client("iam")
    for name in ("deploy", "file-publishing", "lookup", "cfn-exec"):
        iam.create_role(
            RoleName=role(name, policies.account, policies.region),
            AssumeRolePolicyDocument=json.dumps(ASSUMED_BY_THE_ACCOUNT),
        )
    for name, document in zip(policies.names, policies.documents, strict=True):
        text = json.dumps(document, separators=(",", ":"))
        made = iam.create_policy(PolicyName=name, PolicyDocument=text)["Policy"]
        executing = role("cfn-exec", policies.account, policies.region)
        iam.attach_role_policy(RoleName=executing, PolicyArn=made["Arn"])
    return aws


@pytest.fixture
def subject(
    aws: Aws, server: Address, dev: World, policies: DeploymentPolicies, all_environments: Path
) -> Subject:
    reader = Reader(Aws(aws.region, aws.account, server))
    version = needed_version(all_environments / "assembly-dev")
    return Subject(load_environment("dev"), dev, policies, reader, (), version)


@pytest.fixture
def shell(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Run a printed command of the AWS command line, in this process and against the account."""
    variables = client_variables(aws.endpoint_url or "", aws.account, aws.region)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    def run(command: str) -> None:
        program, *words = shlex.split(command)
        assert program == "aws", command
        assert create_clidriver().main(words) == 0, command

    return run


def again(subject: Subject) -> Subject:
    """Return the subject with nothing remembered of the account."""
    return dataclasses.replace(subject)


def problems(subject: Subject, check: str) -> list[Line]:
    """Return the problems that one check finds now."""
    found = examine(again(subject), only=check)
    return [line for line in found if line.verdict.value == "problem"]
