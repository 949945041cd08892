"""The app that template tests look at: two environments with small made-up pipelines."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import aws_cdk as cdk

    from environments import EnvironmentSettings
    from pipeline_definitions.built import BuiltPipeline
    from pipeline_definitions.model_project import ModelProject

ENVIRONMENTS = ("dev", "prod")
IMAGE = "492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:3.0-5"
PLACEHOLDERS = (
    *("ArtifactsBucketName", "ArtifactsKeyArn", "DataBucketName", "DataKeyArn"),
    *("InferenceRoleArn", "JobSecurityGroupId", "LogsBucketName", "ModelsBucketName"),
    *("ModelsKeyArn", "OrchestrationRoleArn", "ProcessingRoleArn", "SubnetId1", "SubnetId2"),
    *("TrainingRoleArn", "VolumeKeyArn"),
)


def made_up_project() -> ModelProject:
    """A model project of the two pipelines, whatever the shipped ones declare."""
    from environments.schedules import Schedule
    from pipeline_definitions.model_project import ModelProject, ResultTable

    training = Schedule(
        "training", "0 3 ? * SUN,WED *", on_drift=True, on_data=True, called="retraining"
    )
    columns = {"id": "string", "scored_at": "timestamp"}
    return ModelProject(
        "abalone",
        "abalone-age",
        batch="batch-inference",
        schedules=(Schedule("batch-inference", "0 2 * * ? *", paused=True), training),
        tables=tuple(
            ResultTable(name, folder, "Rows", columns)
            for name, folder in (("predictions", "scored"), ("set_aside", "set_aside"))
        ),
        training="training",
    )


def made_up_pipelines(
    settings: EnvironmentSettings, folder: Path
) -> tuple[BuiltPipeline, BuiltPipeline]:
    """Two pipelines that share a bundle; between them they use every placeholder."""
    from environments import ResourceNames
    from pipeline_definitions.built import BuiltPipeline, CodeBundle

    bundles = []
    for kind in ("code", "wheelhouse"):
        content = folder / kind
        (content / "__pycache__").mkdir(parents=True, exist_ok=True)
        (content / "file.py").write_text(f"# {kind}\n", encoding="utf-8")
        (content / "__pycache__" / "file.pyc").write_bytes(str(folder).encode())
        digest = hashlib.sha256(kind.encode()).hexdigest()
        bundles.append(CodeBundle(f"{kind}/{digest}/", content, digest))
    values = {name: f"${{{name}}} in ${{AWS::Region}}" for name in PLACEHOLDERS}
    register = {"Name": "RegisterModel", "Type": "RegisterModel"}
    steps = [
        {"Name": "Preprocess", "Type": "Processing"},
        {"Name": "Train", "Type": "Training"},
        {"Name": "CheckQuality", "Type": "Condition", "Arguments": {"IfSteps": [register]}},
    ]
    groups = (ResourceNames(settings).model_package_group("abalone-age"),)
    code, wheels = bundles
    everything = BuiltPipeline(
        name="training",
        display_name="Everything: training (all)",
        description="Uses all there is",
        definition={
            "Image": IMAGE,
            "Values": values,
            "Parameters": [{"Name": "DataVersion", "Type": "String"}],
            "Steps": steps,
        },
        placeholders=frozenset(PLACEHOLDERS),
        bundles=(code, wheels),
        model_package_groups=groups,
        project=made_up_project(),
    )
    small = BuiltPipeline(
        name="batch-inference",
        display_name="Inference",
        description="Uses one",
        definition={
            "Input": "s3://${DataBucketName}/abalone/",
            "Parameters": [{"Name": "ModelPackage", "Type": "String"}],
        },
        placeholders=frozenset({"DataBucketName"}),
        bundles=(code,),
        model_package_groups=(),
    )
    return everything, small


def fill(app: cdk.App, work: Path) -> None:
    """Put a stage of each environment into an app; dev has a data set."""
    from environments import ProjectNames, delivered_environments, load_environment
    from mlops_contract.names import PROJECT_NAME
    from stacks.delivered_data import DeliveredData
    from stacks.platform import PlatformStage

    rows = work / "rows.csv"
    rows.write_text("1,2,3\n", encoding="utf-8")
    for name in ENVIRONMENTS:
        settings = load_environment(name)
        pipelines = made_up_pipelines(settings, work)
        of_projects = ProjectNames(settings, f"${{{PROJECT_NAME}}}")
        groups = (of_projects.model_package_group("abalone-age"),)
        PlatformStage(
            app,
            settings,
            pipelines=pipelines,
            project_pipelines=(replace(pipelines[0], model_package_groups=groups),),
            dataset=DeliveredData(rows) if name == "dev" else None,
            delivered=delivered_environments(settings),
            delete_data=name == "dev",
        )


def synthesize(work: Path, output: Path) -> None:
    """Synthesize with the rule packs on; and note what they find when nothing is acknowledged."""
    import aws_cdk as cdk
    import cdk_nag

    from stacks.context import project_context
    from stacks.rule_packs import add_rule_packs

    app = cdk.App(context=project_context(), outdir=str(output))
    add_rule_packs(app)
    fill(app, work)
    app.synth()

    recorded = cdk.Validations.acknowledge
    cdk.Validations.acknowledge = lambda *_: None  # type: ignore[method-assign]
    try:
        bare = cdk.App(context=project_context(), outdir=str(output.with_name("bare")))
        fill(bare, work)
    finally:
        cdk.Validations.acknowledge = recorded  # type: ignore[method-assign]
    packs = (
        cdk_nag.AwsSolutionsChecks,
        cdk_nag.NIST80053R5Checks,
        cdk_nag.HIPAASecurityChecks,
        cdk_nag.PCIDSS321Checks,
    )
    found = sorted(
        {
            (str(resource.construct_path).partition("/")[0], violation.rule_name)
            for pack in packs
            for violation in pack(bare).validate_scope(bare).violations
            for resource in violation.violating_resources
        }
    )
    (output / "findings.json").write_text(json.dumps(found), encoding="utf-8")


class Stacks:
    """The templates of one environment, by the stacks' ids."""

    def __init__(self, folder: Path, environment: str) -> None:
        self.folder = folder
        self.manifest = json.loads((folder / f"assembly-{environment}/manifest.json").read_text())
        self.templates: dict[str, dict[str, Any]] = {}
        # Of Service Catalog, which no deployment makes.
        self.products: list[dict[str, Any]] = [
            json.loads(file.read_text())
            for file in sorted(folder.glob(f"assembly-{environment}/*.product.template.json"))
        ]
        for artifact in self.manifest["artifacts"].values():
            if artifact["type"] == "aws:cloudformation:stack":
                file = folder / f"assembly-{environment}" / artifact["properties"]["templateFile"]
                self.templates[artifact["displayName"].partition("/")[2].partition(" ")[0]] = (
                    json.loads(file.read_text())
                )

    def __getitem__(self, stack: str) -> dict[str, Any]:
        return self.templates[stack]

    def of_type(self, resource_type: str, stack: str | None = None) -> dict[str, Any]:
        """Resources of a type by logical id, of one stack or all."""
        templates = self.templates.values() if stack is None else [self.templates[stack]]
        return {
            name: resource
            for template in templates
            for name, resource in template["Resources"].items()
            if resource["Type"] == resource_type
        }

    def properties(self, resource_type: str, stack: str | None = None) -> list[dict[str, Any]]:
        return [entry["Properties"] for entry in self.of_type(resource_type, stack).values()]

    def policy(self, name: str) -> dict[str, Any]:
        """The document of a managed policy, by its name."""
        (document,) = (
            properties["PolicyDocument"]
            for properties in self.properties("AWS::IAM::ManagedPolicy")
            if properties["ManagedPolicyName"] == name
        )
        result: dict[str, Any] = document
        return result

    @property
    def _everything(self) -> list[dict[str, Any]]:
        return [*self.templates.values(), *self.products]

    @property
    def resources(self) -> int:
        """How many resources there are."""
        return sum(len(template["Resources"]) for template in self._everything)

    @property
    def acknowledged(self) -> list[dict[str, str]]:
        """What is acknowledged of the rule packs' findings, each with rule and reason."""
        entries: list[dict[str, str]] = []
        for template in self._everything:
            holders: list[dict[str, Any]] = [template, *template["Resources"].values()]
            for holder in holders:
                entries.extend(holder.get("Metadata", {}).get("secure-mlops:acknowledged", []))
        return entries
