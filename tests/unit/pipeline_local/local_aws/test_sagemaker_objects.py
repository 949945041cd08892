"""Objects of SageMaker that only answer; every test here fails without its patch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from pipeline_local.aws import Aws

IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:3.0-5"
ROLE = "arn:aws:iam::111111111111:role/Job"


def test_a_model_is_described_with_all_that_was_asked_for(aws: Aws, name: str) -> None:
    client: Any = aws.client("sagemaker")
    asked: dict[str, Any] = {
        "ExecutionRoleArn": ROLE,
        "Containers": [{"Image": IMAGE, "Environment": {"A": "1"}}, {"Image": IMAGE}],
        "InferenceExecutionConfig": {"Mode": "Serial"},
        "EnableNetworkIsolation": True,
    }
    client.create_model(ModelName=name, **asked)
    answer = client.describe_model(ModelName=name)
    assert {key: answer.get(key) for key in asked} == asked


def test_an_endpoint_and_its_configuration_are_described(aws: Aws, name: str) -> None:
    client: Any = aws.client("sagemaker")
    pools = [{"InstanceType": "ml.g6.xlarge", "Priority": 1}]
    variants = [{"VariantName": "a", "InstancePools": pools, "InitialInstanceCount": 1}]
    client.create_endpoint_config(
        EndpointConfigName=name, ExecutionRoleArn=ROLE, ProductionVariants=variants
    )
    found = client.describe_endpoint_config(EndpointConfigName=name)
    assert (found["ProductionVariants"], found["ExecutionRoleArn"]) == (variants, ROLE)
    client.create_endpoint(EndpointName=name, EndpointConfigName=name)
    assert client.describe_endpoint(EndpointName=name)["EndpointConfigName"] == name


def test_nobody_is_named_as_the_maker_of_a_package(aws: Aws, name: str) -> None:
    client: Any = aws.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName=name)
    specification: dict[str, Any] = {
        "Containers": [{"Image": IMAGE}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    made = client.create_model_package(
        ModelPackageGroupName=name, InferenceSpecification=specification
    )
    found = client.describe_model_package(ModelPackageName=made["ModelPackageArn"])
    assert not {"CreatedBy", "LastModifiedBy"} & found.keys()


def test_an_inference_component_is_described(aws: Aws, name: str) -> None:
    client: Any = aws.client("sagemaker")
    asked = {"InferenceComponentName": name, "EndpointName": "e", "VariantName": "a"}
    specification: dict[str, Any] = {
        "Container": {"Image": IMAGE, "Environment": {"A": "1"}},
        "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 128},
    }
    client.create_inference_component(
        **asked, Specification=specification, RuntimeConfig={"CopyCount": 2}
    )
    found = client.describe_inference_component(InferenceComponentName=name)
    container = specification["Container"]
    container["DeployedImage"] = {"SpecifiedImage": container.pop("Image")}
    assert found | asked | {"Specification": specification} == found
    assert found["RuntimeConfig"]["DesiredCopyCount"] == 2
    assert found["EndpointArn"].endswith(":endpoint/e")
    with pytest.raises(ClientError, match="already exists"):
        client.create_inference_component(**{**asked, "VariantName": "b"})
    with pytest.raises(ClientError, match="Could not find InferenceComponent"):
        client.describe_inference_component(InferenceComponentName=f"{name}-2")


def test_lineage_is_described_and_associated(aws: Aws, name: str) -> None:
    client: Any = aws.client("sagemaker")
    source = {"SourceUri": f"s3://bucket/{name}", "SourceType": "S3ETag"}
    action = client.create_action(ActionName=name, Source=source, ActionType="Training")
    place = {"SourceUri": f"s3://bucket/{name}"}
    made = client.create_artifact(ArtifactName="model", Source=place, ArtifactType="Model")
    again = client.create_artifact(ArtifactName="model", Source=place, ArtifactType="Model")
    assert made["ArtifactArn"] == again["ArtifactArn"]
    context = client.create_context(ContextName=name, Source=source, ContextType="Project")
    ends = {"SourceArn": action["ActionArn"], "DestinationArn": made["ArtifactArn"]}
    client.add_association(**ends, AssociationType="Produced")
    client.add_association(SourceArn=context["ContextArn"], DestinationArn=ends["SourceArn"])
    assert client.describe_action(ActionName=name)["Source"] == source
    assert client.describe_context(ContextName=name)["ContextType"] == "Project"
    described = client.describe_artifact(ArtifactArn=made["ArtifactArn"])
    assert described["ArtifactName"] == "model"
    (found,) = client.list_associations(SourceArn=ends["SourceArn"])["AssociationSummaries"]
    facts = {"SourceName": name, "DestinationType": "Model", "AssociationType": "Produced"}
    assert found | ends | facts == found
