"""Definitions that other people's tools composed, each run as its file.

`PIPELINE_CASES` names the folder that holds them; `case_objects` puts there what they read.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mlops_common.errors import MlopsError
from pipeline_local.api import project_in
from pipeline_local.jobs.storage import ObjectStore, split_uri
from pipeline_local.local_aws import connect, keeper
from pipeline_local.runs import runner
from pipeline_local.runs.answering import answer_callback
from pipeline_local.runs.observer import Observer
from tests.integration.pipeline_local.case_objects import HOME, objects_of
from tests.integration.pipeline_local.local_project import project_with
from tests.lambda_functions import create_function

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = os.environ.get("PIPELINE_CASES", "")
ACCOUNT, REGION = "111111111111", "eu-central-1"
IMAGE = "no job of image '"
pytestmark = pytest.mark.skipif(not FOLDER, reason="PIPELINE_CASES names no folder")


@dataclass(frozen=True)
class Outcome:
    """What has to come of a definition: it succeeds, or is refused before anything starts."""

    refused: str = ""  # a part of the refusal; empty where it runs
    not_taken: tuple[str, ...] = ()
    logs: dict[str, str] = field(default_factory=dict)  # a part of each step's log
    answer: dict[str, str] = field(default_factory=dict)  # to the callback that it waits for
    objects: tuple[str, ...] = ()  # the ends of URIs that are in S3 afterwards


OUTCOMES = {
    "abalone_template_norequests": Outcome(not_taken=("RegisterAbaloneModel-RegisterModel",)),
    "augmented_manifest": Outcome("S3DataSource.S3DataType: 'AugmentedManifestFile' is refused"),
    "callback_step": Outcome(
        answer={"s3_data_out": f"{HOME}/abalone/train/"}, objects=("/Count/output/o/count.json",)
    ),
    "checkpoint": Outcome(logs={"T": "found ["}, objects=("/hand/ckpt/epoch-0",)),
    "crash_proc_input_no_localpath": Outcome("ProcessingInputs[0].S3Input.LocalPath: is missing"),
    "crash_train_instance_preferences": Outcome(logs={"Train": "train-rmse"}),
    "framework_processor_requirements": Outcome(logs={"Prep": "argv ['prep.py']"}),
    "job_sees_host_isolated": Outcome(),
    "kmeans": Outcome(IMAGE),
    "lambda_step": Outcome(logs={"Count": '"x": "2"'}),
    "max_parallel_one": Outcome(),
    "output_uncompressed": Outcome(objects=("/output/model/xgboost-model",)),
    "pip_install_in_script": Outcome(),
    "pipeline_model_serial": Outcome(objects=("/pm/rows.csv.out",)),
    "prop_training_start_time": Outcome(logs={"Use": "['20"}),
    "pyspark": Outcome(IMAGE),
    "pytorch_script": Outcome(IMAGE),
    "sklearn_image_imports": Outcome(),
    "sklearn_script_training_env": Outcome(logs={"Train": "'train': '/opt/ml/input/data/train'"}),
    "v3_endpoint_config": Outcome(logs={"EC": "no endpoint serves"}),
    "v3_foreach": Outcome(logs={"Body-0": '"x": "a"', "Body-1": '"x": "b"'}),
    "v3_model_trainer_xgb_source_code_csv": Outcome(logs={"Train": "Running Basic Script driver"}),
    "v3_notebook_job": Outcome(IMAGE),
    "v3_run_condition": Outcome(not_taken=("OnFail",)),
    "wild-d17-semicolon": Outcome(logs={"T": "Train matrix has 40 rows"}),
    "wild-d17-success": Outcome(logs={"T": "Train matrix has 40 rows"}),
    "wild-d24": Outcome(),
    "wild-e01": Outcome(),
    "wild-e04": Outcome(logs={"T": "'--cfg', 'a=1,b=2'"}),
    "wild-e05-neg": Outcome(not_taken=("No",)),
    "wild-e08": Outcome(IMAGE),
}
# What trains takes its time.
SLOW = {
    *("abalone_template_norequests", "sklearn_script_training_env", "prop_training_start_time"),
    *("crash_train_instance_preferences", "output_uncompressed", "wild-e01", "v3_run_condition"),
    *(
        "v3_model_trainer_xgb_source_code_csv",
        "wild-d17-semicolon",
        "framework_processor_requirements",
    ),
}


@dataclass
class Answering(Observer):
    """Answers the callbacks of a run."""

    root: Path
    values: dict[str, str]

    def waits(self, step: str, token: str, outputs: list[str]) -> None:  # noqa: ARG002
        answer_callback(self.root, token, self.values, None)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project whose local AWS holds what the definitions read."""
    folder = tmp_path_factory.mktemp("cases")
    with project_with(folder, ACCOUNT, REGION, objects_of(Path(FOLDER)).items()):
        aws = connect(REGION, ACCOUNT, folder / keeper.FOLDER)
        create_function(aws, "my-fn", (Path(FOLDER) / "src" / "lambda_fn.py").read_text())
        yield folder


def test_every_definition_has_its_outcome() -> None:
    names = {file.stem for file in Path(FOLDER).glob("*.json")} - {"right"}
    assert names == OUTCOMES.keys()


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in OUTCOMES],
)
def test_a_definition_is_right_or_refused(root: Path, name: str) -> None:
    expected = OUTCOMES[name]
    request = runner.RunRequest(str(Path(FOLDER) / f"{name}.json"), "", {})
    project = project_in(root, ACCOUNT, REGION)
    if expected.refused:
        with pytest.raises(MlopsError) as error:
            runner.start(request, project, Observer())
        assert expected.refused in str(error.value)
        return
    state = runner.start(request, project, Answering(root, expected.answer))
    assert {step: str(each.status) for step, each in state.steps.items()} == {
        step: "NotTaken" if step in expected.not_taken else "Succeeded" for step in state.steps
    }, state.failure
    for step, words in expected.logs.items():
        assert (
            words in (root / "build" / "runs" / state.run_id / "logs" / f"{step}.log").read_text()
        )
    store = ObjectStore(connect(REGION, ACCOUNT, root / keeper.FOLDER).client("s3"))
    keys = list(store.list_objects(split_uri(HOME)[0], ""))
    for end in expected.objects:
        assert any(f"/{key}".endswith(end) for key in keys), keys
