"""A place in the local AWS for resource types, and what their properties name."""

from __future__ import annotations

import io
import json
import time
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.cloudformation.resource_type import Context, NotFoundError
from pipeline_local.local_aws import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pipeline_local.aws import Aws
    from pipeline_local.cloudformation.resource_type import Resource, ResourceType

REGION, ACCOUNT = "eu-central-1", "111111111111"


@dataclass
class Place:
    """An account and region of a local AWS."""

    aws: Aws
    state: Path
    said: list[str] = field(default_factory=list)

    def context(self, logical_id: str = "Thing") -> Context:
        return Context(
            client=self.aws.client,
            account=ACCOUNT,
            region=REGION,
            partition="aws",
            stack_id=f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/small/0",
            stack_name="small",
            logical_id=logical_id,
            generated_name=f"small-{logical_id}-0A1B2C3D4E5F",
            say=self.said.append,
        )

    def role(self, name: str, *services: str) -> str:
        trust = [
            {
                "Effect": "Allow",
                "Principal": {"Service": f"{service}.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
            }
            for service in services
        ]
        client = self.aws.client("iam")
        document = json.dumps({"Version": "2012-10-17", "Statement": trust})
        try:
            client.create_role(RoleName=name, AssumeRolePolicyDocument=document)
        except client.exceptions.EntityAlreadyExistsException:  # by another module
            client.update_assume_role_policy(RoleName=name, PolicyDocument=document)
        return f"arn:aws:iam::{ACCOUNT}:role/{name}"

    def bucket(self, name: str) -> str:
        place: Any = {"LocationConstraint": REGION}
        self.aws.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=place)
        return name

    def archive(self, bucket: str, key: str, **files: str) -> None:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for module, text in files.items():
                archive.writestr(f"{module}.py", text)
        self.aws.client("s3").put_object(Bucket=bucket, Key=key, Body=content.getvalue())

    def wait_until(self, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not reached():
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def live(
        self,
        kind: ResourceType,
        properties: Mapping[str, Any],
        changes: Mapping[str, Any],
        *,
        unread: tuple[str, ...] = (),
    ) -> Resource:
        """Create, read, update, read, delete, and read in vain: what is read is what was asked."""
        context = self.context()
        made = kind.create(context, properties)
        assert _differences(kind.read(context, made.physical_id), properties, unread) == {}
        after = {
            key: value for key, value in {**properties, **changes}.items() if value is not None
        }
        if changes:
            changed = kind.update(context, made.physical_id, properties, after)
            assert changed == made
            found = kind.read(context, made.physical_id)
            assert _differences(found, after, unread) == {}
            gone = [key for key, value in changes.items() if value is None]
            assert not [found[key] for key in gone if found.get(key)]
        kind.delete(context, made.physical_id, after)
        with pytest.raises(NotFoundError):
            kind.read(context, made.physical_id)
        kind.delete(context, made.physical_id, after)
        return made


def _differences(
    found: Mapping[str, Any], wanted: Mapping[str, Any], unread: tuple[str, ...]
) -> dict[str, Any]:
    names = [name for name in wanted if name not in unread]
    return {
        name: (wanted[name], found.get(name))
        for name in names
        if not _holds(found.get(name), wanted[name])
    }


def _holds(found: Any, wanted: Any) -> bool:
    """Return whether a found value holds all of a wanted one; a service may add defaults."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(
            key in found and _holds(found[key], value) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(found, list)
            and len(found) == len(wanted)
            and all(_holds(a, b) for a, b in zip(found, wanted, strict=True))
        )
    return bool(found == wanted or str(found) == str(wanted))


@pytest.fixture(scope="module")
def place(server_state: Path) -> Place:
    """The account and region of these tests in the local AWS of the process."""
    return Place(connect(REGION, ACCOUNT, state=server_state), server_state)
