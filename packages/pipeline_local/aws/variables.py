"""Environment variables that point a process to the local AWS, and to nothing else."""

from __future__ import annotations

import os

DUMMY_SECRET = "local"  # noqa: S105 (the local AWS checks no signature)
# The user agent of a function's clients holds this (AWS_SDK_UA_APP_ID).
FUNCTION_APP_ID = "local-aws-function"
# moto reads an access key only if it has the 20 characters of a real one.
_ACCESS_KEY_PREFIX = "LOCALAWS"
_ACCOUNT_DIGITS = 12


def access_key(account: str) -> str:
    """Return the access key of an account in the local AWS."""
    return _ACCESS_KEY_PREFIX + account


def account_of(key: str) -> str | None:
    """Return the account of a key from `access_key`; None for any other key."""
    account = key.removeprefix(_ACCESS_KEY_PREFIX)
    made = key.startswith(_ACCESS_KEY_PREFIX)
    return account if made and len(account) == _ACCOUNT_DIGITS and account.isdigit() else None


def client_variables(endpoint_url: str, account: str, region: str) -> dict[str, str]:
    """Return variables for AWS clients that override the user's own configuration."""
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": access_key(account),
        "AWS_SECRET_ACCESS_KEY": DUMMY_SECRET,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def function_variables(endpoint_url: str, account: str, region: str) -> dict[str, str]:
    """Return variables for a Lambda function, with a mark in the user agent."""
    variables = client_variables(endpoint_url, account, region)
    return {**variables, "AWS_SDK_UA_APP_ID": FUNCTION_APP_ID}
