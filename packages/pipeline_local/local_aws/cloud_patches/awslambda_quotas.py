"""What Lambda says of its quotas."""

from __future__ import annotations

import json
from typing import Any

from pipeline_local.local_aws.cloud_patches.servicequotas import CONCURRENT
from pipeline_local.local_aws.moto_patches import put


def install() -> None:
    """Apply all patches below."""
    lambda_has_account_settings()


def lambda_has_account_settings() -> None:
    """Answer GetAccountSettings, by the quota and the functions' reservations."""
    from moto.awslambda.models import lambda_backends
    from moto.awslambda.responses import LambdaResponse
    from moto.awslambda.urls import url_paths

    def settings(self: Any) -> str:
        from moto.servicequotas.models import servicequotas_backends

        account, region = self.current_account, self.region
        quotas = servicequotas_backends[account][region]
        limit = int(quotas.get_service_quota(*CONCURRENT)["Value"])
        functions = list(lambda_backends[account][region].list_functions())
        reserved = sum(int(each.reserved_concurrency or 0) for each in functions)
        limits = {"ConcurrentExecutions": limit, "UnreservedConcurrentExecutions": limit - reserved}
        return json.dumps(
            {"AccountLimit": limits, "AccountUsage": {"FunctionCount": len(functions)}}
        )

    put(LambdaResponse, "get_account_settings", settings)
    url_paths["{0}/(?P<api_version>[^/]+)/account-settings/?$"] = LambdaResponse.dispatch
