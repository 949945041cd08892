"""What every test may count on."""

from __future__ import annotations

import gc
import os
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.internal.constants_ast import Constants
from typer.main import get_command

from environments.loading import VARIABLE
from mlops_common.processes import collect_rarely
from promises.known import VARIABLE as PROOFS
from tests import example, settings_guard, synthesis

# jsii and the CDK command line take `node` from the path: the one that came with the set-up.
os.environ["PATH"] = os.pathsep.join([f"{sys.prefix}/bin", os.environ.get("PATH", os.defpath)])
# As `cdk.json` starts the app: the kernel at once, not through a second Node.
os.environ.setdefault("JSII_NODE", str(synthesis.PROJECT / "tools" / "kernel.sh"))
# No test may depend on who runs it: real credentials and settings are out of reach.
for name in [name for name in os.environ if name.startswith("AWS_") and name != "AWS_CA_BUNDLE"]:
    del os.environ[name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
os.environ["AWS_CONFIG_FILE"] = os.devnull
os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
os.environ[VARIABLE] = str(synthesis.SETTINGS)
# What other runs have proved is out of reach, too.
os.environ[PROOFS] = "off"
settings_guard.install()
collect_rarely()
# The longest first, so that no process is left with them at the end, and those that make what many
# others wait for. pytest orders no files inside a folder that is tested, too.
FIRST = (
    "tests/e2e/test_adoption.py",
    "tests/e2e/test_first_model.py",
    "tests/template/test_acknowledgments.py",  # makes `cloud_assembly`
    "tests/integration/mlops/registry/test_promote_to.py",  # makes `all_environments`
    "tests/integration/pipeline_local/local_aws/test_patches_are_needed.py",
    "tests/integration/pipeline_local/cloudformation/test_platform.py",
    "tests/e2e/",
    "tests/integration/",
    "tests/unit/processing_code/",
    "tests/template/",
    "tests/property/",
)
# A call of `mlops` in this process makes the tree of all commands; it is the same each time.
pytest.MonkeyPatch().setattr("typer.testing._get_command", cache(get_command))
# Threads of XGBoost wait for each other; by default they do so busily, at the cost of other tests.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
# Numbers belong to benchmarks: no test fails because the machine was busy. What fails once fails
# always: examples are the same in every run, but for `make slow`, which draws fresh ones.
settings.register_profile("fixed", deadline=None, database=None, derandomize=True)
settings.register_profile("fresh", deadline=None, database=None, print_blob=True)
settings.load_profile("fixed")


collect_ignore = [] if example.HERE else list(example.LEFT_OUT)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Skip what needs the abalone pipelines where they have been taken out."""
    needs = item.get_closest_marker("example") or example.FIXTURES & set(
        getattr(item, "fixturenames", ())
    )
    if needs and not example.HERE:
        item.add_marker(pytest.mark.skip(reason="the abalone pipelines are not here"))


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Draw examples from the tests alone; spread what collecting compiles over the processes."""
    if config.getoption("hypothesis_profile", None) in {None, "fixed"}:
        # Else also constants of the modules loaded so far, which are others in each process.
        nothing = "hypothesis.internal.conjecture.providers._get_local_constants"
        pytest.MonkeyPatch().setattr(nothing, Constants)
    _begin_to_collect_elsewhere(config)


def _begin_to_collect_elsewhere(config: pytest.Config) -> None:
    """Have each process collect in another order: what one has compiled, the others find."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    left_out = config.getoption("ignore") or config.getoption("ignore_glob")
    if not worker or left_out or config.args != config.getini("testpaths"):
        return
    here = Path(__file__).parent
    ignored = {here / each for each in collect_ignore}  # not asked about what is named
    found = {*here.glob("test_*.py"), *here.glob("*/*")} - ignored
    names = sorted(
        str(each)
        for each in found
        if each.match("test_*.py") or (each.is_dir() and each.name != "__pycache__")
    )
    share = len(names) // int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    first = share * int(worker.removeprefix("gw"))
    config.args[:] = names[first:] + names[:first]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order tests by `FIRST`, and otherwise by their files."""

    def place(item: pytest.Item) -> tuple[int, str]:
        file = item.nodeid.partition("::")[0]
        starts = (number for number, start in enumerate(FIRST) if item.nodeid.startswith(start))
        return next(starts, len(FIRST)), file

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """Spare tests the search for cycles among all that has been loaded."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this test run share, with those that a test starts."""
    if synthesis.SHARED in os.environ:
        return Path(os.environ[synthesis.SHARED])
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def all_environments(shared_folder: Path) -> Path:
    """The cloud assembly of dev, staging and prod; only to be read."""
    return synthesis.once(
        shared_folder / "all-environments",
        lambda output: synthesis.synthesize(
            synthesis.PROJECT, output, {VARIABLE: str(synthesis.SETTINGS)}, synthesis.NOTE
        ),
    )
