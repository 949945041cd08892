"""Steps of which the definition alone says that they fail, and their sound counterparts."""

from __future__ import annotations

from typing import Any

from tests.unit.pipeline_local.test_local_definition import (
    IMAGE,
    ROLE,
    processing,
    training,
)

XGBOOST = IMAGE.replace("scikit-learn", "xgboost").replace("1.4-2", "1.7-1")
CLARIFY = IMAGE.replace("scikit-learn", "clarify-processing").replace("1.4-2", "1.0")
MONITOR = IMAGE.replace("scikit-learn", "model-monitor-analyzer").replace(":1.4-2", "")
ENVIRONMENT = {
    "dataset_format": '{"csv": {}}',
    "dataset_source": "/opt/ml/processing/input",
    "output_path": "/opt/ml/processing/train",
}
FIRST = {"SkipCheck": True, "RegisterNewBaseline": True}
ARN = "arn:aws:lambda:eu-central-1:111122223333:function:f"
OUTPUTS = [{"OutputName": "words", "OutputType": "String"}]
LAMBDA: dict[str, Any] = {"Name": "Ask", "Type": "Lambda", "FunctionArn": ARN, "Arguments": {}}
LAMBDA["OutputParameters"] = OUTPUTS


def job(name: str = "Job", /, **arguments: Any) -> dict[str, Any]:
    made = processing(name)
    made["Arguments"] |= arguments
    return made


def without_program(**arguments: Any) -> dict[str, Any]:
    made = job(**arguments)
    del made["Arguments"]["AppSpecification"]["ContainerEntrypoint"]
    return made


def monitored(
    image: str = MONITOR, kind: str = "QualityCheck", /, **changes: Any
) -> dict[str, Any]:
    made = job("Check", AppSpecification={"ImageUri": image}, Environment=ENVIRONMENT)
    check = {"QualityCheck": "DATA_QUALITY", "ClarifyCheck": "DATA_BIAS"}.get(kind)
    made["Arguments"] |= changes.pop("Arguments", {})
    made |= {"Type": kind, **({"CheckType": check} if check else {}), **changes}
    return made


def query() -> dict[str, Any]:
    asked = {"Catalog": "AwsDataCatalog", "Database": "d", "QueryString": "SELECT a FROM t"}
    asked |= {"OutputS3Uri": "s3://bucket/q", "OutputFormat": "PARQUET"}
    path = "/opt/ml/processing/config"
    return {"LocalPath": path, "AthenaDatasetDefinition": asked}


def analysed(config: dict[str, Any]) -> dict[str, Any]:
    place = {"S3Uri": "s3://bucket/rows", "LocalPath": "/opt/ml/processing/rows"}
    place |= {"S3DataType": "S3Prefix", "S3InputMode": "File"}
    inputs = [config, {"InputName": "dataset", "S3Input": place}]
    check = monitored(CLARIFY, "ClarifyCheck", **FIRST)
    check["Arguments"]["ProcessingInputs"] = inputs
    return check


def program(source: str, name: str = "t.py", *, isolated: bool = False) -> dict[str, Any]:
    made = training("Fit")
    made["Arguments"]["HyperParameters"]["sagemaker_program"] = name
    made["Arguments"]["HyperParameters"]["sagemaker_submit_directory"] = source
    made["Arguments"]["EnableNetworkIsolation"] = isolated
    return made


def boosted(*channels: tuple[str, str]) -> dict[str, Any]:
    made = training("Boost")
    made["Arguments"]["AlgorithmSpecification"]["TrainingImage"] = XGBOOST
    made["Arguments"]["HyperParameters"] = {"num_round": "1"}
    (channel,) = made["Arguments"]["InputDataConfig"]
    made["Arguments"]["InputDataConfig"] = [
        {**channel, "ChannelName": name, "ContentType": kind} for name, kind in channels
    ]
    return made


def served(
    image: str, variables: dict[str, str], kind: str = "text/csv", **more: Any
) -> list[dict[str, Any]]:
    container = {"Image": image, "ModelDataUrl": "s3://bucket/m.tar.gz", "Environment": variables}
    request = {"ExecutionRoleArn": ROLE, "PrimaryContainer": container, **more}
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/rows"}}
    job = {
        "ModelName": {"Get": "Steps.Make.ModelName"},
        "TransformInput": {"DataSource": source, "ContentType": kind},
        "TransformOutput": {"S3OutputPath": "s3://bucket/out"},
        "TransformResources": {"InstanceCount": 1, "InstanceType": "ml.m5.large"},
    }
    return [
        {"Name": "Make", "Type": "Model", "Arguments": request},
        {"Name": "Score", "Type": "Transform", "Arguments": job},
    ]


