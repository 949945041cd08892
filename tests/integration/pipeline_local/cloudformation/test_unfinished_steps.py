"""The requests of a step that a kill cut short are no part of the state."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from typing import TYPE_CHECKING, Any

from pipeline_local.aws import Aws
from pipeline_local.aws.address import living_pid
from pipeline_local.cloudformation.clients import STEP_HEADER
from pipeline_local.cloudformation.store import FILE
from pipeline_local.local_aws import keeper

if TYPE_CHECKING:
    from pathlib import Path

PLACE = {"CreateBucketConfiguration": {"LocationConstraint": "eu-central-1"}}


def test_a_step_without_an_end_did_not_happen(tmp_path: Path) -> None:
    state = tmp_path / "state"
    try:
        s3 = Aws("eu-central-1", "111122223333", keeper.ensure_server(state)).client("s3")
        for token in ("ended", "cut-short"):

            def mark(request: Any, token: str = token, **_: object) -> None:
                request.headers[STEP_HEADER] = token

            s3.meta.events.register("request-created", mark, unique_id="mark")
            s3.create_bucket(Bucket=f"bucket-{token}", **PLACE)
            s3.meta.events.unregister("request-created", unique_id="mark")
        with sqlite3.connect(state / "cloudformation" / FILE) as base:
            base.execute("INSERT INTO steps VALUES ('cut-short', 0)")
        os.kill(living_pid(state) or 0, signal.SIGKILL)
        while living_pid(state) is not None:
            time.sleep(0.01)
        for _ in range(2):  # also at later starts
            again = Aws("eu-central-1", "111122223333", keeper.ensure_server(state)).client("s3")
            names = [each["Name"] for each in again.list_buckets()["Buckets"]]
            assert names == ["bucket-ended"]
            keeper.stop_server(state)
    finally:
        keeper.stop_server(state)
