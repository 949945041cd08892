"""What moves between S3 and this machine, and what a run says of itself."""

from __future__ import annotations

import json
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from cloud_assembly import Delivery
from mlops_common.errors import MlopsError
from pipeline_local.jobs.images import image_of
from pipeline_local.jobs.storage import ObjectStore, join_uri, split_uri
from pipeline_local.runs.deployment import deliver
from pipeline_local.runs.revision import git_revision
from pipeline_local.runs.run_state import StepState
from pipeline_local.runs.summary import duration, step_artefacts

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import MemoryS3


@pytest.fixture
def store(s3: MemoryS3) -> ObjectStore:
    return ObjectStore(s3)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("raw/", {"a.csv", "sub/b.csv"}),
        ("raw", {"a.csv", "sub/b.csv", "raw-2/c.csv"}),
        ("raw/a.csv", {"a.csv"}),
        ("raw/su", {"sub/b.csv"}),
        ("", {"raw/a.csv", "raw/sub/b.csv", "raw-2/c.csv"}),
    ],
)
def test_a_prefix_is_copied_as_sagemaker_does(
    s3: MemoryS3, store: ObjectStore, tmp_path: Path, prefix: str, expected: set[str]
) -> None:
    for key in ("raw/a.csv", "raw/sub/b.csv", "raw-2/c.csv"):
        s3.put(f"s3://data/{key}", key)
    store.download(f"s3://data/{prefix}", tmp_path)
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.csv")}
    assert found == expected


def test_a_manifest_names_its_files(s3: MemoryS3, store: ObjectStore, tmp_path: Path) -> None:
    s3.put("s3://data/x/1.csv", "1")
    s3.put("s3://data/m.json", json.dumps([{"prefix": "s3://data/x/"}, "1.csv"]))
    assert store.download_manifest("s3://data/m.json", tmp_path) == 1
    assert (tmp_path / "1.csv").read_text() == "1"


def test_uris() -> None:
    assert join_uri("s3://b/p/", "/x", "y/") == "s3://b/p/x/y"
    assert split_uri("s3://b") == ("b", "")
    with pytest.raises(MlopsError, match="is not an S3 URI"):
        split_uri("b/key")


def test_a_missing_object_is_named(store: ObjectStore) -> None:
    with pytest.raises(MlopsError, match=r"s3://b/k\.json: The specified key does not exist"):
        store.read_json("s3://b/k.json")


def test_an_archive_is_delivered_unpacked_and_with_its_values(
    s3: MemoryS3, store: ObjectStore, tmp_path: Path
) -> None:
    archive = tmp_path / "asset.zip"
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("deep/a.txt", "bucket <<marker:1>>")
        content.writestr("b.txt", "plain")
    delivery = Delivery(archive, "artifacts", "code/1", True, {"<<marker:1>>": "data"})
    assert deliver(delivery, store) == 2
    assert s3.text("s3://artifacts/code/1/deep/a.txt") == "bucket data"
    whole = Delivery(archive, "artifacts", "", False, {})
    deliver(whole, store)
    assert s3.objects["artifacts", "asset.zip"] == archive.read_bytes()


def test_images_are_known_by_their_repository() -> None:
    digest = "sha256:" + "0" * 64
    assert image_of(f"1.dkr.ecr.x.amazonaws.com/sagemaker-xgboost@{digest}").serving == "xgboost"
    assert (
        image_of("sagemaker-model-monitor-analyzer").entrypoint[-1]
        == "pipeline_local.monitor.analyzer"
    )
    with pytest.raises(MlopsError, match="known are sagemaker-model-monitor-analyzer, "):
        image_of("registry/xgboost:1")


def test_a_revision_says_when_files_differ_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert git_revision(tmp_path) is None
    monkeypatch.setenv("CODEBUILD_RESOLVED_SOURCE_VERSION", "0123abc")
    assert git_revision(tmp_path) == "0123abc"
    commands = "git init -q . && git -c user.name=a -c user.email=a@b commit -qm x --allow-empty"
    subprocess.run(["sh", "-c", commands], cwd=tmp_path, check=True)  # noqa: S607
    clean = str(git_revision(tmp_path))
    assert len(clean) == 40
    (tmp_path / "new").touch()
    assert git_revision(tmp_path) == f"{clean}-dirty"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0.44, "0.4 s"), (59.94, "59.9 s"), (185, "3 min 05 s"), (7800, "2 h 10 min")],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_artefacts_are_told_by_name() -> None:
    outputs = {"Outputs": [{"OutputName": "train", "S3Output": {"S3Uri": "s3://b/t"}}]}
    model = {"ModelArtifacts": {"S3ModelArtifacts": "s3://b/m"}}
    for kind, properties, artefact in (
        ("Processing", {"ProcessingOutputConfig": outputs}, ("train", "s3://b/t")),
        ("QualityCheck", {"ProcessingOutputConfig": outputs}, ("train", "s3://b/t")),
        ("Training", model, ("model", "s3://b/m")),
        ("Tuning", model, ("model", "s3://b/m")),
        ("RegisterModel", {"ModelPackageArn": "arn"}, ("model package", "arn")),
    ):
        assert list(step_artefacts(StepState(kind, properties=properties))) == [artefact]
        assert not list(step_artefacts(StepState(kind)))
