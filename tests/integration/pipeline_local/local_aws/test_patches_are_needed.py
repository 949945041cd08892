"""Each patch of moto is needed: without it a test of its service fails."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from environments.loading import VARIABLE
from tests.synthesis import PROJECT, SETTINGS, SHARED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = PROJECT / "packages" / "pipeline_local" / "local_aws"
MODULES = ("moto_patches", "stack_patches", "delivery_patches")
UNIT, INTEGRATION = "tests/unit/pipeline_local", "tests/integration/pipeline_local/cloudformation"
DESTROY = "tests/integration/mlops/teardown/test_destroy.py"
DOCTOR = ("tests/unit/mlops/doctor/test_found.py", "tests/unit/mlops/doctor/test_planted.py")
FAULTS = f"{INTEGRATION}/test_faults.py"
JOBS = f"{UNIT}/local_aws/test_jobs_of_runs.py"
# The tests of each module's patches, quick ones first: the first that fails is enough.
TESTS = {
    "moto_patches": (
        f"{UNIT}/local_aws/test_moto_patches.py",
        "tests/integration/pipeline_local/local_aws/test_survival.py",
    ),
    "stack_patches": (f"{UNIT}/local_aws/test_stack_patches.py", DESTROY),
    "delivery_patches": (
        f"{UNIT}/local_aws/test_delivery.py",
        DESTROY,
    ),
    "awslambda": (f"{INTEGRATION}/types/test_lambda_functions.py", FAULTS),
    "awslambda_code": (f"{UNIT}/local_aws/test_function_code.py",),
    "awslambda_quotas": DOCTOR,
    "cloudwatch": (f"{UNIT}/cloudformation/types/test_monitoring_types.py",),
    "cloudwatch_alarms": (f"{UNIT}/local_aws/test_alarm_states.py",),
    "codebuild": (f"{INTEGRATION}/types/test_codebuild.py",),
    "codecommit": (f"{INTEGRATION}/types/test_code_repository.py",),
    "codepipeline": (f"{INTEGRATION}/types/test_code_pipeline.py",),
    "ec2": (f"{UNIT}/cloudformation/types/test_network_types.py", FAULTS),
    "ec2_facts": DOCTOR,
    "events": (f"{INTEGRATION}/types/test_events.py",),
    "iam": (f"{UNIT}/cloudformation/types/test_iam_types.py", FAULTS),
    "iam_quotas": DOCTOR,
    "iam_simulation": DOCTOR,
    "kms": (f"{UNIT}/cloudformation/types/test_key_types.py",),
    "logs": (f"{UNIT}/cloudformation/types/test_monitoring_types.py",),
    "logs_filter": (f"{UNIT}/local_aws/test_log_filters.py",),
    "logs_jobs": (JOBS,),
    "organizations": DOCTOR,
    "s3": (f"{UNIT}/cloudformation/types/test_bucket_types.py", FAULTS),
    "sagemaker": (JOBS, f"{INTEGRATION}/types/test_sagemaker.py"),
    "sagemaker_lists": (JOBS,),
    "sagemaker_objects": (f"{UNIT}/local_aws/test_sagemaker_objects.py",),
    "scheduler": (f"{INTEGRATION}/types/test_scheduler.py",),
    "servicecatalog": (f"{INTEGRATION}/types/test_servicecatalog.py",),
    "servicequotas": DOCTOR,
    "sqs": (f"{UNIT}/local_aws/test_long_polls.py",),
}
# Imported by every Python below it, the server's included: the patch does nothing there.
WITHOUT = """
import importlib.util, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name != {module!r}:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        known = spec.loader.exec_module

        def exec_module(module):
            known(module)
            setattr(module, {patch!r}, lambda *_, **__: None)

        spec.loader.exec_module = exec_module
        return spec

sys.meta_path.insert(0, Finder())
"""


def _patches() -> Iterator[tuple[str, str]]:
    """Yield what each `install` calls, by the name of its module."""
    files = [PACKAGE / f"{name}.py" for name in MODULES]
    for file in [*files, *sorted((PACKAGE / "cloud_patches").glob("[a-z]*.py"))]:
        (install,) = (
            each
            for each in ast.parse(file.read_text()).body
            if isinstance(each, ast.FunctionDef) and each.name == "install"
        )
        for node in ast.walk(install):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield file.stem, node.func.id


def _run(tests: str, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the tests of one path until one fails; those of several are put in another order."""
    options = ["-q", "-x", "-p", "no:cacheprovider", "-m", "slow or not slow"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, tests],
        cwd=PROJECT,
        env={**os.environ, VARIABLE: str(SETTINGS), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("name", "patch"), [*_patches()], ids=str)
def test_without_the_patch_a_test_fails(
    name: str, patch: str, tmp_path: Path, shared_folder: Path
) -> None:
    folder = "" if name in MODULES else "cloud_patches."
    module = f"pipeline_local.local_aws.{folder}{name}"
    (tmp_path / "sitecustomize.py").write_text(WITHOUT.format(module=module, patch=patch))
    variables = {"PYTHONPATH": str(tmp_path), SHARED: str(shared_folder)}
    for tests in TESTS[name]:
        done = _run(tests, variables)
        if done.returncode:
            break
    assert done.returncode == 1, f"{patch} is not missed: {done.stdout[-2000:]}"
    assert "FAILED" in done.stdout or "ERROR" in done.stdout
