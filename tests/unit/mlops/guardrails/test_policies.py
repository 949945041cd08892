"""The policies: their grammar, their sizes, and AWS's examples that they stand for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from iam_prover.reference import matching
from mlops.command_line.main import app
from mlops.guardrails.filling import Organization
from mlops.guardrails.policies import resource_control, service_control, written
from mlops.guardrails.table import examples, table
from mlops_common.errors import MlopsError
from promises.organization import MOST_CHARACTERS

_OF_RCPS = {"s3", "sqs", "kms", "secretsmanager", "ecr", "sts"}


def _statements(policies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for policy in policies for each in policy["Statement"]]


def test_each_is_within_its_size_and_a_target_takes_all(
    scps: list[dict[str, Any]], rcps: list[dict[str, Any]]
) -> None:
    assert len(scps) <= 4
    assert len(rcps) <= 4
    assert all(len(written(each)) <= MOST_CHARACTERS for each in (*scps, *rcps))
    assert {each["Sid"] for each in _statements(scps)} == {row.sid for row in table().scps}


def test_what_does_not_fit_is_an_error() -> None:
    many = tuple(f"{number:012}" for number in range(1_000))
    with pytest.raises(MlopsError, match=r"OwnIdentities\w* takes more than 5,120 characters"):
        resource_control(Organization(many, ("eu-central-1",)))
    regions = tuple(f"eu-central-{number}" for number in range(265))
    with pytest.raises(MlopsError, match="a target takes 4"):
        service_control(Organization(("111111111111",), regions, operators=("arn:x",) * 550))


def test_another_partition_has_its_own_arns_and_region() -> None:
    gov = service_control(Organization(("111111111111",), ("us-gov-east-1",), "aws-us-gov"))
    text = json.dumps(gov)
    assert "arn:aws:" not in text
    assert '"aws:RequestedRegion": ["us-gov-east-1"]' in text
    assert "us-east-1" not in text.replace("us-gov-east-1", "")


def test_every_action_is_one_that_aws_has(
    scps: list[dict[str, Any]], rcps: list[dict[str, Any]]
) -> None:
    for statement in _statements([*scps, *rcps]):
        for name in statement.get("Action") or statement["NotAction"]:
            assert matching(name), f"{statement['Sid']}: {name}"


def test_resource_control_policies_are_about_what_those_can_be(rcps: list[dict[str, Any]]) -> None:
    for statement in _statements(rcps):
        assert statement["Effect"] == "Deny"
        assert statement["Principal"] == "*"
        assert {each.partition(":")[0] for each in statement["Action"]} <= _OF_RCPS


def test_the_files_are_written_once_and_lint(tmp_path: Path) -> None:
    folder = tmp_path / "guardrails"
    done = CliRunner().invoke(app, ["guardrails", str(folder)])
    assert done.exit_code == 0, done.output
    assert "the management account and service-linked roles are outside" in done.stdout
    # As identity and resource policies, whose grammar is known, and as what they are.
    checked = {
        "Resources": {
            **{
                f"Scp{index}": {
                    "Type": "AWS::IAM::ManagedPolicy",
                    "Properties": {"PolicyDocument": json.loads(file.read_text())},
                }
                for index, file in enumerate(sorted(folder.glob("scp-*.json")))
            },
            **{
                f"Rcp{index}": {
                    "Type": "AWS::SQS::QueuePolicy",
                    "Properties": {"Queues": ["q"], "PolicyDocument": json.loads(file.read_text())},
                }
                for index, file in enumerate(sorted(folder.glob("rcp-*.json")))
            },
        }
    }
    assert len(checked["Resources"]) >= 4
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(checked))
    bad.write_text(json.dumps(checked).replace('"Effect": "Deny"', '"Effect": "Refuse"', 1))
    found = _lint(good, bad, *folder.glob("*.template.json"))
    assert found
    assert {each["Filename"] for each in found} == {str(bad)}
    again = CliRunner().invoke(app, ["guardrails", str(folder)])
    assert "is there already" in str(again.exception)


def _lint(*files: Path) -> list[dict[str, Any]]:
    program = str(Path(sys.executable).with_name("cfn-lint"))
    options = ("--format", "json", "--ignore-checks", "W", "--")
    done = subprocess.run(
        [program, *options, *map(str, files)], capture_output=True, text=True, check=False
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("operator", ["*", "arn:aws:iam::*:role/*", "arn:aws:iam::1:user/x"])
def test_an_operator_is_a_role_and_not_everybody(tmp_path: Path, operator: str) -> None:
    done = CliRunner().invoke(app, ["guardrails", str(tmp_path / "x"), "--operator", operator])
    assert "is no ARN of a role" in str(done.exception)
    assert not list(tmp_path.iterdir())


def test_every_statement_of_the_examples_is_covered_by_one_that_is_there_or_excused() -> None:
    sids = {row.sid for row in (*table().scps, *table().rcps)}
    rows = [each for file in examples().values() for each in file.values()]
    assert len(rows) >= 35
    assert sum(bool(each.by) for each in rows) >= 30
    for each in rows:
        assert bool(each.by) != bool(each.because)
        assert set(each.by) <= sids


def test_a_sender_of_another_account_reaches_s3_and_its_key_and_nothing_else() -> None:
    sender = "arn:aws:iam::444444444444:role/upstream/nightly-export"
    of = Organization(("111111111111",), ("eu-central-1",), senders=(sender,))
    own = {each["Sid"]: each for each in _statements(resource_control(of))}
    but_for = {"ArnNotLike": {"aws:PrincipalArn": [sender]}}
    assert own["OwnIdentities"]["Condition"].items() >= but_for.items()
    assert own["OwnIdentities"]["Action"] == ["kms:*", "s3:*"]
    assert "ArnNotLike" not in own["OwnIdentitiesElsewhere"]["Condition"]


def test_an_environment_whose_models_go_to_an_account_that_is_not_named(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["guardrails", str(tmp_path / "g"), "--environment", "dev"])
    assert done.exit_code != 0
    assert "models go between dev and staging" in f"{done.output}{done.exception}"
    assert not (tmp_path / "g").exists()
