"""Update of a team's project on AWS to the state of its repository."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloud_assembly.products import ProjectAssembly, environment_folder
from mlops.local_project import connect
from mlops_common.errors import MlopsError
from pipeline_local.runs.deployment import files_to_deliver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from environments.settings import EnvironmentSettings
    from pipeline_local.aws import Aws

_SSM_VALUE = "AWS::SSM::Parameter::Value<"
_MOST_PARAMETERS = 10  # of one GetParameters


def bring_up(settings: EnvironmentSettings, assembly: Path, project: str) -> Iterator[str]:
    """Deliver the code of a project's jobs, then create or update its pipelines."""
    folder = environment_folder(assembly, settings.name)
    aws = connect(settings.region, settings.account)
    template = ProjectAssembly(folder, project)
    values = _looked_up(aws, template.product.template["Parameters"])
    here = ProjectAssembly(folder, project, values)
    s3 = aws.client("s3")
    for delivery in here.own_deliveries:
        with tempfile.TemporaryDirectory(prefix="mlops-project-") as scratch:
            count = 0
            for key, path in files_to_deliver(delivery, Path(scratch)):
                s3.put_object(Bucket=delivery.bucket, Key=key, Body=path.read_bytes())
                count += 1
        yield f"delivered {count} files: s3://{delivery.bucket}/{delivery.prefix}/"
    for pipeline in here.pipelines.values():
        yield _put(aws, pipeline.pipeline_name, pipeline.role_arn, pipeline.text())


def _looked_up(aws: Aws, parameters: dict[str, Any]) -> dict[str, str]:
    """Resolve SSM parameters, as CloudFormation does."""
    wanted = {
        name: str(parameter["Default"])
        for name, parameter in parameters.items()
        if str(parameter["Type"]).startswith(_SSM_VALUE)
    }
    found: dict[str, str] = {}
    client = aws.client("ssm")
    paths = sorted(set(wanted.values()))
    for start in range(0, len(paths), _MOST_PARAMETERS):
        answer = client.get_parameters(Names=paths[start : start + _MOST_PARAMETERS])
        found |= {each["Name"]: each["Value"] for each in answer["Parameters"]}
    if missing := sorted(set(wanted.values()) - found.keys()):
        raise MlopsError(f"{missing[0]}: no such SSM parameter; is the environment deployed?")
    return {name: found[path] for name, path in wanted.items()}


def _put(aws: Aws, name: str, role_arn: str, definition: str) -> str:
    """Update a pipeline, or create it: a team may have added one."""
    from botocore.exceptions import ClientError

    client = aws.client("sagemaker")
    body: dict[str, Any] = {
        "PipelineName": name,
        "PipelineDefinition": definition,
        "RoleArn": role_arn,
    }
    try:
        client.update_pipeline(**body)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"ResourceNotFound", "ValidationException"}:
            raise
        client.create_pipeline(**body, ClientRequestToken=f"{name}-first".ljust(32, "-"))
        return f"made {name}"
    return f"brought up {name}"
