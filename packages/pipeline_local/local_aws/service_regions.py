"""Regions of services without their whole models.

botocore reads a service's model, up to some megabytes, for one word at its beginning, and its list
of endpoints in each session; a start of the server asks about twenty services in four sessions.
"""

from __future__ import annotations

import gzip
import re
from functools import cache, wraps
from pathlib import Path
from typing import Any

from pipeline_local.local_aws.moto_patches import put

_MODEL = "service-2.json.gz"
_PREFIX = re.compile(rb'"endpointPrefix":\s*"([^"]+)"')
_ENDPOINTS = "endpoints"
_HEAD_BYTES = 4096


def install() -> None:
    """Answer `get_available_regions` from the head of a model; call it before moto is imported."""
    from botocore.loaders import JSONFileLoader
    from botocore.session import Session

    load, once = JSONFileLoader.load_file, cache(JSONFileLoader.load_file)

    def load_file(self: Any, file_path: str) -> Any:
        shared = Path(file_path).name == _ENDPOINTS
        return once(_loader, file_path) if shared else load(self, file_path)

    _loader = JSONFileLoader()
    put(JSONFileLoader, "load_file", load_file)
    known = Session.get_available_regions

    @wraps(known)
    def regions(self: Any, service_name: str, *args: Any, **kwargs: Any) -> Any:
        prefix = endpoint_prefix(service_name)
        if prefix is not None:
            put(self, "get_service_data", lambda _: {"metadata": {"endpointPrefix": prefix}})
        try:
            return known(self, service_name, *args, **kwargs)
        finally:
            vars(self).pop("get_service_data", None)

    put(Session, "get_available_regions", regions)


@cache
def endpoint_prefix(service: str) -> str | None:
    """Return the prefix of a service's endpoints, None where botocore's own way must find it."""
    import botocore

    versions = sorted((Path(botocore.__file__).parent / "data" / service).glob(f"*/{_MODEL}"))
    if not versions:
        return None
    with gzip.open(versions[-1]) as file:
        found = _PREFIX.search(file.read(_HEAD_BYTES))
    return found[1].decode() if found else None
