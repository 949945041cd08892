"""What a job can import is what its image holds."""

from __future__ import annotations

import ast
import sys
import threading
from importlib import metadata
from pathlib import Path

import pytest

from mlops_common.errors import MlopsError
from pipeline_local.jobs import packages
from pipeline_local.jobs.images import IMAGES
from pipeline_local.jobs.packages import packages_of
from pipeline_local.jobs.sandbox import JobProcess, namespaces_available, run_processes

PROJECT = Path(__file__).parents[3]
HELD = (
    "sklearn.linear_model, cryptography, flask, google.protobuf, gunicorn, psutil, requests, "
    "retrying, werkzeug, yaml"
)
MISSING = """
missing = []
for name in ("aws_cdk", "mlops", "xgboost"):
    try:
        __import__(name)
    except ModuleNotFoundError:
        missing.append(f"no {name}")
print(*missing, sep=", ")
"""


@pytest.mark.parametrize("image", IMAGES)
def test_every_image_has_a_lock_file_that_what_is_installed_meets(image: str) -> None:
    folder = packages_of(image)
    assert packages_of(image) == folder
    held = {item.metadata["Name"].lower() for item in metadata.distributions(path=[str(folder)])}
    assert {"numpy", "pip"} <= held
    assert not held & {"secure-mlops", "aws-cdk-lib", "sagemaker", "z3-solver"}
    numpy = folder / "numpy" / "__init__.py"
    assert numpy.samefile(packages.site_packages() / "numpy" / "__init__.py")


@pytest.mark.skipif(not namespaces_available(), reason="the kernel allows no namespaces")
@pytest.mark.parametrize(
    ("program", "code", "words"),
    [
        (f"import {HELD}", 0, ""),
        (MISSING, 0, "no aws_cdk, no mlops, no xgboost"),
        # The files are those of this environment: no job may touch them.
        ("import numpy; open(numpy.__file__, 'a')", 1, "Read-only file system"),
    ],
)
def test_a_job_imports_what_its_image_holds(
    tmp_path: Path, program: str, code: int, words: str
) -> None:
    (tmp_path / "ml").mkdir()
    job = JobProcess(
        command=("python3", "-c", program),
        environment={},
        folder=tmp_path,
        log=tmp_path / "log",
        isolated=True,
        max_seconds=60,
        packages=packages_of("sagemaker-scikit-learn"),
    )
    assert run_processes([job], threading.Event()).exit_code == code
    assert words in (tmp_path / "log").read_text()


@pytest.mark.skipif(not namespaces_available(), reason="the kernel allows no namespaces")
@pytest.mark.parametrize("image", IMAGES)
def test_an_image_holds_what_the_programs_in_it_import(tmp_path: Path, image: str) -> None:
    programs = {
        "sagemaker-model-monitor-analyzer": "packages/pipeline_local/monitor",
        "sagemaker-clarify-processing": "packages/pipeline_local/clarify",
        "sagemaker-xgboost": "packages/pipeline_local/image_programs",
        "sagemaker-scikit-learn": "examples/tumours/jobs",
    }
    names = sorted(third_party_imports(PROJECT / programs[image]))
    (tmp_path / "ml").mkdir()
    job = JobProcess(
        command=("python3", "-c", f"import {', '.join(names)}"),
        environment={},
        folder=tmp_path,
        log=tmp_path / "log",
        isolated=True,
        max_seconds=60,
        packages=packages_of(image),
    )
    assert run_processes([job], threading.Event()).exit_code == 0, (tmp_path / "log").read_text()


def third_party_imports(folder: Path) -> set[str]:
    """Return the packages that modules import anywhere, also within functions."""
    found = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.split(".")[0])
    own = {path.stem for path in folder.glob("*.py")} | {"pipeline_local", "mlops_common"}
    return found - own - set(sys.stdlib_module_names)


def test_another_version_than_the_locked_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "_LOCKS", tmp_path)
    lock = "# made\nnumpy==0.1\nwinonly==1 ; sys_platform == 'win32'\n"
    (tmp_path / "some.txt").write_text(lock)
    with pytest.raises(
        MlopsError, match=r"image some contains numpy==0\.1, installed is .*make setup"
    ):
        packages_of("some")
    (tmp_path / "other.txt").write_text("nobody-has-this==1\n")
    with pytest.raises(MlopsError, match="installed is none"):
        packages_of("other")
