"""A promise that hangs on what only a deployment decides is undecided, and names it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from iam_prover.evaluator import PoliciesInForce
from iam_prover.policy import PolicyKind
from iam_prover.principals import role
from iam_prover.question import any_session
from iam_prover.request import Request
from mlops.command_line.main import app
from mlops_common.errors import MlopsError
from mlops_common.symbols import generated
from promises.asking import Subject
from promises.claims import Allowed
from promises.proving import Verdict, judge_claims
from promises.world import worlds_of
from promises.world.documents import read_policy

if TYPE_CHECKING:
    from pathlib import Path

ROLE_TRUST = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    },
}
OWN = {"Type": "Custom::Own", "Properties": {}}


def _prove(folder: Path, number: int, resources: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    template = folder / "team.json"
    template.write_text(json.dumps({"Resources": resources}))
    arguments = ["prove", str(template), "--json", "--timeout", "10", "--promise", str(number)]
    result = CliRunner().invoke(app, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    (world,) = json.loads(result.stdout)
    (promise,) = world["promises"]
    return result.exit_code, promise


def _key(principal: object) -> dict[str, Any]:
    owner = {"AWS": "arn:aws:iam::123456789012:root"}
    statements = [
        {"Effect": "Allow", "Principal": owner, "Action": "kms:Describe*", "Resource": "*"},
        {"Effect": "Allow", "Principal": principal, "Action": "kms:Decrypt", "Resource": "*"},
    ]
    policy = {"Version": "2012-10-17", "Statement": statements}
    return {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy}}


def _with_key(principal: object) -> dict[str, Any]:
    partner = {"Type": "AWS::IAM::User", "Properties": {"UserName": "partner"}}
    return {"Partner": partner, "Own": OWN, "Key": _key({"AWS": principal})}


@pytest.mark.parametrize(
    "principal",
    [{"Fn::GetAtt": ["Partner", "Arn"]}, "arn:aws:iam::123456789012:user/partner"],
    ids=["attribute", "literal"],
)
def test_a_user_is_the_same_by_its_attribute_and_by_its_literal_arn(
    tmp_path: Path, principal: object
) -> None:
    code, promise = _prove(tmp_path, 12, _with_key(principal))
    assert (code, promise["verdict"]) == (1, "broken")
    passed = [each for each in promise["breaches"] if each["request"]]
    assert passed[0]["request"]["principal"]["arn"] == "arn:aws:iam::123456789012:user/partner"


def test_an_unknown_principal_leaves_promises_undecided_by_name(tmp_path: Path) -> None:
    code, promise = _prove(tmp_path, 14, _with_key({"Fn::GetAtt": ["Own", "UserArn"]}))
    assert (code, promise["verdict"]) == (1, "unknown")
    key = [each for each in promise["breaches"] if each["subject"] == "team/Key"]
    assert key
    assert all("it depends on team/Own.UserArn" in each["what"] for each in key)
    # What users may do no promise asks, so the table leaves their type open.
    (user,) = [each for each in promise["breaches"] if each not in key]
    assert "type AWS::IAM::User" in user["what"]


def test_a_missing_attribute_is_refused_by_name(tmp_path: Path) -> None:
    queue = {"Type": "AWS::SQS::Queue"}
    resources = {"Queue": queue, **_with_key({"Fn::GetAtt": ["Queue", "Nonsense"]})}
    with pytest.raises(MlopsError, match=r"stack team: Fn::GetAtt Queue\.Nonsense: AWS::SQS::Qu"):
        _prove(tmp_path, 14, resources)


def test_an_open_statement_that_no_promise_can_break_on_leaves_it_proved(tmp_path: Path) -> None:
    deny = _key({"Service": "logs.amazonaws.com"})
    deny["Properties"]["KeyPolicy"]["Statement"][1] |= {
        "Effect": "Deny",
        "Resource": {"Fn::GetAtt": ["Own", "Arn"]},
    }
    code, promise = _prove(tmp_path, 14, {"Own": OWN, "Key": deny})
    assert (code, promise["verdict"]) == (0, "proved")


@pytest.mark.parametrize("public", [True, {"Fn::GetAtt": ["Own", "Public"]}], ids=["set", "open"])
def test_a_fact_on_an_open_property_is_undecided(tmp_path: Path, public: object) -> None:
    subnet = {"Type": "AWS::EC2::Subnet", "Properties": {"MapPublicIpOnLaunch": public}}
    code, promise = _prove(tmp_path, 16, {"Own": OWN, "Subnet": subnet})
    assert code == 1
    if public is True:
        assert promise["verdict"] == "broken"
    else:
        assert promise["verdict"] == "unknown"
        assert "team/Own.Public" in promise["breaches"][0]["what"]


def test_an_open_property_that_no_promise_reads_changes_nothing(tmp_path: Path) -> None:
    subnet = {
        "Type": "AWS::EC2::Subnet",
        "Properties": {"AvailabilityZone": {"Fn::Select": [0, {"Fn::GetAZs": ""}]}},
    }
    code, promise = _prove(tmp_path, 16, {"Subnet": subnet})
    assert (code, promise["verdict"]) == (0, "proved")


def test_a_policy_that_may_be_attached_to_any_role_leaves_all_undecided(tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}
    policy = {
        "PolicyName": "rights",
        "PolicyDocument": {"Version": "2012-10-17", "Statement": statement},
        "Roles": [{"Fn::GetAtt": ["Own", "RoleName"]}],
    }
    resources = {
        "Own": OWN,
        "Job": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": ROLE_TRUST}},
        "Rights": {"Type": "AWS::IAM::Policy", "Properties": policy},
    }
    code, promise = _prove(tmp_path, 11, resources)
    assert (code, promise["verdict"]) == (1, "unknown")
    assert "team/Own.RoleName" in promise["breaches"][0]["what"]


@pytest.mark.parametrize(
    ("pattern", "verdict"),
    [("*", Verdict.BROKEN), ("team-*", Verdict.UNKNOWN), ("another/*", None)],
)
def test_a_pattern_that_may_match_a_generated_name_is_undecided(
    pattern: str, verdict: Verdict | None
) -> None:
    arn = f"arn:aws:s3:::{generated('team', 'Bucket')}/file"
    statement = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{pattern}",
    }
    document = {"Version": "2012-10-17", "Statement": statement}
    policy = read_policy(document, PolicyKind.IDENTITY, "team/Job")
    job = "arn:aws:iam::123456789012:role/job"
    subject = Subject("team/Job", PoliciesInForce(identity=(policy,)), resource=arn)
    claim = subject.never("read the file", [any_session(job)], ["s3:GetObject"])
    request = Request(role(job), "s3:GetObject", arn)
    can = Allowed("team/Job", "read the file", ((request, claim.question.policies),))
    (asked, needed) = judge_claims([(1, claim), (2, can)])
    assert (asked and asked.verdict) == verdict
    expected = {Verdict.BROKEN: None, None: Verdict.BROKEN}.get(verdict, verdict)
    assert (needed and needed.verdict) == expected
    if verdict is Verdict.UNKNOWN:
        assert asked is not None
        assert "the name of team/Bucket" in asked.what


def test_two_templates_of_one_name_are_refused(tmp_path: Path) -> None:
    files = [tmp_path / folder / "team.json" for folder in ("one", "two")]
    for file in files:
        file.parent.mkdir()
        file.write_text(json.dumps({"Resources": {"Key": _key({"AWS": "123456789012"})}}))
    with pytest.raises(MlopsError, match="two stacks are called 'team'"):
        worlds_of(files)


def test_an_attribute_of_an_unknown_type_is_not_its_property(tmp_path: Path) -> None:
    box = {"Type": "Acme::A::B", "Properties": {"Arn": "arn:aws:iam::123456789012:role/ok"}}
    resources = {"Box": box, **_with_key({"Fn::GetAtt": ["Box", "Arn"]})}
    assert _prove(tmp_path, 14, resources)[1]["verdict"] == "unknown"


def test_a_literal_that_looks_like_a_made_up_name_is_refused(tmp_path: Path) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": ROLE_TRUST}}
    forged = f"arn:aws:iam::123456789012:role/{generated('team', 'Job')}"
    with pytest.raises(MlopsError, match="as names made up here do"):
        _prove(tmp_path, 12, {"Job": role, **_with_key(forged)})


def test_open_lists_of_policies_and_rules_end_in_no_traceback(tmp_path: Path) -> None:
    unknown = {"Fn::GetAtt": ["Own", "All"]}
    role = {"AssumeRolePolicyDocument": ROLE_TRUST, "Policies": unknown}
    job = {"Type": "AWS::IAM::Role", "Properties": role}
    _, promise = _prove(tmp_path, 8, {"Own": OWN, "Job": job})
    assert promise["verdict"] == "unknown"
    assert "it depends on team/Own.All" in promise["breaches"][0]["what"]
    group = {"GroupDescription": "jobs", "SecurityGroupEgress": unknown}
    resources = {"Own": OWN, "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": group}}
    assert _prove(tmp_path, 16, resources)[1]["verdict"] != "proved"


def test_a_replica_of_a_key_is_a_key(tmp_path: Path) -> None:
    replica = {**_key("*"), "Type": "AWS::KMS::ReplicaKey"}
    code, promise = _prove(tmp_path, 14, {"Key": _key({"AWS": "123456789012"}), "Copy": replica})
    assert (code, promise["verdict"]) == (1, "broken")
    assert promise["breaches"][0]["subject"] == "team/Copy"


REFUSED = {
    "macro": ('{"Transform": "Own", "Resources": {"T": {"Type": "AWS::SNS::Topic"}}}', "macro"),
    "include": (
        '{"Resources": {"T": {"Type": "A::B::C", "Fn::Transform": {"Name": "AWS::Include"}}}}',
        "macro",
    ),
    "twice": ('{"Resources": {"T": {"Type": "AWS::SNS::Topic", "Type": "A::B::C"}}}', "'Type'"),
    "yaml": ("Resources:\n  T: {Type: AWS::SNS::Topic, Type: A::B::C}\n", "'Type' stands twice"),
    "list": ('{"Resources": {"T": {"Type": "A::B::C", "Properties": []}}}', "must be an object"),
    "section": ('{"Outputs": [], "Resources": {"T": {"Type": "A::B::C"}}}', "Outputs must be"),
    "deep": ('{"Resources": ' + "[" * 100_000, "nested too deeply"),
    "deep-value": (
        '{"Resources": {"T": {"Type": "A::B::C", "Properties": {"X": %s}}}}'
        % ("[" * 600 + "]" * 600),
        "nested too deeply",
    ),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_a_template_that_cannot_be_read_as_it_stands_is_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    template = tmp_path / "team.template"
    template.write_text(text)
    with pytest.raises(MlopsError, match=message):
        worlds_of([template])


@pytest.mark.parametrize(
    ("kind", "properties", "number"),
    [
        ("AWS::S3::Bucket", {"BucketEncryption": {"Fn::GetAtt": ["Own", "All"]}}, 4),
        ("AWS::S3::Bucket", {"VersioningConfiguration": [{"Fn::GetAtt": ["Own", "All"]}]}, 15),
        ("AWS::Lambda::Function", {"VpcConfig": {"Fn::GetAtt": ["Own", "All"]}}, 16),
    ],
)
def test_an_open_value_in_place_of_an_object_is_undecided(
    tmp_path: Path, kind: str, properties: dict[str, Any], number: int
) -> None:
    resources = {"Own": OWN, "It": {"Type": kind, "Properties": properties}}
    code, promise = _prove(tmp_path, number, resources)
    assert code == 1
    assert any("team/Own.All" in each["what"] for each in promise["breaches"])


def test_a_property_of_another_form_is_an_error_of_one_line(tmp_path: Path) -> None:
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketEncryption": "AES256"}}
    with pytest.raises(MlopsError, match="team, promise 4: a property does not have the form"):
        _prove(tmp_path, 4, {"Data": bucket})


def test_a_policy_that_may_be_attached_to_a_role_by_its_name_counts(tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}
    policy = {
        "PolicyName": "rights",
        "PolicyDocument": {"Version": "2012-10-17", "Statement": statement},
        "Roles": ["worker"],
    }
    trust = {"AssumeRolePolicyDocument": ROLE_TRUST, "RoleName": {"Fn::GetAtt": ["Own", "Name"]}}
    resources = {
        "Own": OWN,
        "Job": {"Type": "AWS::IAM::Role", "Properties": trust},
        "Rights": {"Type": "AWS::IAM::Policy", "Properties": policy},
    }
    assert _prove(tmp_path, 11, resources)[1]["verdict"] == "unknown"
