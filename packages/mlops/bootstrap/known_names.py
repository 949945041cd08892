"""What a resource of a template says of the ARNs that requests about it have."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from promises.world import Resource

# Properties by the variables that the reference has in ARNs, both in lower case.
_CALLED = {
    **dict.fromkeys(("groupid", "sourcesecuritygroupid", "securitygroupids"), "securitygroupid"),
    **dict.fromkeys(("targetkeyid", "kmskeyid", "kmskeyarn", "kmskeyidentifier"), "keyid"),
    **dict.fromkeys(("topics", "topicarn"), "topicname"),
    **dict.fromkeys(("role", "rolearn", "servicerole", "principalarn"), "rolenamewithpath"),
    **dict.fromkeys(("roles", "rolename", "deliverlogspermissionarn"), "rolenamewithpath"),
    "queues": "queuename",
    "bucket": "bucketname",
    "aliasname": "alias",
    "pattern": "encodedpackagegrouppattern",
    "subnetids": "subnetid",
    "routetableids": "routetableid",
    "resourceid": "vpcid",
    "managedpolicyname": "policynamewithpath",
}
_OWN_NAMES = frozenset({"managedpolicyname", "rolename", "aliasname", "pattern"})
_PARAMETER = "parameternamewithoutleadingslash"
# Kinds whose name or id the reference calls otherwise than by the kind.
_KINDS = {
    "cloudformationproduct": "product",
    "compositealarm": "alarm",
    "flowlog": "vpcflowlog",
    "schedulegroup": "group",
    "layerversion": "layer",
    "parameter": _PARAMETER,
}
_ROLES = frozenset({"role", "rolearn", "servicerole", "deliverlogspermissionarn"})
_ASSETS = re.compile(r"https://s3\.[^/]+/(?P<bucket>[^/]+)/(?P<key>.+)")


@dataclass
class Known:
    """What a resource says about the variables of ARNs; `own` are those that name itself."""

    values: dict[str, list[str]] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)

    def add(self, name: str, found: object, *, own: bool = False) -> None:
        """Add a value, or each of a list."""
        for each in found if isinstance(found, list) else [found]:
            if isinstance(each, str):
                self.values.setdefault(name, []).append(_bare(each))
                self.own |= {name} if own else set()


def known_of(resource: Resource) -> Known:
    """Read the variables from a resource's properties."""
    known = Known()
    kind = _plain(resource.kind.split("::")[-1])
    kind = _KINDS.get(kind, kind)
    properties = dict(resource.properties)
    properties.update(properties.get(f"{resource.kind.split('::')[-1]}Input", {}))
    for name, value in properties.items():
        plain = _plain(name)
        own = plain in {"name", f"{kind}name", *_OWN_NAMES}
        if plain == "name" and kind == _PARAMETER:
            known.add(kind, str(value).removeprefix("/"), own=True)
        plain = f"{kind}name" if plain == "name" else plain
        known.add(_CALLED.get(plain, plain), value, own=own)
    known.add(f"{kind}id", resource.ref, own=True)
    if resource.service == "route53resolver":
        # An association of a log has no tags: it is known by the log.
        log = resource.properties.get("ResolverQueryLogConfigId")
        known.add("resourceid", log or resource.ref, own=log is None)
    return known


def _bare(value: str) -> str:
    """Return the name or id at the end of an ARN or URL."""
    if value.startswith(("arn:", "https://")):
        return value.rpartition("/")[2].rpartition(":")[2]
    return value.removeprefix("alias/")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def tags_of(resource: Resource) -> dict[str, str]:
    """Read a resource's tags, in either of CloudFormation's forms."""
    tags = resource.properties.get("Tags") or {}
    if isinstance(tags, dict):
        return {str(key): str(value) for key, value in tags.items()}
    return {str(each["Key"]): str(each["Value"]) for each in tags}


def roles_in(value: object) -> set[str]:
    """Collect the roles that properties give to the service."""
    if isinstance(value, list):
        return {arn for each in value for arn in roles_in(each)}
    if not isinstance(value, dict):
        return set()
    found = {arn for each in value.values() for arn in roles_in(each)}
    return found | {
        each
        for name, each in value.items()
        if _plain(str(name)) in _ROLES and isinstance(each, str) and ":role/" in each
    }


def objects_in(value: object) -> set[tuple[str, str]]:
    """Collect the assets that properties name, as bucket and key."""
    if isinstance(value, list):
        return {pair for each in value for pair in objects_in(each)}
    if isinstance(value, str):
        found = _ASSETS.fullmatch(value)
        return {(found["bucket"], found["key"])} if found else set()
    if not isinstance(value, dict):
        return set()
    pairs = {pair for each in value.values() for pair in objects_in(each)}
    for bucket, key in (("S3Bucket", "S3Key"), ("Bucket", "Key")):
        if {bucket, key} <= value.keys():
            pairs.add((str(value[bucket]), str(value[key])))
    return pairs
