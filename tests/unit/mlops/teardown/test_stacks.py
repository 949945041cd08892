"""Reading stacks while others delete them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from mlops.teardown.stacks import deployed_stacks

if TYPE_CHECKING:
    from pipeline_local.aws import Aws

WORDS = {"dev-gone": "Stack with id dev-gone does not exist", "dev-hidden": "not authorized"}


class Client:
    """CloudFormation, with stacks that it lists and does not show."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def can_paginate(self, _: str) -> bool:
        return False

    def describe_stacks(self) -> dict[str, Any]:
        facts = {"StackStatus": "DELETE_IN_PROGRESS", "CreationTime": "2026-01-01"}
        return {"Stacks": [{"StackName": each, **facts} for each in self.names]}

    def get_template(self, StackName: str) -> dict[str, Any]:  # noqa: N803 (boto3's)
        if StackName in WORDS:
            words = WORDS[StackName]
            raise ClientError({"Error": {"Code": "Any", "Message": words}}, "GetTemplate")
        return {"TemplateBody": "{}"}

    def list_stack_resources(self, **_: str) -> dict[str, Any]:
        return {"StackResourceSummaries": []}

    def client(self, _: str) -> Client:
        return self


def _names(*listed: str) -> list[str]:
    return [each.name for each in deployed_stacks(cast("Aws", Client(*listed)), "dev")]


def test_a_stack_that_is_gone_after_the_listing_is_none() -> None:
    assert _names("dev-gone", "dev-network", "other-network") == ["dev-network"]


def test_a_stack_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(ClientError, match="not authorized"):
        _names("dev-hidden", "dev-network")
