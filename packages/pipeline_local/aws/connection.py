"""Clients of AWS itself, of an emulator, or of the tool's own server."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, Literal, overload

from mlops_common.errors import MlopsError
from pipeline_local.aws.control import ask
from pipeline_local.aws.patterns import PatternError, check_pattern
from pipeline_local.aws.variables import DUMMY_SECRET, access_key, client_variables
from pipeline_schema.api_model import api_models

if TYPE_CHECKING:
    from boto3 import Session
    from botocore.config import Config
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_ssm import SSMClient

    from pipeline_local.aws.address import Address
    from pipeline_local.aws.functions import FunctionTarget

_LONGEST_INVOCATION_SECONDS = 900  # Lambda quotas, "Function timeout"


class Aws:
    """Clients of one account and region, which threads may share.

    Without the tool's own server, boto3's standard configuration applies.
    """

    def __init__(self, region: str, account: str, server: Address | None = None) -> None:
        self.region = region
        self.account = account
        self._server = server
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}
        self._session: Session | None = None

    @property
    def endpoint_url(self) -> str | None:
        """The endpoint of requests; None for AWS itself."""
        if self._server is not None:
            return self._server.url
        return os.environ.get("AWS_ENDPOINT_URL") or None

    @property
    def is_local(self) -> bool:
        """True if the tool's own server answers. For display: nothing should depend on it."""
        return self._server is not None

    @overload
    def client(self, service: Literal["s3"]) -> S3Client: ...
    @overload
    def client(self, service: Literal["sagemaker"]) -> SageMakerClient: ...
    @overload
    def client(self, service: Literal["ssm"]) -> SSMClient: ...
    @overload
    def client(self, service: str) -> Any: ...
    def client(self, service: str) -> Any:
        """Return a boto3 client; the same one for the same service."""
        from botocore.exceptions import BotoCoreError

        with self._lock:  # sessions are not safe for threads
            if service not in self._clients:
                try:
                    self._clients[service] = self._make(service)
                except BotoCoreError as error:
                    raise MlopsError(f"AWS configuration: {error}") from error
            return self._clients[service]

    def environment(self) -> dict[str, str]:
        """Return the variables that point a child process's clients to the same endpoint."""
        if self._server is not None:
            return client_variables(self._server.url, self.account, self.region)
        return {"AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}

    def register_event_target(
        self, name: str, event_pattern: dict[str, Any], function: FunctionTarget
    ) -> bool:
        """Run a function for the events that match a pattern, as a deployed rule does.

        A rule of the same name is replaced. Other endpoints have an EventBridge: nothing is done.
        """
        try:
            check_pattern(event_pattern)
        except PatternError as error:
            raise MlopsError(f"event rule {name}: {error}") from error
        content = {"name": name, "event_pattern": event_pattern, "function": function.to_json()}
        return self._send("event-targets", content)

    def functions(self) -> dict[str, FunctionTarget]:
        """Return the functions of the local AWS by ARN; other endpoints invoke their own."""
        from pipeline_local.aws.functions import FunctionTarget

        known = (ask(self._server, "functions") if self._server else None) or {}
        return {arn: FunctionTarget.from_json(facts) for arn, facts in known.items()}

    def register_function(self, arn: str, function: FunctionTarget) -> bool:
        """Register a function by its ARN for Lambda steps.

        Other endpoints have their own Lambda: nothing is done.
        """
        return self._send("functions", {"arn": arn, "function": function.to_json()})

    def _send(self, name: str, content: object) -> bool:
        if self._server is None:
            return False
        if ask(self._server, name, content) is None:
            raise MlopsError(f"the local AWS at {self._server.url} does not answer")
        return True

    def _make(self, service: str) -> Any:
        if self._session is None:
            self._session = self._make_session()
        session: Any = self._session  # its stubs know literal names of services only
        patience = _patience() if service == "lambda" else None
        if self._server is None:
            return session.client(service, config=patience)
        config = _loopback_config()
        config = config.merge(patience) if patience else config
        return session.client(service, endpoint_url=self._server.url, config=config)

    def _make_session(self) -> Session:
        import boto3
        import botocore.session

        if self._server is None:
            return boto3.Session(region_name=self.region)
        # The user's profile and files could name other endpoints, or be broken.
        core = botocore.session.Session(
            session_vars={
                "profile": (None, None, None, None),
                "config_file": (None, None, os.devnull, None),
                "credentials_file": (None, None, os.devnull, None),
                "region": ("region", None, self.region, None),
            }
        )
        core.register_component("data_loader", api_models())
        return boto3.Session(
            aws_access_key_id=access_key(self.account),
            aws_secret_access_key=DUMMY_SECRET,
            region_name=self.region,
            botocore_session=core,
        )


def _patience() -> Config:
    """Return a configuration with Lambda's longest timeout and a single attempt."""
    from botocore.config import Config

    return Config(read_timeout=_LONGEST_INVOCATION_SECONDS, retries={"total_max_attempts": 1})


def _loopback_config() -> Config:
    from botocore.config import Config

    return Config(
        proxies={},
        s3={"addressing_style": "path"},
        use_dualstack_endpoint=False,
        use_fips_endpoint=False,
        retries={"mode": "standard", "max_attempts": 3},
        max_pool_connections=32,
    )
