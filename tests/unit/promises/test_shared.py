"""Promises that processes share have the verdicts of one process, whatever becomes of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

WAYS = ("threads", "shared", "killed", "limited")
TEMPLATES = (Path(__file__).with_name("chartered.yaml"), Path("open.json"))
# A bucket without a policy, and a role that may do anything.
OPEN = {
    "Data": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "team-data"}},
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": "worker",
            "AssumeRolePolicyDocument": {
                "Statement": {
                    "Effect": "Allow",
                    "Principal": {"Service": "sagemaker.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            },
            "Policies": [
                {
                    "PolicyName": "All",
                    "PolicyDocument": {
                        "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}
                    },
                }
            ],
        },
    },
}
# Prints of each way outcomes and answers, and how many processes were forked: in a fork of its own,
# so that all are imported once and none has asked z3 yet.
PROGRAM = """
import json, os, pathlib, signal, sys, threading
from environments import allowed_instance_types
from iam_prover.encoding.prover import Prover, ProverHere
from promises.catalog import PROMISES
from promises.proving import outcomes_of
from promises.world import worlds_of

forks, fork, ask = [], os.fork, ProverHere._ask

def counted():
    child = fork()
    forks.append(child)
    return child

def killed(prover, question):
    os.kill(os.getpid(), signal.SIGKILL)

def limited(prover, question):
    # z3 that does not come back: the process ends as it does after its limit.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    while True:
        pass

def facts(outcomes):
    return [
        [each.promise.number, each.verdict.value, each.claims, repr(each.breaches),
         each.exceptions, each.assumed]
        for each in outcomes
    ]

def tell(way, templates):
    os.fork = counted
    ProverHere._ask = {"killed": killed, "limited": limited}.get(way, ask)
    done = threading.Event()
    if way == "threads":
        threading.Thread(target=done.wait).start()
    known = {}
    found = [
        [
            outcome
            for template in templates
            for world in worlds_of([pathlib.Path(template)], allowed_instance_types)
            for outcome in outcomes_of(world, PROMISES, 5.0, known)
        ]
        for _ in range(2)
    ]
    done.set()
    print(json.dumps([facts(found[0]), facts(found[1]), sorted(known), len(forks)]), flush=True)

ways, *templates = sys.argv[1:]
for way in ways.split(","):
    if child := fork():
        assert os.waitpid(child, 0)[1] == 0, way
    else:
        tell(way, templates)
        os._exit(0)
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each way finds."""
    folder = tmp_path_factory.mktemp("outcomes")
    (folder / "open.json").write_text(json.dumps({"Resources": OPEN}))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, ",".join(WAYS), *map(str, TEMPLATES)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(zip(WAYS, map(json.loads, done.stdout.splitlines()), strict=True))


def test_a_process_with_several_threads_forks_none(outcomes: dict[str, Any]) -> None:
    first, *_, forks = outcomes["threads"]
    assert forks == 0
    assert {verdict for _, verdict, *_ in first} >= {"proved", "broken", "unknown"}


@pytest.mark.parametrize("way", ["shared", "killed", "limited"])
def test_the_outcomes_are_those_of_one_process(outcomes: dict[str, Any], way: str) -> None:
    first, second, known, forks = outcomes[way]
    # Where copies end early, z3 is asked beside by a thread; while it runs, nothing is forked.
    most = 2 * 2 * len(TEMPLATES)
    assert forks == most if way == "shared" else 2 <= forks <= most
    assert [first, second, known] == outcomes["threads"][:3]
    assert first == second
