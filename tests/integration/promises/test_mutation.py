"""A few faults, one a kind, seeded into what is deployed; `make mutants` seeds hundreds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from environments import allowed_instance_types
from iam_prover.encoding.prover import Prover
from promises.catalog import PROMISES
from promises.mutation import judging
from promises.mutation.catalog import SEEDERS, all_faults
from promises.mutation.fault import Fault, changed
from promises.mutation.judging import Fate, Judge
from promises.mutation.templates import Copy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow
BY_KIND = dict(SEEDERS)
CHARTERS, SOURCES, WORK = 18, 20, 21


@pytest.fixture(scope="module")
def copy(all_environments: Path, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    assembly = all_environments / "assembly-dev"
    return Copy(assembly, tmp_path_factory.mktemp("faults"), allowed_instance_types)


@pytest.fixture(scope="module")
def judge(copy: Copy) -> Iterator[Judge]:
    with Prover(5.0) as prover:
        yield Judge(copy, prover)


def pick(copy: Copy, kind: str, *parts: str) -> Fault:
    """Give the first fault of a kind whose place and change have these parts."""
    return next(
        fault
        for fault in BY_KIND[kind](copy.templates)
        if all(part in f"{fault.where}: {fault.what}" for part in parts)
    )


@pytest.mark.parametrize(
    ("kind", "parts", "promises"),
    [
        ("drop a Deny statement", ("DataBucketPolicy",), {1, 3, 4}),
        ("deny Get, Put and List only", ("BucketPolicy",), {1, 3}),
        ("exempt calls by a service", ("DataBucketPolicy",), {1, 3, 4}),
        ("drop a set operator", ("VpcSubnets",), {5, 10}),
        ("drop an endpoint policy", (), {2, 13}),
        ("drop KMS via-service", ("DataKey",), {12}),
        ("drop all conditions", ("DataKey", "Rotation"), {12}),
        ("widen to a service's actions", ("BuildsTakeOnRoles",), {13}),
        ("widen to a service's actions", ("Endpointsssm", "DeploymentsTo"), {13}),
        ("widen to a service's actions", ("Endpointsscheduler",), {13}),
        ("drop a condition key", ("EventsKey", "EventBus", "aws:SourceArn"), {20}),
        ("drop a condition key", ("EventsKey", "EventBus", "event-bus:arn"), {20}),
        ("drop a condition key", ("batchannouncer", "ForAllValues"), {18}),
        ("add a gateway", ("InternetGateway",), {16}),
        ("open a security group", ("0.0.0.0/0",), {16}),
        ("attach AdministratorAccess", (), {5, 11}),
        ("attach a policy of AWS's", ("AWSLambdaBasicExecutionRole",), {18}),
        ("attach a policy that no template has", (), {5, 10, 11}),
        ("flip Null", ("NoKeyOfTheCaller",), {1, 2, 3, 4}),
        ("drop a boundary", (), {17}),
        ("drop a resource policy", ("DeadLetters",), {3}),
        ("widen to any resource", ("RunTrainingJobs",), {18}),
        ("weaken a bucket's settings", ("Amazon's keys",), {4}),
        ("drop a condition key", ("VersionsByBreakGlass", "aws:PrincipalArn"), {15}),
        ("add a value to a condition", ("AssetsOfTheCdk", "aws:PrincipalAccount"), {2}),
        ("widen to any action", ("sagemakerruntime",), {13}),
        ("narrow a Deny's actions", ("NotFromInsideTheFunction",), {18}),
    ],
)
def test_a_fault_breaks_the_promise_that_it_is_about(
    copy: Copy, judge: Judge, kind: str, parts: tuple[str, ...], promises: set[int]
) -> None:
    verdict = judge.judge(pick(copy, kind, *parts))
    assert verdict.fate is Fate.CAUGHT, verdict
    assert verdict.promise in promises, verdict


# Faults that were once proved in our own templates, each with the kind that it is of.
OWN = {
    "access grant": "grant access to objects",
    "API destination": "send events to a site",
    "backup": "copy backups elsewhere",
    "image of builds": "build in an image from elsewhere",
    "canonical user": "let a canonical user in",
    "policy behind a condition": "hang a policy on a parameter",
    "deletion policy": "let keys end with their stack",
    "replicated images": "replicate images elsewhere",
    "flow log": "log flows elsewhere",
    "foreign code": "bring code from elsewhere",
    "route to a load balancer's endpoint": "route to an endpoint",
    "dotted service on a key": "let a service of a region in",
    "service network": "join a service network",
    "managed policy from its side": "attach a policy from its side",
    "multi-region access point": "open a multi-region access point",
    "observability link": "share observations",
    "permission set": "give people a role",
    "prefix list": "name another prefix list",
    "replica key": "replicate a key openly",
    "resolver rule": "lead look-ups elsewhere",
    "rotation": "rotate by others",
    "subscription of a site": "subscribe elsewhere",
    "set of stacks": "nest a template",
    "trail": "keep a trail elsewhere",
}


@pytest.mark.parametrize("kind", OWN.values(), ids=list(OWN))
def test_what_was_once_proved_is_broken_or_undecided(copy: Copy, judge: Judge, kind: str) -> None:
    """All faults of a kind that differ in what they change, not in where."""
    of_each_sort = {each.what: each for each in BY_KIND[kind](copy.templates)}
    assert of_each_sort
    for fault in list(of_each_sort.values())[:4]:
        verdict = judge.judge(fault)
        assert verdict.fate is Fate.CAUGHT, (fault, verdict)


def test_a_cousin_that_means_the_same_is_proved_harmless(copy: Copy, judge: Judge) -> None:
    """A negated operator holds without the key, with IfExists or without."""
    verdict = judge.judge(pick(copy, "swap to IfExists", "StringNotEquals aws:SourceVpce"))
    assert verdict.fate is Fate.HARMLESS
    assert verdict.reason.startswith("proved")


def test_a_right_that_no_promise_is_about_survives_with_the_request(
    copy: Copy, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service of this account may become a role of ours, where nobody asks which, or for whom."""
    others = tuple(each for each in PROMISES if each.number not in {CHARTERS, SOURCES, WORK})
    monkeypatch.setattr(judging, "PROMISES", others)
    file, name, body = next(copy.templates.resources("AWS::IAM::Role"))
    document = body["Properties"]["AssumeRolePolicyDocument"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "translate.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
    }
    trust = {**document, "Statement": [*document["Statement"], statement]}
    fresh = {name: changed(body, "AssumeRolePolicyDocument", to=trust)}
    verdict = judge.judge(Fault("a new right", name, "seeded", file, fresh, of_policy=True))
    assert verdict.fate is Fate.SURVIVED
    assert "translate.amazonaws.com" in verdict.reason


