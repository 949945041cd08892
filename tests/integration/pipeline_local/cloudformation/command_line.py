"""The pinned command line of the CDK against a local AWS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_local.aws import Aws
from pipeline_local.aws.variables import client_variables
from pipeline_local.local_aws import keeper

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT = Path(__file__).parents[4]
REGION = "eu-central-1"


@dataclass(frozen=True)
class Cdk:
    """The command line, run in an empty folder with the credentials of an account."""

    state: Path
    account: str
    folder: Path

    def aws(self) -> Aws:
        return Aws(REGION, self.account, keeper.ensure_server(self.state))

    def variables(self) -> dict[str, str]:
        """Return what `mlops local start` prints, and where `node` is."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "CDK_"))
        }
        address = keeper.ensure_server(self.state)
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        variables = client_variables(address.url, self.account, REGION)
        return {**kept, **variables, "PATH": programs, "CI": "1"}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command in a process group of its own."""
        return subprocess.Popen(
            [str(PROJECT / "node_modules" / ".bin" / "cdk"), *arguments, "--no-notices"],
            cwd=self.folder,
            env=self.variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run a command to its end; return what it says."""
        process = self.start(*arguments)
        said, _ = process.communicate()
        assert process.returncode == code, said[-6000:]
        return said

    def deploy(self, app: Path, *stacks: str, code: int = 0) -> str:
        options = ("--require-approval", "never", "--progress", "events")
        return self.run("deploy", "--app", str(app), *options, *(stacks or ("--all",)), code=code)


def write_app(folder: Path, account: str, templates: Mapping[str, Mapping[str, Any]]) -> Path:
    """Write an assembly of stacks without assets, in the order of their dependence."""
    folder.mkdir(parents=True, exist_ok=True)
    artifacts: dict[str, Any] = {}
    for name, template in templates.items():
        (folder / f"{name}.template.json").write_text(json.dumps(template))
        properties = {"templateFile": f"{name}.template.json", "stackName": name}
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{account}/{REGION}",
            "properties": properties,
            "dependencies": list(artifacts),
        }
    manifest = {"version": "48.0.0", "artifacts": artifacts}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder
