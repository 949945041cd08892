"""A service works for one environment, where several share an account."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from promises.proving import Outcome, Verdict
from promises.sources import UNNAMED
from tests.unit.promises.callers import (
    HERE,
    bucket_for,
    document,
    judged_resources,
    key_for,
    role_for,
)

if TYPE_CHECKING:
    from pathlib import Path

# What the roles are named after; a template's file is named team, too, or otherwise.
OURS, OTHERS = "secure-mlops-team", "secure-mlops-other"
ACCOUNT = {"StringEquals": {"aws:SourceAccount": HERE}}


def _arn(resource: str, service: str = "events") -> str:
    return f"arn:aws:{service}:eu-central-1:{HERE}:{resource}"


def _from(*arns: str, operator: str = "ArnLike") -> dict[str, Any]:
    return {**ACCOUNT, operator: {"aws:SourceArn": list(arns)}}


def _named(name: str, role: dict[str, Any]) -> dict[str, Any]:
    return {**role, "Properties": {**role["Properties"], "RoleName": f"{OURS}-{name}"}}


def _trusting(service: str, *conditions: dict[str, Any]) -> dict[str, Any]:
    return role_for({"Service": service}, "sts:AssumeRole", *conditions)


# A role whose name says that the template is of an environment.
JOB = {
    "Job": _named(
        "job", _trusting("codebuild.amazonaws.com", _from(_arn(f"project/{OURS}-*", "codebuild")))
    )
}


def _queue(condition: dict[str, Any]) -> dict[str, Any]:
    leaves = {
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::GetAtt": ["Letters", "Arn"]},
        "Condition": condition,
    }
    return {
        "Letters": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "letters"}},
        "LettersPolicy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {"Queues": [{"Ref": "Letters"}], "PolicyDocument": document(leaves)},
        },
    }


def _used(folder: Path, resources: dict[str, Any]) -> Outcome:
    return judged_resources(folder, 20, {**JOB, **resources})


def _holds(found: Outcome, *, holds: bool) -> None:
    assert found.verdict is (Verdict.PROVED if holds else Verdict.BROKEN), found
    assert holds or "another environment" in str(found.breaches)


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        (f"{OURS}-*", True),
        (OURS, True),
        (f"{OURS}/*", True),  # of the environment's bus
        (f"{OURS}/{OURS}-*", True),
        ("*", False),
        (f"{OURS}*", False),
        (f"{OTHERS}-*", False),
        (f"{OTHERS}/{OURS}-*", False),
        (f"*/{OURS}-*", False),
    ],
)
def test_names_tell_environments_apart(tmp_path: Path, rule: str, *, holds: bool) -> None:
    _holds(_used(tmp_path, _queue(_from(_arn(f"rule/{rule}")))), holds=holds)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (_from(_arn(f"rule/{OURS}-*")), True),
        (_from(_arn(f"rule/{OURS}-*"), _arn(f"rule/{OTHERS}-*")), False),
        (_from(_arn(f"rule/{OURS}-*"), operator="ArnLikeIfExists"), False),
        (_from(_arn(f"rule/{OURS}-*"), operator="ArnNotLike"), False),
        (ACCOUNT, False),
    ],
)
def test_a_service_says_for_which_environment(
    tmp_path: Path, condition: dict[str, Any], *, holds: bool
) -> None:
    """Of every kind of resource that has a policy."""
    service = {"Service": "events.amazonaws.com"}
    role = _named("starter", _trusting("events.amazonaws.com", condition))
    kinds: tuple[dict[str, Any], ...] = (
        _queue(condition),
        {"Starter": role},
        {"Key": key_for(service, Condition=condition)},
        bucket_for({"Principal": service, "Condition": condition}),
    )
    for resources in kinds:
        _holds(_used(tmp_path, resources), holds=holds)


@pytest.mark.parametrize(
    ("given", "holds"),
    [
        ({"SourceArn": _arn(f"rule/{OURS}-push")}, True),
        ({"SourceArn": {"Fn::GetAtt": ["Push", "Arn"]}}, True),
        ({"SourceArn": _arn(f"rule/{OTHERS}-push")}, False),
        ({"SourceArn": _arn("rule/push")}, False),
        ({"SourceAccount": HERE}, False),
    ],
)
def test_a_function_is_called_for_its_environment(
    tmp_path: Path, given: dict[str, Any], *, holds: bool
) -> None:
    rule = {"Name": "push", "ScheduleExpression": "rate(1 day)"}
    called = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": "f",
        "Principal": "events.amazonaws.com",
        **given,
    }
    resources: dict[str, Any] = {"May": {"Type": "AWS::Lambda::Permission", "Properties": called}}
    if "Fn::GetAtt" in str(given):
        resources["Push"] = {"Type": "AWS::Events::Rule", "Properties": rule}
    found = _used(tmp_path, resources)
    assert found.verdict is (Verdict.PROVED if holds else Verdict.BROKEN), found


def test_a_service_that_cannot_say_it_is_listed(tmp_path: Path) -> None:
    """It is nobody's fault, and nothing is proved of it silently."""
    roles = {
        f"Role{n}": _named(f"role{n}", _trusting(service, ACCOUNT))
        for n, service in enumerate(UNNAMED)
    }
    found = _used(tmp_path, roles)
    assert found.verdict is Verdict.PROVED
    assert [row.partition(" ")[0] for row in found.exceptions] == sorted(UNNAMED)
    for n, (service, why) in enumerate(UNNAMED.items()):
        (row,) = (each for each in found.exceptions if each.startswith(service))
        assert row.endswith(f"since {why}: {OURS}-role{n}")


