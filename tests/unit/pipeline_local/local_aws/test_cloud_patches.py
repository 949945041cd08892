from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from pipeline_local.local_aws import cloud_patches
import moto.kms

cloud_patches.install()
assert not {"moto.ec2", "moto.scheduler"} & set(sys.modules)  # no table is read in vain
from moto.kms.responses import KmsResponse  # loaded before
from moto.scheduler.models import EventBridgeSchedulerBackend  # loaded now

assert KmsResponse.create_key.__wrapped__
assert EventBridgeSchedulerBackend.create_schedule_group.__wrapped__
"""


def test_a_service_is_patched_once_it_is_loaded() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
