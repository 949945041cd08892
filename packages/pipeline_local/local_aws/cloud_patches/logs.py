"""Patches of moto's CloudWatch Logs: keys of log groups, and metric filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws.moto_patches import around, put

if TYPE_CHECKING:
    from collections.abc import Callable


def install() -> None:
    """Apply all patches below."""
    log_groups_change_their_key()
    filters_are_replaced_and_go_with_their_group()


def log_groups_change_their_key() -> None:
    """Answer AssociateKmsKey and DisassociateKmsKey, which moto does not know."""
    from moto.logs.exceptions import ResourceNotFoundException
    from moto.logs.responses import LogsResponse

    def change(self: Any) -> str:
        group = self.logs_backend.groups.get(self._get_param("logGroupName"))
        if group is None:
            raise ResourceNotFoundException
        put(group, "kms_key_id", self._get_param("kmsKeyId"))
        return "{}"

    put(LogsResponse, "associate_kms_key", change)
    put(LogsResponse, "disassociate_kms_key", change)


def filters_are_replaced_and_go_with_their_group() -> None:
    """Replace a filter of the same name, and keep none without a log group; moto keeps all."""
    from moto.logs.exceptions import ResourceNotFoundException
    from moto.logs.models import LogsBackend

    def add(known: Callable[..., Any], self: Any, name: str, *others: Any) -> None:
        group = others[1]
        if group not in self.groups:
            raise ResourceNotFoundException
        self.delete_metric_filter(name, group)
        known(self, name, *others)

    def delete(known: Callable[..., Any], self: Any, log_group_name: str) -> None:
        known(self, log_group_name)
        for each in self.filters.get_matching_filters(log_group_name=log_group_name):
            self.delete_metric_filter(each["filterName"], log_group_name)

    around(LogsBackend, "put_metric_filter", add)
    around(LogsBackend, "delete_log_group", delete)
