"""Patches of moto's IAM: quotas of policies, and what may not be deleted.

IAM does not count white space.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mlops_contract import limits
from pipeline_local.local_aws.moto_patches import around

if TYPE_CHECKING:
    from collections.abc import Callable

# Operation, parameter, longest document, words of the refusal.
_MANAGED = (
    "PolicyDocument",
    limits.MANAGED_POLICY,
    f"Cannot exceed quota for PolicySize: {limits.MANAGED_POLICY}",
)
_TRUST = (
    limits.TRUST_POLICY,
    f"Cannot exceed quota for ACLSizePerRole: {limits.TRUST_POLICY}",
)
_SIZES = (
    ("create_policy", *_MANAGED),
    ("create_policy_version", *_MANAGED),
    ("create_role", "AssumeRolePolicyDocument", *_TRUST),
    ("update_assume_role_policy", "PolicyDocument", *_TRUST),
)


def install() -> None:
    """Apply all patches below."""
    policies_have_a_size()
    inline_policies_have_a_size()
    roles_have_so_many_policies()
    policies_in_use_stay()


def policies_have_a_size() -> None:
    """Refuse managed and trust policies that are too long; moto takes any."""
    from moto.iam.exceptions import LimitExceededException
    from moto.iam.responses import IamResponse

    def limit(operation: str, parameter: str, longest: int, words: str) -> None:
        def limited(known: Callable[..., Any], self: Any) -> Any:
            if _size(self._get_param(parameter)) > longest:
                raise LimitExceededException(words)
            return known(self)

        around(IamResponse, operation, limited)

    for each in _SIZES:
        limit(*each)


def inline_policies_have_a_size() -> None:
    """Refuse inline policies of a role that are too long together; moto takes any."""
    from moto.iam.exceptions import LimitExceededException
    from moto.iam.models import IAMBackend

    def put(known: Callable[..., Any], self: Any, role: str, name: str, document: str) -> None:
        others = {**self.get_role(role).policies, name: document}
        if sum(map(_size, others.values())) > limits.INLINE_POLICIES:
            words = (
                f"Maximum policy size of {limits.INLINE_POLICIES} bytes exceeded for role {role}"
            )
            raise LimitExceededException(words)
        known(self, role, name, document)

    around(IAMBackend, "put_role_policy", put)


def roles_have_so_many_policies() -> None:
    """Refuse an eleventh managed policy of a role, the default quota; moto takes any."""
    from moto.iam.exceptions import LimitExceededException
    from moto.iam.models import IAMBackend

    def attach(known: Callable[..., Any], self: Any, policy_arn: str, role_name: str) -> None:
        attached = set(self.get_role(role_name).managed_policies)
        if len(attached | {policy_arn}) > limits.POLICIES_OF_A_ROLE:
            words = f"Cannot exceed quota for PoliciesPerRole: {limits.POLICIES_OF_A_ROLE}"
            raise LimitExceededException(words)
        known(self, policy_arn, role_name)

    around(IAMBackend, "attach_role_policy", attach)


def policies_in_use_stay() -> None:
    """Refuse to delete a managed policy that is attached or has other versions; moto does it."""
    from moto.iam.exceptions import DeleteConflictException
    from moto.iam.models import IAMBackend

    def delete(known: Callable[..., Any], self: Any, policy_arn: str) -> None:
        policy = self.get_policy(policy_arn)
        if policy.attachment_count:
            raise DeleteConflictException("Cannot delete a policy attached to entities.")
        if len(policy.versions) > 1:
            raise DeleteConflictException(
                "This policy has more than one version. Before you delete a policy, you must "
                "delete the policy's versions. The default version is deleted with the policy."
            )
        known(self, policy_arn)

    around(IAMBackend, "delete_policy", delete)


def _size(document: str | None) -> int:
    return len(re.sub(r"\s", "", document or ""))
