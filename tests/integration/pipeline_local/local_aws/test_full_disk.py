"""A disk that takes no more, and a folder that takes nothing: one clear line, nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pipeline_local.jobs.sandbox import namespaces_available
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

# In namespaces of its own, so that the small disk is nobody else's.
PROGRAM = """
import os, subprocess, sys
from pathlib import Path
from botocore.exceptions import ClientError
from mlops_common.errors import MlopsError
from pipeline_local.aws import Aws
from pipeline_local.aws.address import living_pid
from pipeline_local.local_aws import keeper

folder = Path(sys.argv[1])
folder.mkdir()
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(folder)], check=True)
state = folder / "state"

def s3():
    return Aws("eu-central-1", "111122223333", keeper.ensure_server(state)).client("s3")

client = s3()
place = {"CreateBucketConfiguration": {"LocationConstraint": "eu-central-1"}}
client.create_bucket(Bucket="small-disk", **place)
kept = []
for number in range(4):
    try:
        client.put_object(Bucket="small-disk", Key=str(number), Body=os.urandom(700_000))
    except ClientError as error:
        print(error)
        break
    kept.append(str(number))
while living_pid(state) is not None:
    pass
listed = [each["Key"] for each in s3().list_objects_v2(Bucket="small-disk")["Contents"]]
assert kept == listed, (kept, listed)
keeper.stop_server(state)
subprocess.run(["mount", "--bind", str(folder), str(folder)], check=True)
subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
assert not keeper.stop_server(state)
try:
    keeper.ensure_server(state)
except MlopsError as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.skipif(not namespaces_available(), reason="needs namespaces of its own")
def test_what_is_not_written_is_refused_and_the_rest_is_there(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *("unshare", "--user", "--map-root-user", "--mount"),
            *(sys.executable, "-c", PROGRAM, str(tmp_path / "disk")),
        ],
        env={**os.environ, "PYTHONPATH": str(PROJECT / "packages")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    full, read_only = done.stdout.splitlines()
    assert "cannot write its state (No space left on device) and stops" in full
    assert "cannot keep its state here: Read-only file system" in read_only
