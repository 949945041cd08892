"""Whatever a template makes is looked for after a tear-down, or goes with something that is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mlops.teardown.kinds import KINDS

if TYPE_CHECKING:
    from pathlib import Path

LOOKED_FOR = {resource_type for kind in KINDS for resource_type in kind.types}
# Types that are not looked for: the type that they go with, and why they cannot stay alone.
COVERED = {
    "AWS::EC2::SecurityGroupEgress": ("AWS::EC2::SecurityGroup", "a rule of its group"),
    "AWS::EC2::SecurityGroupIngress": ("AWS::EC2::SecurityGroup", "a rule of its group"),
    "AWS::EC2::SubnetRouteTableAssociation": ("AWS::EC2::Subnet", "a property of its subnet"),
    "AWS::EC2::VPCDHCPOptionsAssociation": ("AWS::EC2::VPC", "a property of its VPC"),
    "AWS::Events::EventBusPolicy": ("AWS::Events::EventBus", "a property of its bus"),
    "AWS::IAM::Policy": ("AWS::IAM::Role", "written into its role"),
    "AWS::Lambda::Permission": ("AWS::Lambda::Function", "a statement of its function's policy"),
    "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation": (
        "AWS::Route53Resolver::ResolverQueryLoggingConfig",
        "a property of its configuration",
    ),
    "AWS::S3::BucketPolicy": ("AWS::S3::Bucket", "a property of its bucket"),
    "AWS::SNS::Subscription": ("AWS::SNS::Topic", "DeleteTopic deletes its subscriptions"),
    "AWS::SNS::TopicPolicy": ("AWS::SNS::Topic", "a property of its topic"),
    "AWS::ServiceCatalog::LaunchRoleConstraint": (
        "AWS::ServiceCatalog::Portfolio",
        "a property of a product in its portfolio",
    ),
    "AWS::ServiceCatalog::PortfolioPrincipalAssociation": (
        "AWS::ServiceCatalog::Portfolio",
        "a property of its portfolio",
    ),
    "AWS::ServiceCatalog::PortfolioProductAssociation": (
        "AWS::ServiceCatalog::Portfolio",
        "a property of its portfolio",
    ),
    "AWS::SQS::QueuePolicy": ("AWS::SQS::Queue", "a property of its queue"),
    "Custom::CDKBucketDeployment": ("AWS::S3::Bucket", "objects in a bucket"),
    "Custom::VpcRestrictDefaultSG": ("AWS::EC2::VPC", "rules of the VPC's own group"),
}


def _resources(assembly: Path) -> list[dict[str, str]]:
    return [
        body
        for path in assembly.rglob("*.template.json")
        for body in json.loads(path.read_text()).get("Resources", {}).values()
    ]


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_no_type_of_a_template_is_forgotten(all_environments: Path, environment: str) -> None:
    types = {each["Type"] for each in _resources(all_environments / f"assembly-{environment}")}
    assert types
    assert types - LOOKED_FOR - set(COVERED) == set()


def test_what_goes_with_another_names_one_that_is_looked_for() -> None:
    assert {other for other, _ in COVERED.values()} <= LOOKED_FOR
    assert all(reason for _, reason in COVERED.values())
    assert not LOOKED_FOR & set(COVERED)


def test_what_templates_retain_is_data(all_environments: Path) -> None:
    """Else a second run would delete what the first one left on purpose."""
    retained = {
        each["Type"]
        for each in _resources(all_environments)
        if "Retain" in str(each.get("DeletionPolicy"))
    }
    data = {resource_type for kind in KINDS if kind.is_data for resource_type in kind.types}
    assert retained <= data
    # What keeps data has them in a bucket, a repository, a registry or under a key.
    assert "AWS::CodeCommit::Repository" in retained
