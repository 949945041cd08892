"""Patches of moto's KMS: the size of a key policy, and what symmetric keys are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_contract.limits import KEY_POLICY
from pipeline_local.local_aws.moto_patches import around, put

if TYPE_CHECKING:
    from collections.abc import Callable


def install() -> None:
    """Apply all patches below."""
    key_policies_have_a_size()
    symmetric_keys_have_no_pair()


def key_policies_have_a_size() -> None:
    """Refuse a key policy that is too long; moto takes any."""
    from moto.core.exceptions import JsonRESTError
    from moto.kms.responses import KmsResponse

    def limited(known: Callable[..., Any], self: Any) -> Any:
        if len((self._get_param("Policy") or "").encode()) > KEY_POLICY:
            words = "The request was rejected because a length constraint or quota was exceeded."
            raise JsonRESTError("LimitExceededException", words)
        return known(self)

    for operation in ("create_key", "put_key_policy"):
        around(KmsResponse, operation, limited)


def symmetric_keys_have_no_pair() -> None:
    """Make no RSA pair for a symmetric key, a tenth of a second each, and give out none."""
    from moto.core.exceptions import JsonRESTError
    from moto.kms import models

    known: Callable[[str], Any] = vars(models)["generate_private_key"]

    def generate(key_spec: str) -> Any:
        return None if key_spec == "SYMMETRIC_DEFAULT" else known(key_spec)

    def public(known: Callable[..., Any], self: Any, key_id: str) -> Any:
        if self.describe_key(key_id).key_spec == "SYMMETRIC_DEFAULT":
            words = (
                "The request was rejected because a specified parameter is not supported or a "
                "specified resource is not valid for this operation."
            )
            raise JsonRESTError("UnsupportedOperationException", words)
        return known(self, key_id)

    put(models, "generate_private_key", generate)
    around(models.KmsBackend, "get_public_key", public)
