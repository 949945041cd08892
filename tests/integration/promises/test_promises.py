"""All promises hold on what is deployed, and a weakened template breaks the right one."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from environments import allowed_instance_types
from promises.catalog import PROMISES
from promises.claims import Allowed, Fact, Never
from promises.pipeline_jobs import jobs
from promises.proving import Verdict, outcomes_of
from promises.world import worlds_of
from tests.breaches import breaches

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from promises.world import World

Resources = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def assembly(all_environments: Path) -> Path:
    return all_environments / "assembly-dev"


@pytest.fixture(scope="module")
def world(assembly: Path) -> World:
    (world,) = worlds_of([assembly], allowed_instance_types)
    return world


@pytest.mark.slow  # by default a demonstration proves them, in tests/e2e/test_first_model.py
def test_every_promise_is_proved(world: World) -> None:
    outcomes = outcomes_of(world, PROMISES)
    assert [each.promise.number for each in outcomes] == [each.number for each in PROMISES]
    others = [each for each in outcomes if each.verdict is not Verdict.PROVED]
    assert [(each.promise.number, each.verdict) for each in others] == [
        (13, Verdict.ASSUMED),  # endpoints that are sent no policy
        (23, Verdict.NOT_APPLICABLE),  # these settings have no senders
    ]


@pytest.mark.example
@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: str(promise.number))
def test_every_promise_asks_for_bad_and_for_good(promise: Any, world: World) -> None:
    claims = list(promise.claims(world))
    if promise.number == 23:  # these settings have no senders: tests/template/test_senders.py
        assert not claims
        return
    assert any(isinstance(each, Never | Fact) for each in claims)
    if promise.number not in {16, 25}:  # the network and its names have no requests
        assert any(isinstance(each, Allowed) for each in claims)


_NETWORK = {"VpcSubnets", "VpcSecurityGroupIds", "NetworkIsolation"}
_JOB = {*_NETWORK, "InterContainerTrafficEncryption"}
_MACHINES = {"InstanceTypes", "VolumeKmsKey", "OutputKmsKey"}
# By API, the keys of the service reference that an argument of the request fills.
_FILLED = {
    "CreateProcessingJob": {*_JOB, *_MACHINES},
    "CreateTrainingJob": {*_JOB, *_MACHINES},
    "CreateModel": _NETWORK,
    "CreateTransformJob": _MACHINES,
}


@pytest.mark.example
def test_every_argument_of_the_pipelines_is_in_the_good_requests(world: World) -> None:
    found = jobs(world)
    assert {job.action for job in found} == set(_FILLED)
    for job in found:
        assert set(job.facts) == _FILLED[job.action], job.step
        assert bool(job.role_arn) is (job.action != "CreateTransformJob")
        # What a model is made of stands in its package, which is chosen at run time.
        is_job = job.action != "CreateModel"
        assert bool(job.writes) is is_job
        if job.action in {"CreateProcessingJob", "CreateTrainingJob"}:
            assert job.reads
            assert job.images


def _drop(kind: str, sid: str) -> Callable[[Resources], int]:
    def change(resources: Resources) -> int:
        changed = 0
        for body in resources.values():
            document = body.get("Properties", {}).get("PolicyDocument", {})
            if body["Type"] == kind and "Statement" in document:
                kept = [each for each in document["Statement"] if each.get("Sid") != sid]
                changed += len(document["Statement"]) - len(kept)
                document["Statement"] = kept
        return changed

    return change


def _replace(pattern: str, replacement: str) -> Callable[[Resources], int]:
    def change(resources: Resources) -> int:
        changed = 0
        for body in resources.values():  # what a charter says of them stays
            text, times = re.subn(pattern, replacement, json.dumps(body["Properties"]))
            body["Properties"] = json.loads(text)
            changed += times
        return changed

    return change


def _allow(actions: list[str]) -> Callable[[Resources], int]:
    """Give every role's own policy one more statement."""

    def change(resources: Resources) -> int:
        changed = 0
        for body in resources.values():
            if body["Type"] == "AWS::IAM::ManagedPolicy":
                statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
                body["Properties"]["PolicyDocument"]["Statement"].append(statement)
                changed += 1
        return changed

    return change


