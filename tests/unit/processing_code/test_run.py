"""The launcher, with a wheel made here and pip without a network."""

from __future__ import annotations

import ast
import base64
import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import run

CODE = Path(run.__file__).parent
SCRIPT = """
import sys
import stowaway
print("stowaway", stowaway.VERSION, sys.argv[1:], __name__)
sys.exit(int(sys.argv[1]))
"""


def wheel(folder: Path, version: str = "1.0") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"stowaway-{version}-py3-none-any.whl"
    info = f"stowaway-{version}.dist-info"
    files = {
        "stowaway.py": f'VERSION = "{version}"\n',
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: stowaway\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{info}/RECORD,,"]
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).rstrip(b"=")
        record.append(f"{name},sha256={digest.decode()},{len(content)}")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.writestr(f"{info}/RECORD", "\n".join(record) + "\n")
    return path


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """An input folder with code, pins and wheelhouse."""
    code = tmp_path / "input" / "code"
    code.mkdir(parents=True)
    shutil.copyfile(CODE / "run.py", code / "run.py")
    (code / "script.py").write_text(SCRIPT)
    digest = hashlib.sha256(wheel(tmp_path / "input/wheelhouse").read_bytes()).hexdigest()
    (code / "wheelhouse.txt").write_text(f"stowaway==1.0 \\\n    --hash=sha256:{digest}\n")
    return tmp_path


def start(job: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(job / "input/code/run.py"), *arguments],
        env={"ML_ROOT": str(job / "ml"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_script_runs_with_the_packages_of_the_wheelhouse(job: Path) -> None:
    done = start(job, "script.py", "0", "--flag")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "stowaway 1.0 ['0', '--flag'] __main__\n"
    assert start(job, "script.py", "3").returncode == 3


def test_a_wheel_with_another_hash_is_refused(job: Path) -> None:
    with zipfile.ZipFile(wheel(job / "input/wheelhouse"), "a") as archive:
        archive.writestr("stowaway_too.py", "")
    done = start(job, "script.py", "0")
    assert done.returncode == 1
    assert done.stdout == ""
    message = (job / "ml/output/failure").read_text()
    assert message.startswith("cannot install from the wheelhouse")
    assert "HASH" in message.upper()
    assert "Traceback" not in done.stderr


def test_without_a_wheelhouse_the_missing_package_is_named(job: Path) -> None:
    shutil.rmtree(job / "input/wheelhouse")
    done = start(job, "script.py", "0")
    assert done.returncode == 1
    assert "No module named 'stowaway', and there is no wheelhouse" in done.stderr


def test_another_version_counts_as_missing(tmp_path: Path) -> None:
    pins = tmp_path / "pins.txt"
    pins.write_text(
        f"pytest=={pytest.__version__} \\\n    --hash=sha256:00\nnumpy==0.1\nno-such==1\n"
    )
    assert run.missing_packages(pins) == ["numpy==0.1", "no-such==1"]


@pytest.mark.parametrize("script", ["nothing.py", "../code/script.py", ""])
def test_only_scripts_of_the_folder_are_run(job: Path, script: str) -> None:
    done = start(job, script)
    assert done.returncode == 1
    assert "usage: run.py SCRIPT" in done.stderr


def test_the_pins_are_those_of_the_lock_file() -> None:
    """What runs here is what runs in the job."""
    pattern = re.compile(r"^(polars\S*==\S+) \\\n((?:    --hash=\S+(?: \\)?\n)+)", re.MULTILINE)
    pinned = {
        name: sorted(hashes.split())
        for name, hashes in pattern.findall((CODE / "wheelhouse.txt").read_text())
    }
    locked = {
        name: sorted(hashes.split())
        for name, hashes in pattern.findall((CODE.parent / "requirements.txt").read_text())
    }
    assert len(pinned) == 2
    assert pinned == locked
    assert run.missing_packages(run.PINS) == []


@pytest.mark.parametrize("file", sorted(CODE.rglob("*.py")), ids=lambda file: file.name)
def test_the_code_is_python_3_10_and_ours_alone(file: Path) -> None:
    tree = ast.parse(file.read_text(), feature_version=(3, 10))
    foreign = {"mlops", "mlops_common", "pipeline_local", "pipeline_definitions", "environments"}
    polars_users = {"reading.py", "preprocess.py", "delivery.py", "join_truth.py"}
    polars_users |= {
        "csv_rows.py",
        "delivered_file.py",
        "suspects.py",
        "unordered.py",
        "preprocess_batch.py",
        "postprocess_batch.py",
    }
    for node in ast.walk(tree):
        names = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        top = {name.partition(".")[0] for name in names}
        assert not top & foreign
        assert file.name in polars_users or "polars" not in top


def test_what_trains_and_serves_needs_nothing_that_the_image_lacks() -> None:
    jobs = "train, evaluate, inference, score, measure_quality"
    program = f"import sys; sys.modules['polars'] = None\nimport {jobs}\n"
    subprocess.run([sys.executable, "-c", program], cwd=CODE, check=True)


def test_a_pin_without_a_hash_is_refused(job: Path) -> None:
    (job / "input/code/wheelhouse.txt").write_text("stowaway==1.0\n")
    done = start(job, "script.py", "0")
    assert done.returncode == 1
    assert "cannot install from the wheelhouse" in done.stderr
