"""Definitions of both major versions of the SDK and by hand, and what comes of each.

`definitions/compose.py` wrote `sdk2.jsonl` and `sdk3.jsonl`; `expected.yaml` says what is right.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mlops_common.errors import MlopsError
from pipeline_local.api import project_in
from pipeline_local.jobs.storage import split_uri
from pipeline_local.local_aws import connect, keeper
from pipeline_local.runs import runner
from pipeline_local.runs.answering import answer_callback
from pipeline_local.runs.observer import Observer
from pipeline_schema.step_types import STEP_TYPES
from pipeline_schema.walking import all_steps
from tests.integration.pipeline_local.corpus import DEFINITIONS, EXPECTED, FILES
from tests.integration.pipeline_local.definition_content import CONTENT
from tests.integration.pipeline_local.definition_parts import OUT
from tests.integration.pipeline_local.local_project import project_with
from tests.integration.pipeline_local.responses import state_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline_local.jobs.storage import ObjectStore

ACCOUNT, REGION = "111111111111", "eu-central-1"
# What the other SDK has no class for.
ONLY_IN_THREE = {"Cleanup", "ForEach", "EMRServerless", "Job"}
ONLY_IN_TWO = {"AutoML"}  # the third one's step asks its session for what that has not


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    """The S3 of a project that holds what the definitions read."""
    folder = tmp_path_factory.mktemp("corpus")
    with project_with(folder, ACCOUNT, REGION, CONTENT.items()) as found:
        found.ensure_bucket(split_uri(OUT)[0], REGION)
        for uri, text in [item for files in FILES.values() for item in files.items()]:
            bucket, key = split_uri(uri)
            found.ensure_bucket(bucket, REGION)
            found.client.put_object(Bucket=bucket, Key=key, Body=text.encode())
        yield found


def cases(*, runs: bool) -> list[Any]:
    found = [name for name, right in EXPECTED.items() if ("refused" in right) is not runs]
    slow = pytest.mark.slow
    return [pytest.param(each, marks=slow if EXPECTED[each].get("slow") else ()) for each in found]


class Answering(Observer):
    """Answer each callback at once: an output of any type may be 7."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def waits(self, step: str, token: str, outputs: list[str]) -> None:  # noqa: ARG002 - any step
        answer_callback(self._folder, token, dict.fromkeys(outputs, "7"), None)


def start(folder: Path, name: str) -> Any:
    file = folder / f"{name.replace('/', '-')}.json"
    file.write_text(json.dumps(DEFINITIONS[name]))
    return runner.start(
        runner.RunRequest(str(file), "", {}),
        project_in(folder, ACCOUNT, REGION),
        Answering(folder),
    )


@pytest.mark.parametrize("name", cases(runs=False))
def test_a_definition_is_refused_before_anything_starts(tmp_path: Path, name: str) -> None:
    with pytest.raises(MlopsError) as error:
        start(tmp_path, name)
    assert EXPECTED[name]["refused"] in str(error.value)
    assert not (tmp_path / "build").exists()


@pytest.mark.parametrize("name", cases(runs=True))
def test_a_definition_runs_as_it_should(store: ObjectStore, name: str) -> None:
    right = EXPECTED[name]
    for key in right.get("objects") or {}:  # what an earlier definition left there proves nothing
        store.client.delete_object(Bucket=split_uri(OUT)[0], Key=key)
    state = start(Path.cwd(), name)
    found = {step: str(each.status) for step, each in state.steps.items()}
    statuses = right.get("statuses") or {}
    assert found == {step: statuses.get(step, "Succeeded") for step in found}, state.failure
    assert right.get("failure", "") in (state.failure or "")
    assert bool(state.failure) is ("failure" in right)
    for key, text in (right.get("objects") or {}).items():
        body = store.client.get_object(Bucket=split_uri(OUT)[0], Key=key)["Body"].read()
        assert text in body.decode(), key
    keys = store.list_objects(split_uri(OUT)[0], "")
    for key in right.get("gone") or ():
        assert key not in keys
    assert not list(state_problems(state, connect(REGION, ACCOUNT, Path.cwd() / keeper.FOLDER)))
    for step, properties in (right.get("properties") or {}).items():
        answered = state.steps[step].properties
        assert {name: answered.get(name) for name in properties} == properties


def test_every_definition_has_its_outcome_and_each_origin_each_type_three_times() -> None:
    assert DEFINITIONS.keys() == EXPECTED.keys()
    assert len(DEFINITIONS) >= 120
    counts: dict[str, Counter[str]] = {}
    for name, document in DEFINITIONS.items():
        types = {step["Type"] for step in all_steps(document)}
        counts.setdefault(name.partition("/")[0], Counter()).update(types)
    for origin, missing in (("sdk2", ONLY_IN_THREE), ("sdk3", ONLY_IN_TWO)):
        few = {name for name in STEP_TYPES if counts[origin][name] < 3}
        assert few == missing, origin


def test_a_run_that_is_expected_proves_something() -> None:
    proofs = {"objects", "properties", "failure", "gone", "statuses"}
    bare = [
        n for n, right in EXPECTED.items() if "refused" not in right and not proofs & right.keys()
    ]
    assert not bare
