"""The fields of a processing job's request, each read or named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline_local.jobs.sandbox import namespaces_available
from pipeline_local.jobs.work import StepFailed
from pipeline_local.steps import processing
from pipeline_schema.definition import Step
from pipeline_schema.request_fields import field_table
from pipeline_schema.requests import value_problems
from tests.unit.pipeline_local.watched import Watched, honoured
from tests.unit.pipeline_schema.responses import made_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Bench

pytestmark = pytest.mark.skipif(
    not namespaces_available(), reason="the kernel gives this user no namespaces"
)
INSTALL = r"""
import pathlib, subprocess, sys, zipfile
wheel = pathlib.Path("/opt/ml/processing/wheels/mine-1.0-py3-none-any.whl")
wheel.parent.mkdir()
facts = {
    "METADATA": "Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n",
    "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "RECORD": "",
}
with zipfile.ZipFile(wheel, "w") as archive:
    archive.writestr("mine.py", "WORD = 'installed'")
    for name, text in facts.items():
        archive.writestr(f"mine-1.0.dist-info/{name}", text)
pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index"]
subprocess.run([*pip, str(wheel)], check=True)
subprocess.run([sys.executable, "-c", "import mine; print(mine.WORD)"], check=True)
"""


def test_a_job_installs_packages_for_itself(
    bench: Bench, processing_step: Callable[..., Step]
) -> None:
    step = processing_step(INSTALL)
    processing.run(bench.work(step))
    assert bench.work(step).log.read_text() == "installed\n"


def test_places_without_a_path_are_named(processing_step: Callable[..., Step]) -> None:
    step = processing_step("", outputs=["train"])
    inputs = step.arguments["ProcessingInputs"]
    del inputs[0]["S3Input"]["LocalPath"]
    inputs.append({"InputName": "empty"})
    outputs = step.arguments["ProcessingOutputConfig"]["Outputs"]
    del outputs[0]["S3Output"]["LocalPath"]
    outputs.append({"OutputName": "empty"})
    advice = "LocalPath: is missing; name a folder below /opt/ml/processing"
    assert list(processing.problems(step)) == [
        f"ProcessingInputs[0].S3Input.{advice}",
        "ProcessingInputs[1]: has neither S3Input nor DatasetDefinition",
        f"ProcessingOutputConfig.Outputs[0].S3Output.{advice}",
        "ProcessingOutputConfig.Outputs[1].S3Output: is missing",
    ]


def test_a_name_that_is_given_twice_is_refused(processing_step: Callable[..., Step]) -> None:
    step = processing_step("", outputs=["train"])
    for part in (
        step.arguments["ProcessingInputs"],
        step.arguments["ProcessingOutputConfig"]["Outputs"],
    ):
        part.append(part[0])
    places = (
        "ProcessingInputs[1].InputName: 'code'",
        "ProcessingOutputConfig.Outputs[1].OutputName: 'train'",
    )
    found = [line for line in value_problems(step) if "another" in line]
    assert found == [
        f"step {step.name}: {place} is the name of another; names are unique" for place in places
    ]


def test_an_input_has_one_source(processing_step: Callable[..., Step]) -> None:
    step = processing_step("")
    step.arguments["ProcessingInputs"][0]["DatasetDefinition"] = {}
    (found,) = processing.problems(step)
    assert found.startswith("ProcessingInputs[0].S3Input: is refused beside DatasetDefinition")


def test_what_the_program_manages_needs_no_path_and_is_not_copied(
    bench: Bench, processing_step: Callable[..., Step]
) -> None:
    own = {"S3Uri": "s3://data/nothing/", "S3DataType": "S3Prefix"}
    step = processing_step("", outputs=["train"])
    step.arguments["ProcessingInputs"].append(
        {"InputName": "own", "AppManaged": True, "S3Input": own}
    )
    step.arguments["ProcessingOutputConfig"]["Outputs"][0] |= {"AppManaged": True, "S3Output": own}
    assert not list(processing.problems(step))
    assert processing.run(bench.work(step))["ProcessingJobStatus"] == "Completed"


def test_every_field_of_a_processing_job_that_is_honoured_is_read(
    bench: Bench, processing_step: Callable[..., Step]
) -> None:
    step = processing_step("", outputs=["train"], Environment={"A": "b"})
    chosen = {"InstancePreferences": [{"InstanceType": "ml.m5.large"}], "VolumeSizeInGB": 1}
    changes = {
        "ProcessingResources": {"ClusterConfig": chosen},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
    asked: set[str] = set()
    watched = Step("Prepare", step.type, Watched({**step.arguments, **changes}, asked))
    assert not list(processing.problems(watched))
    answer = processing.run(bench.work(watched))
    assert made_by("Processing") <= answer.keys()
    table = field_table()["CreateProcessingJob"]
    # Queries have tests of their own, and names are read by references and messages.
    others = (".ProcessingInputs.DatasetDefinition.", ".ProcessingInputs.InputName")
    others += (".ProcessingOutputConfig.Outputs.OutputName",)
    wanted = {path for path in honoured(table) if not path.startswith(others)}
    assert wanted <= asked, sorted(wanted - asked)


@pytest.mark.parametrize(
    "ending", ["exit(1)", "import time; time.sleep(30)", "import os; os.symlink('/etc', 'link')"]
)
def test_a_failing_job_leaves_what_is_uploaded_continuously(
    bench: Bench, processing_step: Callable[..., Step], ending: str
) -> None:
    script = f"""
import os
for name in ("kept", "train"):
    open(f"/opt/ml/processing/{{name}}/part", "w").write("half")
os.chdir("/opt/ml/processing/kept")
{ending}
exit(1)
"""
    limit = {"MaxRuntimeInSeconds": 1}
    step = processing_step(script, outputs=["kept", "train"], StoppingCondition=limit)
    first, _ = step.arguments["ProcessingOutputConfig"]["Outputs"]
    first["S3Output"]["S3UploadMode"] = "Continuous"
    with pytest.raises(StepFailed, match=r"^(AlgorithmError|MaxRuntimeExceeded)"):
        processing.run(bench.work(step))
    kept = [] if "symlink" in ending else ["s3://out/kept/part"]
    assert [uri for uri in bench.s3.uris() if uri.startswith("s3://out/")] == kept
