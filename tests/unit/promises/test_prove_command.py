"""`mlops prove` on templates of others: known holes are found, wrong input is one clear line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from iam_prover.errors import PolicyError
from mlops.command_line.main import app
from mlops.command_line.reporting import explain
from mlops_common.errors import MlopsError
from promises.catalog import PROMISES

HOLES = Path(__file__).parent / "holes"
ENDPOINT = "s3-endpoint=EndpointId"
SUBNETS = ("subnet=SubnetIds", "security-group=GroupIds")
KEYS = ("volume-key=VolumeKey", "output-key=VolumeKey")
EVERY_HOLE = [
    pytest.param(
        *("prefix_endpoint.yaml", (), 2, "neither ours nor listed"), marks=pytest.mark.slow
    ),
    ("incomplete_bucket_deny.yaml", ("bucket=Data", ENDPOINT), 1, "other than through"),
    ("exempt_role.yaml", ("bucket=Data", ENDPOINT), 1, "other than through"),
    ("via_service.yaml", ("bucket=Data", ENDPOINT), 1, "other than through"),
    ("set_operator.yaml", ("bucket=Data", ENDPOINT), 1, "other than through"),
    ("and_of_denies.json", ("bucket=Data", ENDPOINT), 1, "other than through"),
    ("and_of_denies.json", ("bucket=Data", ENDPOINT), 3, "plain HTTP"),
    ("deny_only_when_both_lack.yaml", ("compute-role=Scientist", *SUBNETS), 5, "our subnets"),
    ("plain_operator.yaml", ("compute-role=Scientist", *SUBNETS), 5, "our subnets"),
    ("transform_without_network.yaml", ("compute-role=Scientist",), 5, "a model that is not ours"),
    ("presence_not_value.yaml", ("compute-role=Scientist", *KEYS), 6, "our key for the volume"),
    ("bool_on_missing_key.yaml", ("compute-role=Scientist",), 8, "without network isolation"),
    ("some_compute_only.yaml", ("compute-role=Scientist", *SUBNETS), 5, "outside our subnets"),
    ("some_compute_only.yaml", ("compute-role=Scientist",), 10, "does not exist yet"),
    ("compute_without_network_key.yaml", ("compute-role=Scientist",), 5, "no condition key for"),
    ("presigned_url.yaml", ("compute-role=Scientist",), 5, "pre-signed URL outside the VPC"),
    ("direct_internet_by_default.yaml", ("compute-role=Scientist",), 5, "direct internet access"),
    ("own_rights.yaml", (), 11, "change identities"),
    ("builds.yaml", (), 11, "change or start code"),
    ("builds.yaml", (), 11, "packages of one's own"),
    ("key_for_the_account.yaml", (), 12, "whom its policy does not name"),
    ("rotation_by_the_account.yaml", (), 12, "change what it encrypts with"),
    ("confused_deputy.yaml", (), 14, "as a service that works for another account"),
    ("other_accounts.yaml", (), 14, "use the events resource from another account"),
    ("other_accounts.yaml", (), 14, "use the codeartifact resource from another account"),
    ("open_interface_endpoint.yaml", (), 13, "another account's credentials"),
]


def _prove(*arguments: str) -> tuple[int, Any]:
    result = CliRunner().invoke(app, ["prove", *arguments, "--json"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, json.loads(result.stdout)


def _promise(arguments: tuple[str, ...], number: int) -> tuple[int, dict[str, Any]]:
    code, facts = _prove(*arguments, "--promise", str(number))
    (world,) = facts
    (promise,) = world["promises"]
    return code, promise


def _subjects(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part for name in names for part in ("--subject", name))


@pytest.mark.parametrize(("file", "subjects", "number", "what"), EVERY_HOLE)
def test_a_known_hole_yields_a_request_that_passes(
    file: str, subjects: tuple[str, ...], number: int, what: str
) -> None:
    code, promise = _promise((str(HOLES / file), *_subjects(subjects)), number)
    assert code == 1
    assert promise["verdict"] == "broken"
    breach = next(each for each in promise["breaches"] if what in each["what"])
    assert breach["verdict"] == "broken"
    assert {"principal", "action", "resource", "context"} == breach["request"].keys()


def test_a_way_to_the_internet_and_an_open_group_are_found() -> None:
    code, promise = _promise((str(HOLES / "nat_gateway.yaml"),), 16)
    assert code == 1
    found = {each["subject"]: each["what"] for each in promise["breaches"]}
    assert "nat-0123456789abcdef0" in found["nat_gateway/Route"]
    assert "egress" in found["nat_gateway/Group"]


def test_a_condition_on_an_action_without_its_key_is_found() -> None:
    code, promise = _promise((str(HOLES / "key_on_the_wrong_action.yaml"),), 10)
    assert code == 1
    assert any(
        "not on sagemaker:CreateTransformJob" in each["what"] for each in promise["breaches"]
    )


@pytest.mark.parametrize(
    ("file", "number", "where", "what"),
    [
        ("other_accounts.yaml", 14, "Rule", "not to arn:aws:events:us-east-1:999999999999"),
        ("other_accounts.yaml", 14, "Portfolio", "not with 999999999999"),
        ("other_accounts.yaml", 14, "Build", "its builds are not public"),
        ("other_accounts.yaml", 16, "Build", "it runs in our subnets"),
        ("builds.yaml", 11, "Build", "under a role of these templates"),
        ("builds.yaml", 11, "Build", "its builds do not rule their host"),
    ],
)
def test_what_no_request_shows_is_found(file: str, number: int, where: str, what: str) -> None:
    code, promise = _promise((str(HOLES / file),), number)
    assert code == 1
    subject = f"{file.removesuffix('.yaml')}/{where}"
    assert any(subject == each["subject"] and what in each["what"] for each in promise["breaches"])


def test_the_statement_that_lets_a_request_through_is_named() -> None:
    _, promise = _promise((str(HOLES / "own_rights.yaml"),), 11)
    (breach,) = promise["breaches"]
    assert breach["request"]["action"].startswith("iam:Put")
    assert breach["statements"] == ["own_rights/WorkerPolicy, statement 0"]


def test_people_read_the_request_and_its_json() -> None:
    arguments = ["prove", str(HOLES / "own_rights.yaml"), "--promise", "11"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert "calls iam:Put" in result.stdout
    assert '"action": "iam:Put' in result.stdout
    assert "decided by: own_rights/WorkerPolicy, statement 0" in result.stdout


SOUND = """
Parameters:
  EndpointId: {Type: String, Default: vpce-0123456789abcdef0}
  Guarded: {Type: String, Default: "yes"}
