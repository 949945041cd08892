"""What an environment file may say, typed and checked."""

from __future__ import annotations

import ipaddress
import json
import re
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

if TYPE_CHECKING:
    from collections.abc import Iterable

# Retention periods a CloudWatch log group takes, in days (Logs API, PutRetentionPolicy).
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827),
    *(2192, 2557, 2922, 3288, 3653),
)
# SageMaker's hosts run Docker's bridge on this range, so a VPC may not use it
# (Developer Guide, "Connect a notebook instance in a VPC to external resources").
DOCKER_BRIDGE = ipaddress.IPv4Network("172.17.0.0/16")
LARGEST_VPC_PREFIX, SMALLEST_VPC_PREFIX = 16, 22
LONGEST_NAME = 12  # keeps "secure-mlops-<name>-artifacts-<account>-<region>" within 63 characters

_INSTANCE_TYPE = re.compile(r"ml\.[a-z][a-z0-9-]*\.(medium|large|xlarge|[1-9]\d*xlarge|metal)")
# Families with instance store volumes, on which SageMaker refuses the `VolumeKmsKeyId` that every
# job here must have (API Reference, ResourceConfig; EC2 User Guide, "Instance store volumes").
_LOCAL_DISK = re.compile(
    r"ml\.([a-z]+\d+[a-z]*d[a-z]*|gr?[5-9][a-z]*|p[5-9][a-z0-9-]*|trn\d[a-z]*|i\d[a-z]*)\."
)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_PREFIX_LIST = re.compile(r"pl-([0-9a-f]{8}|[0-9a-f]{17})")
_TAG = re.compile(r"[\w\s.:/=+\-@]*")
_NAME = re.compile(r"[a-z](-?[a-z0-9])*")
_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)


class SettingsError(Exception):
    """Environment settings that cannot be used.

    Parameters
    ----------
    *mistakes : str
        One line each: the file, the field, what is wrong and what to write instead.
    """

    def __init__(self, *mistakes: str) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(mistakes))


@cache
def known_regions() -> frozenset[str]:
    """Name the AWS Regions that the installed AWS SDK knows.

    Returns
    -------
    frozenset of str
        Region names, from botocore's `partitions.json`; read as a file, because importing
        botocore costs more than everything else here.
    """
    text = (files("botocore") / "data" / "partitions.json").read_text(encoding="utf-8")
    partitions = json.loads(text)["partitions"]
    names = (region for partition in partitions for region in partition["regions"])
    return frozenset(name for name in names if not name.endswith("-global"))


