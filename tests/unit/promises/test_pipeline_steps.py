"""The jobs of a definition, with the facts that policies look at."""

from __future__ import annotations

from typing import Any

from promises.pipeline_steps import Reader, calls_of, jobs_of

ROLE = "arn:aws:iam::111122223333:role/job"


def get(path: str) -> dict[str, str]:
    return {"Get": path}


def join(*values: Any) -> dict[str, Any]:
    return {"Std:Join": {"On": "/", "Values": list(values)}}


TRAINING = {
    "RoleArn": ROLE,
    "VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
    "EnableNetworkIsolation": True,
    "ResourceConfig": {"InstanceType": get("Parameters.Size"), "VolumeKmsKeyId": "volumes"},
    "OutputDataConfig": {
        "S3OutputPath": join("s3://models", get("Execution.PipelineExecutionId")),
        "KmsKeyId": "outputs",
    },
}
FACTS = {
    "VpcSubnets": ("subnet-1",),
    "VpcSecurityGroupIds": ("sg-1",),
    "NetworkIsolation": ("true",),
    "InstanceTypes": ("ml.m5.large",),
    "VolumeKmsKey": ("volumes",),
    "OutputKmsKey": ("outputs",),
}


def definition(*steps: dict[str, Any]) -> dict[str, Any]:
    size = {"Name": "Size", "Type": "String", "DefaultValue": "ml.m5.large"}
    return {"Parameters": [size], "Steps": list(steps)}


def step(name: str, kind: str, **arguments: Any) -> dict[str, Any]:
    return {"Name": name, "Type": kind, "Arguments": arguments}


def test_a_tuning_job_has_the_facts_of_the_jobs_that_it_starts() -> None:
    for tuning in ({"TrainingJobDefinition": TRAINING}, {"TrainingJobDefinitions": [TRAINING] * 2}):
        (job,) = jobs_of("p", definition(step("Tune", "Tuning", **tuning)))
        assert (job.action, job.role_arn) == ("CreateHyperParameterTuningJob", ROLE)
        assert job.name == "a1b2c3d4e5f6-Tune", "at most 32 characters"
        assert job.facts == FACTS
        assert job.writes == ("s3://models/a1b2c3d4e5f6",)
        assert job.reads == ()


def test_a_transform_job_works_as_its_model_and_reads_what_steps_made() -> None:
    uri = {"S3Uri": get("Steps.Train.ModelArtifacts.S3ModelArtifacts")}
    transform = step(
        "Score",
        "Transform",
        ModelName=get("Steps.Create.ModelName"),
        TransformInput={"DataSource": {"S3DataSource": uri}},
        TransformOutput={"S3OutputPath": "s3://data/out", "KmsKeyId": "outputs"},
    )
    steps = [step("Train", "Training", **TRAINING), step("Create", "Model", ExecutionRoleArn=ROLE)]
    train, create, score = jobs_of("p", definition(*steps, transform))
    assert (train.facts, create.works_as) == (FACTS, ROLE)
    assert (score.role_arn, score.works_as, score.model) == ("", ROLE, "Create")
    assert score.reads == ("s3://models/a1b2c3d4e5f6/job/output/model.tar.gz",)
    assert score.writes == ("s3://data/out",)


def test_what_only_a_run_tells_has_no_text() -> None:
    reader = Reader(definition(step("Train", "Training", **TRAINING)))
    for value in (
        get("Parameters.None"),
        get("Execution.StartDateTime"),
        get("Steps.Train.TrainingJobArn"),
        get("nonsense"),
        join("s3://data", get("Steps.None.Thing")),
        {"Std:JsonGet": {"S3Uri": "s3://data/report.json", "Path": "x"}},
        {"a": 1},
    ):
        assert reader.text(value) is None
    assert reader.text(3) == "3"


def test_a_called_function_is_named_by_its_arn() -> None:
    call = {"Name": "Call", "Type": "Lambda", "FunctionArn": "arn:f", "Arguments": {}}
    unknown = {**call, "Name": "Other", "FunctionArn": get("Parameters.Function")}
    assert calls_of({"Steps": [call, unknown]}) == [("Call", "arn:f")]
