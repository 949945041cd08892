"""What a run left, read from its folder, its objects and the registry."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline_local.jobs.storage import split_uri

if TYPE_CHECKING:
    from pipeline_local.aws import Aws
    from pipeline_local.runs.run_state import RunFolder


@dataclass
class Files:
    """What a run left: its state, logs and objects, and what the registry says of its models."""

    state: dict[str, Any]
    objects: dict[str, bytes]  # by URI
    logs: dict[str, str] = field(default_factory=dict)
    models: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, folder: RunFolder, aws: Aws) -> Files:
        """Read all that a run's state names."""
        text = (folder.folder / "state.json").read_text()
        store, registry = aws.client("s3"), aws.client("sagemaker")
        objects = {}
        for place in set(re.findall(r"s3://[^\"\\]+", text)):
            bucket, start = split_uri(place)
            pages = store.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=start)
            for entry in (each for page in pages for each in page.get("Contents", ())):
                body = store.get_object(Bucket=bucket, Key=entry["Key"])["Body"]
                objects[f"s3://{bucket}/{entry['Key']}"] = body.read()
        models = []
        for arn in sorted(set(re.findall(r"arn:[\w:-]+:model-package/[\w-]+/\d+", text))):
            model: dict[str, Any] = dict(registry.describe_model_package(ModelPackageName=arn))
            approved = registry.list_model_packages(
                ModelPackageGroupName=model["ModelPackageGroupName"],
                ModelApprovalStatus="Approved",
                SortBy="CreationTime",
                SortOrder="Descending",
            )["ModelPackageSummaryList"]
            models.append(model | {"Champion": [each["ModelPackageArn"] for each in approved[:1]]})
        logs = {log.stem: log.read_text() for log in (folder.folder / "logs").glob("*.log")}
        return cls(json.loads(text), objects, logs, models)

    def documents(self, name: str, below: str = "") -> list[Any]:
        """Return the JSON files of a name."""
        return [
            json.loads(content)
            for uri, content in sorted(self.objects.items())
            if uri.rsplit("/", 1)[-1] == name and uri.startswith(below)
        ]

    def used(self, kind: str) -> dict[str, Any]:
        """Return the features of the `statistics` or `constraints` that checks used."""
        return _features(
            json.loads(self.objects[uri])
            for step in self.state["steps"].values()
            if (uri := step["properties"].get(f"BaselineUsedForDriftCheck{kind.capitalize()}"))
            and uri != step["properties"].get(f"CalculatedBaseline{kind.capitalize()}")
        )

    def made(self, kind: str, *, checked: bool) -> dict[str, Any]:
        """Return the features of what checks, or baseline steps, described."""
        found = []
        for step in self.state["steps"].values():
            used = step["properties"].get("BaselineUsedForDriftCheckStatistics")
            of_check = bool(used) and used != step["properties"].get("CalculatedBaselineStatistics")
            config = step["properties"].get("ProcessingOutputConfig", {"Outputs": []})
            for output in config["Outputs"] if of_check == checked else []:
                found += self.documents(f"{kind}.json", output["S3Output"]["S3Uri"])
        return _features(found)


def _features(documents: Any) -> dict[str, Any]:
    return {each["name"]: each for found in documents for each in found.get("features", [])}