class NetworkSettings(BaseModel):
    """The VPC of an environment.

    Parameters
    ----------
    vpc_cidr : str
        Private IPv4 range of the VPC, /16 to /22, that no other environment uses.
    availability_zones : tuple of str
        Two or more zones of the environment's region, written out (``eu-central-1a``), so that
        synthesis never has to ask an account for them.
    s3_prefix_list : str
        Id of the prefix list that AWS keeps for S3 in the region (``aws ec2
        describe-managed-prefix-lists``, name ``com.amazonaws.<region>.s3``): the only addresses
        beside the endpoints that security groups let jobs reach. It is the same in every
        account; CloudFormation cannot look it up.
    endpoint_groups : tuple of {"analytics", "delivery"}
        Which groups of interface endpoints there are beside those that the platform itself
        needs; each endpoint costs by the hour and zone. All, unless the file says otherwise.
    """

    model_config = _STRICT

    vpc_cidr: str
    availability_zones: Annotated[tuple[str, ...], Field(strict=False)]
    s3_prefix_list: str
    endpoint_groups: Annotated[
        tuple[Literal["analytics", "delivery"], ...], Field(strict=False)
    ] = ("analytics", "delivery")

    @field_validator("vpc_cidr")
    @classmethod
    def _is_free_private_range(cls, value: str, info: ValidationInfo) -> str:
        try:
            network = ipaddress.IPv4Network(value)
        except ValueError as error:
            raise ValueError(
                f"{value!r} is not an IPv4 network ({error}); write for example 10.0.0.0/16"
            ) from error
        if not LARGEST_VPC_PREFIX <= network.prefixlen <= SMALLEST_VPC_PREFIX:
            raise ValueError(
                f"{value} has the wrong size; write /{LARGEST_VPC_PREFIX} to"
                f" /{SMALLEST_VPC_PREFIX}, so that endpoints and jobs have addresses"
            )
        if not network.is_private:
            raise ValueError(f"{value} is not a private range; take one of 10.0.0.0/8")
        if network.overlaps(DOCKER_BRIDGE):
            raise ValueError(
                f"{value} overlaps {DOCKER_BRIDGE}, which SageMaker's hosts use for Docker"
            )
        for file, other in _context(info).get("taken_cidrs", {}).items():
            if network.overlaps(ipaddress.IPv4Network(other)):
                raise ValueError(f"{value} overlaps {other} of {file}")
        return value

    @field_validator("availability_zones")
    @classmethod
    def _are_zones_of_the_region(cls, value: tuple[str, ...], info: ValidationInfo) -> Any:
        if len(set(value)) < 2:  # noqa: PLR2004 - "at least two" reads best as a number
            raise ValueError("name at least two different zones")
        _refuse_duplicates(value)
        region = _context(info).get("region")
        if region is not None:
            wrong = [zone for zone in value if not re.fullmatch(re.escape(region) + "[a-z]", zone)]
            if wrong:
                raise ValueError(
                    f"{', '.join(wrong)} not in region {region}; write {region}a, {region}b, …"
                )
        return value

    @field_validator("s3_prefix_list")
    @classmethod
    def _is_a_prefix_list(cls, value: str) -> str:
        if not _PREFIX_LIST.fullmatch(value):
            raise ValueError(
                f"{value!r} is not a prefix list's id; write for example pl-6ea54007, S3's in"
                " eu-central-1"
            )
        return value


class RetentionSettings(BaseModel):
    """How long things are kept.

    Parameters
    ----------
    data_days : int
        Days after which replaced object versions and finished runs' outputs expire.
    log_days : int
        Days CloudWatch keeps logs; one of the periods CloudWatch offers.
    keep_data : bool
        Whether buckets and keys outlive a deleted stack. They do so, too, unless the deployment
        says ``-c delete_data=<environment>``: deleting data takes both.
    object_lock_days : int, optional
        Days for which S3 itself refuses to delete a version of data or models (Object Lock in
        governance mode). Off unless given: every writer must then send a checksum.
    """

    model_config = _STRICT

    data_days: Annotated[int, Field(ge=1, le=36500)]
    log_days: int
    keep_data: bool
    object_lock_days: Annotated[int, Field(ge=1, le=36500)] | None = None

    @field_validator("log_days")
    @classmethod
    def _is_offered_by_cloudwatch(cls, value: int) -> int:
        if value not in LOG_RETENTION_DAYS:
            offered = ", ".join(map(str, LOG_RETENTION_DAYS))
            raise ValueError(f"CloudWatch does not offer {value} days; take one of {offered}")
        return value


