"""A session of the SageMaker Python SDK that composes pipelines offline."""

from __future__ import annotations

import functools
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def without_aws_settings() -> Iterator[None]:
    """Hide the profile, region and credentials of the caller.

    The SDK looks for them when it is imported, and fails on a profile that does not exist. The
    region never enters a definition: one there is a placeholder.
    """
    hidden = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    for name in hidden:
        del os.environ[name]
    os.environ.update(
        AWS_DEFAULT_REGION="us-east-1",
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
        SAGEMAKER_VALIDATE_ROLE="false",
    )
    try:
        yield
    finally:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update(hidden)


with without_aws_settings():
    import boto3
    import botocore.session
    from sagemaker.core.workflow.pipeline_context import PipelineSession


class _OfflineSession(PipelineSession):  # type: ignore[misc]
    """A session that composes pipelines and cannot reach AWS."""

    def __init__(self, region: str, bucket: str) -> None:
        # Literal, unusable credentials, and no profile or files: boto3 must not search the
        # machine for real ones, nor fail on a profile that does not exist.
        offline = botocore.session.Session(
            session_vars={
                "profile": (None, None, None, None),
                "config_file": (None, None, os.devnull, None),
                "credentials_file": (None, None, os.devnull, None),
            }
        )
        boto_session = boto3.Session(
            aws_access_key_id="offline",
            aws_secret_access_key="offline",  # noqa: S106 - a word, not a secret
            region_name=region,
            botocore_session=offline,
        )
        # A configuration given here keeps the SDK from reading files of the machine and the user,
        # which would make a synth depend on who runs it.
        super().__init__(
            boto_session=boto_session,
            default_bucket=bucket,
            sagemaker_config={"SchemaVersion": "1.0"},
        )
        self._offline_bucket = bucket

    def default_bucket(self) -> str:
        """Return the bucket that the environment owns; the SDK would create one."""
        return self._offline_bucket


# Making one takes most of a second: it makes clients, and checks the schema of its configuration.
@functools.cache
def offline_session(region: str, bucket: str) -> PipelineSession:
    """Return a session for composing pipelines without credentials or network.

    Teams may hand it to the SDK's own classes (``ScriptProcessor`` …). It is the same one for the
    same region and bucket, a name or placeholder: composing leaves nothing behind in it.
    """
    return _OfflineSession(region, bucket)
