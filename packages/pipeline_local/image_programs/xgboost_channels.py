"""Channels of the built-in XGBoost algorithm.

Source: SageMaker AI developer guide, "XGBoost algorithm", "Input/Output interface": CSV and Parquet
without header, the label in the first column, with `csv_weights` the weight in the second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.image_programs.delimiters import of_training
from pipeline_local.image_programs.libsvm import read_libsvm
from pipeline_local.image_programs.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

CHANNELS = ("train", "validation")  # the first is needed
_CODE = "code"  # of the container's script mode
_KINDS = {
    "text/csv": "csv",
    "csv": "csv",
    "text/libsvm": "libsvm",
    "text/x-libsvm": "libsvm",
    "libsvm": "libsvm",
    "application/x-parquet": "parquet",
    "parquet": "parquet",
}


def content_kind(content_type: str) -> str:
    """Return the form of a channel; without a content type it is libsvm."""
    plain, _, rest = (content_type or "text/libsvm").partition(";")
    kind = _KINDS.get(plain.strip().lower())
    if kind is None:
        raise Problem(f"content type {content_type!r} is not one of {', '.join(_KINDS)}")
    label = rest.replace(" ", "").removeprefix("label_size=")
    if rest and label != "1":
        raise Problem(f"content type {content_type!r}: label_size must be 1")
    return kind


def channel_problems(channels: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Validate the channels of a request as the container does, before it reads any.

    Source: github.com/aws/sagemaker-xgboost-container, `algorithm_mode/channel_validation.py`.
    """
    names = [each.get("ChannelName") for each in channels]
    if all(isinstance(name, str) for name in names) and CHANNELS[0] not in names:
        yield f"channel {CHANNELS[0]} is missing"
    for name, each in zip(names, channels, strict=True):
        kind = each.get("ContentType") or ""
        if isinstance(name, str) and name not in (*CHANNELS, _CODE):
            yield f"channel {name}: the algorithm reads only {' and '.join(CHANNELS)}"
        elif name != _CODE and isinstance(kind, str):
            try:
                content_kind(kind)
            except Problem as problem:
                yield f"channel {name}: {problem}"


def read_channel(folder: Path, kind: str, *, weights: bool = False) -> tuple[Any, Any, Any]:
    """Read features, labels and weights of a channel from `/opt/ml/input/data/<channel>`."""
    files = sorted(path for path in folder.rglob("*") if _is_data(path))
    if not files:
        raise Problem(f"no data in channel {folder.name}")
    if kind == "libsvm":
        return _read_libsvm(files)
    import pandas as pd

    tables = [_read_table(file, kind) for file in files]
    if len({table.shape[1] for table in tables}) > 1:
        raise Problem(f"the files of channel {folder.name} have different numbers of columns")
    values = pd.concat(tables, ignore_index=True).to_numpy(dtype="float32")
    first = 2 if weights else 1
    if values.shape[1] <= first:
        raise Problem(f"channel {folder.name} has no feature beside its label")
    return values[:, first:], values[:, 0], values[:, 1] if weights else None


def _is_data(path: Path) -> bool:
    """Return whether a file holds rows, as the container judges by its name."""
    return path.is_file() and not path.name.startswith((".", "_"))


def _delimiter(file: Path) -> str:
    with file.open(encoding="utf-8", errors="ignore") as lines:
        try:
            return of_training(lines.readline())
        except Problem as problem:
            raise Problem(f"{file.name}: {problem}") from None


def _read_table(file: Path, kind: str) -> Any:
    import pandas as pd

    try:
        if kind == "parquet":
            table = pd.read_parquet(file)
            return table.set_axis(range(table.shape[1]), axis=1).astype("float32")
        return pd.read_csv(file, sep=_delimiter(file), header=None, dtype="float32")
    except (ValueError, OSError) as error:
        what = str(error).splitlines()[0]
        raise Problem(f"{file.name}: is not {kind} of numbers without a header: {what}") from None


def _read_libsvm(files: list[Path]) -> tuple[Any, Any, None]:
    import numpy as np

    lines = [line for file in files for line in file.read_text().splitlines() if line.strip()]
    features, labels = read_libsvm(lines)
    if len(labels) != len(lines):
        raise Problem(f"{len(lines) - len(labels)} lines of {files[0].parent.name} lack a label")
    return features, np.array(labels, dtype=np.float32), None
