"""The steps of the SDK that is installed, and the definitions that are made of them."""

from __future__ import annotations

from typing import Any

from sdk_kit import (
    MAJOR,
    OUT,
    load,
    processed,
    session,
)

(Pipeline,) = load("pipeline", "Pipeline")
ProcessingStep, TrainingStep, TuningStep, TransformStep, CacheConfig = load(
    "steps", "ProcessingStep", "TrainingStep", "TuningStep", "TransformStep", "CacheConfig"
)
(ModelStep,) = load("model_step", "ModelStep")
(ConditionStep,) = load("condition_step", "ConditionStep")
(FailStep,) = load("fail_step", "FailStep")
(LambdaStep, LambdaOutput, LambdaOutputTypeEnum) = load(
    "lambda_step", "LambdaStep", "LambdaOutput", "LambdaOutputTypeEnum"
)
(CallbackStep, CallbackOutput, CallbackOutputTypeEnum) = load(
    "callback_step", "CallbackStep", "CallbackOutput", "CallbackOutputTypeEnum"
)
(EMRStep, EMRStepConfig) = load("emr_step", "EMRStep", "EMRStepConfig")
EndpointConfigStep, EndpointStep = load("endpoint_step", "EndpointConfigStep", "EndpointStep")
(InferenceComponentStep,) = load("inference_component_step", "InferenceComponentStep")
LineageStep, LineageAssociation, LineageEntityReference = load(
    "lineage_step", "LineageStep", "LineageAssociation", "LineageEntityReference"
)
C = {
    name: load("conditions", f"Condition{name}")[0]
    for name in (
        "Equals",
        "GreaterThan",
        "GreaterThanOrEqualTo",
        "LessThan",
        "LessThanOrEqualTo",
        "In",
        "Not",
        "Or",
    )
}
ParameterString, ParameterInteger, ParameterFloat, ParameterBoolean = load(
    "parameters", "ParameterString", "ParameterInteger", "ParameterFloat", "ParameterBoolean"
)
Join, JsonGet = load("functions", "Join", "JsonGet")
(ExecutionVariables,) = load("execution_variables", "ExecutionVariables")
(PropertyFile,) = load("properties", "PropertyFile")
(
    StepRetryPolicy,
    StepExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    SageMakerJobExceptionTypeEnum,
) = load(
    "retry",
    "StepRetryPolicy",
    "StepExceptionTypeEnum",
    "SageMakerJobStepRetryPolicy",
    "SageMakerJobExceptionTypeEnum",
)
(ParallelismConfiguration,) = load("parallelism_config", "ParallelismConfiguration")

FUNCTION = "arn:aws:lambda:eu-central-1:111111111111:function:suite-function"
QUEUE = "https://sqs.eu-central-1.amazonaws.com/111111111111/suite"
MADE = {}


def definition(*steps: Any, name: Any, parameters: Any = (), **more: Any) -> None:
    MADE[name] = lambda: Pipeline(
        name=name,
        steps=[each() if callable(each) else each for each in steps],
        parameters=list(parameters),
        sagemaker_session=session,
        **more,
    ).definition()


def put(where: Any) -> Any:
    """Return the outputs of a step that writes below its pipeline's name."""
    return {"out": f"{OUT}/corpus{MAJOR}/{where}"}


def say(name: Any, where: Any, *words: Any, **more: Any) -> Any:
    outputs = put(where)
    text = words[0] if len(words) == 1 else Join(on=" ", values=list(words))
    job = {
        k: more.pop(k) for k in ("inputs", "env", "network_config", "instance_count") if k in more
    }
    argument = text if isinstance(text, str) else None
    argument = f"out/text={argument}" if argument else Join(on="=", values=["out/text", text])
    return ProcessingStep(name=name, step_args=processed(argument, outputs=outputs, **job), **more)
