"""What an import of the SDK brings in, in a Python of its own."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import json, sys
import pipeline_definitions.sdk
early = [each for each in ("sagemaker.serve", "sagemaker.train") if each in sys.modules]

from pipeline_definitions.sdk import Pipeline
from sagemaker.mlops import ModelBuilder
from sagemaker.mlops.workflow import Pipeline as Whole, lambda_step
from sagemaker.core.shapes import Tag
import sagemaker.mlops.workflow as workflow
assert Whole is Pipeline and workflow.LambdaStep is lambda_step.LambdaStep
assert not hasattr(workflow, "no_such_name")
assert Tag(key="a", value="b").key == "a"
try:
    Tag(key=["not a text"], value="b")
except ValueError:
    print(json.dumps([early, ModelBuilder.__name__]))
"""


def test_trainers_and_servers_wait_until_a_pipeline_uses_them() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout) == [[], "ModelBuilder"]
