"""The programs and rows that the definitions of `PIPELINE_CASES` read, by their places in S3.

The definitions name them; most programs lie beside them in `src/`, and those that do not are here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.archives import packed

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME, WILD = "s3://sagemaker-eu-central-1-111111111111", "s3://wild-case-bucket"
ROWS = "\n".join(
    ",".join(str(round((n * k) % 7 / 7 + n % 9, 3)) for k in range(1, 10)) for n in range(60)
)
RAW = "\n".join(
    f"{'MFI'[n % 3]}," + ",".join(str(round(n * k % 7 / 7, 3)) for k in range(1, 8)) + f",{n % 9}"
    for n in range(60)
)
_SAY = "import os; os.makedirs('/opt/ml/processing/o', exist_ok=True)\n"
PROGRAMS = {
    f"{HOME}/hand/seegz.py": "print('never started')",
    f"{HOME}/hand/slow.py": "import time; time.sleep(0.3)",
    f"{HOME}/hand/echo.py": "import sys; print(sys.argv[1:])",
    f"{HOME}/hand/pipinst.py": (
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-m', 'pip', '--version'], check=True)"
    ),
    # Not sagemaker_training: no wheel of it exists, and its failure says so.
    f"{HOME}/hand/imports.py": "import requests, yaml, flask, psutil, retrying, google.protobuf",
    f"{HOME}/hand/hostile.py": (
        "import pathlib, sys\n"
        "try: pathlib.Path('/etc/shadow').read_text()\n"
        "except OSError: sys.exit(0)\n"
        "sys.exit('read /etc/shadow')"
    ),
    f"{WILD}/d22/a.py": _SAY + "print(open('/opt/ml/processing/o/done', 'w').write('ran'))",
    f"{WILD}/d12/w.py": (
        "import json, os; os.makedirs('/opt/ml/processing/out', exist_ok=True)\n"
        "json.dump({'Output': [5, 10]}, open('/opt/ml/processing/out/o.json', 'w'))"
    ),
}
# What a checkpoint, and the arguments that the toolkit passes, look like from inside.
CHECKPOINTED = """
import os, pathlib
folder = pathlib.Path("/opt/ml/checkpoints")
print("found", sorted(p.name for p in folder.iterdir()))
(folder / f"epoch-{len(list(folder.iterdir()))}").write_text("weights")
"""
ARGUMENTS = "import sys; print(sys.argv)"
SCALES = """
def model_fn(model_dir): return 2
def transform_fn(model, body, content_type, accept):
    rows = [[str(float(cell) / model) for cell in row.split(",")] for row in body.split()]
    return "\\n".join(map(",".join, rows)), "text/csv"
"""


def objects_of(folder: Path) -> dict[str, bytes]:
    """Return every object by its URI."""
    source = folder / "src"
    found = {uri: text.encode() for uri, text in PROGRAMS.items()}
    for name in ("train", "validation"):
        found[f"{HOME}/abalone/{name}/rows.csv"] = ROWS.encode()
    found |= {
        f"{HOME}/raw/abalone-dataset.csv": RAW.encode(),
        f"{HOME}/features/rows.csv": "\n".join(
            line.partition(",")[2] for line in ROWS.splitlines()
        ).encode(),
        f"{WILD}/d01/data/raw/rows.csv": ROWS.encode(),
        f"{WILD}/d17/semicolon/rows.csv": _binary(";"),
        f"{WILD}/d17/success/rows.csv": _binary(","),
        f"{WILD}/d17/success/_SUCCESS": b"",
        f"{WILD}/d17/success/.part.crc": b"\x00crc",
        f"{HOME}/hand/lsck.tar.gz": packed({"lsck.py": CHECKPOINTED.encode()}),
        f"{HOME}/scaler/model.tar.gz": packed({"scale": b"2"}),
        f"{HOME}/sagemaker-scikit-learn-2026-11-29-18-13-01-111/sourcedir.tar.gz": packed(
            {"train.py": SCALES.encode()}
        ),
        f"{WILD}/e03/sourcedir.tar.gz": packed({"sub/t.py": ARGUMENTS.encode()}),
        f"{WILD}/d09/sourcedir.tar.gz": packed({"t.py": ARGUMENTS.encode()}),
    }
    found |= dict(_named_by_definitions(folder, source))
    trainer = f"{HOME}/sagemaker-xgboost-job/sagemaker-xgboost-job-20261129183135/input"
    found |= {f"{trainer}/code/train.py": (source / "xgb_src" / "train.py").read_bytes()}
    return found | {f"{trainer}/sm_drivers/{name}": text for name, text in _drivers("train.py")}


def _named_by_definitions(folder: Path, source: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the programs that the SDK uploaded below a digest: their names say which."""
    for file in folder.glob("*.json"):
        for uri in re.findall(rf"{HOME}/[\w-]+/code/\w{{64}}/[\w.]+", file.read_text()):
            name = uri.rpartition("/")[2]
            if (source / name).is_file():
                yield uri, (source / name).read_bytes()
            elif name == "runproc.sh":
                yield uri, _RUNPROC
            elif name == "sourcedir.tar.gz":
                needed = "proc_src_req" if "requirements" in file.name else "sk_src"
                parts = (source / needed).iterdir()
                yield uri, packed({part.name: part.read_bytes() for part in parts})


_RUNPROC = b"""#!/bin/bash
cd /opt/ml/processing/input/code/
tar -xzf sourcedir.tar.gz
set -e
if [[ -f 'requirements.txt' ]]; then
    pip install -r requirements.txt
fi
python prep.py "$@"
"""


def _binary(delimiter: str) -> bytes:
    lines = (f"{n % 2}{delimiter}{n}{delimiter}{n % 5}" for n in range(40))
    return "\n".join(lines).encode()


def _drivers(entry_script: str) -> Iterator[tuple[str, bytes]]:
    """Yield what SDK 3's `ModelTrainer` uploads beside the code: its own drivers, and a script."""
    from sagemaker.train import container_drivers, templates

    root = Path(container_drivers.__path__[0])
    for file in root.rglob("*.py"):
        yield file.relative_to(root).as_posix(), file.read_bytes()
    yield "sourcecode.json", f'{{"entry_script": "{entry_script}"}}'.encode()
    script = templates.TRAIN_SCRIPT_TEMPLATE.format(
        working_dir="cd /opt/ml/input/data/code",
        install_requirements="",
        execute_driver=templates.EXECUTE_BASIC_SCRIPT_DRIVER,
    )
    yield "sm_train.sh", script.encode()
