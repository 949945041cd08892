"""Definitions of jobs: processing, training and tuning."""

from __future__ import annotations

from sdk_kit import (
    REGISTRY,
    network,
    processed,
    trained,
    tuned,
)
from sdk_steps import (
    CacheConfig,
    ExecutionVariables,
    ParameterFloat,
    ParameterInteger,
    ParameterString,
    ProcessingStep,
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
    TrainingStep,
    TuningStep,
    definition,
    put,
    say,
)


def processing_jobs() -> None:
    """Define processing jobs."""
    text = ParameterString("Text", "some")
    number = ParameterInteger("Number", 3)
    rate = ParameterFloat("Rate", 0.5)
    definition(say("Say", "plain", "one"), name="processing-plain")
    definition(
        say(
            "Say",
            "parameters",
            text,
            number.to_string(),
            rate.to_string(),
            ExecutionVariables.PIPELINE_NAME,
        ),
        name="processing-parameters",
        parameters=[text, number, rate],
    )
    definition(
        say(
            "Say",
            "cached",
            "two",
            cache_config=CacheConfig(True, "p1d"),
            retry_policies=[
                StepRetryPolicy(
                    [StepExceptionTypeEnum.SERVICE_FAULT], interval_seconds=1, max_attempts=2
                ),
                SageMakerJobStepRetryPolicy(
                    [SageMakerJobExceptionTypeEnum.INTERNAL_ERROR], max_attempts=2
                ),
            ],
            display_name="Says two",
            description="A step",
        ),
        name="processing-cached",
    )
    definition(
        say("Say", "isolated", "three", network_config=network(enable_network_isolation=True)),
        name="processing-isolated",
    )
    first = say("First", "first", "from the first")
    second = ProcessingStep(
        name="Second",
        step_args=processed(
            "copy:given=out/text",
            inputs={"given": first.properties.ProcessingOutputConfig.Outputs["out"].S3Output.S3Uri},
            outputs=put("second"),
        ),
    )
    definition(first, second, name="processing-chain")
    definition(
        say("A", "order/a", "a"),
        say("B", "order/b", "b", depends_on=["A"]),
        name="processing-order",
        pipeline_experiment_config=None,
    )
    definition(
        ProcessingStep(
            name="Say", step_args=processed(image=f"{REGISTRY}/mine:1", outputs=put("x"))
        ),
        name="processing-unknown-image",
    )


def training_jobs() -> None:
    """Define training jobs."""
    definition(TrainingStep(name="Train", step_args=trained()), name="training-algorithm")
    definition(
        TrainingStep(
            name="Train", step_args=trained("train"), cache_config=CacheConfig(True, "p1d")
        ),
        name="training-one-channel",
    )
    train = TrainingStep(name="Train", step_args=trained())
    definition(
        train,
        say("Say", "trained", train.properties.ModelArtifacts.S3ModelArtifacts),
        name="training-property",
    )
    definition(
        TrainingStep(
            name="Train",
            step_args=trained(image=f"{REGISTRY}/kmeans:1", hyperparameters={"k": "3"}),
        ),
        name="training-kmeans",
    )
    definition(
        TrainingStep(
            name="Train",
            step_args=trained(image=f"{REGISTRY}/pytorch-training:2.1", hyperparameters={}),
        ),
        name="training-pytorch",
    )


def tuning_jobs() -> None:
    """Define tuning jobs."""
    definition(
        TuningStep(name="Tune", step_args=tuned({"eta": (0.1, 0.5)}, strategy="Random")),
        name="tuning-random",
    )
    definition(
        TuningStep(
            name="Tune", step_args=tuned({"max_depth": ["2", "3"]}, strategy="Grid", jobs=None)
        ),
        name="tuning-grid",
    )
    definition(
        TuningStep(name="Tune", step_args=tuned({"eta": (0.1, 0.5)}, strategy="Hyperband")),
        name="tuning-hyperband",
    )
