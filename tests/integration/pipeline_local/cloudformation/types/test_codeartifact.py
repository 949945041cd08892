from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.cloudformation.resource_type import ResourceError
from pipeline_local.cloudformation.types.codeartifact import TYPES

if TYPE_CHECKING:
    from tests.integration.pipeline_local.cloudformation.types.conftest import Place

DOMAIN, REPOSITORY, GROUP = TYPES
TAGS = [{"Key": "environment", "Value": "dev"}, {"Key": "owner", "Value": "platform"}]
OTHER_TAGS = [{"Key": "owner", "Value": "other"}]
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "OurAccountOnly",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "codeartifact:*",
            "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "111111111111"}},
        }
    ],
}
PACKAGES: dict[str, Any] = {
    "DomainName": "packages",
    "EncryptionKey": "arn:aws:kms:eu-central-1:111111111111:key/0",
    "PermissionsPolicyDocument": POLICY,
    "Tags": TAGS,
}
STORE: dict[str, Any] = {
    "Description": "What was fetched",
    "DomainName": "packages",
    "ExternalConnections": ["public:pypi"],
    "PermissionsPolicyDocument": POLICY,
    "RepositoryName": "pypi-store",
    "Tags": TAGS,
}
PYPI: dict[str, Any] = {
    "Description": "From the registry only",
    "DomainName": "packages",
    "OriginConfiguration": {
        "Restrictions": {
            "ExternalUpstream": {"RestrictionMode": "ALLOW"},
            "InternalUpstream": {"RestrictionMode": "ALLOW"},
            "Publish": {"RestrictionMode": "BLOCK"},
        }
    },
    "Pattern": "/pypi/*",
    "Tags": TAGS,
}
BLOCKED = {kind: {"RestrictionMode": "BLOCK"} for kind in ("ExternalUpstream", "Publish")}


def test_a_domain(place: Place) -> None:
    changes = {"PermissionsPolicyDocument": None, "Tags": OTHER_TAGS}
    made = place.live(DOMAIN, PACKAGES, changes)
    assert made.physical_id == "arn:aws:codeartifact:eu-central-1:111111111111:domain/packages"
    assert made.attributes["Owner"] == "111111111111"


def test_repositories_and_groups_of_a_domain(place: Place) -> None:
    context = place.context()
    with pytest.raises(ResourceError, match="Domain 'packages' owned by account '111111111111'"):
        REPOSITORY.create(context, STORE)
    domain = DOMAIN.create(context, PACKAGES).physical_id
    with pytest.raises(ResourceError, match="Domain 'packages' already exists"):
        DOMAIN.create(context, PACKAGES)
    store = REPOSITORY.create(context, STORE)
    with pytest.raises(ResourceError, match="Repository 'pypi-store' already exists"):
        REPOSITORY.create(context, STORE)
    ours = {**STORE, "RepositoryName": "ours", "Upstreams": ["pypi-store"]}
    ours.pop("ExternalConnections")
    with pytest.raises(ResourceError, match="Repository 'none' does not exist"):
        REPOSITORY.create(context, {**ours, "Upstreams": ["none"]})
    changes = {"Description": None, "Tags": OTHER_TAGS, "Upstreams": None}
    made = place.live(REPOSITORY, ours, {**changes, "ExternalConnections": ["public:npmjs"]})
    assert made.attributes["DomainName"] == "packages"
    restrictions = {"OriginConfiguration": {"Restrictions": BLOCKED}}
    group = place.live(GROUP, PYPI, {**restrictions, "Description": None, "Tags": OTHER_TAGS})
    assert group.physical_id.endswith(":package-group/packages/pypi/*")
    with pytest.raises(ResourceError, match="must contain 0 repositories before deletion"):
        DOMAIN.delete(context, domain, PACKAGES)
    REPOSITORY.delete(context, store.physical_id, STORE)
    DOMAIN.delete(context, domain, PACKAGES)
