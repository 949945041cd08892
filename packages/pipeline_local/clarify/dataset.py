"""The dataset of an analysis: every file of a folder, as one table."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline_local.image_programs.problem import Problem

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from pipeline_local.clarify.settings import AnalysisConfig

_LABEL, _PREDICTED = "label", "predicted_label"


@dataclass(frozen=True)
class Dataset:
    """A table and the roles of its columns."""

    table: pd.DataFrame
    features: list[str]
    label: str | None
    predicted: str | None


def read_dataset(config: AnalysisConfig, folder: Path) -> Dataset:
    """Read the dataset."""
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.stat().st_size and not path.name.startswith(".")
    )
    if not files:
        raise Problem("the dataset is empty: no file with content")
    import pandas as pd

    tables = []
    for file in files:
        try:
            tables.append(_read(config, file))
        except (ValueError, OSError, KeyError) as error:
            what = str(error).splitlines()[0]
            raise Problem(f"{file.name}: not readable as {config.dataset_type}: {what}") from None
    if len({tuple(table.columns) for table in tables}) > 1:
        raise Problem("the files of the dataset have different columns")
    table = pd.concat(tables, ignore_index=True)
    if table.empty:
        raise Problem("the dataset is empty: no rows")
    lines = config.dataset_type == "application/jsonlines"
    label = _LABEL if lines and config.label is not None else config.label
    predicted = _PREDICTED if lines and config.predicted_label is not None else None
    found = Dataset(table, [], None, None)
    label = None if label is None else column_of(found, label, "label")
    if not lines and config.predicted_label is not None:
        predicted = column_of(found, config.predicted_label, "predicted_label")
    left_out = {column_of(found, name, "excluded_columns") for name in config.excluded}
    if config.joinsource is not None:
        left_out.add(column_of(found, config.joinsource, "joinsource_name_or_index"))
    left_out |= {name for name in (label, predicted) if name}
    features = [str(name) for name in table.columns if name not in left_out]
    return Dataset(table, features, label, predicted)


def column_of(dataset: Dataset, name_or_index: str | int, field: str) -> str:
    """Return the name of a column that is given by name or index."""
    columns = [str(name) for name in dataset.table.columns]
    if isinstance(name_or_index, int) and 0 <= name_or_index < len(columns):
        return columns[name_or_index]
    if str(name_or_index) in columns:
        return str(name_or_index)
    known = ", ".join(columns)
    raise Problem(f"analysis_config.json: {field}: unknown column {name_or_index!r} ({known})")


def _read(config: AnalysisConfig, file: Path) -> pd.DataFrame:
    import pandas as pd

    headers = list(config.headers)
    if config.dataset_type == "application/x-parquet":
        return _named(pd.read_parquet(file), headers)
    if config.dataset_type == "application/jsonlines":
        return _read_lines(config, file)
    if not headers:
        return _read_rows(file, header=0)
    # A first line that repeats the names is not a record.
    first = pd.read_csv(file, header=None, nrows=1, dtype=str).iloc[0].tolist()
    if first != headers and [str(name).lower() for name in first] == [h.lower() for h in headers]:
        raise ValueError("its first line and headers name the same columns in other case")
    return _named(_read_rows(file, header=None, skiprows=int(first == headers)), headers)


def _read_rows(file: Path, **options: Any) -> pd.DataFrame:
    """Read numbers and booleans; in columns of text "NA" and "None" are values."""
    import pandas as pd
    from pandas.api.types import is_numeric_dtype

    table: pd.DataFrame = pd.read_csv(file, **options)
    text = pd.read_csv(file, dtype=str, keep_default_na=False, na_values=[""], **options)
    for name in table.columns:
        if not is_numeric_dtype(table[name]) or table[name].isna().all():
            table[name] = text[name]
    return table


def _named(table: pd.DataFrame, headers: list[str]) -> pd.DataFrame:
    if not headers:
        return table
    if len(headers) != table.shape[1]:
        raise ValueError(f"{table.shape[1]} columns, where headers names {len(headers)}")
    return table.set_axis(headers, axis=1)


def _read_lines(config: AnalysisConfig, file: Path) -> pd.DataFrame:
    import jmespath  # type: ignore[import-untyped]
    import pandas as pd

    if not config.features:
        raise ValueError("features is not set in analysis_config.json")
    rows, labels = [], []
    for line in file.read_text().splitlines():
        if not line.strip():
            continue
        record = json.loads(line)
        rows.append(jmespath.search(config.features, record))
        labels.append([_label(path, record) for path in (config.label, config.predicted_label)])
    names = [name for name in config.headers if name != str(config.label)]
    width = len(rows[0]) if rows and isinstance(rows[0], list) else 0
    if any(not isinstance(row, list) or len(row) != width for row in rows) or not width:
        raise ValueError(f"features {config.features!r} is not a list of the same length each")
    # The headers may name the label too; it is not among the features.
    table = pd.DataFrame(rows, columns=(names[:width] if len(names) >= width else None))
    table.columns = [str(name) for name in table.columns]
    for place, (name, path) in enumerate(
        ((_LABEL, config.label), (_PREDICTED, config.predicted_label))
    ):
        if path is not None:
            table[name] = [pair[place] for pair in labels]
    return table


def _label(path: Any, record: Any) -> Any:
    import jmespath

    return None if path is None else jmespath.search(str(path), record)
