"""The job as a process: exit code, exit message, and messages for bad input."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pipeline_local.monitor import AnalysisError
from pipeline_local.monitor.analyzer import main

if TYPE_CHECKING:
    from tests.unit.pipeline_local.monitor.conftest import Job

MESSAGE = "/opt/ml/output/message"
_ODD_METHOD = (
    '{"features": [{"name": "a", "inferred_type": "String"}], "monitoring_config":'
    ' {"distribution_constraints": {"comparison_method": "Odd"}}}'
)


def _main(job: Job, monkeypatch: pytest.MonkeyPatch, **changes: str) -> tuple[int, str]:
    for name, value in {**job.environment, **changes}.items():
        monkeypatch.setenv(name, value)
    code = main(["--base", str(job.base)])
    return code, job.path(MESSAGE).read_text()


def test_it_runs_as_a_program(job: Job) -> None:
    job.write("a,b\n1,x\n")
    ended = subprocess.run(
        [sys.executable, "-m", "pipeline_local.monitor.analyzer", "--base", str(job.base)],
        env={**os.environ, **job.environment},
        check=False,
        capture_output=True,
        text=True,
    )
    assert (ended.returncode, ended.stderr) == (0, "Completed: Job completed successfully.\n")
    assert job.path(MESSAGE).read_text() == "Completed: Job completed successfully."
    assert job.result("statistics.json")["dataset"]["item_count"] == 1


def test_two_runs_write_the_same_bytes(job: Job) -> None:
    job.write("a,b\n1.5,x\n2,y\n3,x\n4,y\n")
    contents = []
    for _ in range(2):
        job.run()
        folder = job.path("/opt/ml/processing/output")
        contents.append([path.read_bytes() for path in sorted(folder.iterdir())])
    assert contents[0] == contents[1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "the dataset is empty: no file with content"),
        ("", "the dataset is empty: no file with content"),
        ("a,b\n", "the dataset is empty: no rows"),
        ("a,b\n1,2,3\n", "data.csv: not readable as csv: found more fields"),
    ],
)
def test_data_that_cannot_be_used_end_the_job_with_a_message(
    job: Job, monkeypatch: pytest.MonkeyPatch, content: str | None, said: str
) -> None:
    if content is not None:
        job.write(content)
    code, message = _main(job, monkeypatch)
    assert code == 1
    assert message.startswith(said)
    assert not (job.path("/opt/ml/processing/output") / "statistics.json").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dataset_source": ""}, "environment variable dataset_source is needed"),
        ({"dataset_format": ""}, "environment variable dataset_format is needed"),
        ({"dataset_format": "csv"}, 'dataset_format: one JSON object is needed, such as {"csv"'),
        ({"dataset_format": '{"csv": 1}'}, "dataset_format: csv takes an object"),
        ({"dataset_format": '{"csv": {"header": "yes"}}'}, "dataset_format: header takes true"),
        (
            {"dataset_format": '{"sagemakerCaptureJson": {}}'},
            "dataset_format: sagemakerCaptureJson is not supported",
        ),
        ({"analysis_type": "MODEL_BIAS"}, "analysis_type: MODEL_BIAS is not supported"),
        (
            {"record_preprocessor_script": "/opt/ml/x.py"},
            "record_preprocessor_script is not supported; use a preprocessing step",
        ),
        (
            {"post_analytics_processor_script": "/opt/ml/x.py"},
            "post_analytics_processor_script is not supported; use a processing step",
        ),
        ({"categorical_drift_method": "KL"}, "categorical_drift_method: KL"),
        ({"baseline_constraints": "/nowhere.json"}, "baseline nowhere.json does not exist"),
        ({"dataset_format": '{"parquet": {}}'}, "data.csv: not readable as parquet"),
        ({"dataset_format": '{"json": {"lines": true}}'}, "data.csv: not readable as json"),
    ],
)
def test_a_wrong_configuration_is_named(job: Job, changes: dict[str, str], said: str) -> None:
    job.write("a,b\n1,2\n")
    with pytest.raises(AnalysisError) as caught:
        job.run(**changes)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "a JSON object is needed"),
        ("{", "is not JSON"),
        ('{"version": 0}', "features and monitoring_config are needed"),
        ('{"features": [{"name": "a"}]}', "feature a: KeyError: 'inferred_type'"),
        ('{"features": ["a"]}', "feature ?: TypeError"),
        (
            '{"features": [{"name": "a", "inferred_type": "String", "completeness": "all"}]}',
            "feature a: ValueError",
        ),
        (
            _ODD_METHOD,
            "comparison_method Odd",
        ),
    ],
)
def test_an_invalid_baseline_is_named(job: Job, content: str, said: str) -> None:
    job.write("a\n1\n")
    path = job.path("/opt/ml/baseline/constraints.json")
    path.parent.mkdir(parents=True)
    path.write_text(content)
    with pytest.raises(AnalysisError) as caught:
        job.run(baseline_constraints="/opt/ml/baseline/constraints.json")
    assert "constraints.json" in str(caught.value)
    assert said in str(caught.value)


def test_files_with_other_columns_are_named(job: Job) -> None:
    job.write("a,b\n1,2\n", "part-0.csv")
    job.write("a,c\n1,2\n", "part-1.csv")
    with pytest.raises(AnalysisError, match=r"part-1.csv: its columns differ from part-0.csv"):
        job.run()


def test_nested_records_are_refused(job: Job) -> None:
    job.write('{"a": {"b": 1}, "c": 1}\n', "data.jsonl")
    with pytest.raises(AnalysisError, match="columns a are nested"):
        job.run(dataset_format='{"json": {"lines": true}}')


def test_a_baseline_given_as_a_folder_is_found(job: Job) -> None:
    job.write("a\n1\n2\n")
    job.run()
    job.keep_as_baseline()
    for name in ("constraints", "statistics"):
        folder = job.path(f"/opt/ml/processing/baseline/{name}")
        folder.mkdir()
        job.path(f"/opt/ml/processing/baseline/{name}.json").rename(folder / f"{name}.json")
        job.environment[f"baseline_{name}"] = f"/opt/ml/processing/baseline/{name}"
    assert job.run() == "Completed: Job completed successfully with no violations."
