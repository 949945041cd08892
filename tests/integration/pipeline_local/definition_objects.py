"""Steps that make objects: an endpoint with its configuration and component, and lineage."""

from __future__ import annotations

from typing import Any

from tests.integration.pipeline_local.definition_case import Case, writes
from tests.integration.pipeline_local.definition_parts import DATA, OUT, XGBOOST, get, join, model

ENTITY = "arn:aws:sagemaker:eu-central-1:111111111111"


def made(name: str, kind: str, **arguments: Any) -> dict[str, Any]:
    return {"Name": name, "Type": kind, "Arguments": arguments}


VARIANT = {"VariantName": "all", "InitialInstanceCount": 2, "InstanceType": "ml.m5.large"}
RECORD = made(
    "Record",
    "Lineage",
    Actions=[{"ActionName": "trained", "ActionType": "T", "Source": {"SourceUri": "s3://b/run"}}],
    Artifacts=[{"ArtifactName": "model", "ArtifactType": "M", "Source": {"SourceUri": f"{OUT}/m"}}],
    Contexts=[{"ContextName": "suite", "ContextType": "C", "Source": {"SourceUri": "s3://b/all"}}],
    Associations=[
        {
            "Source": {"Name": "trained", "Type": "Action"},
            "Destination": {"Name": "model", "Type": "Artifact"},
            "AssociationType": "Produced",
        },
        {
            "Source": {"Arn": f"{ENTITY}:experiment/old"},
            "Destination": {"Name": "suite", "Type": "Context"},
        },
    ],
)
OBJECTS = {
    "an endpoint, described": Case(
        [
            model({"Image": XGBOOST, "ModelDataUrl": f"{DATA}/series/first.tar.gz"}),
            made(
                "Config",
                "EndpointConfig",
                EndpointConfigName="suite-config",
                ProductionVariants=[{**VARIANT, "ModelName": get("Steps.Make.ModelName")}],
            ),
            made(
                "Serve",
                "Endpoint",
                EndpointName="suite-endpoint",
                EndpointConfigName=get("Steps.Config.EndpointConfigName"),
            ),
            made(
                "Add",
                "InferenceComponent",
                InferenceComponentName="suite-component",
                EndpointName=get("Steps.Serve.EndpointName"),
                VariantName="all",
                Specification={"ModelName": get("Steps.Make.ModelName")},
                RuntimeConfig={"CopyCount": 1},
            ),
            writes(
                "Say",
                join(
                    get("Steps.Config.ProductionVariants['all'].InitialInstanceCount"),
                    get("Steps.Serve.EndpointStatus"),
                    get("Steps.Serve.EndpointArn"),
                    get("Steps.Add.InferenceComponentArn"),
                    on=" ",
                ),
            ),
        ],
        objects={
            f"{OUT}/Say/out/text": f"2 InService {ENTITY}:endpoint/suite-endpoint"
            f" {ENTITY}:inference-component/suite-component"
        },
    ),
    "lineage": Case(
        [
            RECORD,
            writes(
                "Say",
                join(
                    *(
                        get(f"Steps.Record.{each}")
                        for each in ("ActionArns['trained']", "ContextArns['suite']")
                    ),
                    on=" ",
                ),
            ),
        ],
        objects={f"{OUT}/Say/out/text": f"{ENTITY}:action/trained {ENTITY}:context/suite"},
    ),
}
