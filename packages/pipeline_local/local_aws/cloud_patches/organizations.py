"""Patches of moto's Organizations: who besides the management account may read its policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws.moto_patches import around

if TYPE_CHECKING:
    from collections.abc import Callable


def install() -> None:
    """Apply all patches below."""
    delegated_administrators_read_policies()


def delegated_administrators_read_policies() -> None:
    """Answer a delegated administrator with the organization's policies; moto knows none there.

    Source: Organizations User Guide, "Delegated administrator for AWS Organizations".
    """
    from moto.organizations.models import OrganizationsBackend

    def read(known: Callable[..., Any], self: Any, *args: Any, **kwargs: Any) -> Any:
        return known(_of_delegate(self) or self, *args, **kwargs)

    for name in ("describe_policy", "list_parents", "list_policies_for_target"):
        around(OrganizationsBackend, name, read)


def _of_delegate(backend: Any) -> Any:
    """Return the backend of the management account, where this one's account may read it."""
    from moto.organizations.models import organizations_backends

    found = organizations_backends.master_accounts.get(backend.account_id)
    if found is None:
        return None
    management, partition = found
    above = organizations_backends[management][partition]
    delegates = {each.account.id for each in above.admins}
    return above if backend.account_id in delegates else None
