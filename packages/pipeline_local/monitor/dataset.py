"""The dataset of a job: every file of a folder, as one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline_local.monitor.settings import AnalysisError

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from pipeline_local.monitor.settings import AnalysisSettings


def read_dataset(settings: AnalysisSettings) -> pl.DataFrame:
    """Read the dataset; hidden and empty files are skipped, as S3 downloads bring some.

    CSV columns are text, and None where a field is empty; without a header they are named ``_c0``,
    ``_c1``, … as by Model Monitor.
    """
    import polars as pl

    paths = _files(settings.source)
    if not paths:
        raise AnalysisError(f"the dataset is empty: no file with content in {settings.source}")
    frames: list[pl.DataFrame] = []
    for path in paths:
        try:
            frame = _read(path, settings)
        except (pl.exceptions.PolarsError, OSError, ValueError) as error:
            reason = str(error).strip().splitlines()[0]
            raise AnalysisError(
                f"{path.name}: not readable as {settings.kind}: {reason}"
            ) from error
        if frames and set(frame.columns) != set(frames[0].columns):
            raise AnalysisError(
                f"{path.name}: its columns differ from {paths[0].name}: "
                f"{', '.join(frame.columns)} against {', '.join(frames[0].columns)}"
            )
        frames.append(frame.select(frames[0].columns) if frames else frame)
    # Relaxed: one file's whole numbers may be another's fractions.
    table = frames[0] if len(frames) == 1 else pl.concat(frames, how="vertical_relaxed")
    if table.height == 0:
        raise AnalysisError(f"the dataset is empty: no rows in {settings.source}")
    nested = [name for name, kind in table.schema.items() if kind.is_nested()]
    if nested:
        raise AnalysisError(f"columns {', '.join(nested)} are nested; flat records are needed")
    return table


def _files(source: Path) -> list[Path]:
    candidates = [source] if source.is_file() else sorted(source.rglob("*"))
    return [
        path
        for path in candidates
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(source).parts)
        and path.stat().st_size > 0
    ]


def _read(path: Path, settings: AnalysisSettings) -> pl.DataFrame:
    import polars as pl

    if settings.kind == "parquet":
        return pl.read_parquet(path)
    if settings.kind == "json":
        if settings.lines:
            return pl.read_ndjson(path, infer_schema_length=None)
        return pl.read_json(path, infer_schema_length=None)
    frame = pl.read_csv(path, has_header=settings.header, infer_schema=False)
    if not settings.header:
        frame.columns = [f"_c{index}" for index in range(frame.width)]
    return frame
