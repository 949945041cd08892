"""An assembly of the platform in a local AWS, which a test may change."""

from __future__ import annotations

import hashlib
import json
import shlex
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline_local.aws import Aws
from pipeline_local.local_aws import keeper
from tests.integration.pipeline_local.cloudformation.command_line import REGION, Cdk
from tests.integration.pipeline_local.cloudformation.walking import walk
from tests.integration.pipeline_local.cloudformation.walking_notes import OTHER_IDS, REASONS
from tests.synthesis import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNTS = {"dev": "111111111111", "staging": "222222222222", "prod": "333333333333"}
WHOLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


@dataclass(frozen=True)
class Platform:
    """A local AWS, and an assembly that a test may change."""

    state: Path
    assembly: Path
    folder: Path

    def cdk(self, environment: str = "dev") -> Cdk:
        return Cdk(self.state, ACCOUNTS[environment], self.folder)

    def aws(self, account: str, region: str = REGION) -> Aws:
        return Aws(region, account, keeper.ensure_server(self.state))

    def at(self, region: str, account: str) -> Aws:
        """Connect as the commands do."""
        return self.aws(account, region)

    def bootstrap(self, environment: str) -> None:
        """Run the commands that `mlops bootstrap-policy` prints."""
        file = self.folder / f"bootstrap-{environment}.json"
        words = ["mlops", "bootstrap-policy", "-e", environment, "--output", str(file), "--json"]
        facts = json.loads(_run(words, self.cdk(environment).variables(), PROJECT))
        for command in facts["commands"]:
            _run(shlex.split(command), self.cdk(environment).variables(), self.folder)

    def template(self, stack: str) -> tuple[Path, dict[str, Any]]:
        """Return the template of a stack of dev, such as ``Keys``."""
        (path,) = (self.assembly / "assembly-dev").glob(f"dev{stack}????????.template.json")
        return path, json.loads(path.read_text())

    def put(self, path: Path, text: str) -> None:
        """Write a template, under the hash of its content as the command line publishes it."""
        before, after = _digest(path.read_text()), _digest(text)
        path.write_text(text)
        stem = path.name.removesuffix(".template.json")
        for other in (path.with_name(f"{stem}.assets.json"), path.with_name("manifest.json")):
            described = other.read_text()
            assert before in described
            other.write_text(described.replace(before, after))

    def review(self, against: Path) -> str:
        """Run what a pull request's check runs, with the rights of dev."""
        words = ["mlops", "review", str(self.assembly), "-e", "dev", "--deployed", "dev"]
        words += ["--against", str(against), "--json"]
        return _run(words, self.cdk().variables(), PROJECT)

    def statuses(self) -> dict[str, str]:
        client = self.aws(ACCOUNTS["dev"]).client("cloudformation")
        pages = client.get_paginator("describe_stacks").paginate()
        return {s["StackName"]: s["StackStatus"] for page in pages for s in page["Stacks"]}

    def compare(self) -> None:
        """Ask for every resource, property by property."""
        done = walk(self.state, self.aws)
        assert done.missing == []
        assert set(done.differences) <= set(REASONS), done.examples
        assert sum(done.differences.values()) <= done.properties / 100
        assert done.other_ids.keys() <= set(OTHER_IDS), done.other_ids


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _run(words: list[str], variables: dict[str, str], folder: Path) -> str:
    done = subprocess.run(
        words, env=variables, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout


def too_long_policy(others: list[str]) -> dict[str, Any]:
    """Return a policy that is too long, which is created last."""
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    document = {
        "Version": "2012-10-17",
        "Statement": [{**statement, "Sid": f"Statement{n}"} for n in range(100)],
    }
    properties = {"ManagedPolicyName": "too-long", "PolicyDocument": document}
    return {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties, "DependsOn": others}


def plant_last(resources: dict[str, Any]) -> None:
    """Add a fault after all others, but for what CloudFormation cannot take back."""
    kept = [
        each for each in resources.values() if "MutationProtection" in each.get("Properties", ())
    ]
    others = [name for name, each in resources.items() if each not in kept]
    resources["Fault"] = too_long_policy(others)
    for each in kept:
        each["DependsOn"] = [*each.get("DependsOn", ()), "Fault"]


def first_alarm(template: dict[str, Any]) -> dict[str, Any]:
    return next(
        each for each in template["Resources"].values() if each["Type"] == "AWS::CloudWatch::Alarm"
    )
