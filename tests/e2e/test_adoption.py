"""An adopter's clone: own settings, own pipelines, and every check and test is green in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from pipeline_local.builds.source import copy_source
from tests import settings_guard
from tests.example import take_out
from tests.synthesis import PROJECT, SETTINGS, SHIPPED_SETTINGS, of_sources

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).relative_to(PROJECT)
# By content, not by date: mypy reads again only what an adopter has more.
CACHE = ".mypy_cache"


def _write_settings(folder: Path) -> None:
    """Another account and region, `dev` renamed, `staging` deleted, `prod` kept."""
    for file in folder.glob("*.yaml"):
        file.unlink()
    for number, (ours, theirs) in enumerate({"dev": "lab", "prod": "prod"}.items()):
        content: dict[str, Any] = yaml.safe_load((SETTINGS / f"{ours}.yaml").read_text())
        content |= {
            "account": "444455556666",
            "region": "eu-west-1",
            "tags": {"project": "risk", "environment": theirs},
            "notification_addresses": ["risk@example.org"],
        }
        content["network"] |= {
            "vpc_cidr": f"172.2{number}.0.0/16",
            "availability_zones": ["eu-west-1a", "eu-west-1b"],
            "s3_prefix_list": "pl-6da54004",
        }
        content["retention"]["own_job_logs"] = theirs == "lab"
        if "promotes_to" in content:
            content["promotes_to"] = "prod"
            content["delivery"]["promotions"] = [{"environment": "prod", "approval": "manual"}]
        (folder / f"{theirs}.yaml").write_text(yaml.safe_dump(content))


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("adoption") / "project"
    with settings_guard.lifted():
        copy_source(PROJECT, root)
    for name in (".venv", "node_modules"):
        (root / name).symlink_to(PROJECT / name)
    (root / "build").mkdir()
    (root / "build" / "wheelhouse").symlink_to(PROJECT / "build" / "wheelhouse")
    if (PROJECT / CACHE).is_dir():
        shutil.copytree(PROJECT / CACHE, root / CACHE)
    _write_settings(root / SHIPPED_SETTINGS.name)
    for example in ("tumours", "tumours_batch"):
        shutil.copytree(PROJECT / "examples" / example, root / "pipeline_definitions" / example)
    yield root
    shutil.rmtree(root)


def _run(clone: Path, *words: str) -> None:
    """Run a command in the clone, none of this test run's own variables in its environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [str(Path(sys.prefix) / "bin" / words[0]), *words[1:]],
        cwd=clone,
        env={**kept, **of_sources(clone)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{words}\n{done.stdout[-6000:]}{done.stderr[-3000:]}"


def _test(clone: Path) -> None:
    options = ("-q", "-p", "no:cacheprovider", f"--basetemp={clone.parent / 'temporary'}")
    spread = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
    _run(clone, "python", "-m", "pytest", *options, *spread, f"--ignore={HERE}")


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_all_checks_and_tests_are_green(clone: Path) -> None:
    for words in ("ruff check .", "ruff format --check .", "lint-imports", "mypy"):
        _run(clone, *words.split())
    _run(clone, "mlops", "synth", "--environment", "lab,prod")
    _test(clone)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_tests_are_green_without_abalone(clone: Path) -> None:
    take_out(clone)
    _test(clone)
