"""A session of the SageMaker Python SDK that composes pipelines offline."""

from __future__ import annotations

import functools
import os

from pipeline_definitions.sdk_imports import sdk_imports
from pipeline_schema.api_model import api_models

with sdk_imports():
    import boto3
    import botocore.session
    from sagemaker.core.config.config_manager import SageMakerConfig
    from sagemaker.core.helper import session_helper
    from sagemaker.core.workflow.pipeline_context import PipelineSession

# The only configuration is the one below; to check the schema of it takes most of half a second.
session_helper.validate_sagemaker_config = lambda _configuration: None
SageMakerConfig.validate_sagemaker_config = staticmethod(lambda _configuration: None)


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
        # With the models of APIs that definitions are checked by: reading one takes a while.
        offline.register_component("data_loader", api_models())
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


# Making one takes a while: it makes clients.
@functools.cache
def offline_session(region: str, bucket: str) -> PipelineSession:
    """Return a session for composing pipelines without credentials or network.

    Teams may hand it to the SDK's own classes (``ScriptProcessor`` …). It is the same one for the
    same region and bucket, a name or placeholder: composing leaves nothing behind in it.
    """
    return _OfflineSession(region, bucket)
