"""Errors and facts, told to people or to programs."""

from __future__ import annotations

import json
import sys
from typing import Any

from mlops_common.errors import MlopsError

# Errors of other rooms that are written for people, by module and name: importing the rooms to
# compare classes would make every start of the command line slow.
_FOR_PEOPLE = {
    ("environments.settings", "SettingsError"),
    ("iam_prover.errors", "PolicyError"),
    ("pipeline_definitions.errors", "PipelineModuleError"),
    ("pipeline_definitions.errors", "PipelineDefinitionError"),
}


def explain(error: Exception) -> int:
    """Print what a person can do about an error.

    Raises
    ------
    Exception
        The error itself, if it is none that a person caused or can mend: a defect of this tool.
    """
    if isinstance(error, MlopsError):
        _print(str(error))
        return error.exit_code
    kind = type(error)
    if (kind.__module__, kind.__name__) in _FOR_PEOPLE:
        _print(str(error))
        return 1
    advice = _aws_advice(error)
    if advice is None:
        raise error
    _print(advice)
    return 1


def print_json(value: Any) -> None:
    """Print facts for a program: indented, keys sorted, one document."""
    sys.stdout.write(json.dumps(value, indent=2, sort_keys=True, default=str) + "\n")


def _print(text: str) -> None:
    first, *others = text.splitlines() or [""]
    sys.stderr.write("\n".join([f"error: {first}", *others]) + "\n")


def _aws_advice(error: Exception) -> str | None:
    """Tell what to do about an answer of AWS, or the lack of one."""
    if type(error).__module__ != "botocore.exceptions":
        return None
    from botocore import exceptions

    if isinstance(error, exceptions.NoCredentialsError | exceptions.PartialCredentialsError):
        return (
            "AWS: no credentials found; sign in (aws sso login), or add --local to use the "
            "local AWS"
        )
    if isinstance(error, exceptions.ConnectionError | exceptions.HTTPClientError):
        return f"AWS: cannot be reached: {error}; check the network and AWS_ENDPOINT_URL"
    if isinstance(error, exceptions.ClientError):
        answer = error.response.get("Error", {})
        return f"AWS: {error.operation_name}: {answer.get('Code')}: {answer.get('Message')}"
    return f"AWS: {error}"
