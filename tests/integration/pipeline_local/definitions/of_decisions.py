"""Definitions that decide, fail, call and wait."""

from __future__ import annotations

from typing import Any

from sdk_kit import (
    MAJOR,
    processed,
)
from sdk_steps import (
    FUNCTION,
    QUEUE,
    C,
    CacheConfig,
    CallbackOutput,
    CallbackOutputTypeEnum,
    CallbackStep,
    ConditionStep,
    EMRStep,
    EMRStepConfig,
    FailStep,
    Join,
    JsonGet,
    LambdaOutput,
    LambdaOutputTypeEnum,
    LambdaStep,
    ParameterBoolean,
    ParameterFloat,
    ParameterInteger,
    ParameterString,
    ProcessingStep,
    PropertyFile,
    definition,
    put,
    say,
)


def decisions() -> None:
    """Define conditions."""
    text = ParameterString("Text", "some")
    number = ParameterInteger("Number", 3)
    rate = ParameterFloat("Rate", 0.5)
    switch = ParameterBoolean("Switch", default_value=True)
    definition(
        ConditionStep(
            name="Decide",
            conditions=[C["GreaterThan"](number, 2)],
            if_steps=[say("Yes", "yes", "more than two")],
            else_steps=[FailStep(name="No", error_message="too few")],
        ),
        name="condition-greater",
        parameters=[number],
    )
    definition(
        ConditionStep(
            name="Decide",
            conditions=[C["In"](text, ["other", "else"])],
            if_steps=[],
            else_steps=[FailStep(name="No", error_message=Join(on=" ", values=["not with", text]))],
        ),
        name="fail-joined",
        parameters=[text],
    )
    definition(
        ConditionStep(
            name="Decide",
            conditions=[C["Or"]([C["Equals"](switch, False), C["Not"](C["LessThan"](rate, 0.4))])],
            if_steps=[say("Yes", "or", "either")],
            else_steps=[],
        ),
        name="condition-or-not",
        parameters=[rate, switch],
    )
    report = PropertyFile(name="Report", output_name="out", path="r.json")
    measure = ProcessingStep(
        name="Measure",
        step_args=processed('out/r.json={"metrics": {"rmse": 2.5}}', outputs=put("measure")),
        property_files=[report],
    )
    figure = JsonGet(step_name="Measure", property_file=report, json_path="metrics.rmse")
    definition(
        measure,
        ConditionStep(
            name="Decide",
            conditions=[C["LessThanOrEqualTo"](figure, 3.0)],
            if_steps=[say("Yes", "figure", "good")],
            else_steps=[FailStep(name="No", error_message="bad")],
        ),
        name="condition-figure",
    )
    definition(
        measure,
        ConditionStep(
            name="Decide",
            conditions=[C["GreaterThanOrEqualTo"](figure, 3.0)],
            if_steps=[],
            else_steps=[FailStep(name="No", error_message=Join(on="", values=["rmse ", figure]))],
        ),
        name="fail-figure",
    )
    definition(FailStep(name="No", error_message="always"), name="fail-always")
    definition(
        ConditionStep(
            name="Decide",
            conditions=[C["Equals"](text, "some")],
            if_steps=[
                ConditionStep(
                    name="Inner",
                    conditions=[C["Equals"](number, 4)],
                    if_steps=[FailStep(name="Four", error_message="four")],
                    else_steps=[],
                )
            ],
            else_steps=[],
        ),
        name="condition-nested",
        parameters=[text, number],
    )


def calls() -> None:
    """Define calls."""
    text = ParameterString("Text", "some")
    number = ParameterInteger("Number", 3)
    function_class = function_of()
    output = LambdaOutput(output_name="double", output_type=LambdaOutputTypeEnum.Integer)
    call = LambdaStep(
        name="Call",
        lambda_func=function_class(function_arn=FUNCTION),
        inputs={"number": 3},
        outputs=[output],
    )
    definition(
        call,
        say("Say", "doubled", call.properties.Outputs["double"].to_string()),
        name="lambda-output",
    )
    definition(
        LambdaStep(
            name="Call",
            lambda_func=function_class(function_arn=FUNCTION),
            inputs={"number": number},
            outputs=[output],
            cache_config=CacheConfig(True, "p1d"),
        ),
        name="lambda-parameter",
        parameters=[number],
    )
    definition(
        LambdaStep(
            name="Call",
            lambda_func=function_class(function_arn=FUNCTION.replace("suite-function", "no-such")),
            inputs={},
            outputs=[],
        ),
        name="lambda-missing",
    )
    answer = CallbackOutput(output_name="answer", output_type=CallbackOutputTypeEnum.String)
    wait = CallbackStep(name="Wait", sqs_queue_url=QUEUE, inputs={"ask": "x"}, outputs=[answer])
    definition(wait, name="callback-plain")
    definition(
        wait, say("Say", "answered", wait.properties.Outputs["answer"]), name="callback-output"
    )
    definition(
        CallbackStep(
            name="Wait", sqs_queue_url=QUEUE, inputs={"ask": text}, outputs=[], depends_on=["A"]
        ),
        say("A", "before", "a"),
        name="callback-after",
        parameters=[text],
    )


def clusters() -> None:
    """Define clusters."""
    jar = EMRStepConfig(jar="s3://suite-code/a.jar", args=["x"])
    for which, more in (
        ("cluster-id", {"cluster_id": "j-1"}),
        (
            "own-cluster",
            {
                "cluster_id": None,
                "cluster_config": {
                    "Instances": {
                        "InstanceGroups": [
                            {
                                "InstanceCount": 1,
                                "InstanceRole": "MASTER",
                                "InstanceType": "m5.xlarge",
                            }
                        ]
                    }
                },
            },
        ),
        ("after", {"cluster_id": "j-2", "depends_on": ["A"]}),
    ):
        steps = [EMRStep(name="Spark", display_name="s", description="d", step_config=jar, **more)]
        definition(
            *steps, *([say("A", "emr", "a")] if which == "after" else []), name=f"emr-{which}"
        )


def function_of() -> Any:
    if MAJOR == 2:
        from sagemaker.lambda_helper import Lambda
    else:
        from sagemaker.core.lambda_helper import Lambda
    return Lambda
