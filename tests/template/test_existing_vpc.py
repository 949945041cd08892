"""An existing VPC, brought by ids: nothing of it is made or looked up, the promises hold."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from environments import allowed_instance_types
from mlops.command_line.main import app
from promises.catalog import PROMISES
from promises.proving import Verdict, outcomes_of
from promises.world import worlds_of
from tests.template.assembly import Stacks
from tests.template.existing import BARE, EVERYTHING_THERE, SUBNETS, settings_with, synthesize

if TYPE_CHECKING:
    from pathlib import Path

    from promises.proving import Outcome

# Those that an unseen network changes; the slow test asks all.
ASKED = (2, 4, 5, 13, 15, 16, 21, 24, 25)
SUBNET_KEY = "sagemaker:VpcSubnets"


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("existing")
    return synthesize(settings_with(EVERYTHING_THERE, folder), folder, judged=False)


@pytest.fixture(scope="module")
def stacks(output: Path) -> Stacks:
    return Stacks(output, "dev")


def _outcomes(output: Path, *numbers: int) -> dict[int, Outcome]:
    (world,) = worlds_of([output / "assembly-dev"], allowed_instance_types)
    chosen = [each for each in PROMISES if each.number in numbers]
    return {each.promise.number: each for each in outcomes_of(world, chosen)}


@pytest.mark.slow
@pytest.mark.parametrize("existing", [EVERYTHING_THERE, BARE], ids=["everything", "bare"])
def test_the_rule_packs_find_nothing(existing: dict[str, Any], tmp_path: Path) -> None:
    output = synthesize(settings_with(existing, tmp_path), tmp_path, judged=True)
    report = json.loads((output / "validation-report.json").read_text())
    assert all(plugin["conclusion"] == "success" for plugin in report["pluginReports"])


@pytest.mark.example
def test_fewer_than_one_acknowledgment_in_ten_resources(stacks: Stacks) -> None:
    """Also here, where the network, which needs none, is not ours.

    What is acknowledged of each model project is one, however many an adopter has.
    """
    named = re.compile(r"(model-package|pipeline)/[a-z0-9-]+/")
    found = [named.sub(r"\1/NAME/", each["rule"]) + each["reason"] for each in stacks.acknowledged]
    of_projects = [each for each in found if "/NAME/" in each]
    assert (len(found) - len(of_projects) + len(set(of_projects))) * 10 < stacks.resources


def test_nothing_is_looked_up(output: Path, stacks: Stacks) -> None:
    assert "missing" not in json.loads((output / "manifest.json").read_text())
    assert "missing" not in stacks.manifest


@pytest.mark.parametrize(
    "kind", ["VPC", "Subnet", "RouteTable", "SubnetRouteTableAssociation", "DHCPOptions"]
)
def test_the_vpc_is_left_as_it_is(stacks: Stacks, kind: str) -> None:
    assert stacks.of_type(f"AWS::EC2::{kind}") == {}
    assert stacks.of_type("Custom::VpcRestrictDefaultSG") == {}


def test_what_is_ours_is_in_that_vpc(stacks: Stacks) -> None:
    vpc = EVERYTHING_THERE["vpc_id"]
    assert {group["VpcId"] for group in stacks.properties("AWS::EC2::SecurityGroup")} == {vpc}
    endpoints = stacks.properties("AWS::EC2::VPCEndpoint")
    assert {endpoint["VpcId"] for endpoint in endpoints} == {vpc}
    assert all(endpoint["SubnetIds"] == SUBNETS for endpoint in endpoints)
    (flow_log,) = stacks.properties("AWS::EC2::FlowLog")
    assert (flow_log["ResourceId"], flow_log["TrafficType"]) == (vpc, "ALL")
    for function in stacks.properties("AWS::Lambda::Function"):
        assert function["VpcConfig"]["SubnetIds"] == SUBNETS


def test_endpoints_that_are_there_are_not_made_again(stacks: Stacks) -> None:
    made = json.dumps(stacks.properties("AWS::EC2::VPCEndpoint"))
    for service in ("sts", "sagemaker.api", "s3"):
        assert f'com.amazonaws.eu-central-1.{service}"' not in made
    for service in ("kms", "logs", "ecr.dkr"):
        assert f'com.amazonaws.eu-central-1.{service}"' in made


def test_our_groups_reach_the_groups_of_those_endpoints(stacks: Stacks) -> None:
    theirs = EVERYTHING_THERE["endpoint_security_group_ids"][0]
    rules = stacks.properties("AWS::EC2::SecurityGroupEgress")
    to_them = [rule for rule in rules if rule.get("DestinationSecurityGroupId") == theirs]
    assert {(rule["FromPort"], rule["ToPort"]) for rule in to_them} == {(443, 443)}
    assert len(to_them) == 3  # jobs, functions and builds


def test_policies_and_conditions_name_these_ids(stacks: Stacks) -> None:
    for policy in stacks.properties("AWS::S3::BucketPolicy"):
        assert EVERYTHING_THERE["s3_endpoint_id"] in json.dumps(policy)
    guard = json.dumps(stacks.policy("secure-mlops-dev-network-guard"))
    assert json.dumps({SUBNET_KEY: SUBNETS}) in guard
    assert EVERYTHING_THERE["interface_endpoint_ids"]["sagemaker.api"] in guard
    values = {entry["Name"]: entry["Value"] for entry in stacks.properties("AWS::SSM::Parameter")}
    assert values["/secure-mlops/dev/network/subnets"] == ",".join(SUBNETS)


@pytest.mark.parametrize(
    "numbers",
    [ASKED, pytest.param((*range(1, 19), 21, 24, 25), marks=pytest.mark.slow)],
    ids=["some", "all"],
)
def test_promises_are_proved_and_what_cannot_be_seen_is_said(
    output: Path, numbers: tuple[int, ...]
) -> None:
    outcomes = _outcomes(output, *numbers)
    assert [each.breaches for each in outcomes.values() if each.breaches] == []
    assumed = {n for n, each in outcomes.items() if each.verdict is Verdict.ASSUMED}
    assert assumed == {2, 13, 16, 24, 25}
    proved = {n for n, each in outcomes.items() if each.verdict is Verdict.PROVED}
    assert proved == set(numbers) - assumed
    assert EVERYTHING_THERE["s3_endpoint_id"] in outcomes[2].assumed[0]
    assert any("vpce-0123456789abcdef1 (sagemaker.api)" in each for each in outcomes[13].assumed)
    assert any("route tables" in each for each in outcomes[16].assumed)
    assert EVERYTHING_THERE["s3_endpoint_id"] in outcomes[24].assumed[0]


def test_a_hole_beside_an_assumption_is_still_found(output: Path, tmp_path: Path) -> None:
    folder = tmp_path / "assembly-dev"
    folder.mkdir()
    for file in (output / "assembly-dev").glob("*.json"):
        body: dict[str, Any] = json.loads(file.read_text())
        for resource in body.get("Resources", {}).values():
            if resource["Type"] == "AWS::EC2::SecurityGroupEgress":
                resource["Properties"].pop("DestinationSecurityGroupId", None)
                resource["Properties"].pop("DestinationPrefixListId", None)
                resource["Properties"]["CidrIp"] = "0.0.0.0/0"
        (folder / file.name).write_text(json.dumps(body))
    (world,) = worlds_of([folder])
    (outcome,) = outcomes_of(world, [each for each in PROMISES if each.number == 16])
    assert outcome.verdict is Verdict.BROKEN


@pytest.mark.slow
def test_endpoints_that_are_missing_are_made_with_policies_that_are_proved(
    tmp_path: Path,
) -> None:
    output = synthesize(settings_with(BARE, tmp_path), tmp_path, judged=False)
    stacks = Stacks(output, "dev")
    (s3,) = (
        endpoint
        for endpoint in stacks.properties("AWS::EC2::VPCEndpoint")
        if endpoint["VpcEndpointType"] == "Gateway"
    )
    assert s3["RouteTableIds"] == ["rtb-0123456789abcdef0"]
    outcomes = _outcomes(output, 2, 13, 16)
    verdicts = {number: each.verdict for number, each in outcomes.items()}
    # Of 13, CodePipeline's and Service Catalog's take no policy.
    assert verdicts == {2: Verdict.PROVED, 13: Verdict.ASSUMED, 16: Verdict.ASSUMED}


def test_the_command_says_what_no_template_shows(output: Path) -> None:
    result = CliRunner().invoke(app, ["prove", str(output), "--promise", "2"])
    assert result.exit_code == 0
    assert "promise 2 assumes, beyond the templates:" in result.output
    assert "vpce-0123456789abcdef0 is the S3 gateway endpoint" in result.output
    facts = CliRunner().invoke(app, ["prove", str(output), "--promise", "2", "--json"])
    (promise,) = json.loads(facts.output)[0]["promises"]
    assert promise["verdict"] == "assumed"
    assert "vpce-0123456789abcdef0" in promise["assumptions"][-1]