def named(name: str, data: str = "a", kind: str = "Model") -> dict[str, Any]:
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://bucket/{data}"}
    request = {"ExecutionRoleArn": ROLE, "PrimaryContainer": container, "ModelName": "mine"}
    return {"Name": name, "Type": kind, "Arguments": request}


def compared(left: Any, right: Any) -> dict[str, Any]:
    test = {"Type": "GreaterThan", "LeftValue": left, "RightValue": right}
    inside = {"Type": "Not", "Expression": {"Type": "Or", "Conditions": [test]}}
    arguments = {"Conditions": [inside], "IfSteps": [], "ElseSteps": []}
    return {"Name": "Compare", "Type": "Condition", "Arguments": arguments}


def cleaned(name: str, **more: Any) -> dict[str, Any]:
    arguments = {"Resources": {"S3": [{"StepName": name, **more}]}}
    return {"Name": "Clean", "Type": "Cleanup", "DependsOn": [name], "Arguments": arguments}


def each(items: Any, asked: str) -> dict[str, Any]:
    body = [job("Body", Environment={"A": {"Get": asked}})]
    arguments = {"IterableItems": items, "MaxConcurrency": 1, "ForEachBody": body}
    return {"Name": "Loop", "Type": "ForEach", "Arguments": arguments}


def output(place: Any) -> dict[str, Any]:
    made = job()
    made["Arguments"]["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"] = place
    return made


def said(value: Any, **more: Any) -> dict[str, Any]:
    return {"Name": "Say", "Type": "Fail", "Arguments": {"ErrorMessage": value}, **more}


def after(trigger: str) -> list[dict[str, str]]:
    return [{"Step": "Train", "Trigger": trigger}]


def acted(*names: str) -> dict[str, Any]:
    source = {"SourceUri": "s3://bucket/a"}
    actions = [{"ActionName": name, "ActionType": "t", "Source": source} for name in names]
    return {"Name": "Act", "Type": "Lineage", "Arguments": {"Actions": actions}}


def filed(*files: tuple[str, str]) -> dict[str, Any]:
    listed = [
        {"PropertyFileName": name, "OutputName": "train", "FilePath": path} for name, path in files
    ]
    return {**job(), "PropertyFiles": listed}


