"""Functions that `CreateFunction` makes on a local AWS."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline_local.aws import Aws

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def zipped(**modules: str) -> bytes:
    """Return an archive of modules."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in modules.items():
            archive.writestr(f"{name}.py", text)
    return buffer.getvalue()


def create_function(aws: Aws, name: str, code: str, **changes: Any) -> str:
    """Create a function with its role, whose code has a `handler`; return its ARN."""
    role = f"{name}-role"
    iam = aws.client("iam")
    made = iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(_TRUST))
    request = {
        "FunctionName": name,
        "Runtime": "python3.12",
        "Handler": "app.handler",
        "Timeout": 60,
        "Role": made["Role"]["Arn"],
        "Code": {"ZipFile": zipped(app=code)},
        **changes,
    }
    return str(aws.client("lambda").create_function(**request)["FunctionArn"])
