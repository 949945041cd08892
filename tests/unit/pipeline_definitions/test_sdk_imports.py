"""What an import of the SDK brings in, each in a Python of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap


def _run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


def test_trainers_and_servers_are_not_imported_for_a_definition() -> None:
    code = """
        import sys
        import pipeline_definitions.sdk
        print([each for each in ("sagemaker.serve", "sagemaker.train") if each in sys.modules])
    """
    assert _run(code) == "[]"


def test_a_pipeline_may_use_all_of_the_sdk() -> None:
    code = """
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
            print(ModelBuilder.__name__)
    """
    assert _run(code) == "ModelBuilder"
