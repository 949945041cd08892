"""A local AWS: one small server, its state on disk, its events delivered.

The design, and how the state survives a kill, is in ``docs/decisions/0012-local-aws.md``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pipeline_local.aws import Aws
from pipeline_local.aws.address import read_address
from pipeline_local.local_aws import keeper

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["connect"]


def connect(
    region: str, account: str, state: Path | None = None, *, pipeline_names: str = ""
) -> Aws:
    """Connect to AWS, or to a local one that is started if it does not run.

    Parameters
    ----------
    account : str
        The environment's account, 12 digits.
    state : Path, optional
        Folder of the local AWS's state; the user's credentials are not read then. Without it, and
        whenever ``AWS_ENDPOINT_URL`` names another endpoint, boto3's standard configuration holds.
    pipeline_names : str
        See `keeper.ensure_server`.
    """
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "").rstrip("/")
    if state is None or (endpoint and endpoint != _url_of(state)):
        return Aws(region, account)
    return Aws(region, account, keeper.ensure_server(state, pipeline_names=pipeline_names))


def _url_of(state: Path) -> str | None:
    """Return where the server of a state folder is, or was: it comes back there."""
    address = read_address(state)
    return address.url if address else None