def test_what_only_a_boundary_refuses_is_caught(copy: Copy, judge: Judge) -> None:
    verdict = judge.judge(pick(copy, "grant a dangerous action", "delete keys"))
    assert (verdict.fate, verdict.promise) == (Fate.CAUGHT, CHARTERS), verdict


def test_what_is_no_template_any_more_is_refused_in_one_line(copy: Copy, judge: Judge) -> None:
    place = next(iter(copy.templates.statements()))
    body = copy.templates.files[place.file]["Resources"][place.logical_id]
    statement = [{**place.statement, "Effect": "Perhaps"}]
    document = {"Version": "2012-10-17", "Statement": statement}
    fresh = {place.logical_id: changed(body, "PolicyDocument", to=document)}
    verdict = judge.judge(Fault("nonsense", place.text, "seeded", place.file, fresh))
    assert verdict.fate is Fate.CAUGHT
    assert "Perhaps" in verdict.reason


def test_the_copy_is_as_before_after_every_fault(copy: Copy, judge: Judge) -> None:
    before = copy.world()
    judge.judge(pick(copy, "add a gateway"))
    assert copy.world() == before


def test_there_are_two_hundred_faults_and_more(copy: Copy) -> None:
    faults = all_faults(copy.templates, 8)
    assert len(faults) >= 200
    assert len({each.kind for each in faults}) >= 30


def test_an_owner_that_contradicts_the_arn_is_no_request_of_aws(copy: Copy, judge: Judge) -> None:
    """AWS sets ``aws:ResourceAccount`` to the account of the role's ARN."""
    place = ("BuildsTakeOnRoles", "aws:ResourceAccount also takes")
    verdict = judge.judge(pick(copy, "add a value to a condition", *place))
    assert verdict.fate is Fate.HARMLESS, verdict


def test_a_source_that_contradicts_itself_is_no_request_of_aws(copy: Copy, judge: Judge) -> None:
    """AWS sets ``aws:SourceAccount`` to the account of the source's ARN."""
    place = ("EventsKey", "aws:SourceAccount also takes")
    verdict = judge.judge(pick(copy, "add a value to a condition", *place))
    assert verdict.fate is Fate.HARMLESS, verdict
