"""What a training job leaves in S3: its model, its output data and its checkpoints.

Source: SageMaker AI developer guide, "Uncompressed model output" and "Checkpoints in Amazon
SageMaker AI": checkpoints are restored before a start, and kept whatever becomes of the job.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from mlops_common.archives import pack
from mlops_common.errors import MlopsError
from mlops_common.files import below
from pipeline_local.jobs.containers import inside
from pipeline_local.jobs.job_root import CONTAINER_ROOT
from pipeline_local.jobs.left_files import files_left, place_of
from pipeline_local.jobs.storage import join_uri, split_uri
from pipeline_local.jobs.work import StepFailed
from pipeline_schema.expressions import is_expression

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline_local.jobs.containers import Host
    from pipeline_local.jobs.work import Work
    from pipeline_schema.values import JsonObject

_CHECKPOINTS = f"{CONTAINER_ROOT}/checkpoints"
_DATA, _MODEL = f"{CONTAINER_ROOT}/output/data", f"{CONTAINER_ROOT}/model"
_TAKEN = ("config", "input", "model", "output")  # folders of `/opt/ml` with a meaning of their own


def checkpoint_problems(config: JsonObject) -> Iterator[str]:
    """Validate `CheckpointConfig`."""
    path = config.get("LocalPath", _CHECKPOINTS)
    if is_expression(path):
        return
    found = below(CONTAINER_ROOT, str(path))
    if found is None or not found.parts or found.parts[0] in _TAKEN:
        yield (
            f"CheckpointConfig.LocalPath: {path!r} is not a folder of its own below "
            f"{CONTAINER_ROOT}, such as {_CHECKPOINTS}"
        )


def restore_checkpoints(work: Work, hosts: Sequence[Host]) -> None:
    """Copy the checkpoints in S3 to every host."""
    config = work.arguments.get("CheckpointConfig")
    if not config:
        return
    bucket, prefix = split_uri(_folder_of(config))
    try:
        found = work.run.store.list_objects(bucket, prefix)
        for host in hosts:
            folder = inside(host.content, config.get("LocalPath", _CHECKPOINTS))
            folder.mkdir(parents=True, exist_ok=True)
            if found:
                work.run.store.download(_folder_of(config), folder)
    except MlopsError as error:
        raise StepFailed(f"ClientError: CheckpointConfig: {error}") from None


def save_checkpoints(work: Work, contents: Sequence[Path]) -> None:
    """Copy the checkpoints of every host to S3, the first host's last."""
    config = work.arguments.get("CheckpointConfig")
    if not config:
        return
    for content in reversed(contents):
        files = [*files_left(content, config.get("LocalPath", _CHECKPOINTS))]
        work.run.store.upload(files, _folder_of(config))


def upload_artefacts(work: Work, hosts: Sequence[Host]) -> str:
    """Upload output data and then the model, whose URI is returned.

    They hold the files of all hosts; of a file that several of them wrote, the first's.
    """
    wanted, store = work.arguments["OutputDataConfig"], work.run.store
    base = join_uri(wanted["S3OutputPath"], work.job_name, "output")
    content = hosts[0].content
    for host in hosts[1:]:
        for path in (_DATA, _MODEL):
            _add_missing(host.content, content, path)
    if wanted.get("CompressionType") == "NONE":
        for name, path in (("data", _DATA), ("model", _MODEL)):
            store.upload([*files_left(content, path)], join_uri(base, name))
        return join_uri(base, "model") + "/"
    for name, path in (("output", _DATA), ("model", _MODEL)):
        folder = place_of(content, path)
        if name == "model" or any(folder.iterdir()):
            archive = work.folder / f"{name}.tar.gz"
            pack(folder, archive)
            store.put_file(*split_uri(join_uri(base, archive.name)), archive)
    return join_uri(base, "model.tar.gz")


def _folder_of(config: JsonObject) -> str:
    """Return the URI of the folder, whose slash keeps `kept-other` out of `kept`."""
    return join_uri(config["S3Uri"]) + "/"


def _add_missing(source: Path, target: Path, path: str) -> None:
    for name, file in files_left(source, path):
        place = place_of(target, f"{path}/{name}")
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
