"""Who sends data: roles that put files under prefixes of the data bucket, and do nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, Field, field_validator

from environments.checks import (
    DISTINCT,
    STRICT,
    refuse_duplicates,
    refuse_other_than_roles,
    refuse_others,
    resource_id,
)
from mlops_contract.data_places import DATASET_WORDS, data_prefix, is_dataset
from mlops_contract.names import PROJECT

if TYPE_CHECKING:
    from collections.abc import Sequence

_ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")  # Organizations API Reference, OrganizationId
# What deploys or runs the platform: a sender may do nothing else in the bucket, and these must.
# Names of roles differ by more than case (IAM User Guide, "IAM and AWS STS quotas").
_OF_THE_PLATFORM = re.compile(rf"(?!{PROJECT}-|cdk-).*", re.IGNORECASE)
# Nobody's code assumes a service-linked role (IAM User Guide, "Create a service-linked role").
_OF_A_SERVICE = re.compile(r"(?!arn:[^:]*:iam::[0-9]*:role/aws-service-role/).*", re.IGNORECASE)

Kind = Literal["batch", "truth", "raw"]
Kinds = Annotated[tuple[Kind, ...], Field(strict=False, min_length=1), DISTINCT]


class SenderSettings(BaseModel):
    """A role that sends data.

    Parameters
    ----------
    role : str
        Its ARN, in full. A role of this account sends through our S3 endpoint; of another account
        through what the row names.
    sends : dict of str to tuple of {"batch", "truth", "raw"}
        What it sends, by data set: ``flights: [batch]`` lets it put files under
        ``flights/batch/``. Each kind is named: rows to be scored (``batch``), what came true of
        them (``truth``: it decides about models), and rows to train with (``raw``).
    endpoint : str, optional
        The S3 endpoint of the other account's VPC.
    organization : str, optional
        The organization that the other account belongs to, instead of an endpoint.
    """

    model_config = STRICT

    role: str
    sends: dict[str, Kinds] = Field(min_length=1)
    endpoint: Annotated[str, resource_id("vpce")] | None = None
    organization: str | None = None

    @field_validator("role")
    @classmethod
    def _is_a_role_of_others(cls, value: str) -> str:
        refuse_other_than_roles([value], "[0-9]{12}")
        refuse_others(
            _OF_THE_PLATFORM,
            [value.rpartition("/")[2]],
            "is a role of the platform or of its deployment, which a sender cannot be: a sender"
            " does nothing else in the data bucket",
        )
        refuse_others(
            _OF_A_SERVICE,
            [value],
            "is a service-linked role, which only an AWS service assumes; name a role of yours",
        )
        return value

    @field_validator("sends")
    @classmethod
    def _names_data_sets(cls, value: dict[str, Kinds]) -> dict[str, Kinds]:
        wrong = [name for name in value if not is_dataset(name)]
        if wrong:
            raise ValueError(f"{', '.join(map(repr, wrong))} {DATASET_WORDS}")
        return value

    @field_validator("organization")
    @classmethod
    def _is_an_organization(cls, value: str | None) -> str | None:
        if value is not None:
            refuse_others(
                _ORGANIZATION, [value], "is not an organization's id, such as o-a1b2c3d4e5"
            )
        return value

    @property
    def partition(self) -> str:
        """Partition of the role."""
        return self.role.split(":")[1]

    @property
    def account(self) -> str:
        """Account of the role."""
        return self.role.split(":")[4]

    @property
    def prefixes(self) -> tuple[str, ...]:
        """Prefixes of what it sends, sorted."""
        found = (data_prefix(name, kind) for name, kinds in self.sends.items() for kind in kinds)
        return tuple(sorted(found))


Senders = Annotated[tuple[SenderSettings, ...], Field(strict=False)]


def check_senders(senders: Sequence[SenderSettings], account: str, partition: str) -> None:
    """Refuse a role twice, and a row that says too much or too little of how the role comes."""
    refuse_duplicates([each.role for each in senders])
    for each in senders:
        if each.partition != partition:
            raise ValueError(
                f"{each.role} is of partition {each.partition}, this environment of {partition}:"
                " no role comes from one to the other; name a role of this partition"
            )
        ways = [way for way in (each.endpoint, each.organization) if way is not None]
        if each.account == account and ways:
            raise ValueError(
                f"{each.role} is of this account and comes through our S3 endpoint; leave endpoint"
                " and organization out"
            )
        if each.account != account and len(ways) != 1:
            raise ValueError(
                f"{each.role} is of account {each.account}; name either the S3 endpoint that it"
                " comes through (endpoint: vpce-…) or its organization (organization: o-…)"
            )
