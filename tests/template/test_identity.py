"""Roles: least privilege, guards that cannot be talked round, documents that IAM takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.template.policies import is_allowed, is_denied, resolved, size, statements

if TYPE_CHECKING:
    from tests.template.assembly import Stacks

ORCHESTRATION = "secure-mlops-dev-orchestration"
RUNNING_JOBS = f"{ORCHESTRATION}-common"
GUARDS = ("network", "isolation", "storage", "instance", "offer")
JOB = "arn:aws:sagemaker:eu-central-1:111111111111:training-job/pipelines-abc-Train"


def _combined(stacks: Stacks) -> dict[str, Any]:
    """All policies of the orchestration role in one document."""
    names = (ORCHESTRATION, RUNNING_JOBS, *(f"secure-mlops-dev-{name}-guard" for name in GUARDS))
    return {"Statement": [entry for name in names for entry in stacks.policy(name)["Statement"]]}


def _values(stacks: Stacks, key: str) -> list[str]:
    """The values that the guards accept for a key."""
    found = [
        condition[key]
        for statement in statements(_combined(stacks))
        for operator, condition in statement.get("Condition", {}).items()
        if operator != "Null" and key in condition
    ]
    values: list[str] = found[0] if isinstance(found[0], list) else [found[0]]
    return values


def _good(stacks: Stacks) -> dict[str, str | list[str]]:
    return {
        "sagemaker:VpcSubnets": _values(stacks, "sagemaker:VpcSubnets"),
        "sagemaker:VpcSecurityGroupIds": _values(stacks, "sagemaker:VpcSecurityGroupIds"),
        "sagemaker:InstanceTypes": ["ml.m5.large"],
        "sagemaker:VolumeKmsKeyArn": _values(stacks, "sagemaker:VolumeKmsKeyArn")[0],
        "sagemaker:OutputKmsKeyArn": _values(stacks, "sagemaker:OutputKmsKeyArn")[0],
        "sagemaker:NetworkIsolation": "true",
        "sagemaker:InterContainerTrafficEncryption": "true",
    }


def _start(stacks: Stacks, context: dict[str, str | list[str]]) -> bool:
    return is_allowed(_combined(stacks), "sagemaker:CreateTrainingJob", JOB, context)


def test_a_job_inside_the_perimeter_starts(dev: Stacks) -> None:
    good = _good(dev)
    assert _start(dev, good)
    one_subnet = {**good, "sagemaker:VpcSubnets": good["sagemaker:VpcSubnets"][:1]}
    assert _start(dev, one_subnet)
    old_names = {
        **{key: value for key, value in good.items() if "Kms" not in key},
        "sagemaker:VolumeKmsKey": good["sagemaker:VolumeKmsKeyArn"],
        "sagemaker:OutputKmsKey": good["sagemaker:OutputKmsKeyArn"],
    }
    assert _start(dev, old_names)


def test_a_job_that_lacks_anything_does_not_start(dev: Stacks) -> None:
    good = _good(dev)
    for key in good:
        lacking = {name: value for name, value in good.items() if name != key}
        assert not _start(dev, lacking), key


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sagemaker:VpcSubnets", ["subnet-foreign"]),
        ("sagemaker:VpcSecurityGroupIds", ["sg-foreign"]),
        ("sagemaker:InstanceTypes", ["ml.p5.48xlarge"]),
        ("sagemaker:VolumeKmsKeyArn", "arn:foreign"),
        ("sagemaker:OutputKmsKeyArn", "arn:foreign"),
        ("sagemaker:VolumeKmsKey", "arn:foreign"),
        ("sagemaker:OutputKmsKey", "arn:foreign"),
        ("sagemaker:NetworkIsolation", "false"),
        ("sagemaker:InterContainerTrafficEncryption", "false"),
    ],
)
def test_a_job_with_anything_foreign_does_not_start(
    dev: Stacks, key: str, value: str | list[str]
) -> None:
    good = _good(dev)
    assert not _start(dev, {**good, key: value})
    if isinstance(value, list):
        assert not _start(dev, {**good, key: [*good[key], *value]}), "one foreign among ours"


def test_compute_without_a_condition_key_is_not_allowed_at_all(dev: Stacks) -> None:
    good = _good(dev)
    for action in ("CreateNotebookInstance", "CreateCompilationJob", "CreateLabelingJob"):
        assert not is_allowed(_combined(dev), f"sagemaker:{action}", JOB, good)


def test_pipelines_start_only_jobs_that_they_name(dev: Stacks) -> None:
    other = JOB.replace("pipelines-abc", "mine")
    assert not is_allowed(_combined(dev), "sagemaker:CreateTrainingJob", other, _good(dev))


def test_a_search_runs_under_the_service_s_name_inside_the_perimeter_only(dev: Stacks) -> None:
    policy, good = _combined(dev), _good(dev)
    job = JOB.replace("training-job/pipelines-abc-Train", "hyper-parameter-tuning-job/{}")
    ours = job.format("bqbpzw5k3d15-hptuning-U0H0Wl6oKU")
    start, follow = (f"sagemaker:{each}HyperParameterTuningJob" for each in ("Create", "Describe"))
    assert is_allowed(policy, start, ours, good)
    assert is_allowed(policy, follow, ours, {})
    for name in ("xgboost-220426-0009", "somebodys-search"):
        assert not is_allowed(policy, start, job.format(name), good), name
    for key in good:
        lacking = {name: value for name, value in good.items() if name != key}
        assert not is_allowed(policy, start, ours, lacking), key


def test_roles_are_passed_to_sagemaker_only(dev: Stacks) -> None:
    policy = dev.policy(RUNNING_JOBS)
    (passing,) = (entry for entry in policy["Statement"] if entry["Action"] == "iam:PassRole")
    assert len(passing["Resource"]) == 3
    role = str(resolved(passing["Resource"][0]))
    to = {"iam:PassedToService": "sagemaker.amazonaws.com"}
    assert is_allowed(policy, "iam:PassRole", role, to)
    assert not is_allowed(
        policy, "iam:PassRole", role, {"iam:PassedToService": "ec2.amazonaws.com"}
    )
    assert not is_allowed(policy, "iam:PassRole", "arn:aws:iam::111111111111:role/Admin", to)
    others = [
        entry["PolicyDocument"]
        for entry in dev.properties("AWS::IAM::ManagedPolicy")
        if entry["ManagedPolicyName"] != RUNNING_JOBS
    ]
    assert not any(is_allowed(other, "iam:PassRole", role, to) for other in others)


def test_models_are_registered_in_the_pipelines_groups_only(dev: Stacks) -> None:
    arn = "arn:aws:sagemaker:eu-central-1:111111111111:model-package"
    policy = dev.policy(ORCHESTRATION)
    action = "sagemaker:CreateModelPackage"
    assert is_allowed(policy, action, f"{arn}/secure-mlops-dev-abalone-age/1", {})
    assert not is_allowed(policy, action, f"{arn}/other/1", {})
    keeper = dev.policy("secure-mlops-dev-champion-keeper")
    assert not is_allowed(keeper, action, f"{arn}/secure-mlops-dev-abalone-age/1", {})


def test_policies_are_managed_and_fit(dev: Stacks, prod: Stacks) -> None:
    for stacks in (dev, prod):
        assert stacks.of_type("AWS::IAM::Policy") == {}
        assert all("Policies" not in role for role in stacks.properties("AWS::IAM::Role"))
        for policy in stacks.properties("AWS::IAM::ManagedPolicy"):
            assert size(policy["PolicyDocument"]) <= 6_144, policy["ManagedPolicyName"]


def test_no_action_is_a_wildcard(dev: Stacks) -> None:
    for policy in dev.properties("AWS::IAM::ManagedPolicy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            # A refusal may say more than is there; a grant may not.
            assert statement["Effect"] == "Deny" or "*" not in json.dumps(statement["Action"])


SOURCES = {
    "codebuild.amazonaws.com": "codebuild:eu-central-1:111111111111:project/secure-mlops-dev-",
    "events.amazonaws.com": "events:eu-central-1:111111111111:rule/secure-mlops-dev-",
    "scheduler.amazonaws.com": "scheduler:eu-central-1:111111111111:schedule-group/"
    "secure-mlops-dev",
}
# Those of pipelines; SageMaker names the jobs.
SOURCES_OF_ROLES = {
    f"secure-mlops-dev-{name}": "sagemaker:eu-central-1:111111111111:pipeline/secure-mlops-dev-"
    for name in ("orchestration", "project-orchestration")
}


def test_services_act_for_this_account_and_environment_only(dev: Stacks) -> None:
    bound = set()
    for role in dev.properties("AWS::IAM::Role"):
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        if "AWS" in trust["Principal"]:
            continue  # a person's: tests/template/test_people.py
        service, condition = trust["Principal"]["Service"], trust.get("Condition", {})
        if service == "lambda.amazonaws.com":
            assert condition == {}
            continue
        source = SOURCES.get(service) or SOURCES_OF_ROLES.get(role["RoleName"])
        if source is None:
            assert condition == {"StringEquals": {"aws:SourceAccount": "111111111111"}}
            continue
        assert set(condition) == {"ArnLike"}, role["RoleName"]
        for arn in condition["ArnLike"]["aws:SourceArn"]:
            assert str(arn).startswith(f"arn:aws:{source}"), role["RoleName"]
            bound.add(role["RoleName"])
    assert bound >= {
        *SOURCES_OF_ROLES,
        "secure-mlops-dev-build-verify",
        "secure-mlops-dev-scheduler",
    }


def test_a_build_is_of_its_own_project(dev: Stacks) -> None:
    roles = {each["RoleName"]: each for each in dev.properties("AWS::IAM::Role")}
    trust = roles["secure-mlops-dev-build-deploy-prod"]["AssumeRolePolicyDocument"]
    project = "arn:aws:codebuild:eu-central-1:111111111111:project/secure-mlops-dev-deploy-prod"
    assert trust["Statement"][0]["Condition"]["ArnLike"] == {"aws:SourceArn": [project]}


def test_functions_do_not_use_their_network_rights_themselves(dev: Stacks) -> None:
    policy = dev.policy("secure-mlops-dev-function-network")
    action, from_code = "ec2:CreateNetworkInterface", {"lambda:SourceFunctionArn": "arn:x"}
    interface = "arn:aws:ec2:eu-central-1:111111111111:network-interface/eni-1"
    assert is_allowed(policy, action, interface, {})
    assert is_denied(policy, action, "*", from_code)


def test_names_of_roles_fit(prod: Stacks) -> None:
    assert all(len(role["RoleName"]) <= 64 for role in prod.properties("AWS::IAM::Role"))
