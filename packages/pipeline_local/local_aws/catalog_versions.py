"""Versions of Service Catalog's products, which moto does not have.

Source of the forms: https://docs.aws.amazon.com/servicecatalog/latest/dg/API_Operations.html
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws import determinism
from pipeline_local.local_aws.moto_patches import around

if TYPE_CHECKING:
    from collections.abc import Callable


def install() -> None:
    """Add the operations to moto's Service Catalog."""
    from moto.servicecatalog.responses import ServiceCatalogResponse

    _made_with_a_version(ServiceCatalogResponse)
    for name, answer in (
        ("create_provisioning_artifact", _create),
        ("delete_provisioning_artifact", _delete),
        ("describe_provisioning_artifact", _describe),
        ("list_provisioning_artifacts", _list),
        ("update_provisioning_artifact", _update),
    ):
        setattr(ServiceCatalogResponse, name, _method(answer))


def _made_with_a_version(response: Any) -> None:
    """Make a new product's first version; moto drops it."""

    def create(known: Callable[..., Any], self: Any) -> Any:
        answer, asked = known(self), json.loads(self.body)
        parameters = asked.get("ProvisioningArtifactParameters")
        product = answer.result["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
        made = self.servicecatalog_backend.__dict__.setdefault("artifacts", {})
        if parameters and product not in made:
            token = {"IdempotencyToken": asked["IdempotencyToken"], "Parameters": parameters}
            detail = _create(made.setdefault(product, []), token)["ProvisioningArtifactDetail"]
            answer.result["ProvisioningArtifactDetail"] = detail
        return answer

    around(response, "create_product", create)


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
            "Id": f"pa-{uuid.uuid4().hex[:13]}",
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
    known = _found(artifacts, asked)
    for name in ("Name", "Description", "Active", "Guidance"):
        if name in asked:
            known[name] = asked[name]
    return _answer(known)


def _describe(artifacts: list[dict[str, Any]], asked: dict[str, Any]) -> dict[str, Any]:
    return _answer(_found(artifacts, asked))


def _delete(artifacts: list[dict[str, Any]], asked: dict[str, Any]) -> dict[str, Any]:
    artifacts.remove(_found(artifacts, asked))
    return {}


def _found(artifacts: list[dict[str, Any]], asked: dict[str, Any]) -> dict[str, Any]:
    wanted = asked["ProvisioningArtifactId"]
    known = next((each for each in artifacts if each["Id"] == wanted), None)
    if known is None:
        from moto.core.exceptions import JsonRESTError

        raise JsonRESTError("ResourceNotFoundException", f"{wanted} does not exist")
    return known


def _answer(artifact: dict[str, Any]) -> dict[str, Any]:
    return {
        "ProvisioningArtifactDetail": _detail(artifact),
        "Info": {"TemplateUrl": artifact["url"]},
        "Status": "AVAILABLE",
    }


def _detail(artifact: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in artifact.items() if name not in {"token", "url"}}
