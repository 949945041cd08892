from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.monitor.analyzer import analyse

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = "/opt/ml/processing/input/baseline_dataset_input"
OUTPUT = "/opt/ml/processing/output"


@dataclass
class Job:
    """A container's view of the file system, below a folder."""

    base: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.environment = {
            "dataset_format": '{"csv": {"header": true}}',
            "dataset_source": SOURCE,
            "output_path": OUTPUT,
            "publish_cloudwatch_metrics": "Disabled",
        }

    def path(self, container: str) -> Path:
        return self.base / container.lstrip("/")

    def write(self, content: str | bytes, name: str = "data.csv") -> None:
        path = self.path(SOURCE) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def run(self, **environment: str) -> str:
        return analyse({**self.environment, **environment}, self.base)

    def result(self, name: str) -> Any:
        return json.loads((self.path(OUTPUT) / name).read_text())

    def feature(self, file: str, name: str) -> Any:
        features = self.result(file)["features"]
        return next(feature for feature in features if feature["name"] == name)

    def keep_as_baseline(self, **changes: Any) -> None:
        """Make of the results a baseline to check against, with its configuration changed."""
        folder = self.path("/opt/ml/processing/baseline")
        folder.mkdir(parents=True, exist_ok=True)
        constraints = self.result("constraints.json")
        config = constraints["monitoring_config"]
        distribution = changes.pop("distribution_constraints", {})
        config |= changes
        config["distribution_constraints"] |= distribution
        (folder / "constraints.json").write_text(json.dumps(constraints))
        (folder / "statistics.json").write_text(json.dumps(self.result("statistics.json")))
        self.environment |= {
            "baseline_constraints": "/opt/ml/processing/baseline/constraints.json",
            "baseline_statistics": "/opt/ml/processing/baseline/statistics.json",
        }

    def violations(self) -> list[tuple[str, str]]:
        found = self.result("constraint_violations.json")["violations"]
        return [(entry["feature_name"], entry["constraint_check_type"]) for entry in found]


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)
