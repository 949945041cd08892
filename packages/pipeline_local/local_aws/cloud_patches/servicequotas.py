"""Service Quotas: moto knows the VPC's defaults only.

An increase is granted at once, to whatever is asked for, also less: so that a test or a rehearsal
can have a small account. Values are what an account has after its first weeks; a new one has less.
Sources of codes and values: Lambda Developer Guide, "Lambda quotas"; General Reference, "IAM
endpoints and quotas".
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws.moto_patches import around, put

if TYPE_CHECKING:
    from collections.abc import Callable

CONCURRENT = ("lambda", "L-B99A9384")
# Service and code; name, value, and IAM's own word in its account summary.
SINGLE = {
    CONCURRENT: ("Concurrent executions", 1000.0, ""),
    ("iam", "L-FE177D64"): ("Roles per account", 1000.0, "RolesQuota"),
    ("iam", "L-E95E4862"): ("Customer managed policies per account", 1500.0, "PoliciesQuota"),
    ("iam", "L-0DA4ABF3"): ("Managed policies per role", 10.0, "AttachedPoliciesPerRoleQuota"),
}
_INSTANCES_DEFAULT = 20.0
# Usages in names of SageMaker's quotas, by the API's list of instance types.
_USAGES = {
    "ProcessingInstanceType": "processing",
    "TrainingInstanceType": "training",
    "TransformInstanceType": "transform",
}


def install() -> None:
    """Apply all patches below."""
    quotas_are_listed_and_increased()


def quotas_are_listed_and_increased() -> None:
    """Answer ListServiceQuotas, RequestServiceQuotaIncrease, and GetServiceQuota with both."""
    from moto.servicequotas.exceptions import NoSuchResource
    from moto.servicequotas.models import ServiceQuotasBackend
    from moto.servicequotas.responses import ServiceQuotasResponse

    def known(backend: Any, service: str) -> list[dict[str, Any]]:
        found = _quotas_of(service) or backend.list_aws_default_service_quotas(service)
        granted = granted_to(backend)
        return [
            {**each, "Value": granted.get(f"{service} {each['QuotaCode']}", each["Value"])}
            for each in found
        ]

    def listed(self: Any) -> str:
        return json.dumps({"Quotas": known(self.backend, self._get_param("ServiceCode"))})

    def get(_known: Callable[..., Any], self: Any, service_code: str, quota_code: str) -> Any:
        for each in known(self, service_code):
            if each["QuotaCode"] == quota_code:
                return each
        raise NoSuchResource

    def increase(self: Any) -> str:
        service, code = self._get_param("ServiceCode"), self._get_param("QuotaCode")
        quota = self.backend.get_service_quota(service, code)
        granted_to(self.backend)[f"{service} {code}"] = float(self._get_param("DesiredValue"))
        named = {key: quota[key] for key in ("QuotaCode", "QuotaName")}
        change = {**named, "ServiceCode": service, "Status": "APPROVED"}
        return json.dumps({"RequestedQuota": change})

    put(ServiceQuotasResponse, "list_service_quotas", listed)
    put(ServiceQuotasResponse, "request_service_quota_increase", increase)
    around(ServiceQuotasBackend, "get_service_quota", get)


def granted_to(backend: Any) -> dict[str, float]:
    """Return the increased quotas of an account in a region, by service and code."""
    granted: dict[str, float] = backend.__dict__.setdefault("granted", {})
    return granted


@cache
def _quotas_of(service: str) -> tuple[dict[str, Any], ...]:
    if service != "sagemaker":
        return tuple(
            {**_quota(service, name, value), "QuotaCode": code}
            for (own, code), (name, value, _) in SINGLE.items()
            if own == service
        )
    from botocore.session import get_session

    shapes: Any = get_session().get_service_model("sagemaker")
    return tuple(
        _quota(service, f"{each} for {usage} job usage", _INSTANCES_DEFAULT)
        for shape, usage in _USAGES.items()
        for each in shapes.shape_for(shape).enum
    )


def _quota(service: str, name: str, value: float) -> dict[str, Any]:
    code = hashlib.sha256(f"{service} {name}".encode()).hexdigest()[:8].upper()
    return {"ServiceCode": service, "QuotaCode": f"L-{code}", "QuotaName": name, "Value": value}