Conditions:
  IsGuarded: !Equals [!Ref Guarded, "yes"]
Resources:
  Data: {Type: AWS::S3::Bucket, Properties: {BucketName: team-data}}
  DataPolicy:
    Type: AWS::S3::BucketPolicy
    Condition: IsGuarded
    Properties:
      Bucket: !Ref Data
      PolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Deny
            Principal: "*"
            Action: "s3:*"
            Resource: [!GetAtt Data.Arn, !Sub "${Data.Arn}/*"]
            Condition: {StringNotEquals: {"aws:SourceVpce": !Ref EndpointId}}
  Reader:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}
      Policies:
        - PolicyName: read
          PolicyDocument:
            Version: 2012-10-17
            Statement:
              - {Effect: Allow, Action: "s3:GetObject", Resource: !Sub "${Data.Arn}/*"}
"""


GIVEN = ("--parameter", "Guarded=yes", "--parameter", "EndpointId=vpce-0123456789abcdef0")


def test_a_sound_template_is_proved_for_the_values_given(tmp_path: Path) -> None:
    template = tmp_path / "sound.yaml"
    template.write_text(SOUND)
    arguments = (str(template), *_subjects(("bucket=Data", ENDPOINT)), *GIVEN)
    code, promise = _promise(arguments, 1)
    assert (code, promise["verdict"], promise["breaches"]) == (0, "proved", [])
    subjects = ["--subject bucket=Data", f"--subject {ENDPOINT}"]
    assert _prove(*arguments, "--promise", "1")[1][0]["for"] == [*GIVEN[1::2], *subjects]


def test_no_default_is_taken_silently(tmp_path: Path) -> None:
    template = tmp_path / "sound.yaml"
    template.write_text(SOUND)
    arguments = (str(template), *_subjects(("bucket=Data", ENDPOINT)))
    code, promise = _promise((*arguments, *GIVEN[:2]), 1)
    assert (code, promise["verdict"]) == (1, "unknown")
    assert "EndpointId" in promise["breaches"][0]["what"]
    code, promise = _promise((*arguments, *GIVEN[2:]), 1)
    assert (code, promise["verdict"]) == (1, "broken")
    assert "Guarded other than 'yes'" in promise["breaches"][0]["what"]


@pytest.mark.parametrize(
    "text",
    [
        '[{"ParameterKey": "Guarded", "ParameterValue": "yes"}]',
        '{"Parameters": {"Guarded": "yes"}}',
        "Guarded: 'yes'",
        '["Guarded=yes"]',
    ],
)
def test_values_come_from_a_file_in_any_form_of_cloudformation(tmp_path: Path, text: str) -> None:
    (tmp_path / "sound.yaml").write_text(SOUND)
    (tmp_path / "values.yaml").write_text(text)
    arguments = (str(tmp_path / "sound.yaml"), *_subjects(("bucket=Data", ENDPOINT)), *GIVEN[2:])
    values = ("--parameters", str(tmp_path / "values.yaml"))
    assert _promise((*arguments, *values), 1)[1]["verdict"] == "proved"


def test_one_action_of_one_role_is_asked_about_alone() -> None:
    file = str(HOLES / "own_rights.yaml")
    code, promise = _promise((file, "--role", "Worker", "--action", "iam:PutRolePolicy"), 11)
    assert (code, promise["verdict"]) == (1, "broken")
    assert {each["request"]["action"] for each in promise["breaches"]} == {"iam:PutRolePolicy"}
    code, promise = _promise((file, "--role", "Worker", "--action", "iam:PassRole"), 11)
    assert (code, promise["verdict"]) == (0, "proved")


def test_a_false_condition_takes_the_resource_away(tmp_path: Path) -> None:
    template = tmp_path / "open.yaml"
    template.write_text(SOUND.replace('Default: "yes"', 'Default: "no"'))
    _, promise = _promise((str(template), *_subjects(("bucket=Data", ENDPOINT))), 1)
    assert promise["verdict"] == "broken"


def test_denying_everything_proves_nothing(tmp_path: Path) -> None:
    template = tmp_path / "shut.yaml"
    conditional = 'Condition: {StringNotEquals: {"aws:SourceVpce": !Ref EndpointId}}'
    template.write_text(SOUND.replace(conditional, ""))
    _, promise = _promise((str(template), *_subjects(("bucket=Data", ENDPOINT)), *GIVEN), 1)
    assert promise["verdict"] == "broken"
    assert all("has to be possible" in each["what"] for each in promise["breaches"])


def test_what_a_template_does_not_have_is_not_applicable() -> None:
    code, promise = _promise((str(HOLES / "nat_gateway.yaml"),), 13)
    assert (code, promise["verdict"]) == (0, "not applicable")


def test_an_undecided_promise_is_a_failure(tmp_path: Path) -> None:
    template = tmp_path / "sound.yaml"
    template.write_text(SOUND)
    arguments = (str(template), *_subjects(("bucket=Data", ENDPOINT)), "--timeout", "0.1")
    code, promise = _promise(arguments, 1)
    assert (code == 0) is (promise["verdict"] == "proved")


UNKNOWN_OPERATOR = SOUND.replace("StringNotEquals", "StringDiffers")


@pytest.mark.parametrize(
    ("content", "arguments", "says"),
    [
        ("hello: world", (), "is not a CloudFormation template: it has no Resources"),
        ("{not json", (), "is neither JSON nor YAML"),
        ("Resources: {A: {Kind: x}}", (), "resource A has no Type"),
        (SOUND.replace("!Sub", "!Subst"), (), "unknown intrinsic function !Subst in line"),
        (
            '{"Resources": {"A": {"Type": "X::Y::Z", "Properties": {"P": {"Fn::Nope": 1}}}}}',
            (),
            "Fn::Nope is not supported",
        ),
        (UNKNOWN_OPERATOR, (), "DataPolicy, statement 0: "),
        (SOUND, ("--parameter", "Nothing=1"), "no template has it; there are: EndpointId, Guarded"),
        (SOUND, ("--parameter", "Guarded"), "say NAME=VALUE"),
        (SOUND, ("--action", "s3:Nothing"), "has no such action"),
        (SOUND, ("--role", "Data"), "no template has such a role; there are: Reader"),
        (SOUND, ("--subject", "bucket=Nothing"), "called Nothing"),
        (SOUND, ("--subject", "bucket=Reader"), "is no bucket"),
        (SOUND, ("--subject", "cellar=Data"), "NAME one of bucket, "),
        (SOUND, ("--promise", "99"), f"there are promises 1 to {len(PROMISES)}"),
    ],
)
def test_wrong_input_is_one_clear_line(
    tmp_path: Path,
    content: str,
    arguments: tuple[str, ...],
    says: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    template = tmp_path / "template.yaml"
    template.write_text(content)
    with pytest.raises((MlopsError, PolicyError)) as raised:
        _prove(str(template), *arguments)
    assert explain(raised.value) == 1
    printed = capsys.readouterr().err
    assert says in printed
    assert printed.count("\n") == 1


def test_a_path_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(MlopsError, match="there is no such file or folder"):
        _prove(str(tmp_path / "nothing"))
    with pytest.raises(MlopsError, match=r"holds neither a cloud assembly"):
        _prove(str(tmp_path))
