"""The platform of three environments deployed, changed and taken away by the real command line."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from environments import load_environment
from mlops.teardown.lookups import lift_protection
from mlops.teardown.place import Place
from pipeline_local.aws.address import living_pid
from pipeline_local.local_aws import keeper
from tests import settings_guard
from tests.integration.pipeline_local.cloudformation.command_line import REGION
from tests.integration.pipeline_local.cloudformation.deployed import (
    ACCOUNTS,
    WHOLE,
    Platform,
    first_alarm,
    plant_last,
    too_long_policy,
)
from tests.integration.pipeline_local.cloudformation.walking import stored_stacks
from tests.synthesis import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(autouse=True)
def _commands_of_the_project() -> Iterator[None]:
    with settings_guard.lifted():
        yield


def _platform(assembly: Path, folder: Path) -> Iterator[Platform]:
    shutil.copytree(assembly, folder / "assembly", symlinks=True)
    (folder / "empty").mkdir()
    made = Platform(folder / "state", folder / "assembly", folder / "empty")
    yield made
    keeper.stop_server(made.state)


@pytest.fixture(scope="module")
def platform(
    all_environments: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    """The three environments, each bootstrapped with the policies of its own deployer."""
    for made in _platform(all_environments, tmp_path_factory.mktemp("platform")):
        with settings_guard.lifted():
            for environment in ACCOUNTS:
                made.bootstrap(environment)
            made.cdk().deploy(made.assembly, "**")
        yield made


@pytest.fixture
def alone(all_environments: Path, tmp_path: Path) -> Iterator[Platform]:
    """An account in which nothing is deployed yet."""
    for made in _platform(all_environments, tmp_path):
        made.cdk().run("bootstrap", f"aws://{ACCOUNTS['dev']}/{REGION}")
        yield made


def test_every_resource_is_what_its_template_says_also_after_a_restart(platform: Platform) -> None:
    deployed = stored_stacks(platform.state)
    assert {each.status for each in deployed} <= WHOLE
    assert sum(each.name.startswith("secure-mlops-") for each in deployed) == 40
    keeper.stop_server(platform.state)
    platform.compare()  # from the checkpoint
    log = (platform.state / "server.log").read_text()
    assert "from the checkpoint and 0 changes" in log


def test_afterwards_nothing_differs(platform: Platform) -> None:
    said = platform.cdk().run("diff", "--app", str(platform.assembly), "**")
    assert "Number of stacks with differences: 0" in said


def test_an_update_shows_and_makes_its_changes_only(
    platform: Platform, all_environments: Path
) -> None:
    path, template = platform.template("Monitoring")
    alarm = first_alarm(template)
    alarm["Properties"]["EvaluationPeriods"] = 7
    properties = {"Name": "/secure-mlops/dev/new/setting", "Type": "String", "Value": "on"}
    template["Resources"]["New"] = {"Type": "AWS::SSM::Parameter", "Properties": properties}
    platform.put(path, json.dumps(template))
    path, pipelines = platform.template("Pipelines")
    resources = pipelines["Resources"].values()
    pipeline = next(each for each in resources if each["Type"] == "AWS::SageMaker::Pipeline")
    pipeline["Properties"]["PipelineDescription"] = "another description"
    platform.put(path, json.dumps(pipelines))
    said = platform.cdk().run("diff", "--app", str(platform.assembly), "**")
    assert "Number of stacks with differences: 2" in said
    changes = [line for line in said.splitlines() if line.startswith(("[+]", "[~]", "[-]"))]
    assert len(changes) == 3, said
    review = json.loads(platform.review(all_environments))
    assert review["before"] == "what is deployed of dev"
    (dev,) = review["environments"]
    sections = {each["title"]: each["findings"] for each in dev["sections"]}
    assert len(sections["Resources"]) + len(sections["Pipelines"]) == 3, sections
    assert not sections["Permissions"]
    platform.cdk().deploy(platform.assembly, "**")
    assert not json.loads(platform.review(all_environments))["changes"]
    aws = platform.aws(ACCOUNTS["dev"])
    name = alarm["Properties"]["AlarmName"]
    (found,) = aws.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert found["EvaluationPeriods"] == 7
    described = aws.client("sagemaker").describe_pipeline(
        PipelineName=pipeline["Properties"]["PipelineName"]
    )
    assert described["PipelineDescription"] == "another description"
    assert aws.client("ssm").get_parameter(Name=properties["Name"])["Parameter"]["Value"] == "on"


def test_an_update_that_fails_leaves_everything_as_it_was(platform: Platform) -> None:
    path, template = platform.template("Monitoring")
    before = path.read_text()
    alarm = first_alarm(template)
    alarm["Properties"]["EvaluationPeriods"] = 9
    template["Resources"]["Fault"] = too_long_policy([*template["Resources"]])
    platform.put(path, json.dumps(template))
    said = platform.cdk().deploy(platform.assembly, "dev/Monitoring", code=1)
    assert "Cannot exceed quota for PolicySize: 6144" in said
    name = alarm["Properties"]["AlarmName"]
    aws = platform.aws(ACCOUNTS["dev"])
    (found,) = aws.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert found["EvaluationPeriods"] == 7
    assert platform.statuses()["secure-mlops-dev-monitoring"] == "UPDATE_ROLLBACK_COMPLETE"
    platform.put(path, before)
    said = platform.cdk().run("diff", "--app", str(platform.assembly), "dev/Monitoring")
    assert "Number of stacks with differences: 0" in said


def test_what_is_destroyed_goes_except_the_data(platform: Platform) -> None:
    destroy = ("destroy", "--app", str(platform.assembly), "--force")
    said = platform.cdk().run(*destroy, "--exclusively", "dev/Lookups", code=1)
    assert "RSLVR-02307" in said  # `mlops destroy` takes the protection away first
    for environment, account in ACCOUNTS.items():
        place = Place(load_environment(environment, SETTINGS), platform.aws(account))
        lift_protection(place, lambda _line: None)
    platform.cdk().run(*destroy, "**")
    for account in ACCOUNTS.values():
        aws = platform.aws(account)
        stacks = aws.client("cloudformation").describe_stacks()["Stacks"]
        assert not any(each["StackName"].startswith("secure-mlops-") for each in stacks)
        vpcs = aws.client("ec2").describe_vpcs()["Vpcs"]
        assert [each["IsDefault"] for each in vpcs] == [True]
        assert aws.client("lambda").list_functions()["Functions"] == []
        assert aws.client("cloudwatch").describe_alarms()["MetricAlarms"] == []
        roles = [each["RoleName"] for each in aws.client("iam").list_roles()["Roles"]]
        assert not any(each.startswith("secure-mlops-") for each in roles)
        buckets = [each["Name"] for each in aws.client("s3").list_buckets()["Buckets"]]
        assert any(each.startswith("secure-mlops-") for each in buckets)
        states = {
            aws.client("kms").describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"]
            for key in aws.client("kms").list_keys()["Keys"]
        }
        assert states == {"Enabled"}


def test_a_first_deployment_that_fails_in_any_stack_can_be_repeated(alone: Platform) -> None:
    listed = alone.cdk().run("list", "--app", str(alone.assembly)).split()
    stacks = [each for each in listed if each.startswith("dev/")]
    assert len(stacks) == 16
    for stack in stacks:
        path, template = alone.template(stack.partition("/")[2])
        whole = path.read_text()
        plant_last(template["Resources"])
        alone.put(path, json.dumps(template))
        said = alone.cdk().deploy(alone.assembly, "--exclusively", stack, code=1)
        assert "Cannot exceed quota for PolicySize: 6144" in said
        name = f"secure-mlops-dev-{stack.partition('/')[2].lower()}"
        assert alone.statuses()[name] == "ROLLBACK_COMPLETE"
        alone.put(path, whole)
        alone.cdk().deploy(alone.assembly, "--exclusively", stack)
        assert alone.statuses()[name] == "CREATE_COMPLETE"
    alone.compare()


def test_ten_kills_in_mid_deployment_are_each_continued_by_repeating_it(alone: Platform) -> None:
    chance = random.Random(14)  # noqa: S311 (to be repeated, not to be secret)
    deploy = ("deploy", "--app", str(alone.assembly), "--require-approval", "never", "dev/**")
    kills = 0
    while kills < 10:
        process = alone.cdk().start(*deploy)
        events = _count_events(alone)
        wanted = events + chance.randint(5, 60)
        while process.poll() is None and _count_events(alone) < wanted:
            time.sleep(0.01)
        if process.poll() is not None:
            break
        with suppress(TypeError, ProcessLookupError):
            os.kill(living_pid(alone.state) or 0, signal.SIGKILL)
            kills += 1
        process.kill()
        process.communicate()
    assert kills == 10
    alone.cdk().run(*deploy)
    assert set(alone.statuses().values()) <= WHOLE
    alone.compare()
    said = alone.cdk().run("diff", "--app", str(alone.assembly), "dev/**")
    assert "Number of stacks with differences: 0" in said


def _count_events(platform: Platform) -> int:
    path = platform.state / "cloudformation" / "cloudformation.sqlite"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as base:
        return int(base.execute("SELECT count(*) FROM events").fetchone()[0])
