"""Buckets, keys and roles that callers use, and what the promises say of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from promises.catalog import PROMISES
from promises.proving import Outcome, Verdict, outcomes_of
from promises.world import worlds_of

if TYPE_CHECKING:
    from pathlib import Path

    from promises.world import World

HERE, THERE = "123456789012", "999988887777"


def world_of_resources(folder: Path, resources: dict[str, Any]) -> World:
    file = folder / "team.template.json"
    file.write_text(json.dumps({"Resources": resources}))
    (found,) = worlds_of([file])
    return found


def judged_resources(folder: Path, number: int, resources: dict[str, Any]) -> Outcome:
    (promise,) = (each for each in PROMISES if each.number == number)
    (found,) = outcomes_of(world_of_resources(folder, resources), [promise], timeout=5)
    return found


def verdicts(folder: Path, number: int, resources: dict[str, Any]) -> dict[str, Verdict]:
    """Judge many resources at once: who is broken or undecided, by logical id."""
    found: dict[str, Verdict] = {}
    for each in judged_resources(folder, number, resources).breaches:
        name = each.subject.removeprefix("team/")
        if found.get(name) is not Verdict.BROKEN:
            found[name] = each.verdict
    return found


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **e} for e in statements]}


def role_for(principal: object, action: str, *conditions: dict[str, Any]) -> dict[str, Any]:
    condition = {operator: keys for each in conditions for operator, keys in each.items()}
    asked = {"Condition": condition} if condition else {}
    trusted = {"Principal": principal, "Action": action, **asked}
    properties = {"AssumeRolePolicyDocument": document(trusted)}
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def bucket_for(*statements: dict[str, Any], name: str = "Data") -> dict[str, Any]:
    bucket_name = f"team-{name.lower()}"
    everything = [f"arn:aws:s3:::{bucket_name}", f"arn:aws:s3:::{bucket_name}/*"]
    about = [{"Action": "s3:GetObject", "Resource": everything, **each} for each in statements]
    return {
        name: {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": bucket_name}},
        f"{name}Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": name}, "PolicyDocument": document(*about)},
        },
    }


def key_for(principal: object, **more: Any) -> dict[str, Any]:
    statements = (
        {"Principal": {"AWS": HERE}, "Action": "kms:Describe*", "Resource": "*"},
        {"Principal": principal, "Action": "kms:Decrypt", "Resource": "*", **more},
    )
    return {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": document(*statements)}}
