"""Execution of a buildspec on this machine, against the local AWS or boto3's configuration."""

from __future__ import annotations

import os
import secrets
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mlops_common.errors import MlopsError
from pipeline_local.builds import keeping, network
from pipeline_local.builds.buildspec import Phase, read_buildspec
from pipeline_local.builds.execution import BuildEnd, Execution
from pipeline_local.builds.source import copy_source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline_local.aws import Aws
    from pipeline_local.builds.buildspec import Buildspec

FOLDER = Path("build") / "builds"
_IMAGE = "local"
_MINUTES = 60.0
# Variables of the user that a build inherits.
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE")
_MADE_BY_INSTALL = (".venv", "node_modules")
_PACKAGE_INDEX = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX")


@dataclass(frozen=True)
class BuildRequest:
    """A build to execute."""

    spec: Path  # the buildspec file, below `source`
    source: Path  # the project; files that git knows are copied
    project: str = "local"
    variables: Mapping[str, str] = field(default_factory=dict)  # override the file's
    # Archives of earlier builds by name, each unpacked in ``CODEBUILD_SRC_DIR_<name>``.
    inputs: Mapping[str, Path] = field(default_factory=dict)
    index: str | None = None  # URL of a package index on loopback
    initiator: str = "local"
    minutes: float = _MINUTES
    install: bool = True  # without: the project's own .venv and node_modules
    hands_on: bool = True  # keep artifacts; CodePipeline actions without outputs do not


def run_build(request: BuildRequest, aws: Aws, say: Callable[[str], None]) -> BuildEnd:
    """Execute a buildspec."""
    spec = read_buildspec(request.source / request.spec)
    looked_up = _looked_up(spec, aws)
    run_id = secrets.token_hex(6)
    folder = request.source / FOLDER / run_id
    source, home = folder / "src" / "source", folder / "home"
    home.mkdir(parents=True)
    revision = copy_source(request.source, source)
    if not request.install:
        _link_installed(request.source, source)
        spec = replace(spec, phases={**spec.phases, "install": Phase()})
    if not request.hands_on:
        spec = replace(spec, artifacts=None, secondary={})
    end = BuildEnd(f"{request.project}:{run_id}", folder, notes=list(spec.notes))
    configured = {**spec.variables, **looked_up, **request.variables}
    index = dict.fromkeys(_PACKAGE_INDEX, request.index) if request.index else {}
    own = _own_variables(request, end, aws, source, revision)
    for name, archive in request.inputs.items():
        keeping.unpack(archive, folder / "src" / name)
        own[f"CODEBUILD_SRC_DIR_{name}"] = str(folder / "src" / name)
    variables = {**_machine(home), **index, **aws.environment(), **configured, **own}
    shared_network = network.network_note()
    if shared_network:
        end.notes.append(shared_network)
    for note in end.notes:
        say(f"note: {note}")
    ports = _ports(aws.endpoint_url, request.index)
    say(f"build {end.build_id}: {folder}")

    def wrap(command: Sequence[str]) -> list[str]:
        return list(command) if shared_network else network.wrap(ports, list(command))

    with (folder / "log").open("ab", buffering=0) as log:
        build = Execution(
            spec,
            source,
            variables=variables,
            end=end,
            log=log,
            seconds=request.minutes * 60,
            wrap=wrap,
            say=say,
        )
        return build.run()


def _link_installed(project: Path, source: Path) -> None:
    for name in _MADE_BY_INSTALL:
        if (project / name).exists():
            (source / name).symlink_to((project / name).resolve())


def _looked_up(spec: Buildspec, aws: Aws) -> dict[str, str]:
    """Look up parameters and secrets; a missing one fails the build before it starts."""
    from botocore.exceptions import ClientError

    values = {}
    for variable, name in spec.parameters.items():
        try:
            answer = aws.client("ssm").get_parameter(Name=name, WithDecryption=True)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise MlopsError(f"env.parameter-store.{variable}: {name}: {code}") from None
        values[variable] = answer["Parameter"]["Value"]
    for variable, reference in spec.secrets.items():
        values[variable] = _secret(variable, reference, aws)
    return values


def _secret(variable: str, reference: str, aws: Aws) -> str:
    """Look up ``secret-id:json-key:version-stage:version-id``, all but the first optional."""
    import json

    from botocore.exceptions import ClientError

    where = f"env.secrets-manager.{variable}"
    # An ARN contains colons itself: seven parts up to the name.
    parts = reference.split(":")
    count = 7 if reference.startswith("arn:") else 1
    secret, rest = ":".join(parts[:count]), [*parts[count:], "", "", ""]
    options = {"VersionStage": rest[1], "VersionId": rest[2]}
    try:
        answer: Any = aws.client("secretsmanager").get_secret_value(
            SecretId=secret, **{key: value for key, value in options.items() if value}
        )
    except ClientError as error:
        raise MlopsError(f"{where}: {secret}: {error.response['Error']['Code']}") from None
    text = str(answer["SecretString"])
    if not rest[0]:
        return text
    try:
        return str(json.loads(text)[rest[0]])
    except (ValueError, KeyError, TypeError):
        raise MlopsError(f"{where}: secret {secret} has no key {rest[0]}") from None


def _own_variables(
    request: BuildRequest, end: BuildEnd, aws: Aws, source: Path, revision: str
) -> dict[str, str]:
    """Return the variables that CodeBuild sets in every build."""
    build_id, folder = end.build_id, end.folder
    return {
        "CI": "true",
        "CODEBUILD_CI": "true",
        "CODEBUILD_BUILD_ARN": f"arn:aws:codebuild:{aws.region}:{aws.account}:build/{build_id}",
        "CODEBUILD_BUILD_ID": build_id,
        "CODEBUILD_BUILD_IMAGE": _IMAGE,
        "CODEBUILD_BUILD_NUMBER": str(sum(1 for _ in folder.parent.iterdir())),
        "CODEBUILD_INITIATOR": request.initiator,
        "CODEBUILD_KMS_KEY_ID": f"arn:aws:kms:{aws.region}:{aws.account}:alias/aws/s3",
        "CODEBUILD_LOG_PATH": build_id.rsplit(":", 1)[-1],
        "CODEBUILD_PROJECT_UUID": request.project,
        "CODEBUILD_RESOLVED_SOURCE_VERSION": revision,
        "CODEBUILD_SOURCE_VERSION": revision,
        "CODEBUILD_SOURCE_REPO_URL": "",
        "CODEBUILD_SRC_DIR": str(source),
        "CODEBUILD_START_TIME": str(int(time.time() * 1000)),
    }


def _machine(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    # The Python and Node that this command runs with, as the image of a project has its own.
    tools = str(Path(sys.executable).parent)
    path = os.pathsep.join([tools, kept.get("PATH", os.defpath)])
    return {**kept, "PATH": path, "HOME": str(home), "NO_PROXY": "127.0.0.1,localhost"}


def _ports(*addresses: str | None) -> tuple[int, ...]:
    """Return the ports that a build may reach; refuse addresses outside of loopback."""
    ports = []
    for address in filter(None, addresses):
        url = urlsplit(address)
        if url.hostname not in {"127.0.0.1", "localhost"}:
            raise MlopsError(f"{address}: a build here reaches only what is on loopback")
        ports.append(url.port or (443 if url.scheme == "https" else 80))
    return tuple(dict.fromkeys(ports))
