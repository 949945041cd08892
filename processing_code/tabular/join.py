"""Job `JoinTruth` of model quality: true values, beside a model's predictions.

Reads below `input/`: `data/` (files with the id and the target), `predictions/` (Parquet of batch
inference) and `problem/`. Writes below `output/`: `pairs/pairs.csv` (what Model Monitor reads) and
`report/truth.json`; `quarantine/` has the files that are refused.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from tabular.arguments import Arguments
from tabular.batch import compact
from tabular.evaluate import for_monitor
from tabular.failure import JobError, report_end
from tabular.files import rounded, write_json
from tabular.margins import spread_of
from tabular.number import ID
from tabular.paths import processing_input, processing_output
from tabular.prepare import reasons_of, refuse_too_few, set_aside
from tabular.problem import schema_of
from tabular.quarantine import quarantined
from tabular.rows import write_rows
from tabular.schema import BINARY
from tabular.table import find_files, read_table
from tabular.values import convert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tabular.schema import Schema

PAIRS_FILE, TRUTH_REPORT = "pairs.csv", "truth.json"


def run(arguments: Sequence[str]) -> None:
    """Run the job."""
    parser = Arguments(prog="join", description=__doc__, allow_abbrev=False)
    parser.add_argument("--model-package", required=True)
    options = parser.parse_args(arguments)
    schema = schema_of(processing_input("problem"))
    folder = processing_input("data")
    files, read_files = find_files(folder), partial(read_truth, folder, schema=schema)
    with quarantined(folder, files, read_files):
        truth, read, unusable = read_files(files)
    predictions = read_predictions(processing_input("predictions"))
    mine = predictions[predictions["model_package"] == options.model_package]
    said = mine.sort_values("scored_at", kind="stable").drop_duplicates(ID, keep="last")
    pairs = said.merge(truth, on=ID, how="inner")
    if not len(pairs) and not truth[ID].isin(predictions[ID]).any():
        raise JobError(
            f"none of {read} ids with a truth was ever scored, by any model: are they the ids of "
            "the batches?"
        )
    monitored = for_monitor(schema, pairs)
    # An AUC compares rows of both classes; until there are both, there is nothing to measure.
    is_one_sided = schema.problem == BINARY and len({*pairs[schema.target]}) == 1
    write_rows(processing_output("pairs") / PAIRS_FILE, monitored)
    report = {
        "model_package_arn": options.model_package,
        "truths": read,
        "unusable_truths": read - len(truth),
        "predictions": len(said),
        "pairs": 0 if is_one_sided else len(pairs),
        "figure_deviation": rounded(spread_of(schema, monitored)),
        # What is published where there is nothing to measure.
        "publish": compact({"RowsIn": read, "RowsScored": 0, "RowsSetAside": 0}),
    }
    write_json(processing_output("report") / TRUTH_REPORT, report)
    end = f"{len(pairs)} of {read} truths belong to a prediction of this model"
    if is_one_sided:
        end += (
            f"; all {len(pairs)} truths are of one class, {pairs[schema.target].iloc[0]}: AUC is "
            "not defined, so there is nothing to measure yet"
        )
    report_end("; ".join([end, *unusable]))


def read_truth(
    folder: Path, files: Sequence[Path], schema: Schema
) -> tuple[pd.DataFrame, int, list[str]]:
    """Read id and target of the usable truths; the last of an id counts.

    Beside them the number of ids, and why rows are of no use.
    """
    name = schema.id or ID
    known = replace(schema, columns={schema.target: schema.columns[schema.target]}, id=name)
    table = read_table(folder, files, known)
    if lacking := [each for each in (name, schema.target) if each not in table.texts]:
        raise JobError(
            f"the files lack the column {' and '.join(lacking)}: true values are matched by id, in "
            + "; ".join([f"lines such as {name},{schema.target}", *table.notes])
        )
    found = convert(table.texts, known, [schema.target])
    aside = set_aside(table, found)
    refuse_too_few(table, aside, 1)
    truth = found.good.assign(**{ID: table.texts[name].reindex(found.good.index)})
    truth = truth.drop_duplicates(ID, keep="last")
    return truth, table.texts[name].nunique() + len(table.broken), reasons_of(aside)


def read_predictions(folder: Path) -> pd.DataFrame:
    """Read the predictions of batch inference."""
    files = sorted(folder.rglob("*.parquet"))
    if not files:
        raise JobError(f"no predictions below {folder}: run the batch pipeline before")
    # A path such as date=2026-11-30 is not to become a column.
    parts = [pd.read_parquet(path, partitioning=None) for path in files]
    return pd.concat(parts, ignore_index=True)
