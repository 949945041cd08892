"""What a job leaves is read as the job saw it, and nothing else of this machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from mlops_common.errors import MlopsError
from pipeline_local.jobs.containers import farewell, inside
from pipeline_local.jobs.left_files import files_left, place_of, text_left
from pipeline_local.jobs.storage import _within
from pipeline_local.jobs.work import StepFailed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def content(tmp_path: Path) -> Path:
    found = tmp_path / "content"
    (found / "out" / "deep").mkdir(parents=True)
    (found / "out" / "deep" / "a").write_text("a")
    (tmp_path / "secret").write_text("secret")
    return found


def left(content: Path) -> dict[str, str]:
    return {str(name): place.read_text() for name, place in files_left(content, "/opt/ml/out")}


def test_links_within_lead_where_the_job_saw_them_lead(content: Path) -> None:
    out = content / "out"
    (out / "same").symlink_to("deep/a")
    (out / "whole").symlink_to("/opt/ml/out/deep")
    (out / "up").symlink_to("../../../opt/ml/out/same")
    (out / "nothing").symlink_to("gone")
    os.mkfifo(out / "pipe")
    assert left(content) == {"deep/a": "a", "same": "a", "whole/a": "a", "up": "a"}


@pytest.mark.parametrize("target", ["{}/secret", "/etc/passwd", "../../secret", "/proc/self"])
def test_a_link_that_leads_out_is_refused(content: Path, target: str) -> None:
    (content / "out" / "link").symlink_to(target.format(content.parent))
    with pytest.raises(StepFailed, match=r"out/link is a link to .*, outside /opt/ml"):
        left(content)


def test_nor_is_a_folder_that_is_one(content: Path) -> None:
    (content / "out" / "deep" / "a").unlink()
    (content / "out" / "deep").rmdir()
    (content / "out").rmdir()
    (content / "out").symlink_to(content.parent)
    with pytest.raises(StepFailed, match="outside /opt/ml"):
        left(content)
    with pytest.raises(StepFailed, match="outside /opt/ml"):
        place_of(content, "/opt/ml/out/new")


@pytest.mark.parametrize("name", [b"a\nb", b"\xff"])
def test_a_name_that_is_none_in_s3_is_said(content: Path, name: bytes) -> None:
    (content / "out" / os.fsdecode(name)).write_text("")
    with pytest.raises(StepFailed, match=r"/opt/ml/out: .* cannot be a name in S3"):
        left(content)


def test_links_in_a_circle_end(content: Path) -> None:
    (content / "out" / "one").symlink_to("two")
    (content / "out" / "two").symlink_to("one")
    with pytest.raises(StepFailed, match="too many links"):
        left(content)
    (content / "out" / "one").unlink()
    (content / "out" / "two").unlink()
    (content / "out" / "above").symlink_to(".")
    with pytest.raises(StepFailed, match="a folder above it"):
        left(content)


def test_the_last_words_are_of_a_file_of_the_job(content: Path) -> None:
    words = content / "output" / "failure"
    words.parent.mkdir()
    words.write_text("é" * 5_000)
    assert farewell(content) == "é" * 1_024
    words.unlink()
    os.mkfifo(words)  # which nobody writes to
    assert farewell(content) == ""
    words.unlink()
    words.symlink_to(content.parent / "secret")
    with pytest.raises(StepFailed, match="outside /opt/ml"):
        farewell(content)
    words.unlink()
    with words.open("wb") as file:
        file.truncate(1 << 40)
    assert len(text_left(content, "/opt/ml/output/failure", 10)) == 10


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/x", "a\0b"])
def test_no_name_of_an_object_leads_out(content: Path, name: str) -> None:
    with pytest.raises(MlopsError, match="leads out of the folder"):
        _within(content, name)
    if ".." in name:
        with pytest.raises(StepFailed, match="leads out of /opt/ml"):
            inside(content, f"/opt/ml/{name}")
