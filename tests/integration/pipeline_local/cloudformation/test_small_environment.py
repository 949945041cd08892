"""A small environment, in a VPC that is there and without a delivery, from bootstrap to end.

The three whole ones, and failures in each stack, are in `test_platform`.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from cloud_assembly import CloudAssembly
from mlops.review.deployed import with_deployed
from mlops.review.snapshots import given_side
from pipeline_local.local_aws import keeper
from tests.integration.pipeline_local.cloudformation.command_line import REGION
from tests.integration.pipeline_local.cloudformation.deployed import (
    ACCOUNTS,
    Platform,
    too_long_policy,
)
from tests.template.existing import settings_with, synthesize

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mlops.review.snapshots import Side

ACCOUNT = ACCOUNTS["dev"]
# What the job code's deliveries, each a program of its own, do not belong to; with it all that it
# needs: keys, boundary, network, roles and buckets.
STACKS = ("dev/Storage", "dev/Events")
NAMES = [
    f"secure-mlops-dev-{name}"
    for name in ("boundary", "events", "identity", "keys", "network", "storage")
]


def _network(ec2: Any) -> dict[str, Any]:
    """Make what the settings name."""
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")
        for n, zone in enumerate("ab")
    ]
    group = ec2.create_security_group(GroupName="endpoints", Description="theirs", VpcId=vpc)
    endpoints = {
        name: ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.{name}")
        for name in ("s3", "sagemaker.api", "sts")
    }
    ids = {name: made["VpcEndpoint"]["VpcEndpointId"] for name, made in endpoints.items()}
    return {
        "vpc_id": vpc,
        "subnet_ids": [each["Subnet"]["SubnetId"] for each in subnets],
        "s3_endpoint_id": ids.pop("s3"),
        "interface_endpoint_ids": ids,
        "endpoint_security_group_ids": [group["GroupId"]],
    }


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Platform]:
    (tmp_path / "empty").mkdir()
    made = Platform(tmp_path / "state", tmp_path / "cdk.out", tmp_path / "empty")
    existing = _network(made.aws(ACCOUNT).client("ec2"))
    without = ("delivery", "project_template")
    settings = settings_with(existing, tmp_path, without=without)
    synthesize(settings, tmp_path, judged=False)
    yield made
    keeper.stop_server(made.state)


def _differing(before: Side, after: Side) -> dict[str, set[str]]:
    """Return the types that differ of resources, by the name of a stack that is deployed."""
    old, new = (
        {stack.name: stack.resources for stack in CloudAssembly(side.environments["dev"]).stacks}
        for side in (before, after)
    )
    assert sorted(old) == NAMES
    return {
        name: {new[name][key]["Type"] for key in body if body[key] != new[name][key]}
        for name, body in old.items()
        if body != new[name]
    }


def test_it_is_deployed_changed_and_taken_away(small: Platform) -> None:
    cdk, aws = small.cdk(), small.aws(ACCOUNT)
    cdk.run("bootstrap", f"aws://{ACCOUNT}/{REGION}")

    # A first deployment that fails in one of its stacks, and is repeated.
    path, template = small.template("Events")
    whole = path.read_text()
    template["Resources"]["Fault"] = too_long_policy([*template["Resources"]])
    small.put(path, json.dumps(template))
    said = cdk.deploy(small.assembly, *STACKS, code=1)
    assert "Cannot exceed quota for PolicySize: 6144" in said
    assert small.statuses()["secure-mlops-dev-events"] == "ROLLBACK_COMPLETE"
    small.put(path, whole)
    cdk.deploy(small.assembly, *STACKS)
    statuses = small.statuses()
    assert sorted(statuses) == sorted(["CDKToolkit", *NAMES])
    assert set(statuses.values()) == {"CREATE_COMPLETE"}

    # A change, which is the only difference.
    template = json.loads(whole)
    parameter = next(
        each for each in template["Resources"].values() if each["Type"] == "AWS::SSM::Parameter"
    )
    parameter["Properties"]["Description"] = "changed"
    unchanged = given_side(shutil.copytree(small.assembly, small.folder / "unchanged"))
    small.put(path, json.dumps(template))
    after = given_side(small.assembly)
    deployed = with_deployed(unchanged, after, ["dev"], small.folder / "deployed", small.at)
    assert deployed.label == "what is deployed of dev"
    assert _differing(deployed, after) == {"secure-mlops-dev-events": {"AWS::SSM::Parameter"}}
    said = cdk.run("diff", "--app", str(small.assembly), *STACKS)
    assert "Number of stacks with differences: 1" in said
    changes = [line for line in said.splitlines() if line.startswith(("[+]", "[~]", "[-]"))]
    assert ["AWS::SSM::Parameter" in each for each in changes] == [True], said
    cdk.deploy(small.assembly, "dev/Events", "--exclusively")
    filters = [{"Key": "Name", "Values": [parameter["Properties"]["Name"]]}]
    (found,) = aws.client("ssm").describe_parameters(ParameterFilters=filters)["Parameters"]
    assert found["Description"] == "changed"
    said = cdk.run("diff", "--app", str(small.assembly), *STACKS)
    assert "Number of stacks with differences: 0" in said

    cdk.run("destroy", "--app", str(small.assembly), "**", "--force")
    assert [*small.statuses()] == ["CDKToolkit"]
    roles = [each["RoleName"] for each in aws.client("iam").list_roles()["Roles"]]
    assert not any(each.startswith("secure-mlops-") for each in roles)
    assert len(aws.client("ec2").describe_vpcs()["Vpcs"]) == 2  # theirs stays
