from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Template = dict[str, Any]


def put(path: Path, document: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


@pytest.fixture
def write_assembly(tmp_path: Path) -> Callable[..., Path]:
    """Write a cloud assembly with the stacks nested in a stage, as the project's are."""

    def write(region: str = "eu-central-1", **templates: Template) -> Path:
        stage = tmp_path / "assembly-dev"
        put(
            tmp_path / "manifest.json",
            {
                "artifacts": {
                    "Tree": {"type": "cdk:tree"},
                    "assembly-dev": {
                        "type": "cdk:cloud-assembly",
                        "properties": {"directoryName": "assembly-dev"},
                    },
                }
            },
        )
        artifacts = {
            name: {
                "type": "aws:cloudformation:stack",
                "environment": f"aws://111122223333/{region}",
                "properties": {"templateFile": f"{name}.template.json", "stackName": f"dev-{name}"},
            }
            for name in templates
        }
        put(stage / "manifest.json", {"artifacts": artifacts})
        for name, template in templates.items():
            put(stage / f"{name}.template.json", template)
        return tmp_path

    return write