@pytest.mark.parametrize(("name", "holds"), [(f"pipeline/{OURS}-*", True), ("*", False)])
def test_of_a_pipeline_sagemaker_says_it(tmp_path: Path, name: str, *, holds: bool) -> None:
    role = _named("flow", _trusting("sagemaker.amazonaws.com", _from(_arn(name, "sagemaker"))))
    pipeline = {
        "PipelineName": f"{OURS}-train",
        "RoleArn": {"Fn::GetAtt": ["Flow", "Arn"]},
        "PipelineDefinition": {"PipelineDefinitionBody": '{"Version": "2020-12-01", "Steps": []}'},
    }
    made = {"Type": "AWS::SageMaker::Pipeline", "Properties": pipeline}
    found = _used(tmp_path, {"Flow": role, "Train": made})
    _holds(found, holds=holds)
    assert not found.exceptions


@pytest.mark.parametrize(
    ("context", "value", "holds"),
    [
        ("logs", _arn(f"log-group:/aws/lambda/{OURS}-*", "logs"), True),
        ("logs", _arn(f"log-group:/{OURS}/*", "logs"), True),
        ("logs", _arn("log-group:/aws/sagemaker/*", "logs"), False),
        ("logs", _arn(f"log-group:/aws/lambda/{OTHERS}-*", "logs"), False),
        ("s3", "arn:aws:s3:::team-data", True),
        ("s3", "arn:aws:s3:::team-data/*", True),
        ("s3", f"arn:aws:s3:::{OURS}-data", False),  # no template holds it
    ],
)
def test_a_key_may_ask_what_is_encrypted(
    tmp_path: Path, context: str, value: str, *, holds: bool
) -> None:
    name = f"kms:EncryptionContext:aws:{context}:arn"
    asked = {**ACCOUNT, "ArnLike": {name: value}}
    service = {"Service": "logging.s3.amazonaws.com"}
    data = bucket_for({"Principal": {"AWS": HERE}})
    _holds(_used(tmp_path, {**data, "Key": key_for(service, Condition=asked)}), holds=holds)


