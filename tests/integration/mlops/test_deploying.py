"""The deploying part of `buildspec-train.yml`: the CDK's command line deploys what was verified.

To the local AWS, with change sets, roles and assets as on AWS. Only the first stacks; all of them
are deployed in ``tests/integration/pipeline_local/cloudformation``.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from environments.loading import VARIABLE, load_environment
from mlops.teardown import Place, plan_teardown, tear_down
from mlops.teardown.kinds import everything
from pipeline_local.aws import Aws
from pipeline_local.builds import network
from pipeline_local.builds.build import BuildRequest, run_build
from pipeline_local.local_aws import keeper
from tests import settings_guard
from tests.synthesis import PROJECT, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

STACKS = {"keys", "boundary", "events"}
ALIAS = "alias/secure-mlops-dev-"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}],
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(network.network_note() is not None, reason="no network namespaces here"),
]


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Aws]:
    """An account with what `cdk bootstrap` makes and a deployment looks for."""
    state = tmp_path / "state"
    settings = load_environment("dev")
    aws = Aws(settings.region, settings.account, keeper.ensure_server(state))
    place = f"{settings.account}-{settings.region}"
    aws.client("s3").create_bucket(
        Bucket=f"cdk-hnb659fds-assets-{place}",
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    aws.client("ssm").put_parameter(
        Name="/cdk-bootstrap/hnb659fds/version", Type="String", Value="30"
    )
    for name in ("deploy", "file-publishing", "lookup", "cfn-exec"):
        aws.client("iam").create_role(
            RoleName=f"cdk-hnb659fds-{name}-role-{place}",
            AssumeRolePolicyDocument=json.dumps(TRUST),
        )
    yield aws
    keeper.stop_server(state)


def _handed_on(assembly: Path, folder: Path) -> Path:
    """Pack the assembly of `dev` as an earlier build hands it on, with the first stacks only."""
    made = folder / "verified" / "dev"
    shutil.copytree(assembly, made)
    path = made / "assembly-dev" / "manifest.json"
    manifest: dict[str, Any] = json.loads(path.read_text())
    manifest["artifacts"] = {
        name: artifact
        for name, artifact in manifest["artifacts"].items()
        if name.partition(".")[0].removeprefix("dev")[:-8].lower() in STACKS
    }
    path.write_text(json.dumps(manifest))
    return Path(shutil.make_archive(str(folder / "Verified"), "zip", folder / "verified"))


def test_a_build_deploys_what_was_verified(
    aws: Aws, all_environments: Path, tmp_path: Path
) -> None:
    request = BuildRequest(
        spec=Path("buildspec-train.yml"),
        source=PROJECT,
        variables={
            "PARTS": "deploy",
            "PACKAGES": "",
            VARIABLE: str(SETTINGS),
        },
        inputs={"Verified": _handed_on(all_environments, tmp_path)},
        install=False,
        hands_on=False,
        minutes=10,
    )
    with settings_guard.lifted():
        end = run_build(request, aws, print)
    log = (end.folder / "log").read_text()
    shutil.rmtree(end.folder)
    assert end.succeeded, log[-3000:]
    stacks = aws.client("cloudformation").describe_stacks()["Stacks"]
    assert {each["StackName"]: each["StackStatus"] for each in stacks} == {
        f"secure-mlops-dev-{name}": "CREATE_COMPLETE" for name in STACKS
    }
    aliases = aws.client("kms").list_aliases()["Aliases"]
    assert "alias/secure-mlops-dev-data" in {each["AliasName"] for each in aliases}
    policies = aws.client("iam").list_policies(Scope="Local")["Policies"]
    assert "secure-mlops-dev-runtime-boundary" in {each["PolicyName"] for each in policies}
    buses = aws.client("events").list_event_buses()["EventBuses"]
    assert "secure-mlops-dev" in {each["Name"] for each in buses}

    # And down again: the keys stay, as their template says; their aliases do not.
    place = Place(load_environment("dev"), aws)
    plan = plan_teardown(place)
    assert plan.stacks[-1] == "secure-mlops-dev-keys"
    assert {each.kind for each in plan.stays} == {"key"}
    assert len(plan.stays) == len([each for each in aliases if ALIAS in each["AliasName"]])
    assert (plan.beside, plan.unowned) == ((), ())
    assert tear_down(place, plan, print) == []
    assert {each.kind for each in everything(place)} == {"key"}
