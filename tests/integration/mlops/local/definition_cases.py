"""Definitions that between them use all that a definition can hold, and what comes of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.integration.mlops.local.definition_parts import (
    DATA,
    LOCAL,
    OUT,
    XGBOOST,
    analyzer,
    compare,
    condition,
    fail,
    get,
    join,
    json_get,
    model,
    processing,
    quality_check,
    register,
    source,
    training,
    training_job,
    transform,
)

FUNCTION = "arn:aws:lambda:eu-central-1:111111111111:function:suite-function"


@dataclass(frozen=True)
class Case:
    """A definition and its outcome.

    Attributes
    ----------
    steps : list
        Its steps.
    statuses : dict
        Those that are not Succeeded.
    failure : str
        Part of the reason why the run fails; empty when it succeeds.
    objects : dict
        What objects of S3 then hold: the whole text, or a part after "…".
    parameters : list
        As declared.
    given : dict
        Values of parameters.
    more : dict
        Other fields of the definition.
    """

    steps: list[dict[str, Any]]
    statuses: dict[str, str] = field(default_factory=dict)
    failure: str = ""
    objects: dict[str, str] = field(default_factory=dict)
    parameters: list[dict[str, Any]] = field(default_factory=list)
    given: dict[str, str] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def document(self) -> dict[str, Any]:
        """The definition."""
        return {
            "Version": "2020-12-01",
            "Metadata": {},
            "Parameters": self.parameters,
            "Steps": self.steps,
            **self.more,
        }


def writes(name: str, text: Any, **more: Any) -> dict[str, Any]:
    """Make a Processing step that writes a text."""
    return processing(name, join("out/text", text, on="="), outputs=("out",), **more)


def decides(kind: str, test: dict[str, Any], *, outcome: bool) -> Case:
    """Make a definition whose two branches tell which way a condition went."""
    went, other = ("Yes", "No") if outcome else ("No", "Yes")
    yes, no = writes("Yes", f"{kind} holds"), fail("No", f"{kind} does not hold")
    return Case(
        [condition("Decide", test, [yes], [no])],
        {other: "NotTaken", **({} if outcome else {went: "Failed"})},
        "" if outcome else f"{kind} does not hold",
        {f"{OUT}/Yes/out/text": f"{kind} holds"} if outcome else {},
    )


RATIO = json_get("Measure", "metrics.ratio")
MEASURE = processing(
    "Measure", 'out/r.json={"metrics": {"ratio": 0.5}}', outputs=("out",), report="r.json"
)
DATA_QUALITY, MODEL_QUALITY = "DATA_QUALITY", "MODEL_QUALITY"
NEW = "CalculatedBaseline"
CASES: dict[str, Case] = {
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
            writes(
                "Say",
                join(
                    *(
                        get(f"Execution.{name}")
                        for name in (
                            *("PipelineName", "PipelineArn", "PipelineExecutionId"),
                            *("PipelineExecutionArn", "StartDateTime", "CurrentDateTime"),
                            *("ProcessingJobName", "TrainingJobName"),
                        )
                    ),
                    on=" ",
                ),
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
    "Equals": decides("Equals", compare("Equals", "x", "x"), outcome=True),
    "GreaterThan": decides("GreaterThan", compare("GreaterThan", 1, 1), outcome=False),
    "GreaterThanOrEqualTo": decides(
        "GreaterThanOrEqualTo", compare("GreaterThanOrEqualTo", 1.0, 1), outcome=True
    ),
    "LessThan": decides("LessThan", compare("LessThan", "a", "b"), outcome=True),
    "LessThanOrEqualTo": decides(
        "LessThanOrEqualTo", compare("LessThanOrEqualTo", 2, 1), outcome=False
    ),
    "In": decides("In", {"Type": "In", "QueryValue": "b", "Values": ["a", "b"]}, outcome=True),
    "Not": decides("Not", {"Type": "Not", "Condition": compare("Equals", 1, 2)}, outcome=True),
    "And": decides(
        "And",
        {"Type": "And", "Conditions": [compare("Equals", 1, 1), compare("Equals", 1, 2)]},
        outcome=False,
    ),
    "Or": decides(
        "Or",
        {"Type": "Or", "Conditions": [compare("Equals", 1, 2), compare("Equals", 1, 1)]},
        outcome=True,
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
        [processing("Call", "connect:")], {"Call": "Failed"}, "exit code: 1"
    ),
    "two instances": Case(
        [processing("Both", "host:out", outputs=("out",), cluster={"InstanceCount": 2})],
        objects={f"{OUT}/Both/out/algo-1.txt": "here", f"{OUT}/Both/out/algo-2.txt": "here"},
    ),
    "train, register, transform the registered": Case(
        [
            training(),
            register(),
            model({"ModelPackageName": get("Steps.Register.ModelPackageArn")}),
            transform(JoinSource="Input", InputFilter="$[1:]", OutputFilter="$[0,-1]"),
            writes(
                "Say",
                join(
                    get("Steps.Train.FinalMetricDataList['validation:rmse'].Value"),
                    get("Steps.Register.ModelPackageVersion"),
                    get("Steps.Score.TransformOutput.S3OutputPath"),
                    on=" ",
                ),
            ),
        ],
        objects={f"{OUT}/Score/rows.csv.out": "…1,", f"{OUT}/Say/out/text": f"…1 {OUT}/Score"},
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
    "tuning": Case(
        [
            {
                "Name": "Tune",
                "Type": "Tuning",
                "Arguments": {
                    "HyperParameterTuningJobConfig": {
                        "Strategy": "Random",
                        "RandomSeed": 1,
                        "HyperParameterTuningJobObjective": {
                            "Type": "Minimize",
                            "MetricName": "validation:rmse",
                        },
                        "ResourceLimits": {
                            "MaxNumberOfTrainingJobs": 2,
                            "MaxParallelTrainingJobs": 2,
                        },
                        "ParameterRanges": {
                            "ContinuousParameterRanges": [
                                {"Name": "eta", "MinValue": "0.1", "MaxValue": "0.9"}
                            ]
                        },
                    },
                    "TrainingJobDefinition": {
                        **training_job(),
                        "StaticHyperParameters": {"num_round": "2", "nthread": "1"},
                    },
                },
            },
            writes(
                "Say",
                join(
                    get("Steps.Tune.BestTrainingJob.TrainingJobName"),
                    get("Steps.Tune.TrainingJobSummaries[1].TrainingJobName"),
                    on=" ",
                ),
            ),
        ],
        objects={f"{OUT}/Say/out/text": "…-00"},
    ),
    "data quality": Case(
        [
            quality_check(DATA_QUALITY),
            processing(
                "Read",
                "copy:given=out/c.json",
                inputs={"given": get(f"Steps.Check.{NEW}Constraints")},
                outputs=("out",),
            ),
        ],
        objects={f"{OUT}/Read/out/c.json": '…"inferred_type"'},
    ),
    "model quality": Case(
        [
            quality_check(
                MODEL_QUALITY,
                problem_type="Regression",
                ground_truth_attribute="truth",
                inference_attribute="said",
            ),
            writes("Say", get("Steps.Check.BaselineUsedForDriftCheckStatistics")),
        ],
        objects={f"{OUT}/checks/statistics.json": '…"regression_metrics"'},
    ),
    "bias of the data": Case(
        [
            analyzer(
                "ClarifyCheck",
                "sagemaker-clarify-processing:1.0",
                {
                    "analysis_config": source(
                        f"{DATA}/config/analysis_config.json", f"{LOCAL}/input/config"
                    ),
                    "dataset": source(f"{DATA}/people/", f"{LOCAL}/input/data"),
                },
                CheckType="DATA_BIAS",
            ),
            writes("Say", get(f"Steps.Check.{NEW}Constraints")),
        ],
        objects={f"{OUT}/Say/out/text": f"{OUT}/checks/analysis.json"},
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
