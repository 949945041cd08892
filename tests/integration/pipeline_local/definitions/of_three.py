"""Definitions of types that only the third SDK has."""

from __future__ import annotations

from typing import Any

from sdk_kit import (
    OUT,
    ROLE,
    load,
    processed,
    trained,
)
from sdk_steps import (
    Join,
    ParameterString,
    ProcessingStep,
    TrainingStep,
    definition,
    say,
)

CleanupStep, S3CleanupSource = load("cleanup_step", "CleanupStep", "S3CleanupSource")
StepDependency, TriggerCondition = load("step_dependency", "StepDependency", "TriggerCondition")
ForEachStep, CurrentItem = load("for_each_step", "ForEachStep", "CurrentItem")
EMRServerlessStep, EMRServerlessJobConfig = load(
    "emr_serverless_step", "EMRServerlessStep", "EMRServerlessJobConfig"
)


def of_three() -> None:
    """Types that only the third SDK has."""

    def write(where: Any) -> Any:
        return say("Write", where, "gone")

    first = write("clean")
    definition(
        first,
        CleanupStep(
            name="Clean", s3_sources=[S3CleanupSource(first, [f"{OUT}/corpus3/clean/text"])]
        ),
        name="cleanup-named",
    )
    train = TrainingStep(name="Train", step_args=trained())
    definition(
        train,
        CleanupStep(name="Clean", s3_sources=[S3CleanupSource(train)]),
        name="cleanup-training",
    )
    folder = write("clean-folder")
    definition(
        folder,
        CleanupStep(
            name="Clean", s3_sources=[S3CleanupSource(folder, [f"{OUT}/corpus3/clean-folder/"])]
        ),
        name="cleanup-folder",
    )
    fall = ProcessingStep(name="Fall", step_args=processed("fail:no rows"))
    definition(
        fall,
        say(
            "After",
            "after-failure",
            "cleaned up",
            depends_on=[StepDependency(fall, TriggerCondition.FAILED)],
        ),
        name="run-condition-failed",
    )
    items = ParameterString("Items", '["a", "b"]')

    def loop(name: Any, items: Any, step: Any, **more: Any) -> Any:
        return ForEachStep(
            name=name, iterable_items=items, max_concurrency=2, for_each_body=[step], **more
        )

    def body(where: Any) -> Any:
        return ProcessingStep(
            name="Write",
            step_args=processed(
                Join(on="=", values=["out/text", CurrentItem()]),
                outputs={"out": Join(on="/", values=[f"{OUT}/corpus3/{where}", CurrentItem()])},
            ),
        )

    definition(loop("Loop", items, body("loop")), name="for-each-parameter", parameters=[items])
    definition(loop("Loop", ["x", "y"], body("literal")), name="for-each-literal")
    empty = ParameterString("Items", "[]")
    definition(loop("Loop", empty, body("empty")), name="for-each-empty", parameters=[empty])
    for which, more in (
        ("existing", {"application_id": "a-1"}),
        (
            "own",
            {"application_config": {"name": "a", "releaseLabel": "emr-7.0.0", "type": "SPARK"}},
        ),
        ("after", {"application_id": "a-1", "depends_on": ["A"]}),
    ):
        job = EMRServerlessJobConfig(
            job_driver={"sparkSubmit": {"entryPoint": "s3://suite-code/a.py"}},
            execution_role_arn=ROLE,
        )
        definition(
            EMRServerlessStep(
                name="Spark", display_name="s", description="d", job_config=job, **more
            ),
            *([say("A", "serverless", "a")] if which == "after" else []),
            name=f"emr-serverless-{which}",
        )
