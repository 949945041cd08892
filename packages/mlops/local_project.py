"""The project of the current folder, with its local AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops.synthesis import project_root
from mlops_common.errors import MlopsError
from mlops_contract.names import PROJECT
from pipeline_local.jobs.storage import ObjectStore
from pipeline_local.local_aws import connect as connect_to
from pipeline_local.local_aws import keeper
from pipeline_local.runs.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mypy_boto3_sagemaker import SageMakerClient

    from pipeline_local.aws import Aws
    from pipeline_local.aws.address import Address
    from pipeline_local.runs.dataset import Dataset
    from pipeline_local.runs.project import Synthesized
    from pipeline_local.runs.run_state import RunState

_PIPELINE_NAMES = rf"{PROJECT}-([a-z0-9]+)-(.+)"


def state_folder() -> Path:
    """Return the folder of the local AWS's state."""
    return project_root() / keeper.FOLDER


def ensure_server(idle_seconds: float = keeper.DEFAULT_IDLE_SECONDS) -> Address:
    """Find the project's local AWS, or start it."""
    return keeper.ensure_server(state_folder(), idle_seconds, _PIPELINE_NAMES)


def connect(region: str, account: str, *, local: bool = False) -> Aws:
    """Connect to AWS, or with `local` to the project's local AWS."""
    state = state_folder() if local else None
    return connect_to(region, account, state, pipeline_names=_PIPELINE_NAMES)


def connected(state: RunState) -> tuple[ObjectStore, SageMakerClient] | tuple[None, None]:
    """Return the local AWS's objects and registry, or nothing if it does not answer."""
    from botocore.exceptions import BotoCoreError

    try:
        aws = connect(state.region, state.account, local=True)
        return ObjectStore(aws.client("s3")), aws.client("sagemaker")
    except (MlopsError, BotoCoreError):
        return None, None


def connected_store(state: RunState) -> ObjectStore | None:
    """Return the local AWS's object store, or None if it does not answer."""
    return connected(state)[0]


def local_project(root: Path) -> Project:
    """Return the project as local runs need it."""
    return Project(
        root=root,
        connect=lambda region, account: connect(region, account, local=True),
        place=_place,
        synthesize=lambda environment, say: _synthesize(environment, root, say),
        find_data=lambda given, name, warn: _find_data(root, given, name, warn),
        environment="dev",
    )


def _synthesize(environment: str, root: Path, say: Callable[[str], None]) -> Synthesized:
    from mlops.synthesis.for_runs import assembly_for_run

    return assembly_for_run(environment, root, say)


def _place(environment: str) -> tuple[str, str]:
    from environments.loading import load_environment

    settings = load_environment(environment)
    return settings.account, settings.region


def _find_data(
    root: Path, given: Path | None, name: str | None, warn: Callable[[str], None]
) -> Dataset:
    from mlops.data.resolve import resolve

    return resolve(given, name=name, folder=root / "dataset", warn=warn)
