"""CodeArtifact's domains, repositories and package groups, which moto does not have.

It has no packages: installs read a package index. Source:
https://docs.aws.amazon.com/codeartifact/latest/APIReference/
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from moto.core.base_backend import BackendDict, BaseBackend

from pipeline_local.aws.variables import account_of
from pipeline_local.local_aws.package_answers import Asked, answer
from pipeline_local.local_aws.package_state import RefusedError, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Start = Callable[[str, list[tuple[str, str]]], object]

_SCOPE = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/codeartifact/")
_DEFAULT_ACCOUNT = "123456789012"  # moto's account, for a key that names none


class PackageBackend(BaseBackend):
    """The domains of an account and region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.store = Store()


# Among moto's own: checkpoints hold it.
package_backends: Any = BackendDict(PackageBackend, "codeartifact")


class PackageStore:
    """A WSGI application before moto's that answers CodeArtifact's requests."""

    def __init__(self, moto: Any) -> None:
        self._moto = moto

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
        # A member is package-group in an address, and packageGroup in a body.
        request |= {_member(key): values[0] for key, values in query.items()}
        store = package_backends[account][scope["region"]].store
        asked = Asked(store, account, scope["region"], request)
        headers = [("Content-Type", "application/json")]
        try:
            body = answer(environ["REQUEST_METHOD"], environ["PATH_INFO"], asked)
            start_response("200 OK", headers)
        except RefusedError as refused:
            body = {"message": str(refused)}
            start_response(refused.status, [*headers, ("x-amzn-ErrorType", refused.code)])
        return [json.dumps(body).encode()]


def _member(name: str) -> str:
    first, *others = name.split("-")
    return first + "".join(each.capitalize() for each in others)
