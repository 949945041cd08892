"""Every field that is said to be honoured is read: of tuning, transform, model and registration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.jobs.serving import find_models, place_model
from pipeline_local.steps import model, objects, register_model, transform, tuning
from pipeline_schema.definition import Step
from pipeline_schema.request_fields import field_table
from tests.unit.pipeline_local.transforming import IMAGE, ROWS, Models, archive, needs_namespaces
from tests.unit.pipeline_local.transforming import step as transform_step
from tests.unit.pipeline_local.watched import Watched, honoured
from tests.unit.pipeline_schema.responses import made_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Bench

    from pipeline_local.aws import Aws

XGBOOST = IMAGE.replace("scikit-learn:1.4-2", "xgboost:3.0-5")
HANDLERS = """
def model_fn(model_dir): return 1
def transform_fn(model, body, content_type, accept): return body, accept
"""


def unread(operation: str, asked: set[str]) -> set[str]:
    """Return the honoured fields that nobody asked for."""
    return set(honoured(field_table()[operation])) - asked


def watch(step: Step, asked: set[str]) -> Step:
    return Step(step.name, step.type, Watched(step.arguments, asked))


@needs_namespaces
def test_every_field_of_a_transform_job_that_is_honoured_is_read(bench: Bench) -> None:
    bench.s3.objects["models", "m.tar.gz"] = archive(code__inference_py=HANDLERS)
    bench.s3.put("s3://data/in/a.csv", ROWS)
    container = {"Image": IMAGE, "ModelDataUrl": "s3://models/m.tar.gz"}
    container["Environment"] = {"SAGEMAKER_PROGRAM": "inference.py"}  # type: ignore[assignment]
    bench.sagemaker = Models(container)
    asked: set[str] = set()
    step = watch(transform_step(processing={"JoinSource": "Input"}), asked)
    assert not list(transform.problems(step))
    answer = transform.run(bench.work(step))
    assert made_by("Transform") <= answer.keys()
    assert not unread("CreateTransformJob", asked)


CONTINUOUS = {"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5", "ScalingType": "Auto"}
RANGES: dict[str, Any] = {
    "ContinuousParameterRanges": [CONTINUOUS],
    "IntegerParameterRanges": [
        {**CONTINUOUS, "Name": "max_depth", "MinValue": "2", "MaxValue": "3"}
    ],
    "CategoricalParameterRanges": [{"Name": "booster", "Values": ["gbtree"]}],
}
OBJECTIVE = {"Type": "Minimize", "MetricName": "validation:rmse"}
# Of the jobs' definitions, alone and in a list, and of the ranges, which stand in two places.
SAME = {
    ".TrainingJobDefinitions": ".TrainingJobDefinition",
    ".TrainingJobDefinition.HyperParameterRanges": ".HyperParameterTuningJobConfig.ParameterRanges",
}


@needs_namespaces
def test_every_field_of_a_tuning_job_that_is_honoured_is_read(
    bench: Bench, tuning_step: Callable[..., Step]
) -> None:
    for channel in ("train", "validation"):
        rows = "\n".join(f"{2 * n},{n},{n % 3}" for n in range(24))
        bench.s3.put(f"s3://data/{channel}/rows.csv", rows)
    asked: set[str] = set()
    criteria = {
        "TargetObjectiveMetricValue": 0.0,
        "BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3},
    }
    limits = {
        "MaxRuntimeInSeconds": 600,
        "MaxNumberOfTrainingJobs": 1,
        "MaxParallelTrainingJobs": 1,
    }
    config = {"TuningJobCompletionCriteria": criteria, "ResourceLimits": limits}
    own = {
        "CheckpointConfig": {"S3Uri": "s3://models/kept", "LocalPath": "/opt/ml/kept"},
        "Environment": {"A": "b"},
        "AlgorithmSpecification": {
            "TrainingImage": XGBOOST,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "own", "Regex": "own=(.)"}],
        },
        "ResourceConfig": {
            "InstancePreferences": [{"InstanceType": "ml.m5.large", "InstanceCount": 1}]
        },
    }
    instances = {"InstanceConfigs": [{"InstanceType": "ml.m5.large", "InstanceCount": 1}]}
    alone = tuning_step(ranges=RANGES, config=config, job=own)
    several = tuning_step(config=config)
    definition = several.arguments.pop("TrainingJobDefinition")
    definition |= {"DefinitionName": "d", "TuningObjective": OBJECTIVE}
    definition |= {"HyperParameterRanges": RANGES, "HyperParameterTuningResourceConfig": instances}
    del definition["ResourceConfig"]
    several.arguments["TrainingJobDefinitions"] = [definition]
    for name in ("HyperParameterTuningJobObjective", "ParameterRanges"):
        del several.arguments["HyperParameterTuningJobConfig"][name]
    for each in (alone, several):
        step = watch(each, asked)
        assert not list(tuning.problems(step))
        tuning.run(bench.work(step))
    wanted = set(honoured(field_table()["CreateHyperParameterTuningJob"]))
    for one, other in SAME.items():
        asked = {path.replace(one, other) for path in asked}
        wanted = {path.replace(one, other) for path in wanted}
    assert not wanted - asked, "\n".join(sorted(wanted - asked))


def test_every_field_of_a_model_that_is_honoured_is_read(bench: Bench, aws: Aws, name: str) -> None:
    asked: set[str] = set()
    place = {"S3Uri": "s3://models/m.tar.gz", "S3DataType": "S3Object", "CompressionType": "Gzip"}
    packaged = {"ModelPackageName": "arn:package/1"}
    request = {"ModelName": name, "ExecutionRoleArn": "arn:aws:iam::111111111111:role/Job"}
    bench.s3.objects["models", "m.tar.gz.md5"] = b"not of the model"
    plain = {**place, "CompressionType": "None"}
    for container in (
        {"Image": IMAGE, "ModelDataSource": {"S3DataSource": plain}},
        {"Image": IMAGE, "ModelDataSource": {"S3DataSource": place}, "Environment": {}},
        {"Image": IMAGE, "ModelDataUrl": "s3://models/m.tar.gz"},
        packaged,
    ):
        bench.s3.objects["models", "m.tar.gz"] = archive(offset_txt="1")
        step = watch(Step("Make", "Model", {**request, "Containers": [container]}), asked)
        assert not list(model.problems(step))
        bench.sagemaker = Models(Watched({**container, "Image": IMAGE}, asked, ".Containers"))
        answer = Watched({"Containers": [container], "EnableNetworkIsolation": True}, asked)
        bench.sagemaker.describe_model = lambda answer=answer, **_: answer
        for index, found in enumerate(find_models(bench.work(step), name)):
            place_model(
                bench.work(step), bench.context.folder / f"{container.keys()}-{index}", found
            )
    files = [path.name for path in bench.context.folder.rglob("model/*")]
    assert sorted(files) == ["m.tar.gz", "offset_txt", "offset_txt"]
    made = watch(Step("Make", "Model", {**request, "PrimaryContainer": {"Image": IMAGE}}), asked)
    bench.sagemaker = aws.client("sagemaker")
    objects.make(bench.work(made))
    primary = ".PrimaryContainer."
    asked |= {path.replace(".Containers.", primary) for path in asked}
    assert not unread("CreateModel", asked)


def test_every_field_of_a_registration_that_is_honoured_is_read(
    bench: Bench, aws: Aws, group: str
) -> None:
    asked: set[str] = set()
    step = watch(Step("Add", "RegisterModel", {"ModelPackageGroupName": group}), asked)
    assert not list(register_model.problems(step))
    bench.sagemaker = aws.client("sagemaker")
    register_model.run(bench.work(step))
    assert not unread("CreateModelPackage", asked)
