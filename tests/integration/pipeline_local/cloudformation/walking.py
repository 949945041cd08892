"""Every resource of every stack, as its service's own API answers it, beside its template."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloud_assembly.attributes import is_custom
from pipeline_local.cloudformation.registry import resource_types
from pipeline_local.cloudformation.resource_type import Context, NotFoundError
from pipeline_local.cloudformation.schemas import schema_of
from pipeline_local.cloudformation.steps import GONE, generated_name
from pipeline_local.cloudformation.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline_local.aws import Aws
    from pipeline_local.cloudformation.stacks import Record, Stack


@dataclass
class Walk:
    """What was compared."""

    resources: int = 0
    properties: int = 0
    missing: list[str] = field(default_factory=list)
    differences: Counter[str] = field(default_factory=Counter)  # by type and property
    examples: dict[str, str] = field(default_factory=dict)
    other_ids: dict[str, str] = field(default_factory=dict)  # by type, an example


def stored_stacks(state: Path) -> list[Stack]:
    """Read the stacks of a local AWS, which may run."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(state / "cloudformation", copy)
        store = Store(copy)
        store.close()
        return [each for each in store.stacks.values() if not each.is_gone]


def walk(state: Path, connected: Callable[[str, str], Aws]) -> Walk:
    """Ask for every resource of every stack."""
    done = Walk()
    for stack in stored_stacks(state):
        aws = connected(stack.account, stack.region)
        for record in stack.records.values():
            if record.status not in GONE and not is_custom(record.kind):
                _compare(stack, record, aws, done)
    return done


def context_of(stack: Stack, record: Record, aws: Aws) -> Context:
    """Return what a type needs to handle a resource."""
    return Context(
        client=aws.client,
        account=stack.account,
        region=stack.region,
        partition="aws",
        stack_id=stack.id,
        stack_name=stack.name,
        logical_id=record.logical_id,
        generated_name=generated_name(stack, record),
    )


def _compare(stack: Stack, record: Record, aws: Aws, done: Walk) -> None:
    done.resources += 1
    expected = primary_identifier(record, stack.region)
    if expected != record.physical_id:
        done.other_ids.setdefault(record.kind, f"{record.physical_id}, not {expected}")
    context = context_of(stack, record, aws)
    try:
        found = resource_types()[record.kind].read(context, record.physical_id)
    except NotFoundError:
        done.missing.append(f"{stack.name} {record.logical_id} {record.kind}")
        return
    for path, wanted, is_ in _leaves(record.properties, found, ""):
        done.properties += 1
        if not _same(record, path, wanted, is_, aws):
            name = f"{record.kind} {path}"
            done.differences[name] += 1
            done.examples.setdefault(name, f"{stack.name} {record.logical_id}: {wanted!r} {is_!r}")


def primary_identifier(record: Record, region: str) -> str:
    """Return what CloudFormation calls a resource by the registry: its identifier's parts."""
    known = {**record.properties, **record.attributes}
    parts = [
        str(known[name]) if name in known else record.physical_id
        for pointer in schema_of(record.kind, region)["primaryIdentifier"]
        for name in [pointer.rpartition("/")[2]]
    ]
    return "|".join(dict.fromkeys(parts))


def _same(record: Record, path: str, wanted: Any, is_: Any, aws: Aws) -> bool:
    if (record.kind, path) == ("AWS::IAM::Role", "ManagedPolicyArns"):
        return set(wanted) <= set(is_)  # managed policies name their roles, too
    if path.rpartition(".")[0] in {"Code", "Content"} and path.endswith(("S3Bucket", "S3Key")):
        return _digest(record, aws) == _digest_of_source(record, aws)
    return bool(_plain(wanted) == _plain(is_))


def _digest(record: Record, aws: Aws) -> str:
    """Return the digest that Lambda tells of its code: it does not tell whence the code came."""
    client = aws.client("lambda")
    if record.kind == "AWS::Lambda::Function":
        found = client.get_function(FunctionName=record.physical_id)["Configuration"]
    else:
        name, _, version = record.physical_id.rpartition(":")
        made = client.get_layer_version(LayerName=name, VersionNumber=int(version))
        found = made["Content"]
    return str(found["CodeSha256"])


def _digest_of_source(record: Record, aws: Aws) -> str:
    source = record.properties.get("Code") or record.properties["Content"]
    client = aws.client("s3")
    body = client.get_object(Bucket=source["S3Bucket"], Key=source["S3Key"])["Body"].read()
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def _leaves(wanted: Any, is_: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield each property that the template writes; a list is one, as is a policy."""
    if isinstance(wanted, dict) and not _is_policy(wanted) and wanted:
        for name, inner in wanted.items():
            below = is_.get(name) if isinstance(is_, dict) else None
            yield from _leaves(inner, below, f"{path}.{name}" if path else name)
    else:
        yield path, wanted, is_


def _is_policy(value: dict[str, Any]) -> bool:
    return "Statement" in value


def _plain(value: Any) -> Any:
    """Return a value without what no API keeps: the order of tags, and texts of scalars."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return _plain(json.loads(value))
        except ValueError:
            return value
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        plain = [_plain(each) for each in value]
        tags = all(isinstance(each, dict) and {"Key", "Value"} == set(each) for each in plain)
        return sorted(plain, key=lambda each: each["Key"]) if tags and plain else plain
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else str(value)
