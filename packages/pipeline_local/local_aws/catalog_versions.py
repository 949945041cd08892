"""Versions of Service Catalog's products, which moto does not have.

Source of the forms: https://docs.aws.amazon.com/servicecatalog/latest/dg/API_Operations.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws import determinism

if TYPE_CHECKING:
    from collections.abc import Callable


def install() -> None:
    """Add the operations to moto's Service Catalog."""
    from moto.servicecatalog.responses import ServiceCatalogResponse

    for name, answer in (
        ("create_provisioning_artifact", _create),
        ("list_provisioning_artifacts", _list),
        ("update_provisioning_artifact", _update),
    ):
        setattr(ServiceCatalogResponse, name, _method(answer))


def _method(answer: Callable[..., dict[str, Any]]) -> Callable[[Any], str]:
    def method(self: Any) -> str:
        backend, asked = self.servicecatalog_backend, json.loads(self.body)
        if not hasattr(backend, "artifacts"):
            backend.artifacts = {}
        backend.describe_product(None, asked["ProductId"], None)  # refuses an unknown product
        return json.dumps(answer(backend.artifacts.setdefault(asked["ProductId"], []), asked))

    return method


def _create(artifacts: list[dict[str, Any]], asked: dict[str, Any]) -> dict[str, Any]:
    token = asked["IdempotencyToken"]
    known = next((each for each in artifacts if each["token"] == token), None)
    if known is None:
        parameters = asked["Parameters"]
        known = {
            "token": token,
            "url": parameters["Info"].get("LoadTemplateFromURL", ""),
            "Id": f"pa-{len(artifacts) + 1:013}",
            "Name": parameters.get("Name", ""),
            "Description": parameters.get("Description", ""),
            "Type": parameters.get("Type", "CLOUD_FORMATION_TEMPLATE"),
            "CreatedTime": determinism.now().timestamp(),
            "Active": True,
            "Guidance": "DEFAULT",
        }
        artifacts.append(known)
    return _answer(known)


def _list(artifacts: list[dict[str, Any]], _asked: dict[str, Any]) -> dict[str, Any]:
    return {"ProvisioningArtifactDetails": [_detail(each) for each in artifacts]}


def _update(artifacts: list[dict[str, Any]], asked: dict[str, Any]) -> dict[str, Any]:
    wanted = asked["ProvisioningArtifactId"]
    known = next((each for each in artifacts if each["Id"] == wanted), None)
    if known is None:
        from moto.core.exceptions import JsonRESTError

        raise JsonRESTError("ResourceNotFoundException", f"{wanted} does not exist")
    for name in ("Name", "Description", "Active", "Guidance"):
        if name in asked:
            known[name] = asked[name]
    return _answer(known)


def _answer(artifact: dict[str, Any]) -> dict[str, Any]:
    return {
        "ProvisioningArtifactDetail": _detail(artifact),
        "Info": {"TemplateUrl": artifact["url"]},
        "Status": "AVAILABLE",
    }


def _detail(artifact: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in artifact.items() if name not in {"token", "url"}}
