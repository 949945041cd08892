"""Definitions that between them use all that a definition can hold, and what comes of each."""

from __future__ import annotations

from tests.integration.pipeline_local.definition_analyses import ANALYSES
from tests.integration.pipeline_local.definition_case import Case, writes
from tests.integration.pipeline_local.definition_decisions import DECISIONS
from tests.integration.pipeline_local.definition_objects import OBJECTS
from tests.integration.pipeline_local.definition_parts import (
    OUT,
    XGBOOST,
    compare,
    condition,
    fail,
    get,
    join,
    json_get,
    model,
    processing,
    registered_in_full,
    training,
    transform,
)
from tests.integration.pipeline_local.definition_series import SERIES

# An address that nobody has (RFC 5737).
ELSEWHERE = "192.0.2.1"
FUNCTION = "arn:aws:lambda:eu-central-1:111111111111:function:suite-function"


RATIO = json_get("Measure", "metrics.ratio")
MEASURE = processing(
    "Measure", 'out/r.json={"metrics": {"ratio": 0.5}}', outputs=("out",), report="r.json"
)
CASES: dict[str, Case] = {
    **ANALYSES,
    **DECISIONS,
    **SERIES,
    **OBJECTS,
    "parameters of every type": Case(
        [writes("Say", join(*(get(f"Parameters.{name}") for name in "SIFB"), on=" "))],
        objects={f"{OUT}/Say/out/text": "other 3 0.5 true"},
        parameters=[
            {
                "Name": "S",
                "Type": "String",
                "DefaultValue": "some",
                "EnumValues": ["some", "other"],
            },
            {"Name": "I", "Type": "Integer", "DefaultValue": 3},
            {"Name": "F", "Type": "Float", "DefaultValue": 0.5},
            {"Name": "B", "Type": "Boolean", "DefaultValue": False},
        ],
        given={"S": "other", "B": "true"},
    ),
    "execution variables": Case(
        [
            writes(name, join(*(get(f"Execution.{each}") for each in variables), on=" "))
            for name, variables in (
                ("Say", ("PipelineName", "PipelineArn", "PipelineExecutionId")),
                ("More", ("PipelineExecutionArn", "StartDateTime", "CurrentDateTime")),
                ("Names", ("ProcessingJobName", "TrainingJobName")),
            )
        ],
        objects={f"{OUT}/Say/out/text": "…:pipeline/"},
    ),
    "joins within joins": Case(
        [writes("Say", join("a", join("b", get("Parameters.C"), on="-"), on="/"))],
        objects={f"{OUT}/Say/out/text": "a/b-3"},
        parameters=[{"Name": "C", "Type": "Integer", "DefaultValue": 3}],
    ),
    "a property file decides": Case(
        [
            MEASURE,
            condition(
                "Decide",
                compare("GreaterThan", RATIO, 0.4),
                [writes("Yes", "good")],
                [fail("No", "bad")],
            ),
        ],
        {"No": "NotTaken"},
        objects={f"{OUT}/Yes/out/text": "good"},
    ),
    "a figure in a message": Case(
        [
            MEASURE,
            condition(
                "Decide",
                compare("LessThan", RATIO, 0.4),
                no=[fail("No", join("the ratio is ", RATIO))],
            ),
        ],
        {"No": "Failed"},
        "the ratio is 0.5",
    ),
    "JSON of S3": Case(
        [
            MEASURE,
            writes(
                "Say",
                {"Std:JsonGet": {"S3Uri": f"{OUT}/Measure/out/r.json", "Path": "metrics['ratio']"}},
                DependsOn=["Measure"],
            ),
        ],
        objects={f"{OUT}/Say/out/text": "0.5"},
    ),
    "conditions within conditions": Case(
        [
            condition(
                "Outer",
                compare("Equals", 1, 1),
                [
                    condition(
                        "Inner", compare("Equals", 1, 2), [writes("A", "a")], [writes("B", "b")]
                    )
                ],
                [fail("C", "no")],
            )
        ],
        {"A": "NotTaken", "C": "NotTaken"},
        objects={f"{OUT}/B/out/text": "b"},
    ),
    "items": Case(
        [
            {
                "Name": "Loop",
                "Type": "ForEach",
                "Arguments": {
                    "IterableItems": get("Parameters.Items"),
                    "MaxConcurrency": 2,
                    "ForEachBody": [
                        processing(
                            "Write",
                            join("out/text", get("ForEach.CurrentItem"), on="="),
                            outputs=("out",),
                            place=join(OUT, get("ForEach.CurrentItem"), on="/"),
                        )
                    ],
                },
            },
            writes("Say", join("ran ", get("Steps.Loop.Status"))),
        ],
        objects={
            f"{OUT}/a/text": "a",
            f"{OUT}/b/text": "b",
            f"{OUT}/Say/out/text": "ran Succeeded",
        },
        parameters=[{"Name": "Items", "Type": "String", "DefaultValue": '["a", "b"]'}],
    ),
    "an outcome is known, and waited for": Case(
        [
            condition("Decide", compare("Equals", 1, 2), [writes("Yes", "y")], [writes("No", "n")]),
            writes("Say", join("it is ", get("Steps.Decide.Outcome")), DependsOn=["Decide"]),
            writes("After", "never", DependsOn=["Yes"]),
        ],
        {"Yes": "NotTaken", "After": "NotTaken"},
        objects={f"{OUT}/Say/out/text": "it is False"},
    ),
    "one step at a time": Case(
        [writes("First", "1"), writes("Second", "2", DependsOn=["First"]), writes("Third", "3")],
        objects={f"{OUT}/Second/out/text": "2"},
        more={"ParallelismConfiguration": {"MaxParallelExecutionSteps": 1}},
    ),
    "properties of a processing job": Case(
        [
            processing("First", "out/a.txt=first", outputs=("out",)),
            processing(
                "Second",
                "copy:given=out/b.txt",
                join("out/image", get("Steps.First.AppSpecification.ImageUri"), on="="),
                inputs={
                    "given": get("Steps.First.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri")
                },
                outputs=("out",),
            ),
        ],
        objects={f"{OUT}/Second/out/b.txt": "first", f"{OUT}/Second/out/image": XGBOOST},
    ),
    "a script that fails is not retried as a service's fault": Case(
        [
            processing(
                "Fall",
                "fail:no rows",
                RetryPolicies=[
                    {
                        "ExceptionType": ["Step.SERVICE_FAULT", "Step.THROTTLING"],
                        "IntervalSeconds": 1,
                        "BackoffRate": 2.0,
                        "MaxAttempts": 3,
                    },
                    {
                        "ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"],
                        "IntervalSeconds": 1,
                        "BackoffRate": 2.0,
                        "ExpireAfterMin": 1,
                    },
                ],
            ),
            writes("Never", "x", DependsOn=["Fall"]),
        ],
        {"Fall": "Failed", "Never": "Waiting"},
        "no rows, exit code: 1",
    ),
    "an isolated job that opens a socket": Case(
        [processing("Call", f"connect:{ELSEWHERE}")],
        {"Call": "Failed"},
        "Network is unreachable, exit code: 1. The job has no network: step Call sets "
        "EnableNetworkIsolation; let it read what it needs through a declared input",
    ),
    "inputs shared out by their place in a list": Case(
        [
            processing("Deal", "out/a.txt=a", "out/b.txt=b", outputs=("out",)),
            processing(
                "Share",
                "host:out",
                "list:given=out",
                inputs={
                    "given": get("Steps.Deal.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri")
                },
                sharded=True,
                outputs=("out",),
                cluster={"InstanceCount": 2},
            ),
        ],
        objects={
            f"{OUT}/Share/out/algo-1.list": "a.txt",
            f"{OUT}/Share/out/algo-2.list": "b.txt",
        },
    ),
    "two instances": Case(
        [processing("Both", "host:out", outputs=("out",), cluster={"InstanceCount": 2})],
        objects={f"{OUT}/Both/out/algo-1.txt": "here", f"{OUT}/Both/out/algo-2.txt": "here"},
    ),
    "train, register, transform the registered": Case(
        [
            training(),
            registered_in_full(),
            model({"ModelPackageName": get("Steps.Register.ModelPackageArn")}),
            transform(JoinSource="Input", InputFilter="$[1:]", OutputFilter="$[0,-1]"),
            writes(
                "Say",
                join(
                    get("Steps.Train.FinalMetricDataList['validation:rmse'].Value"),
                    get("Steps.Register.ModelPackageVersion"),
                    get("Steps.Register.ModelCard.ModelCardStatus"),
                    get("Steps.Register.SourceUri"),
                    get("Steps.Score.TransformOutput.S3OutputPath"),
                    on=" ",
                ),
            ),
        ],
        objects={
            f"{OUT}/Score/rows.csv.out": "…1,",
            f"{OUT}/Say/out/text": f"…1 Draft s3://models/mine {OUT}/Score",
        },
    ),
    "a model of a training job": Case(
        [
            training(CacheConfig={"Enabled": True, "ExpireAfter": "P1D"}),
            model(
                {
                    "Image": XGBOOST,
                    "ModelDataUrl": get("Steps.Train.ModelArtifacts.S3ModelArtifacts"),
                }
            ),
            transform("Plain", InputFilter="$[1:]"),
        ],
        objects={f"{OUT}/Plain/rows.csv.out": "…\n"},
    ),
    "a function": Case(
        [
            {
                "Name": "Call",
                "Type": "Lambda",
                "FunctionArn": FUNCTION,
                "Arguments": {"number": get("Parameters.N")},
                "OutputParameters": [
                    {"OutputName": "double", "OutputType": "Integer"},
                    {"OutputName": "word", "OutputType": "String"},
                ],
            },
            condition(
                "Decide",
                compare("Equals", get("Steps.Call.OutputParameters['double']"), 6),
                [writes("Say", get("Steps.Call.OutputParameters['word']"))],
            ),
        ],
        objects={f"{OUT}/Say/out/text": "twice"},
        parameters=[{"Name": "N", "Type": "Integer", "DefaultValue": 3}],
    ),
}
