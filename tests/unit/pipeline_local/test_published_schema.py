"""The check of definitions against AWS's published JSON schema: what each of them refuses.

Drawn definitions have every field of the schema. The check may refuse them for what the API's
newer model or this machine asks, never because it does not know a field. What a mutation makes
wrong in the schema, the check refuses too, but for what the table below names.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections import Counter
from typing import Any

import pytest

from tests.integration.pipeline_local.corpus import DEFINITIONS
from tests.integration.pipeline_local.definition_cases import CASES
from tests.unit.pipeline_local.judging import judge
from tests.unit.pipeline_schema.published import FACTS, broken, draw, refused_fields

UNEXPECTED = re.compile(r"'(\w+)'(?=[^()]*unexpected\))")
SECONDS = 10.0  # of processor time, for one definition
# Fields of the schema that the pinned model of the API does not have.
GONE = {
    "EnableSageMakerMetricsTimeSeries",  # of a tuning job's algorithms
    "DeploymentSpecification",  # of a model package's metrics
}
# What the schema of 2022 refuses and the service takes: pattern, and who says so.
NEWER = {
    r"PipelineExperimentConfig|ParallelismConfig|MlflowConfig": "the SDK writes it",
    r"Std:(Join|JsonGet)": "the SDK writes functions wherever a Get may stand",
    r"ExceptionType: \[": "the SDK writes a list",
    r"DisplayName: ": "the API describes one of any characters",
    r"'ExecutionRoleArn' is a required": "CreateModel's model does not require it",
    r"'MaxNumberOfTrainingJobs' is a required": "a grid has none, says the API's model",
}


def texts_without_nulls(value: Any) -> Any:
    """Return a definition without members that are null, which count as not given."""
    if isinstance(value, dict):
        return {name: texts_without_nulls(item) for name, item in value.items() if item is not None}
    return [texts_without_nulls(item) for item in value] if isinstance(value, list) else value


def accepted() -> list[dict[str, Any]]:
    """Return the definitions of suite and corpus that the check accepts."""
    found = [*(case.document for case in CASES.values()), *DEFINITIONS.values()]
    return [document for document in found if not judge(document)]


def timed(document: dict[str, Any]) -> str:
    """Check a definition, in bounded time and without an exception of another kind."""
    began = time.process_time()
    try:
        problems = judge(document)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        pytest.fail(f"{error!r}: {json.dumps(document)}")
    assert time.process_time() - began < SECONDS
    assert all(line.strip() for line in problems.splitlines())
    return problems


def disagreements(base: dict[str, Any], mutant: dict[str, Any]) -> list[str]:
    """List what a mutation made wrong in the schema while the check accepts it."""
    if timed(mutant):
        return []
    new = newly_refused(base, texts_without_nulls(mutant))
    return [line for line in new if not any(re.search(known, line) for known in NEWER)]


def newly_refused(base: dict[str, Any], mutant: dict[str, Any]) -> list[str]:
    """List what the schema refuses in a mutant and not in its base."""
    before = list(refused_fields(base))
    known = {name for line in before for name in UNEXPECTED.findall(line)}
    return [
        line
        for line in Counter(refused_fields(mutant)) - Counter(before)
        # The same newer fields, less the one that the mutation took out.
        if not UNEXPECTED.search(line) or set(UNEXPECTED.findall(line)) - known
    ]


def judge_drawn(seed: int, count: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same definitions every time
    for _ in range(count):
        document = draw(FACTS["definition"], chance)
        assert not list(refused_fields(document))
        for line in timed(document).splitlines():
            if "is not a field of" in line:
                assert GONE & set(re.findall(r"\w+", line)), line
        mutant = broken(document, chance)
        if not timed(mutant):
            assert not list(refused_fields(texts_without_nulls(mutant))), mutant


def judge_broken(seed: int, count: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same mutants every time
    documents = accepted()
    assert len(documents) >= 140
    for _ in range(count):
        base = chance.choice(documents)
        mutant = broken(base, chance)
        assert not disagreements(base, mutant), json.dumps(mutant)


def test_200_drawn_and_mutated_definitions_are_judged_alike() -> None:
    judge_drawn(seed=17, count=50)
    judge_broken(seed=17, count=100)


@pytest.mark.slow
def test_7500_drawn_and_mutated_definitions_are_judged_alike() -> None:
    judge_drawn(seed=2026, count=2500)
    judge_broken(seed=2026, count=2500)


def step(kind: str = "Fail", **more: Any) -> dict[str, Any]:
    return {"Name": "S", "Type": kind, "Arguments": {"ErrorMessage": "no"}, **more}


def one(**more: Any) -> dict[str, Any]:
    return {"Steps": [step()], **more}


@pytest.mark.parametrize(
    "document",
    [
        one(),
        one(Metadata={"Team": "tax"}),
        one(Parameters=[{"Name": "P", "Description": "what it is for"}]),
        one(Parameters=[{"Name": "P", "Type": "Float", "DefaultValue": 1}]),
        {"Steps": [step(Description="d" * 4096, DisplayName="with-hyphens")]},
        {"Steps": [step(Arguments={})]},
        {
            "Steps": [
                step(
                    "Condition",
                    Arguments={"Conditions": [{"Type": kind, "Value": 1, "In": [1, "a"]}]},
                )
                for kind in ("In",)
            ]
        },
        {
            "Steps": [
                step(
                    "Callback",
                    Arguments={},
                    SqsQueueUrl="https://sqs.eu-central-1.amazonaws.com/111122223333/q",
                    OutputParameters=[{"OutputName": "a"}],
                )
            ]
        },
    ],
)
def test_what_the_schema_allows_passes(document: dict[str, Any]) -> None:
    assert not list(refused_fields(document))
    assert judge(document) == ""


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (one(Metadata=5), "Metadata: is an Integer, not an object"),
        (one(Metadata={"a": 5}), "Metadata.a: is an Integer, not a String"),
        (one(Parameters=[{"Name": "a b"}]), "parameter a b: Name: must be 1 to 64 letters"),
        (one(Parameters=[{"Name": "P", "Description": 5}]), "Description: is an Integer"),
        ({"Steps": [step(Name="two words")]}, "Name: must be 1 to 64 letters"),
        ({"Steps": [{"Name": "S", "Type": "Fail"}]}, "Arguments: is missing"),
        ({"Steps": [step(Arguments={"ErrorMessage": []})]}, "ErrorMessage: is a list"),
        (
            {"Steps": [step("Callback", SqsQueueUrl="https://q", OutputParameters=True)]},
            "OutputParameters: is a Boolean, not a list",
        ),
    ],
)
def test_what_the_schema_refuses_is_refused(document: dict[str, Any], problem: str) -> None:
    assert list(refused_fields(document))
    assert problem in judge(document)


def test_a_disagreement_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.judge", lambda _document: "")
    (line,) = disagreements(one(), {"Steps": [step(Colour=1)]})
    assert "'Colour' was unexpected" in line
