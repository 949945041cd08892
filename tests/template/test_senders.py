"""Who sends data: what the templates let them do; a widened or missing right is noticed."""

from __future__ import annotations

import copy
import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from environments import allowed_instance_types
from iam_prover.encoding.prover import Prover
from iam_prover.evaluator import PoliciesInForce, decide
from iam_prover.parsing import parse_policy
from iam_prover.policy import PolicyKind
from iam_prover.principals import role
from iam_prover.request import Request
from mlops.guardrails.filling import Organization
from mlops.guardrails.policies import resource_control, service_control
from promises import accounts, buckets, keys, senders
from promises.mutation import judging
from promises.mutation.fault import Fault
from promises.mutation.judging import Fate, Judge
from promises.mutation.templates import Copy
from promises.organization import under
from promises.proving import Verdict, outcomes_of
from promises.world import worlds_of
from tests.control_policies import written_organization
from tests.synthesis import PROJECT, once
from tests.template import sending
from tests.template.assembly import Stacks
from tests.template.sending_faults import (
    ALL,
    BUCKET,
    CONTEXT,
    FAULTS,
    FIRST,
    ORG,
    UPSTREAM,
    VPCE,
    there,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# Those that speak of the bucket, of its key, and of other accounts.
PROMISES = (*buckets.PROMISES, *keys.PROMISES, *accounts.PROMISES, *senders.PROMISES)
PAGE = PROJECT / "docs" / "send-data.md"


@pytest.fixture(scope="session")
def assembly(shared_folder: Path) -> Path:
    folder = shared_folder / "sending"
    folder.mkdir(exist_ok=True)
    found = once(folder, lambda output: shutil.move(sending.synthesize(folder), output))
    return found / "assembly-dev"


def test_they_send_and_nobody_else_does(assembly: Path) -> None:
    (world,) = worlds_of([assembly])
    for outcome in outcomes_of(world, PROMISES):
        assert outcome.verdict is Verdict.PROVED, outcome
    (promise,) = senders.PROMISES
    assert promise.exceptions is not None
    batch, truth, raw = there("abalone/batch/", "abalone/truth/", "flights/raw/")
    assert [*promise.exceptions(world)] == [
        f"{sending.UPSTREAM} puts files under {batch} by {VPCE} {sending.ENDPOINT}",
        f"{sending.LABS} puts files under {truth} by {ORG} {sending.ORGANIZATION}",
        f"{sending.OURS} puts files under {batch}, {raw} by our S3 endpoint",
    ]


@pytest.mark.parametrize("named", [True, False])
def test_guardrails_let_those_through_whom_they_name(
    assembly: Path, tmp_path: Path, named: bool
) -> None:
    (world,) = worlds_of([assembly])
    roles = tuple(each["role"] for each in sending.SENDERS) if named else ()
    of = Organization((world.account,), (world.region,), senders=roles)
    organization = written_organization(tmp_path, service_control(of), resource_control(of))
    (outcome,) = outcomes_of(world, under(senders.PROMISES, organization, [world.account]))
    assert outcome.verdict is (Verdict.PROVED if named else Verdict.BROKEN), outcome


def test_what_arrives_is_kept_for_the_days_of_data(assembly: Path) -> None:
    (bucket,) = (
        each
        for each in Stacks(assembly.parent, "dev").properties("AWS::S3::Bucket")
        if each["BucketName"] == BUCKET
    )
    rules = bucket["LifecycleConfiguration"]["Rules"]
    kept = {each["Prefix"]: each["ExpirationInDays"] for each in rules if "Prefix" in each}
    assert kept == dict.fromkeys(("abalone/batch/", "abalone/truth/", "flights/raw/"), 30)


def test_what_the_page_tells_the_senders_side_is_enough(assembly: Path) -> None:
    (world,) = worlds_of([assembly])
    bucket = next(each for each in world.buckets if each.name == BUCKET)
    used = next(each for each in world.keys if each.arn == bucket.key_arn)
    (text,) = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    told = parse_policy(json.loads(text), PolicyKind.IDENTITY, PAGE.name)
    # The page writes KEY-ID, which only a deployment knows.
    of_key = json.dumps(json.loads(text)).replace(
        "arn:aws:kms:eu-central-1:111111111111:key/KEY-ID", used.arn
    )
    to_key = parse_policy(json.loads(of_key), PolicyKind.IDENTITY, PAGE.name)
    place = f"{bucket.arn}/abalone/batch/rows.csv"
    here = {
        "aws:ResourceAccount": (world.account,),
        "aws:SecureTransport": ("true",),
        "s3:ObjectCreationOperation": ("true",),
        "s3:if-none-match": ("*",),
    }
    from_there = {**here, VPCE: (sending.ENDPOINT,)}
    caller, in_force = role(sending.UPSTREAM), PoliciesInForce((told,), None, bucket.policies)
    assert decide(Request(caller, "s3:PutObject", place, from_there), in_force).allowed
    assert not decide(Request(caller, "s3:PutObject", place, here), in_force).allowed
    assert not decide(Request(caller, "s3:GetObject", place, from_there), in_force).allowed
    through = {
        "aws:ResourceAccount": (world.account,),
        "kms:ViaService": ("s3.eu-central-1.amazonaws.com",),
        "kms:CallerAccount": ("444444444444",),
        CONTEXT: (bucket.arn,),
    }
    deciding = PoliciesInForce((to_key,), None, (used.policy,), None, True)
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        assert decide(Request(caller, action, used.arn, through), deciding).allowed


@pytest.fixture(scope="module")
def seeded(
    assembly: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Copy, Judge]]:
    with pytest.MonkeyPatch.context() as patch, Prover(5.0) as prover:
        patch.setattr(judging, "PROMISES", PROMISES)
        made = Copy(assembly, tmp_path_factory.mktemp("senders"), allowed_instance_types)
        yield made, Judge(made, prover)


@pytest.mark.example
@pytest.mark.parametrize(
    ("sid", "change"),
    [
        pytest.param(
            sid,
            change,
            id=f"{sid or 'all'}-{what}",
            marks=() if (sid, what) in FIRST else pytest.mark.slow,
        )
        for sid, what, change in FAULTS
    ],
)
def test_a_widened_or_missing_right_is_noticed(
    seeded: tuple[Copy, Judge], sid: str, change: Callable[..., Any]
) -> None:
    made, judge = seeded
    place = next(
        each
        for each in made.templates.statements()
        if each.statement.get("Sid", "") == (sid or UPSTREAM) and each.logical_id.startswith("Data")
    )
    body = copy.deepcopy(made.templates.files[place.file]["Resources"][place.logical_id])
    statements: Any = body
    for step in place.path:
        statements = statements[step]
    some = statements if sid == ALL else [statements[place.index]]
    index = 0 if sid == ALL else place.index
    fresh = [change(each) for each in some]
    statements[index : index + len(some)] = [each for each in fresh if each]
    verdict = judge.judge(Fault("by hand", place.text, "", place.file, {place.logical_id: body}))
    assert verdict.fate is Fate.CAUGHT, verdict
    assert verdict.promise is not None, verdict
