"""Job `Prepare`: check the rows, and split them into training and test rows."""

from __future__ import annotations

import argparse
import hashlib
import os

import pandas as pd
from common import FEATURES, INPUT, OUTPUT, TARGET, JobError, read_table, run, write_json
from sklearn.model_selection import train_test_split

TEST_SHARE = 0.25


def prepare() -> None:
    """Read every CSV of the input, write `train`, `test`, `baseline` and `report`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=42)
    seed = parser.parse_args().seed
    files = sorted((INPUT / "data").rglob("*.csv"))
    if not files:
        raise JobError("the input `data` holds no CSV file")
    table = pd.concat([read_table(path) for path in files], ignore_index=True)
    whole = table.dropna().drop_duplicates()
    if set(whole[TARGET].unique()) != {0, 1}:
        raise JobError(f"column {TARGET}: needs rows of 0 and rows of 1, and nothing else")
    train, test = train_test_split(
        whole, test_size=TEST_SHARE, random_state=seed, stratify=whole[TARGET]
    )
    for name, rows in (("train", train), ("test", test), ("baseline", train[FEATURES])):
        (OUTPUT / name).mkdir(parents=True, exist_ok=True)
        rows.to_csv(OUTPUT / name / f"{name}.csv", index=False)
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    report = {
        "data": {"sha256": digest, "version": os.environ.get("DATA_VERSION", "")},
        "rows": {
            "read": len(table),
            "set_aside": len(table) - len(whole),
            "train": len(train),
            "test": len(test),
        },
    }
    write_json(OUTPUT / "report" / "data_report.json", report)
    print(f"{len(train)} rows to train, {len(test)} to test, {len(table) - len(whole)} set aside")


if __name__ == "__main__":
    run(prepare)