class EnvironmentSettings(BaseModel):
    """One environment, as its YAML file describes it.

    Parameters
    ----------
    name : str
        Stem of the file; CDK stages are named after it.
    account : str
        AWS account number, 12 digits.
    region : str
        AWS Region.
    network : NetworkSettings
        Address range and Availability Zones.
    instance_types : tuple of str
        Instance types jobs may use, such as ``ml.m5.large``.
    retention : RetentionSettings
        How long data and logs are kept.
    tags : dict of str to str
        Tags put on every resource.
    notification_addresses : tuple of str
        E-mail addresses that are told when something needs a person.
    model_approval : {"manual", "automatic"}
        Whether a new model version waits for a person (``PendingManualApproval``) or is
        approved by its quality gate (``Approved``).
    trusted_roles : tuple of str
        ARNs of roles of this account, such as an identity provider's, whose sessions may take on
        the personas without IAM's own second factor (never break-glass). None unless given.
    """

    model_config = _STRICT

    name: str
    account: str
    region: str
    network: NetworkSettings
    instance_types: Annotated[tuple[str, ...], Field(strict=False)]
    retention: RetentionSettings
    tags: dict[str, str]
    notification_addresses: Annotated[tuple[str, ...], Field(strict=False)]
    model_approval: Literal["manual", "automatic"]
    trusted_roles: Annotated[tuple[str, ...], Field(strict=False)] = ()

    @field_validator("name")
    @classmethod
    def _is_short_and_plain(cls, value: str) -> str:
        if not _NAME.fullmatch(value) or len(value) > LONGEST_NAME:
            raise ValueError(
                f"{value!r} cannot name an environment; take 1 to {LONGEST_NAME} lower-case"
                " letters, digits and single hyphens, starting with a letter"
            )
        return value

    @field_validator("account", mode="before")
    @classmethod
    def _is_an_account(cls, value: object) -> object:
        if isinstance(value, int) and not isinstance(value, bool):
            raise ValueError('put the account in quotes, "111111111111": YAML reads it as a number')  # noqa: TRY004 - pydantic collects ValueError
        if isinstance(value, str) and not re.fullmatch(r"[0-9]{12}", value):
            raise ValueError(f"{value!r} is not an AWS account number of 12 digits")
        return value

    @field_validator("region")
    @classmethod
    def _is_a_region(cls, value: str) -> str:
        if value not in known_regions():
            raise ValueError(f"{value!r} is not an AWS Region; write for example eu-central-1")
        return value

    @field_validator("instance_types")
    @classmethod
    def _are_instance_types(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("name at least one instance type, such as ml.m5.large")
        wrong = [item for item in value if not _INSTANCE_TYPE.fullmatch(item)]
        if wrong:
            raise ValueError(
                f"{', '.join(wrong)} not of the form ml.<family>.<size>, such as ml.m5.large"
            )
        local = [item for item in value if _LOCAL_DISK.match(item)]
        if local:
            raise ValueError(
                f"{', '.join(local)} has a disk of its own, for which SageMaker takes no key of"
                " ours; take a type without, such as ml.m5.large"
            )
        _refuse_duplicates(value)
        return value

    @field_validator("tags")
    @classmethod
    def _are_tags(cls, value: dict[str, str]) -> dict[str, str]:
        for key, text in value.items():
            if not 1 <= len(key) <= 128 or not _TAG.fullmatch(key):  # noqa: PLR2004 - AWS's limit
                raise ValueError(f"{key!r} is not a tag key (1 to 128 letters, digits, _.:/=+-@)")
            if key.lower().startswith("aws:"):
                raise ValueError(f"{key!r} starts with aws:, which AWS keeps for itself")
            if len(text) > 256 or not _TAG.fullmatch(text):  # noqa: PLR2004 - AWS's limit
                raise ValueError(f"the value of {key!r} is not a tag value (up to 256 characters)")
        return value

    @field_validator("trusted_roles")
    @classmethod
    def _are_roles_of_the_account(
        cls, value: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        account = info.data.get("account", "[0-9]{12}")
        form = re.compile(rf"arn:aws[a-z-]*:iam::{account}:role/[\w+=,.@/-]+")
        wrong = [item for item in value if not form.fullmatch(item)]
        if wrong:
            raise ValueError(
                f"{', '.join(map(repr, wrong))} not a role of account {account}; write its ARN"
                " in full, without wildcards"
            )
        _refuse_duplicates(value)
        return value

    @field_validator("notification_addresses")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [item for item in value if not _EMAIL.fullmatch(item)]
        if wrong:
            raise ValueError(f"{', '.join(map(repr, wrong))} not an e-mail address")
        _refuse_duplicates(value)
        return value


def _refuse_duplicates(values: Iterable[str]) -> None:
    twice = [value for value, count in Counter(values).items() if count > 1]
    if twice:
        raise ValueError(f"{', '.join(twice)} written twice")


def _context(info: ValidationInfo) -> dict[str, Any]:
    return info.context or {}
