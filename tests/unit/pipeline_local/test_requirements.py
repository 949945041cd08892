"""`requirements.txt` beside a script is installed into the job, whatever installs it there."""

from __future__ import annotations

import io
import os
import zipfile
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

from mlops_common.errors import MlopsError
from pipeline_local.jobs import pip_settings
from pipeline_local.jobs.pip_settings import wheel_folders, write_settings
from pipeline_local.jobs.python_environment import make_environment
from pipeline_local.jobs.sandbox import namespaces_available
from pipeline_local.jobs.storage import split_uri
from pipeline_local.jobs.work import StepFailed
from pipeline_local.steps import training
from pipeline_schema.definition import Step
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
SETTINGS = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "PIP_FIND_LINKS", "PIP_PROXY")
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


def test_a_folder_without_packages_or_with_a_home_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("empty", "wheels", "home/me", "here"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("wheels", "home", "here"):
        (tmp_path / name / "a-1-py3-none-any.whl").touch()
    (tmp_path / "link").symlink_to(tmp_path / "home")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home" / "me"))
    folders = ("empty", "wheels", "home", "here", "absent", "link", "wheels/../home")
    monkeypatch.setenv("PIP_FIND_LINKS", " ".join(str(tmp_path / each) for each in folders))
    assert wheel_folders() == {str(tmp_path / "wheels")}
    (tmp_path / "other").symlink_to(tmp_path / "wheels")
    monkeypatch.setenv("PIP_FIND_LINKS", "../other https://near/")
    assert wheel_folders() == {str(tmp_path / "here/../other"), str(tmp_path / "wheels")}


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


def without_settings(monkeypatch: pytest.MonkeyPatch, prefix: Path) -> None:
    """Let pip have no settings but those beside the interpreter."""
    for name in (
        *SETTINGS,
        "PIP_CERT",
        "PIP_CONSTRAINT",
        "PIP_CONFIG_FILE",
        "HTTPS_PROXY",
        "https_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pip_settings, "_MACHINE_FILE", prefix / "machine.conf")
    monkeypatch.setenv("HOME", str(prefix / "home"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(prefix / "machine"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(prefix / "home" / "settings"))
    monkeypatch.setattr("sys.prefix", str(prefix))


PRIVATE = "index-url = https://me:secret@private/"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ([PRIVATE], ["no-index = true"]),
        (["extra-index-url = https://me:secret@private/"], ["no-index = true"]),
        (["index-url = https://private/?token=secret"], ["no-index = true"]),
        ([PRIVATE, "extra-index-url = https://open/"], ["index-url = https://open/"]),
        (["index-url = https://open/"], ["index-url = https://open/"]),
        ([], []),
    ],
)
def test_no_public_index_is_asked_in_the_place_of_one_with_a_password(
    given: list[str],
    kept: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    without_settings(monkeypatch, tmp_path)
    (tmp_path / "pip.conf").write_text("\n".join(("[global]", *given, "")))
    make_environment(tmp_path / "tmp", tmp_path)
    settings = (tmp_path / "tmp" / ".config" / "pip" / "pip.conf").read_text()
    assert settings.split("\n") == ["[global]", *kept, ""]
    said = capsys.readouterr().err
    assert "secret" not in said
    assert ("has a password" in said) == any("secret" in each for each in given)


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


def settings_of_a_job(folder: Path) -> list[str]:
    write_settings(folder / "tmp")
    return (folder / "tmp/.config/pip/pip.conf").read_text().splitlines()[1:]


def test_settings_go_before_others_as_pip_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_settings(monkeypatch, tmp_path)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "named.conf"))
    # From the weakest; that of a user is not read beside one that a variable names.
    places = ("machine/pip/pip.conf", "machine.conf", "home/.pip/pip.conf")
    places = (*places, "home/settings/pip/pip.conf", "pip.conf", "named.conf")
    for number, place in enumerate(places):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(f"[global]\nindex-url = https://{number}/\n")
        expected = number
        assert settings_of_a_job(tmp_path) == [f"index-url = https://{expected}/"]
    (tmp_path / "pip.conf").unlink()
    (tmp_path / "named.conf").write_text("[install]\nno-index = true\n")
    assert settings_of_a_job(tmp_path) == ["index-url = https://1/", "no-index = true"]
    monkeypatch.setenv("PIP_INDEX_URL", "https://variable/")
    assert settings_of_a_job(tmp_path)[0] == "index-url = https://variable/"
    monkeypatch.delenv("PIP_INDEX_URL")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    assert settings_of_a_job(tmp_path) == []


CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"


def test_files_that_settings_name_are_copied_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without_settings(monkeypatch, tmp_path)
    for folder, version in (("a", 1), ("b", 2)):
        (tmp_path / folder).mkdir()
        lines = (f"later=={version}", "--index-url https://me:secret@private/", "")
        (tmp_path / folder / "limits.txt").write_text("\n".join(lines))
    (tmp_path / "authority.pem").write_text(f"{CERTIFICATE}\n-----BEGIN PRIVATE KEY-----\nsecret\n")
    named = [str(tmp_path / each / "limits.txt") for each in ("a", "b")]
    monkeypatch.setenv("PIP_CONSTRAINT", " ".join([*named, "https://near/limits.txt"]))
    (tmp_path / "pip.conf").write_text(f"[global]\ncert = {tmp_path / 'authority.pem'}\n")
    inside = "/tmp/.config/pip"  # noqa: S108 - as a job sees it
    copies = [f"{inside}/constraint-{number}-limits.txt" for number in (0, 1)]
    assert settings_of_a_job(tmp_path) == [
        f"cert = {inside}/cert-0-authority.pem",
        f"constraint = {copies[0]} {copies[1]} https://near/limits.txt",
    ]
    made = tmp_path / "tmp/.config/pip"
    assert (made / "cert-0-authority.pem").read_text() == f"{CERTIFICATE}\n"
    texts = [(made / f"constraint-{number}-limits.txt").read_text() for number in (0, 1)]
    assert texts == ["later==1\n", "later==2\n"]
    assert "1 lines of pip's" in capsys.readouterr().err
    monkeypatch.setenv("PIP_CONSTRAINT", "/absent.txt")
    assert settings_of_a_job(tmp_path)[1] == "constraint = /absent.txt", "pip says so, if asked"


def test_local_indexes_and_wheels_are_shown_to_a_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_settings(monkeypatch, tmp_path)
    for name in ("home/project", "wheels", "in dex/later"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "home/project")
    wheel = tmp_path / "wheels" / "later-1-py3-none-any.whl"
    wheel.touch()
    shown = {str(tmp_path / "wheels")}
    for place in (f"file://{tmp_path}/wheels/", str(wheel), str(tmp_path / "wheels")):
        monkeypatch.setenv("PIP_FIND_LINKS", place)
        assert {each.rstrip("/") for each in wheel_folders()} == shown
        assert "://" not in settings_of_a_job(tmp_path)[0]
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"file://{tmp_path}/in%20dex file://{tmp_path}")
    assert wheel_folders() == {str(tmp_path / "in dex")}


def test_settings_that_pip_cannot_read_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_settings(monkeypatch, tmp_path)
    (tmp_path / "pip.conf").write_text("index-url = https://private/\n")
    with pytest.raises(MlopsError, match=r"pip.conf cannot be read: File contains no section"):
        write_settings(tmp_path / "tmp")
