"""A toy CDK application of the same size: what the CDK and jsii cost by themselves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cloud_assembly import CloudAssembly

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_APP = '''"""As many stacks and resources as the project has, of one kind."""

import aws_cdk as cdk
from aws_cdk import aws_ssm as ssm

app = cdk.App()
for number, resources in enumerate({sizes}):
    stack = cdk.Stack(app, f"Toy{{number}}")
    for each in range(resources):
        ssm.CfnParameter(stack, f"Parameter{{each}}", type="String", value=str(each))
app.synth()
'''


def sizes_of(assembly: Path) -> list[int]:
    """Return the number of resources of each stack."""
    return [len(stack.resources) for stack in CloudAssembly(assembly).stacks]


def write_toy(folder: Path, sizes: Sequence[int], project: Path) -> None:
    """Write the application, with the CDK's settings of the project."""
    folder.mkdir(parents=True)
    (folder / "app.py").write_text(_APP.format(sizes=list(sizes)))
    settings = json.loads((project / "cdk.json").read_text(encoding="utf-8"))
    settings["app"] = "python3 app.py"
    (folder / "cdk.json").write_text(json.dumps(settings))
    (folder / "node_modules").symlink_to(project / "node_modules")
