"""What IAM says of its quotas."""

from __future__ import annotations

from typing import Any

from pipeline_local.local_aws.cloud_patches.servicequotas import SINGLE, granted_to
from pipeline_local.local_aws.moto_patches import put

_OF_IAM = "us-east-1"  # the region of IAM's quotas


def install() -> None:
    """Apply all patches below."""
    iam_counts_by_its_quotas()


def iam_counts_by_its_quotas() -> None:
    """Answer GetAccountSummary with the granted quotas; moto's are fixed."""
    from moto.iam.models import AccountSummary

    before: Any = AccountSummary.summary_map

    def summary(self: Any) -> dict[str, Any]:
        from moto.servicequotas.models import servicequotas_backends

        granted = granted_to(servicequotas_backends[self._iam_backend.account_id][_OF_IAM])
        more = {
            word: int(granted[f"{service} {code}"])
            for (service, code), (_, _, word) in SINGLE.items()
            if word and f"{service} {code}" in granted
        }
        return {**before.fget(self), **more}

    put(AccountSummary, "summary_map", property(summary))
