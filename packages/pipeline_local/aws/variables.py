"""Environment variables that lead a process to the local AWS, and to nothing else."""

from __future__ import annotations

import os

DUMMY_SECRET = "local"  # noqa: S105 (the local AWS checks no signature)
# The user agent of a function's clients holds this (AWS_SDK_UA_APP_ID).
FUNCTION_APP_ID = "local-aws-function"
# moto reads an access key only if it has the 20 characters of a real one.
_ACCESS_KEY_PREFIX = "LOCALAWS"
_ACCOUNT_DIGITS = 12


def access_key(account: str) -> str:
    """Make the access key by which the local AWS knows an account."""
    return _ACCESS_KEY_PREFIX + account


def account_of(key: str) -> str | None:
    """Tell the account of a key that `access_key` made; None for any other key."""
    account = key.removeprefix(_ACCESS_KEY_PREFIX)
    made = key.startswith(_ACCESS_KEY_PREFIX)
    return account if made and len(account) == _ACCOUNT_DIGITS and account.isdigit() else None


def client_variables(endpoint_url: str, account: str, region: str) -> dict[str, str]:
    """Lead the AWS clients of a process to the local AWS.

    Returns
    -------
    dict of str to str
        To be put over the environment. The user's own AWS configuration is shut out.
    """
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
    """Lead the AWS clients of a Lambda function, and mark what they send as a function's."""
    variables = client_variables(endpoint_url, account, region)
    return {**variables, "AWS_SDK_UA_APP_ID": FUNCTION_APP_ID}
