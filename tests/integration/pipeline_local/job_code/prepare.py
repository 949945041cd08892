"""Split the rows, and report how many there are."""

import csv
import json
import pathlib
import sys
import time

ROOT = pathlib.Path("/opt/ml/processing")
(file,) = (ROOT / "data").glob("*.csv")
rows = list(csv.reader(file.open()))
time.sleep(float(sys.argv[1]))
(ROOT / "train" / "rows.csv").write_text("\n".join(",".join(row) for row in rows))
(ROOT / "report" / "report.json").write_text(json.dumps({"rows": {"kept": len(rows)}}))
print(f"kept {len(rows)} rows")  # noqa: T201 - the log of the job