def _without_boundaries(resources: Resources) -> int:
    """Take the permission boundary, which caps much of the rest, from every role."""
    roles = [body for body in resources.values() if body["Type"] == "AWS::IAM::Role"]
    return sum(body["Properties"].pop("PermissionsBoundary", None) is not None for body in roles)


def _all(*changes: Callable[[Resources], int]) -> Callable[[Resources], int]:
    return lambda resources: sum(change(resources) for change in changes)


def _without_queue_policies(resources: Resources) -> int:
    queues = [name for name, body in resources.items() if body["Type"] == "AWS::SQS::QueuePolicy"]
    for name in queues:
        del resources[name]
    return len(queues)


BUCKET, MANAGED = "AWS::S3::BucketPolicy", "AWS::IAM::ManagedPolicy"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "change"),
    [
        (1, _drop(BUCKET, "OnlyThroughOurEndpoint")),
        (1, _drop(BUCKET, "Actions1")),
        (2, _replace(r'"aws:ResourceAccount": "\d{12}"', '"aws:SecureTransport": "true"')),
        (3, _replace('"aws:SecureTransport": "false"', '"aws:SecureTransport": "true"')),
        (3, _without_queue_policies),
        (4, _drop(BUCKET, "NoOtherKey")),
        (5, _drop(MANAGED, "NotWithoutSubnets")),
        (5, _replace("ForAnyValue:StringNotEquals", "ForAllValues:StringNotEquals")),
        (6, _drop(MANAGED, "NoVolumeKeyButOurs")),
        (7, _drop(MANAGED, "NotWithoutOutputKey")),
        (8, _drop(MANAGED, "NotWithoutIsolation")),
        (8, _drop(MANAGED, "NoRemoteDebug")),
        (9, _drop(MANAGED, "NoTypesButOurs")),
        (10, _allow(["sagemaker:*"])),
        (11, _allow(["iam:PassRole"])),
        (11, _all(_without_boundaries, _allow(["iam:AttachRolePolicy"]))),
        (12, _replace("kms:ViaService", "kms:KeyOrigin")),
        (13, _replace('"aws:PrincipalAccount"', '"aws:RequestedRegion"')),
        (14, _replace('"aws:SourceAccount": "\\d{12}"', '"aws:RequestedRegion": "x"')),
        (15, _allow(["logs:DeleteLogGroup"])),
        (
            15,
            _all(
                _without_boundaries,
                _drop(BUCKET, "NobodyElseEndsVersions"),
                _replace('"s3:GetObjectVersion"', '"s3:DeleteObjectVersion"'),
            ),
        ),
        (12, _replace('"Bool": {"kms:GrantIsForAWSResource": "true"}', '"Null": {"x:y": "true"}')),
        (
            15,
            _replace(r'"ArnEquals": \{"aws:PrincipalArn": \["[^"]*break-glass"\]\}', '"Null": {}'),
        ),
        (17, _without_boundaries),
        (17, _drop(MANAGED, "NotElsewhere")),
        (17, _replace('"aws:ResourceAccount"', '"aws:RequestedRegion"')),
        (18, _allow(["sqs:SendMessage"])),
        (18, _replace('"aws:MultiFactorAuthPresent": "true"', '"aws:SecureTransport": "true"')),
        (18, _replace('"Service": "lambda', '"Service": "glue')),
        (18, _replace(r'"s3:prefix": "models/\*"', '"s3:prefix": "*"')),
        (16, _replace('"MapPublicIpOnLaunch": false', '"MapPublicIpOnLaunch": true')),
    ],
)
def test_a_weakened_template_breaks_the_promise(
    assembly: Path, tmp_path: Path, number: int, change: Callable[[Resources], int]
) -> None:
    copy = tmp_path / assembly.name  # the environment's name, by which its settings are found
    shutil.copytree(assembly, copy, ignore=shutil.ignore_patterns("asset.*"))
    promises = [each for each in PROMISES if each.number == number]
    for file in sorted(copy.rglob("*.template.json")):
        template = json.loads(file.read_text())
        if change(template["Resources"]):
            file.write_text(json.dumps(template))
            # Template after template: finding each of a hundred breaches takes its time.
            (world,) = worlds_of([copy], allowed_instance_types)
            if any(breaches([world], *promises)):
                return
    pytest.fail("the promise still holds")
