"""CodeArtifact's domains, repositories and package groups, which moto does not have.

It has no packages: installs read a package index. Source:
https://docs.aws.amazon.com/codeartifact/latest/APIReference/
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from pipeline_local.aws.variables import account_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Start = Callable[[str, list[tuple[str, str]]], object]

_SCOPE = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/codeartifact/")
_DEFAULT_ACCOUNT = "123456789012"  # moto's account, for a key that names none


@dataclass
class Domain:
    """A domain."""

    repositories: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)


class PackageStore:
    """A WSGI application before moto's that answers CodeArtifact's requests."""

    def __init__(self, moto: Any) -> None:
        from moto.core.base_backend import BackendDict, BaseBackend

        class Backend(BaseBackend):
            """The domains of an account and region."""

            def __init__(self, region_name: str, account_id: str) -> None:
                super().__init__(region_name, account_id)
                self.domains: dict[str, Domain] = {}

        self._moto = moto
        # Among moto's own, so that no checkpoint is written of a part of the memory.
        self._backends: Any = BackendDict(Backend, "codeartifact")

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        """Answer a request."""
        scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        if scope is None:
            answered: Iterable[bytes] = self._moto(environ, start_response)
            return answered
        account = account_of(scope["key"]) or _DEFAULT_ACCOUNT
        length = int(environ.get("CONTENT_LENGTH") or 0)
        request: dict[str, Any] = json.loads(environ["wsgi.input"].read(length) or b"{}")
        query = parse_qs(environ.get("QUERY_STRING", ""))
        request |= {key: values[0] for key, values in query.items()}
        arn = f"arn:aws:codeartifact:{scope['region']}:{account}"
        answers = _Answers(self._backends[account][scope["region"]].domains, arn, request)
        operation = _OPERATIONS.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        headers = [("Content-Type", "application/json")]
        try:
            body = operation(answers) if operation else _refuse_unknown(environ)
            start_response("200 OK", headers)
        except _RefusedError as refused:
            body = {"message": str(refused)}
            start_response(refused.status, [*headers, ("x-amzn-ErrorType", refused.code)])
        return [json.dumps(body).encode()]


class _RefusedError(Exception):
    def __init__(self, status: str, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def _refuse_unknown(environ: dict[str, Any]) -> dict[str, Any]:
    asked = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
    raise _RefusedError(
        "501 Not Implemented", "ValidationException", f"{asked} is not supported by the local AWS"
    )


def _absent(what: str) -> _RefusedError:
    return _RefusedError("404 Not Found", "ResourceNotFoundException", f"{what} not found")


def _removed(known: dict[str, dict[str, Any]], what: str, key: str) -> dict[str, Any]:
    if key not in known:
        raise _absent(what)
    return known.pop(key)


@dataclass
class _Answers:
    """The operations on one request's domains."""

    domains: dict[str, Domain]
    arn: str
    request: dict[str, Any]

    def create_domain(self) -> dict[str, Any]:
        name = self.request["domain"]
        self._refuse_second(name in self.domains, f"domain {name}")
        self.domains[name] = Domain()
        return {"domain": self._domain(name)}

    def delete_domain(self) -> dict[str, Any]:
        name, domain = self.request["domain"], self._in()
        if domain.repositories:
            message = f"domain {name} contains repositories"
            raise _RefusedError("409 Conflict", "ConflictException", message)
        del self.domains[name]
        return {"domain": self._domain(name)}

    def list_domains(self) -> dict[str, Any]:
        return {"domains": [self._domain(name) for name in self.domains]}

    def create_repository(self) -> dict[str, Any]:
        domain, name = self._in(), self.request["repository"]
        self._refuse_second(name in domain.repositories, f"repository {name}")
        arn = f"{self.arn}:repository/{self.request['domain']}/{name}"
        made = {"name": name, "domainName": self.request["domain"], "arn": arn}
        domain.repositories[name] = made
        return {"repository": made}

    def delete_repository(self) -> dict[str, Any]:
        name = self.request["repository"]
        return {"repository": _removed(self._in().repositories, f"repository {name}", name)}

    def list_repositories(self) -> dict[str, Any]:
        return {"repositories": list(self._in().repositories.values())}

    def create_group(self) -> dict[str, Any]:
        domain, pattern = self._in(), self.request["packageGroup"]
        self._refuse_second(pattern in domain.groups, f"package group {pattern}")
        arn = f"{self.arn}:package-group/{self.request['domain']}{pattern}"
        made = {"pattern": pattern, "domainName": self.request["domain"], "arn": arn}
        domain.groups[pattern] = made
        return {"packageGroup": made}

    def delete_group(self) -> dict[str, Any]:
        pattern = self.request["package-group"]
        removed = _removed(self._in().groups, f"package group {pattern}", pattern)
        return {"packageGroup": removed}

    def list_groups(self) -> dict[str, Any]:
        # Every domain has the group of all packages.
        root = {"pattern": "/*", "arn": f"{self.arn}:package-group/{self.request['domain']}/*"}
        return {"packageGroups": [root, *self._in().groups.values()]}

    def _in(self) -> Domain:
        name = self.request["domain"]
        if name not in self.domains:
            raise _absent(f"domain {name}")
        return self.domains[name]

    def _domain(self, name: str) -> dict[str, Any]:
        return {"name": name, "arn": f"{self.arn}:domain/{name}", "status": "Active"}

    def _refuse_second(self, exists: bool, what: str) -> None:
        if exists:
            raise _RefusedError("409 Conflict", "ConflictException", f"{what} exists already")


_OPERATIONS: dict[tuple[str, str], Callable[[_Answers], dict[str, Any]]] = {
    ("POST", "/v1/domain"): _Answers.create_domain,
    ("DELETE", "/v1/domain"): _Answers.delete_domain,
    ("POST", "/v1/domains"): _Answers.list_domains,
    ("POST", "/v1/repository"): _Answers.create_repository,
    ("DELETE", "/v1/repository"): _Answers.delete_repository,
    ("POST", "/v1/domain/repositories"): _Answers.list_repositories,
    ("POST", "/v1/package-group"): _Answers.create_group,
    ("DELETE", "/v1/package-group"): _Answers.delete_group,
    ("POST", "/v1/package-groups"): _Answers.list_groups,
}
