"""The stacks that are deployed, as a side of a comparison: CloudFormation's own templates."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloud_assembly.cloud_assembly import CloudAssembly
from mlops.aws_calls import explained
from mlops_common.errors import MlopsError
from mlops_common.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from cloud_assembly.stack import Stack
    from mlops.review.snapshots import Side
    from pipeline_local.aws import Aws

_LABEL = "what is deployed"


def with_deployed(
    before: Side,
    after: Side,
    names: Sequence[str],
    folder: Path,
    connected: Callable[[str, str], Aws],
) -> Side:
    """Put the deployed stacks of some environments in the place of what `before` has for them.

    Parameters
    ----------
    names : sequence of str
        The environments. One without any deployed stack stays as it is in `before`.
    folder : Path
        Where the templates are written.
    connected : callable
        Connects to a Region and an account.
    """
    environments, notes, read = dict(before.environments), list(before.notes), list[str]()
    for name in names:
        stacks = _deployed(_known(name, (before, after)), connected)
        if stacks:
            environments[name] = _write(folder / name, stacks)
            read.append(name)
        else:
            notes.append(f"{name}: no stack is deployed; compared with {before.label}")
    others = [name for name in environments if name not in read]
    parts = [f"{_LABEL} of {', '.join(read)}"] if read else []
    parts += [f"{before.label} of {', '.join(others)}"] if read and others else []
    label = " and ".join(parts) or before.label
    return replace(before, label=label, environments=environments, notes=tuple(notes))


def _known(name: str, sides: Iterable[Side]) -> list[Stack]:
    """Return the stacks that an environment has on either side."""
    found = {
        (stack.account, stack.region, stack.name): stack
        for side in sides
        if name in side.environments
        for stack in CloudAssembly(side.environments[name]).stacks
    }
    if not found:
        raise MlopsError(f"--deployed {name}: no such environment here")
    return list(found.values())


def _deployed(stacks: Iterable[Stack], connected: Callable[[str, str], Aws]) -> list[Stack]:
    clients: dict[tuple[str, str], Any] = {}
    found = []
    # A template that has the code of a function or job names it by its hash only.
    assets = {key: path for stack in stacks for key, path in stack.assets.items()}
    for stack in stacks:
        place = (stack.region, stack.account)
        if place not in clients:
            clients[place] = _client(connected(*place))
        template = _template(clients[place], stack.name)
        if template is not None:
            found.append(replace(stack, template=template, assets=assets))
    return found


def _client(aws: Aws) -> Any:
    found = aws.client("sts").get_caller_identity()["Account"]
    if found != aws.account:
        raise MlopsError(
            f"--deployed: the credentials are of account {found}, the stacks of {aws.account}"
        )
    return aws.client("cloudformation")


def _template(client: Any, name: str) -> dict[str, Any] | None:
    from botocore.exceptions import ClientError

    advice = f"--deployed: stack {name} cannot be read; it takes cloudformation:GetTemplate"
    try:
        with explained(advice, "AccessDenied", "Unauthorized"):
            body = client.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise
    if not isinstance(body, dict):  # CDK's are JSON, which boto3 reads
        raise MlopsError(f"--deployed: the template of stack {name} is not the CDK's: no JSON")
    return dict(body)


def _write(folder: Path, stacks: Iterable[Stack]) -> Path:
    """Write an assembly of the stacks; their files stay where they are."""
    artifacts = {}
    for stack in stacks:
        file = f"{stack.name}.template.json"
        write_atomically(folder / file, json.dumps(stack.template))
        files = {
            key: {"source": {"path": str(path)}, "destinations": {"": {"objectKey": key}}}
            for key, path in stack.assets.items()
        }
        write_atomically(folder / f"{stack.name}.assets.json", json.dumps({"files": files}))
        artifacts[stack.name] = {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{stack.account}/{stack.region}",
            "properties": {"templateFile": file, "stackName": stack.name},
        }
    write_atomically(folder / "manifest.json", json.dumps({"artifacts": artifacts}))
    return folder
