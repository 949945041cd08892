"""`requirements.txt` beside a script is installed into the job, whatever installs it there."""

from __future__ import annotations

import io
import zipfile
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.jobs.sandbox import namespaces_available
from pipeline_local.jobs.storage import split_uri
from pipeline_local.jobs.work import StepFailed
from pipeline_local.steps import training
from pipeline_schema.definition import Step
from tests.unit.pipeline_local.pip_settings_here import PRIVATE, without_settings
from tests.unit.pipeline_local.test_training_programs import IMAGE

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bench

pytestmark = pytest.mark.skipif(
    not namespaces_available(), reason="the kernel gives this user no namespaces"
)
SCRIPT = """
import numpy, packaging, sys
import later
print("later is", later.WORD, "packaging is", packaging.__version__)
print("numpy is the image's:", not numpy.__file__.startswith(sys.prefix))
"""
LOCAL = "--no-index\n--find-links wheels\n"


def wheel(name: str, version: str, text: str) -> dict[str, bytes]:
    """Return a wheel by its name below `wheels`."""
    buffer, facts = io.BytesIO(), f"{name}-{version}.dist-info"
    texts = {
        f"{name}/__init__.py": text,
        f"{facts}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{facts}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{facts}/RECORD": "",
    }
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in texts.items():
            archive.writestr(path, content)
    return {f"wheels/{name}-{version}-py3-none-any.whl": buffer.getvalue()}


LATER = wheel("later", "1.0", "WORD = 'here'")
PACKAGING = wheel("packaging", "99.0", "__version__ = '99.0'")


def script_step(bench: Bench, files: dict[str, Any], *, isolated: bool = True, **more: Any) -> Step:
    """Make a step whose job runs `train.py` of an archive, by the training toolkit or a command."""
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        bench.s3.objects[split_uri(f"s3://code/job/{name}")] = data
    bench.s3.put("s3://code/job/train.py", SCRIPT)
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://code/job/"}}
    request = {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File", **more},
        "InputDataConfig": [{"ChannelName": "code", "DataSource": source}],
        "OutputDataConfig": {"S3OutputPath": "s3://models/run"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 100},
        "EnableNetworkIsolation": isolated,
    }
    if not more:
        request["HyperParameters"] = {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": "/opt/ml/input/data/code",
        }
    return Step("Train", "Training", request)


# As SDK 3 writes scripts, in whose own words the packages are installed.
SDK_3 = {
    "ContainerEntrypoint": ["/bin/bash", "-c"],
    "ContainerArguments": [
        "cd /opt/ml/input/data/code && pip install -r requirements.txt && python train.py"
    ],
}


@pytest.mark.parametrize("command", [{}, SDK_3])
def test_what_is_missing_is_installed_for_the_job_alone(
    bench: Bench, command: dict[str, Any]
) -> None:
    before = {each.name: each.version for each in metadata.distributions()}
    files = {**LATER, **PACKAGING, "requirements.txt": f"{LOCAL}later\nnumpy\npackaging>=99\n"}
    work = bench.work(script_step(bench, files, **command))
    training.run(work)
    said = work.log.read_text()
    assert "Requirement already satisfied: numpy" in said
    assert "later is here packaging is 99.0" in said
    assert "numpy is the image's: True" in said
    assert {each.name: each.version for each in metadata.distributions()} == before


def test_what_cannot_be_installed_fails_before_the_script(bench: Bench) -> None:
    work = bench.work(script_step(bench, {"requirements.txt": f"{LOCAL}absent-package\n"}))
    with pytest.raises(StepFailed) as error:
        training.run(work)
    assert error.value.reason.startswith(
        "AlgorithmError: InstallRequirementsError: requirements.txt: ERROR: "
    )
    assert "absent-package; it asks the index and the wheel folders" in error.value.reason
    assert "later is" not in work.log.read_text()


def test_a_repository_of_codeartifact_is_refused_by_name(bench: Bench) -> None:
    step = script_step(bench, {"requirements.txt": "later\n"}, isolated=True)
    step.arguments["Environment"] = {"CA_REPOSITORY_ARN": "arn:aws:codeartifact:x:1:repository/d/r"}
    with pytest.raises(StepFailed, match="CA_REPOSITORY_ARN names a repository of CodeArtifact"):
        training.run(bench.work(step))


def test_this_user_s_wheel_folder_is_asked_and_a_password_stays(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, settings = tmp_path / "wheels", tmp_path / "settings" / "pip"
    settings.mkdir(parents=True)
    folder.mkdir()
    for name, content in LATER.items():
        (tmp_path / name).write_bytes(content)
    lines = ("[global]", "index-url = https://me:secret@host/", "find-links =", f"  {folder}")
    (settings / "pip.conf").write_text("\n".join((*lines, "no-index = true", "")))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(settings.parent))
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    show = "cat ~/.config/pip/pip.conf; cd /opt/ml/input/data/code"
    words = f"{show}; pip install -r requirements.txt && python train.py"
    command = {"ContainerEntrypoint": ["/bin/bash", "-c"], "ContainerArguments": [words]}
    files = {"requirements.txt": "later\n"}
    work = bench.work(script_step(bench, files, isolated=False, **command))
    training.run(work)
    said = work.log.read_text()
    assert f"find-links = {folder}" in said
    assert "later is here" in said
    assert "secret" not in said


def test_settings_beside_the_interpreter_are_read_here_and_hidden_from_the_job(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.conf").write_text(f"[global]\n{PRIVATE}\ntrusted-host = near\n")
    without_settings(monkeypatch, tmp_path)
    show = f"cat {tmp_path}/pip.conf ~/.config/pip/pip.conf; ls -d /etc/pip.conf /etc/xdg/pip"
    command = {"ContainerEntrypoint": ["/bin/bash", "-c"], "ContainerArguments": [f"{show}; true"]}
    work = bench.work(script_step(bench, {}, isolated=False, **command))
    training.run(work)
    said = work.log.read_text()
    assert "trusted-host = near" in said
    assert "no-index = true" in said
    assert "secret" not in said
    assert said.count("No such file") == len(("/etc/pip.conf", "/etc/xdg/pip"))
