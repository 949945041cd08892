"""Job `Preprocess`: check the raw records, split them, fit the transformer on the training split.

Reads `input/data/**/*.csv`, `*.data` and `*.tsv`; writes below `output/`: `train`, `validation` and
`test` (Parquet), `transformer/transformer.json`, `baseline/baseline.csv`,
`report/data_report.json` and `report/set_aside.csv`.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from abalone.origin import ORIGIN_FILE, origin_of
from abalone.reading import read_sources
from abalone.report import profile, rows_section, summarise_set_aside, write_set_aside
from abalone.schema import FEATURES, SEX, SEXES, Columns
from abalone.sources import find_sources, fingerprint, is_synthetic, notes_on
from abalone.split import NAMES, TRAIN, assign
from abalone.transformer import FILE_NAME, Transformer
from tabular.arguments import Arguments, as_share
from tabular.failure import JobError, exit_code_of, report_end
from tabular.files import write_json, write_whole
from tabular.paths import processing_input, processing_output

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

REPORT_FILE = "data_report.json"


def to_columns(rows: pl.DataFrame) -> Columns:
    """View a frame of `abalone.reading` as plain numpy columns."""
    columns: Columns = {name: rows[name].to_numpy() for name in rows.columns if name != SEX}
    columns[SEX] = np.array(SEXES, dtype="U1")[rows[SEX].to_physical().to_numpy()]
    return columns


def preprocess(arguments: Sequence[str]) -> None:
    """Run the job."""
    parser = Arguments(prog="preprocess.py", description=__doc__, allow_abbrev=False)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--validation-share", type=float, default=0.15)
    parser.add_argument("--test-share", type=float, default=0.15)
    parser.add_argument("--set-aside-limit", type=as_share, default=0.01)
    options = parser.parse_args(arguments)
    if options.seed < 0:
        raise JobError(f"--seed {options.seed}: it must be 0 or more")

    folder = processing_input("data")
    sources = find_sources(folder)
    with ThreadPoolExecutor(max_workers=1) as aside:  # hashing leaves Python's lock alone
        hashing = aside.submit(fingerprint, sources)
        reading = read_sources(sources)
        sha256 = hashing.result()
    notes = [*reading.notes, *notes_on(folder, [source.path for source in sources])]
    report: dict[str, Any] = {
        "data": {
            "sha256": sha256,
            "synthetic": is_synthetic(folder),
            "files": [source.name for source in sources],
            "notes": notes,
        },
        "seed": options.seed,
        "set_aside_limit": options.set_aside_limit,
        "rows": rows_section(reading),
    }
    # Written before anything can fail: a person needs exactly this to fix the data.
    reports = processing_output("report")
    write_set_aside(reports / "set_aside.csv", reading.set_aside)
    write_json(reports / REPORT_FILE, report)
    if reading.set_aside:
        print(f"set aside {len(reading.set_aside)} of {reading.read} rows: ", end="")
        print(summarise_set_aside(reading.set_aside))
    share = len(reading.set_aside) / reading.read
    if share > options.set_aside_limit:
        raise JobError(
            f"{len(reading.set_aside)} of {reading.read} rows ({share:.2%}) cannot be used, "
            f"more than --set-aside-limit allows ({options.set_aside_limit:.2%}): "
            + "; ".join([summarise_set_aside(reading.set_aside), *notes])
        )

    columns = to_columns(reading.rows)
    splits = assign(
        columns,
        seed=options.seed,
        validation_share=options.validation_share,
        test_share=options.test_share,
    )
    origin = origin_of(
        sha256=sha256,
        synthetic=report["data"]["synthetic"],
        rows=reading.rows.height,
        test_share=options.test_share,
    )
    for split, name in enumerate(NAMES):
        part = reading.rows.filter(splits == split)
        text = part.with_columns(part[SEX].cast(str))
        file = processing_output(name) / f"{name}.parquet"
        write_whole(file, partial(text.write_parquet, compression="zstd"))
        write_json(file.with_name(ORIGIN_FILE), origin)
        report["rows"][name] = part.height
        if split == TRAIN:
            transformer = Transformer.fit(to_columns(part))
            transformer.save(processing_output("transformer") / FILE_NAME)
            raw = text.select(FEATURES)
            write_whole(processing_output("baseline") / "baseline.csv", raw.write_csv)
    report["columns"] = profile(columns)
    write_json(reports / REPORT_FILE, report)
    counts = ", ".join(f"{name} {report['rows'][name]}" for name in NAMES)
    summary = (
        f"{reading.read} rows in, {reading.rows.height} kept ({counts}), "
        f"{len(reading.set_aside)} set aside; data {sha256}"
    )
    report_end("; ".join([summary, *notes]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job and report failure as SageMaker expects."""
    return exit_code_of(preprocess, arguments)


if __name__ == "__main__":
    sys.exit(main())
