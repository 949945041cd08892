"""Names and ids that others look up, as SSM parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_ssm as ssm
from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Mapping


class PublishedParameters(Construct):
    """One SSM parameter for each value."""

    def __init__(
        self, scope: Construct, construct_id: str, *, prefix: str, values: Mapping[str, str]
    ) -> None:
        super().__init__(scope, construct_id)
        for name, value in values.items():
            ssm.StringParameter(
                self, name.replace("/", "-"), parameter_name=f"{prefix}{name}", string_value=value
            )
