from __future__ import annotations

import subprocess
import sys
from pkgutil import iter_modules

import moto

from pipeline_local.local_aws import cloud_patches

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
assert "moto.servicequotas" not in sys.modules
from moto.iam.responses import IamResponse

assert IamResponse.simulate_principal_policy  # of a second module of the service
"""


def test_a_service_is_patched_once_it_is_loaded() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_each_module_has_the_name_of_a_service_that_moto_loads() -> None:
    known = {each.name for each in iter_modules(moto.__path__) if each.ispkg}
    modules = [each.name for each in iter_modules(cloud_patches.__path__)]
    assert {cloud_patches.service_of(each) for each in modules} <= known
