"""The three buildspec files, executed as CodeBuild would, from installing to artifacts.

Each build has a network of its own that reaches the local AWS and a package index on loopback, and
nothing else. What is deployed there is what the templates hold.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from cloud_assembly import CloudAssembly
from environments.loading import VARIABLE, load_environment
from environments.names import ResourceNames
from pipeline_local.aws import Aws
from pipeline_local.builds import network
from pipeline_local.builds.build import BuildRequest, run_build
from pipeline_local.builds.triggered import started_builds
from pipeline_local.local_aws import keeper
from pipeline_local.runs.deployment import deploy
from tests import settings_guard
from tests.e2e.package_index import fetch_packages, served
from tests.synthesis import PROJECT, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline_local.builds.execution import BuildEnd

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(network.network_note() is not None, reason="no network namespaces here"),
]


@dataclass(frozen=True)
class Account:
    """The environment `dev`, deployed to a local AWS, and a package index."""

    aws: Aws
    names: ResourceNames
    assembly: CloudAssembly
    index: str

    def build(self, spec: str, **variables: str) -> BuildEnd:
        given = {
            "PACKAGES": "",
            VARIABLE: str(SETTINGS),
            "NPM_CONFIG_REGISTRY": f"{self.index}/",
            **variables,
        }
        request = BuildRequest(
            spec=PROJECT / spec,
            source=PROJECT,
            variables=given,
            index=f"{self.index}/simple/",
            minutes=30,
        )
        with settings_guard.lifted():
            end = run_build(request, self.aws, print)
        log = (end.folder / "log").read_text()
        (last,) = (phase for phase in end.phases if phase.name == "post_build")
        assert last.succeeded, last.message + log[-3000:]
        return end


@pytest.fixture(scope="module")
def account(
    tmp_path_factory: pytest.TempPathFactory, all_environments: Path, stand_in: str
) -> Iterator[Account]:
    state = tmp_path_factory.mktemp("account") / "state"
    settings = load_environment("dev")
    aws = Aws(settings.region, settings.account, keeper.ensure_server(state))
    names = ResourceNames(settings)
    assembly = CloudAssembly(all_environments / "assembly-dev")
    deploy(assembly, aws)
    aws.client("s3").upload_file(stand_in, names.data_bucket, "abalone/raw/abalone.csv")
    with served(fetch_packages()) as index:
        yield Account(aws, names, assembly, index)
    keeper.stop_server(state)


@pytest.fixture(scope="module")
def trained(account: Account) -> Iterator[BuildEnd]:
    end = account.build("buildspec-train.yml", PARTS="train")
    yield end
    shutil.rmtree(end.folder)


def test_training_ends_with_a_registered_model(account: Account, trained: BuildEnd) -> None:
    assert trained.succeeded, trained.failure
    arn = trained.exported["MODEL_PACKAGE_ARN"]
    package = account.aws.client("sagemaker").describe_model_package(ModelPackageName=arn)
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    assert trained.exported["MODEL_APPROVAL_STATUS"] == "PendingManualApproval"
    assert trained.artifacts[""].is_file()


def test_inference_ends_with_a_registered_and_run_inference_pipeline(
    account: Account, trained: BuildEnd
) -> None:
    sagemaker = account.aws.client("sagemaker")
    arn = trained.exported["MODEL_PACKAGE_ARN"]
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    end = account.build("buildspec-inference.yml", ENVIRONMENT="dev", MODEL_PACKAGE_ARN=arn)
    written = end.folder / "src" / "source" / "build" / "promotion" / "promotion.json"
    made = json.loads(written.read_text())["inference_pipeline"]
    shutil.rmtree(end.folder)
    assert end.succeeded, end.failure
    assert (made["status"], made["model"]) == ("Approved", arn)
    test = sagemaker.describe_pipeline_execution(
        PipelineExecutionArn=made["metadata"]["TestExecutionArn"]
    )
    assert test["PipelineExecutionStatus"] == "Succeeded"
    schedule = account.aws.client("scheduler").get_schedule(
        Name="batch-inference", GroupName=account.names.schedule_group
    )
    assert schedule["State"] == "ENABLED"
    request = json.loads(schedule["Target"]["Input"])
    assert request["PipelineVersionId"] == made["pipeline_version"]


def test_a_review_ends_with_a_comment_on_the_pull_request(account: Account) -> None:
    codecommit = account.aws.client("codecommit")
    codecommit.create_repository(repositoryName="secure-mlops")
    for branch, revision in (("main", "HEAD~1"), ("change", "HEAD")):
        codecommit.create_branch(
            repositoryName="secure-mlops", branchName=branch, commitId=_commit(revision)
        )
    target = {"sourceReference": "change", "destinationReference": "main"}
    opened = codecommit.create_pull_request(
        title="Change", targets=[{"repositoryName": "secure-mlops", **target}]
    )["pullRequest"]
    (build,) = started_builds(account.assembly, _opening(account, opened))
    variables = {
        **build.variables,
        "ENVIRONMENTS": "dev",
        "PACKAGES": "",
        "TESTS": "tests/unit/test_buildspecs.py",
    }
    # Also where the checks of the change fail: the review tells of them.
    shutil.rmtree(account.build(build.spec, **variables).folder)
    pages = codecommit.get_comments_for_pull_request(pullRequestId=opened["pullRequestId"])
    (place,) = pages["commentsForPullRequestData"]
    (comment,) = place["comments"]
    assert "dev" in comment["content"]


def _commit(revision: str) -> str:
    words = ["git", "-C", str(PROJECT), "rev-parse", revision]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def _opening(account: Account, opened: Any) -> dict[str, Any]:
    """The event of the pull request, as CodeCommit sends it."""
    (target,) = opened["pullRequestTargets"]
    repository = f"arn:aws:codecommit:{account.aws.region}:{account.aws.account}:secure-mlops"
    return {
        "source": "aws.codecommit",
        "detail-type": "CodeCommit Pull Request State Change",
        "resources": [repository],
        "detail": {
            "event": "pullRequestCreated",
            "pullRequestId": opened["pullRequestId"],
            "sourceCommit": target["sourceCommit"],
            "destinationCommit": target["destinationCommit"],
            "destinationReference": target["destinationReference"],
        },
    }
