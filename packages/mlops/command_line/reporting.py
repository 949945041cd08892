"""Output of errors and facts, for people or programs."""

from __future__ import annotations

import json
import sys
from typing import Any

from mlops_common.errors import UserError


def explain(error: Exception) -> int:
    """Print an error that a user can resolve; reraise a defect of this tool."""
    if not isinstance(error, UserError):
        # Compared by name: importing the prover would make every start of the command line slow.
        of_prover = type(error).__module__ == "iam_prover.errors"
        advice = str(error) if of_prover else _aws_advice(error)
        if advice is None:
            raise error
        error = UserError(advice)
    sys.stderr.write(f"error: {error}\n")
    return error.exit_code


def print_json(value: Any) -> None:
    """Print one JSON document, indented, keys sorted."""
    sys.stdout.write(json.dumps(value, indent=2, sort_keys=True, default=str) + "\n")


def _aws_advice(error: Exception) -> str | None:
    """Return advice for an error response of AWS, or for a failed connection."""
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
