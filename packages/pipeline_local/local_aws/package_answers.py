"""_Answers of CodeArtifact: domains, repositories, package groups, their policies and tags.

Source: https://docs.aws.amazon.com/codeartifact/latest/APIReference/
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline_local.local_aws import determinism
from pipeline_local.local_aws.package_state import Domain, RefusedError, Store

if TYPE_CHECKING:
    from collections.abc import Callable

_KINDS = ("EXTERNAL_UPSTREAM", "INTERNAL_UPSTREAM", "PUBLISH")
_FORMATS = {"npmjs": "npm", "pypi": "pypi"}  # of a public registry


class Asked(NamedTuple):
    """A request, and where it is answered."""

    store: Store
    account: str
    region: str
    request: dict[str, Any]


def answer(method: str, path: str, asked: Asked) -> dict[str, Any]:
    """Answer a request; raise `RefusedError` as the service does."""
    operation = _OPERATIONS.get((method, path))
    if operation is None:
        words = f"{method} {path} is not supported by the local AWS"
        raise RefusedError("501 Not Implemented", "ValidationException", words)
    return operation(_Answers(*asked))


class _Answers(Asked):
    """The operations on a store, for one request."""

    def create_domain(self) -> dict[str, Any]:
        name = self.request["domain"]
        if name in self.store.domains:
            raise _conflict(f"Domain '{name}' already exists")
        facts = self._made(f"domain/{name}")
        key = f"arn:aws:kms:{self.region}:{self.account}:alias/aws/codeartifact"
        facts |= {"name": name, "owner": self.account, "status": "Active"}
        facts["encryptionKey"] = self.request.get("encryptionKey") or key
        self.store.domains[name] = Domain(facts)
        return self.describe_domain()

    def describe_domain(self) -> dict[str, Any]:
        domain = self._domain()
        return {"domain": {**domain.facts, "repositoryCount": len(domain.repositories)}}

    def delete_domain(self) -> dict[str, Any]:
        if self._domain().repositories:
            raise _conflict("Domain must contain 0 repositories before deletion")
        answer = self.describe_domain()
        removed = self.store.domains.pop(self.request["domain"])
        for each in (removed.facts, *removed.groups.values()):
            self._forget(each)
        return answer

    def list_domains(self) -> dict[str, Any]:
        return {"domains": [domain.facts for domain in self.store.domains.values()]}

    def create_repository(self) -> dict[str, Any]:
        domain, name = self._domain(), self.request["repository"]
        if name in domain.repositories:
            raise _conflict(f"Repository '{name}' already exists in domain '{self._of()}'")
        upstreams = self._upstreams()
        facts = {**self._made(f"repository/{self._of()}/{name}"), "name": name}
        facts |= {"administratorAccount": self.account, "externalConnections": []}
        facts |= {"description": self.request.get("description", ""), "upstreams": upstreams}
        domain.repositories[name] = {**facts, **self._place()}
        return self.describe_repository()

    def describe_repository(self) -> dict[str, Any]:
        return {"repository": self._repository(self.request["repository"])}

    def update_repository(self) -> dict[str, Any]:
        found = self._repository(self.request["repository"])
        if "upstreams" in self.request:
            found["upstreams"] = self._upstreams()
        found["description"] = self.request.get("description", found["description"])
        return {"repository": found}

    def delete_repository(self) -> dict[str, Any]:
        found = self._repository(self.request["repository"])
        self._forget(self._domain().repositories.pop(found["name"]))
        return {"repository": found}

    def list_repositories(self) -> dict[str, Any]:
        return {"repositories": list(self._domain().repositories.values())}

    def connect(self) -> dict[str, Any]:
        found, name = (
            self._repository(self.request["repository"]),
            self.request["externalConnection"],
        )
        if found["externalConnections"]:
            raise _conflict(f"Repository '{found['name']}' has an external connection already")
        kind = _FORMATS.get(name.removeprefix("public:"), "generic")
        connection = {"externalConnectionName": name, "packageFormat": kind, "status": "Available"}
        found["externalConnections"] = [connection]
        return {"repository": found}

    def disconnect(self) -> dict[str, Any]:
        found = self._repository(self.request["repository"])
        found["externalConnections"] = []
        return {"repository": found}

    def create_group(self) -> dict[str, Any]:
        domain, pattern = self._domain(), self.request["packageGroup"]
        if pattern in domain.groups:
            raise _conflict(f"Package group '{pattern}' already exists in domain '{self._of()}'")
        facts = {**self._made(f"package-group/{self._of()}{pattern}"), "pattern": pattern}
        facts |= {"description": self.request.get("description", ""), **self._place()}
        facts["contactInfo"] = self.request.get("contactInfo", "")
        facts["originConfiguration"] = _origins(dict.fromkeys(_KINDS, "INHERIT"))
        domain.groups[pattern] = facts
        return {"packageGroup": facts}

    def describe_group(self) -> dict[str, Any]:
        return {"packageGroup": self._group()}

    def update_group(self) -> dict[str, Any]:
        found = self._group()
        for name in ("contactInfo", "description"):
            found[name] = self.request.get(name, found[name])
        return {"packageGroup": found}

    def restrict_group(self) -> dict[str, Any]:
        found = self._group()
        known = found["originConfiguration"]["restrictions"]
        modes = {kind: known[kind]["mode"] for kind in _KINDS}
        found["originConfiguration"] = _origins(modes | self.request.get("restrictions", {}))
        return {"packageGroup": found, "allowedRepositoryUpdates": {}}

    def delete_group(self) -> dict[str, Any]:
        found = self._group()
        self._forget(self._domain().groups.pop(found["pattern"]))
        return {"packageGroup": found}

    def list_groups(self) -> dict[str, Any]:
        # Every domain has the group of all packages.
        root = {"pattern": "/*", "arn": self._arn(f"package-group/{self._of()}/*")}
        return {"packageGroups": [root, *self._domain().groups.values()]}

    def put_policy(self) -> dict[str, Any]:
        arn = self._with_policy()
        made = {"document": self.request["policyDocument"], "resourceArn": arn}
        self.store.policies[arn] = {**made, "revision": uuid.uuid4().hex}
        return self.get_policy()

    def get_policy(self) -> dict[str, Any]:
        arn = self._with_policy()
        if arn not in self.store.policies:
            raise _absent(f"Policy not found. {arn} has no policy")
        return {"policy": self.store.policies[arn]}

    def delete_policy(self) -> dict[str, Any]:
        answer = self.get_policy()
        del self.store.policies[self._with_policy()]
        return answer

    def list_tags(self) -> dict[str, Any]:
        tags = self.store.tags.get(self.request["resourceArn"], {})
        return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}

    def tag(self) -> dict[str, Any]:
        known = self.store.tags.setdefault(self.request["resourceArn"], {})
        known.update({each["key"]: each["value"] for each in self.request["tags"]})
        return {}

    def untag(self) -> dict[str, Any]:
        for key in self.request["tagKeys"]:
            self.store.tags.get(self.request["resourceArn"], {}).pop(key, None)
        return {}

    def _of(self) -> str:
        return str(self.request["domain"])

    def _place(self) -> dict[str, str]:
        return {"domainName": self._of(), "domainOwner": self.account}

    def _arn(self, resource: str) -> str:
        return f"arn:aws:codeartifact:{self.region}:{self.account}:{resource}"

    def _made(self, resource: str) -> dict[str, Any]:
        """Return what every new resource has, and keep its tags."""
        arn = self._arn(resource)
        self.request["resourceArn"] = arn
        if self.request.get("tags"):
            self.tag()
        return {"arn": arn, "createdTime": determinism.now().timestamp()}

    def _forget(self, facts: dict[str, Any]) -> None:
        self.store.tags.pop(facts["arn"], None)
        self.store.policies.pop(facts["arn"], None)

    def _domain(self) -> Domain:
        if self._of() not in self.store.domains:
            place = f"Domain '{self._of()}' owned by account '{self.account}'"
            raise _absent(f"Domain not found. {place} does not exist")
        return self.store.domains[self._of()]

    def _repository(self, name: str) -> dict[str, Any]:
        known = self._domain().repositories
        if name not in known:
            words = f"Repository '{name}' does not exist in domain '{self._of()}'"
            raise _absent(f"Repository not found. {words}")
        return known[name]

    def _upstreams(self) -> list[dict[str, Any]]:
        wanted: list[dict[str, Any]] = self.request.get("upstreams", [])
        for each in wanted:
            self._repository(each["repositoryName"])
        return wanted

    def _group(self) -> dict[str, Any]:
        pattern = self.request["packageGroup"]
        known = self._domain().groups
        if pattern not in known:
            words = f"Package group '{pattern}' does not exist in domain '{self._of()}'"
            raise _absent(f"Package group not found. {words}")
        return known[pattern]

    def _with_policy(self) -> str:
        if "repository" in self.request:
            return str(self._repository(self.request["repository"])["arn"])
        return str(self._domain().facts["arn"])


def _origins(modes: dict[str, str]) -> dict[str, Any]:
    # What is inherited comes from the group of all packages, which allows everything.
    effective = {kind: "ALLOW" if mode == "INHERIT" else mode for kind, mode in modes.items()}
    restrictions = {
        kind: {"mode": mode, "effectiveMode": effective[kind]} for kind, mode in modes.items()
    }
    return {"restrictions": restrictions}


def _absent(message: str) -> RefusedError:
    return RefusedError("404 Not Found", "ResourceNotFoundException", message)


def _conflict(message: str) -> RefusedError:
    return RefusedError("409 Conflict", "ConflictException", message)


_POLICY = "permissions/policy"
_OPERATIONS: dict[tuple[str, str], Callable[[_Answers], dict[str, Any]]] = {
    ("POST", "/v1/domain"): _Answers.create_domain,
    ("GET", "/v1/domain"): _Answers.describe_domain,
    ("DELETE", "/v1/domain"): _Answers.delete_domain,
    ("POST", "/v1/domains"): _Answers.list_domains,
    ("POST", "/v1/repository"): _Answers.create_repository,
    ("GET", "/v1/repository"): _Answers.describe_repository,
    ("PUT", "/v1/repository"): _Answers.update_repository,
    ("DELETE", "/v1/repository"): _Answers.delete_repository,
    ("POST", "/v1/domain/repositories"): _Answers.list_repositories,
    ("POST", "/v1/repository/external-connection"): _Answers.connect,
    ("DELETE", "/v1/repository/external-connection"): _Answers.disconnect,
    ("POST", "/v1/package-group"): _Answers.create_group,
    ("GET", "/v1/package-group"): _Answers.describe_group,
    ("PUT", "/v1/package-group"): _Answers.update_group,
    ("PUT", "/v1/package-group-origin-configuration"): _Answers.restrict_group,
    ("DELETE", "/v1/package-group"): _Answers.delete_group,
    ("POST", "/v1/package-groups"): _Answers.list_groups,
    ("PUT", f"/v1/domain/{_POLICY}"): _Answers.put_policy,
    ("GET", f"/v1/domain/{_POLICY}"): _Answers.get_policy,
    ("DELETE", f"/v1/domain/{_POLICY}"): _Answers.delete_policy,
    ("PUT", f"/v1/repository/{_POLICY}"): _Answers.put_policy,
    ("GET", f"/v1/repository/{_POLICY}"): _Answers.get_policy,
    ("DELETE", "/v1/repository/permissions/policies"): _Answers.delete_policy,
    ("POST", "/v1/tags"): _Answers.list_tags,
    ("POST", "/v1/tag"): _Answers.tag,
    ("POST", "/v1/untag"): _Answers.untag,
}
