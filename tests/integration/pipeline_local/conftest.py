"""A small project with a cloud assembly written by hand, and the command line in it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from mlops.command_line.main import app
from mlops.synthesis.kept import mark
from mlops.synthesis.synthesize import inputs_of
from mlops_common.errors import MlopsError
from pipeline_local.jobs.sandbox import namespaces_available
from pipeline_local.local_aws import connect
from pipeline_local.local_aws.keeper import stop_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline_local.aws import Aws

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[3]
ACCOUNT, REGION = "111122223333", "eu-central-1"
DATA = "\n".join(f"{n},{2 * n + n % 3}" for n in range(40))


@dataclass(frozen=True)
class SmallProject:
    """The project, and what its users do."""

    root: Path

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "mlops.command_line.main", *arguments]

    def variables(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {**kept, "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'packages'}"}

    def mlops(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.root,
            env=self.variables(),
            capture_output=True,
            text=True,
            check=False,
        )

    def run(self, *arguments: str) -> dict[str, Any]:
        """Run the pipeline to its end and return its facts."""
        data = [] if "--resume" in arguments else ["--data", "data.csv"]
        result = self.mlops("run", "small", "--local", "--json", *data, *arguments)
        assert result.stdout, result.stderr
        return json.loads(result.stdout)  # type: ignore[no-any-return]

    def refusal(self, *arguments: str) -> str:
        """Ask in this process for a run that cannot start; return why."""
        before = self.run_ids()
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.root)
            result = CliRunner().invoke(app, ["run", *arguments])
        assert isinstance(result.exception, MlopsError), result.output
        assert self.run_ids() == before
        return str(result.exception)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start the pipeline in a process group of its own."""
        return subprocess.Popen(
            self.command("run", "small", "--local", "--data", "data.csv", *arguments),
            cwd=self.root,
            env=self.variables(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def run_ids(self) -> set[str]:
        return {path.parent.name for path in self.root.glob("build/runs/*/state.json")}

    def state(self, run: str) -> dict[str, Any]:
        text = (self.root / "build" / "runs" / run / "state.json").read_text()
        return json.loads(text)  # type: ignore[no-any-return]

    def packages(self, run: str) -> list[dict[str, Any]]:
        """Describe the registered packages whose model is of a run."""
        client = connect(REGION, ACCOUNT, state=self.root / "build" / "local-aws").client(
            "sagemaker"
        )
        found = client.list_model_packages(ModelPackageGroupName="small-age", MaxResults=100)
        described = [
            client.describe_model_package(ModelPackageName=package["ModelPackageArn"])
            for package in found["ModelPackageSummaryList"]
        ]
        return [dict(package) for package in described if run in json.dumps(package, default=str)]

    def read(self, uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return self.aws().client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()

    def aws(self) -> Aws:
        return connect(REGION, ACCOUNT, state=self.root / "build" / "local-aws")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill the whole process group, without a warning."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def wait_until(self, holds: Callable[[], object], what: str, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"waited in vain until {what}"
            time.sleep(0.005)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallProject]:
    if not namespaces_available():
        pytest.skip("the kernel gives this user no namespaces")
    root = tmp_path_factory.mktemp("project")
    (root / "cdk.json").write_text("{}")
    (root / "data.csv").write_text(DATA)
    write_assembly(root)
    yield SmallProject(root)
    stop_server(root / "build" / "local-aws")


def write_assembly(root: Path) -> None:
    """Write what `cdk synth` would have, and mark it as up to date."""
    folder = root / "build" / "cloud-assembly" / "dev"
    stage = folder / "assembly-dev"
    shutil.copytree(HERE / "job_code", stage / "asset.code")
    with tarfile.open(stage / "asset.code" / "sourcedir.tar.gz", "w:gz") as archive:
        content = (HERE / "job_code" / "train.py").read_bytes()
        member = tarfile.TarInfo("train.py")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    put(folder / "manifest.json", nested_stage())
    put(stage / "manifest.json", {"artifacts": {"small": stack()}})
    put(stage / "small.template.json", template())
    put(stage / "small.assets.json", assets())
    mark(folder, inputs_of(root))


def put(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document))


def nested_stage() -> dict[str, Any]:
    properties = {"directoryName": "assembly-dev"}
    return {"artifacts": {"dev": {"type": "cdk:cloud-assembly", "properties": properties}}}


def stack() -> dict[str, Any]:
    return {
        "type": "aws:cloudformation:stack",
        "environment": f"aws://{ACCOUNT}/{REGION}",
        "properties": {"templateFile": "small.template.json", "stackName": "small"},
    }


def assets() -> dict[str, Any]:
    destination = {"bucketName": "staging", "objectKey": "code.zip"}
    source = {"path": "asset.code", "packaging": "zip"}
    return {"files": {"code": {"source": source, "destinations": {"here": destination}}}}


def template() -> dict[str, Any]:
    definition = (HERE / "small_pipeline.json").read_text()
    bindings = {
        "Data": {"Ref": "DataBucket"},
        "Artifacts": {"Ref": "ArtifactsBucket"},
        "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
    }
    return {
        "Resources": {
            "DataBucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "small-data"}},
            "ArtifactsBucket": {"Type": "AWS::S3::Bucket", "Properties": {}},
            "Role": {"Type": "AWS::IAM::Role", "Properties": {}},
            "Group": {
                "Type": "AWS::SageMaker::ModelPackageGroup",
                "Properties": {"ModelPackageGroupName": "small-age"},
            },
            "Parameter": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {"Name": "/small/bucket", "Value": {"Ref": "DataBucket"}},
            },
            "Code": {
                "Type": "Custom::CDKBucketDeployment",
                "Properties": {
                    "SourceBucketNames": ["staging"],
                    "SourceObjectKeys": ["code.zip"],
                    "DestinationBucketName": {"Ref": "ArtifactsBucket"},
                    "DestinationBucketKeyPrefix": f"code/{hashlib.sha256(b'1').hexdigest()[:8]}",
                },
            },
            "Pipeline": {
                "Type": "AWS::SageMaker::Pipeline",
                "Metadata": {"secure-mlops:pipeline": "small"},
                "Properties": {
                    "PipelineName": "small-dev",
                    "PipelineDefinition": {
                        "PipelineDefinitionBody": {"Fn::Sub": [definition, bindings]}
                    },
                    "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                },
            },
        }
    }