def _logging(*changes: tuple[str, str]) -> dict[str, Any]:
    """Make two buckets that keep their access logs in a third."""
    statements = [
        {
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::team-logs/access/{name}/*",
            "Condition": _from(f"arn:aws:s3:::team-{name}"),
        }
        for name in ("data", "models")
    ]
    text = json.dumps(bucket_for(*statements, name="Logs"))
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    sources: dict[str, Any] = {}
    for name in ("data", "models"):
        kept = {"DestinationBucketName": "team-logs", "LogFilePrefix": f"access/{name}/"}
        sources |= bucket_for({"Principal": {"AWS": HERE}}, name=name.title())
        sources[name.title()]["Properties"]["LoggingConfiguration"] = kept
    made: dict[str, Any] = {**json.loads(text), **sources}
    return made


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("team-data", "team-models", "elsewhere than below access/models/"),
        ("team-data", "team-logs", "a bucket that does not keep them here"),
        ("access/data/*", "access/*", "elsewhere than below access/data/"),
        ("access/data/*", "access/models/*", "elsewhere than below access/data/"),
        ('"aws:SourceAccount"', '"aws:PrincipalOrgID"', "for an account that is not named"),
        ("access/data/*", "other/*", "S3 writes access logs of arn:aws:s3:::team-data"),
    ],
)
def test_each_bucket_keeps_access_logs_below_its_own_prefix(
    tmp_path: Path, before: str, after: str, why: str
) -> None:
    assert _used(tmp_path, _logging()).verdict is Verdict.PROVED
    found = _used(tmp_path, _logging((before, after)))
    assert found.verdict is Verdict.BROKEN
    assert why in str(found.breaches)


def test_templates_of_others_name_no_environment(tmp_path: Path) -> None:
    resources = {"Job": _trusting("codebuild.amazonaws.com", ACCOUNT), **_queue(ACCOUNT)}
    assert judged_resources(tmp_path, 20, resources).verdict is Verdict.NOT_APPLICABLE


def test_roles_name_the_environment_and_not_a_file_or_folder(tmp_path: Path) -> None:
    """A copy of an assembly lies in a folder of any name."""
    for named, holds in ((OURS, False), (OTHERS, True)):
        text = json.dumps({**JOB, **_queue(_from(_arn(f"rule/{named}-*")))})
        text = text.replace(f"{OURS}-job", f"{OTHERS}-job")
        text = text.replace(f"project/{OURS}", f"project/{OTHERS}")
        _holds(judged_resources(tmp_path, 20, json.loads(text)), holds=holds)


def test_roles_of_several_environments_leave_it_undecided(tmp_path: Path) -> None:
    other = json.loads(json.dumps(JOB["Job"]).replace(OURS, OTHERS))
    found = _used(tmp_path, {"Other": other})
    assert found.verdict is Verdict.UNKNOWN
    assert "named after several environments, other, team" in str(found.breaches)


def test_an_environment_that_only_a_deployment_names_is_undecided(tmp_path: Path) -> None:
    role = _trusting("codebuild.amazonaws.com", ACCOUNT)
    role["Properties"]["RoleName"] = {"Fn::Sub": "secure-mlops-${Chooser.Name}-job"}
    chooser = {"Type": "Custom::Chooser", "Properties": {"ServiceToken": "f"}}
    found = judged_resources(tmp_path, 20, {"Job": role, "Chooser": chooser})
    assert found.verdict is Verdict.UNKNOWN, found
    assert "after which environment the role is named" in str(found.breaches)


@pytest.mark.parametrize(
    ("service", "name", "holds"),
    [
        ("codepipeline", f"{OURS}-x", True),
        ("codepipeline", f"{OURS}-x/Stage/{OTHERS}-x", True),
        ("codepipeline", f"{OTHERS}/{OURS}-x", False),  # a stage of another's pipeline
        ("codepipeline", f"rule/{OURS}-x", False),
        ("codepipeline", f"webhook:{OURS}-x", True),
        ("sns", f"{OURS}-x", True),
        ("sns", f"{OTHERS}:{OURS}-x", False),
        ("sqs", f"{OURS}-x", True),
        ("sqs", f"{OTHERS}/{OURS}-x", False),
        ("codebuild", f"project/{OURS}-x", True),
        ("states", f"stateMachine:{OURS}-x", True),
        ("*", f"project/{OURS}-x", False),  # also a stage of a pipeline named project
    ],
)
def test_a_name_before_the_name_is_no_type(
    tmp_path: Path, service: str, name: str, *, holds: bool
) -> None:
    _holds(_used(tmp_path, _queue(_from(_arn(name, service)))), holds=holds)