NETWORK = {"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}}
SUBMITTED = {"SAGEMAKER_PROGRAM": "x.py", "SAGEMAKER_SUBMIT_DIRECTORY": "s3://bucket/c.tar.gz"}
AT = "Arguments.Resources.S3[0]"
FOUND_OUT: dict[str, tuple[list[dict[str, Any]], str]] = {
    "outputs of a job, not named": ([cleaned("Prepare")], f"{AT}.S3Uris: is missing"),
    "outputs of another": (
        [cleaned("Prepare", S3Uris=["s3://other/a"])],
        f"{AT}.S3Uris[0]: s3://other/a is not below an output location of Prepare",
    ),
    "outputs of a function": (
        [LAMBDA, cleaned("Ask", S3Uris=["s3://bucket/a"])],
        f"{AT}.StepName: Ask is of type Lambda, and none of Processing, Training, Transform",
    ),
    "outputs in a VPC": (
        [job(NetworkConfig=NETWORK), cleaned("Job", S3Uris=["s3://bucket/train/a"])],
        f"{AT}.StepName: Job sets VpcConfig",
    ),
    "no program": ([without_program()], "AppSpecification.ContainerEntrypoint: is missing; image"),
    "a program in S3": ([program("s3://bucket/c", isolated=True)], "without a network cannot"),
    "a program elsewhere": (
        [program("/root/c", isolated=False)],
        "neither in S3 nor below /opt",
    ),
    "no data to train on": ([boosted(("validation", "text/csv"))], "channel train is missing"),
    "data of no use": (
        [boosted(("train", "text/csv"), ("test", "text/csv"))],
        "channel test: the algorithm reads only train and validation",
    ),
    "data of another type": ([boosted(("train", "application/json"))], "'application/json' is not"),
    "no variables": (
        [monitored(**FIRST, Arguments={"Environment": {}})],
        "Environment: environment variable dataset_format is needed",
    ),
    "no variables of a plain job": (
        [monitored(MONITOR, "Processing", Arguments={"Environment": {}})],
        "Environment: environment variable dataset_format is needed",
    ),
    "another analysis": (
        [monitored(CheckType="MODEL_QUALITY", **FIRST)],
        "Environment.analysis_type: 'DATA_QUALITY' is not the CheckType, MODEL_QUALITY",
    ),
    "no baseline": ([monitored()], "ModelPackageGroupName: is missing; no baseline is supplied"),
    "a configuration by query": (
        [analysed({"InputName": "analysis_config", "DatasetDefinition": query()})],
        "input 'analysis_config' is a file in S3",
    ),
    "a model of no server": (
        served(CLARIFY, {}),
        "ModelName: the model of Make: PrimaryContainer: Image: sagemaker-clarify-processing ser",
    ),
    "a model of no program": (served(IMAGE, {}), "Environment.SAGEMAKER_PROGRAM: is missing, and"),
    "a model's program in S3": (
        served(IMAGE, SUBMITTED, EnableNetworkIsolation=True),
        "Environment.SAGEMAKER_SUBMIT_DIRECTORY is s3://bucket/c.tar.gz, which a container without",
    ),
    "records of no type": (
        served(XGBOOST, {}, "image/png"),
        "TransformInput.ContentType: 'image/png' is none that the algorithm reads: text/csv, ",
    ),
    "two models of one name": (
        [named("One"), named("Two", "b")],
        "step Two: ModelName: step One makes another one of the name 'mine'",
    ),
    "text and number": (
        [compared({"Get": "Steps.Train.TrainingJobName"}, 3)],
        "Conditions[0].Expression.Conditions[0]: GreaterThan cannot compare String with Integer",
    ),
    "a function's text": (
        [LAMBDA, compared(3.5, {"Get": "Steps.Ask.OutputParameters['words']"})],
        "cannot compare Float with String",
    ),
    "an item's member": (
        [each(['{"a": 1}'], "ForEach.CurrentItem.b")],
        "Arguments.IterableItems[0]: Body asks for ForEach.CurrentItem: '{\"a\": 1}': 'b' leads",
    ),
    "an item's text": (
        [each('["a"]', "ForEach.CurrentItem.b")],
        "Arguments.IterableItems[0]: Body asks for ForEach.CurrentItem: 'a': is no text of JSON",
    ),
    "no place of a file": (
        [compared({"Std:JsonGet": {"S3Uri": "here", "Path": "a"}}, 3)],
        "LeftValue: Std:JsonGet: S3Uri: 'here' is not read here; write it as s3://BUCKET/KEY",
    ),
    "a place of the web": ([output("https://s3/bucket/a")], "'https://s3/bucket/a' is not read"),
    "a place of no bucket": ([output("s3://My_Bucket/a")], "'My_Bucket' is not the name of a buck"),
    "a joined place of no bucket": (
        [output({"Std:Join": {"Values": ["s3://B/", {"Get": "Execution.PipelineName"}]}})],
        "Outputs[0].S3Output.S3Uri: 'B' is not the name of a bucket",
    ),
    "what a failed step has": (
        [said({"Get": "Steps.Train.TrainingJobName"}, DependsOn=after("Failed"))],
        "step Train has no properties, as Say runs because it failed",
    ),
    "a file above its output": ([filed(("a", "../a"))], "FilePath: leads out of the output"),
    "two triggers of one step": (
        [said("no", DependsOn=["Train", *after("Failed")])],
        "DependsOn[1]: Train has another Trigger",
    ),
    "outputs that are no text": ([cleaned("Train", S3Uris=[5])], "S3Uris[0]: is an Integer, not"),
    "items that are no JSON": ([each("[NaN]", "ForEach.CurrentItem")], "is no list, nor the JSON"),
    "two actions of one name": ([acted("one", "one")], "Arguments.Actions: two are named 'one'"),
    "a channel of no folder": ([boosted(("..", "text/csv"))], "ChannelName: '..' is no name of"),
    "a program above its code": ([program("/opt/ml/x", "../t.py")], "'../t.py' is no file of the"),
    "no name of a program": ([program("/opt/ml/x", "")], "sagemaker_program: '' is no file of the"),
    "two files of one name": ([filed(("a", "a"), ("a", "b"))], "two are named 'a'"),
}
SOUND: dict[str, list[dict[str, Any]]] = {
    "outputs that are named": [cleaned("Prepare", S3Uris=["s3://bucket/train/a"])],
    "outputs that are found": [cleaned("Train")],
    "a program in S3": [program("s3://bucket/c", isolated=False)],
    "data": [boosted(("train", "text/csv"), ("validation", "text/csv;label_size=1"))],
    "a first baseline": [monitored(**FIRST)],
    "a registered baseline": [monitored(ModelPackageGroupName="models")],
    "variables of a run": [
        monitored(**FIRST, Arguments={"Environment": {"x": {"Get": "Execution.PipelineName"}}})
    ],
    "a model": served(XGBOOST, {}),
    "a model's program": served(IMAGE, SUBMITTED),
    "one model twice": [named("One"), named("Two")],
    "numbers": [compared({"Get": "Steps.Train.BillableTimeInSeconds"}, 3.5)],
    "an item's member": [each(['{"b": 1}'], "ForEach.CurrentItem.b")],
    "what a step has that may have failed": [
        said(
            {"Get": "Steps.Train.TrainingJobName"}, DependsOn=[{"Step": "Train", "Trigger": "Any"}]
        )
    ],
}
