"""The settings in an environment file, typed and validated."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from environments.batch import BatchSettings
from environments.checks import (
    STRICT,
    Texts,
    context_of,
    each_matching,
    refuse_other_than_roles,
)
from environments.delivery import DeliverySettings
from environments.instance_types import type_problem
from environments.model_archives import ModelArchiveSettings
from environments.monitoring import MonitoringSettings
from environments.network import NetworkSettings
from environments.project_template import ProjectTemplateSettings
from environments.promotion import Neighbour, check_promotion
from environments.schedules import ScheduleSettings
from environments.senders import Senders, check_senders
from mlops_common.errors import UserError
from mlops_contract.names import ENVIRONMENT_TAG

# Retention periods a CloudWatch log group takes, in days (Logs API, PutRetentionPolicy).
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827),
    *(2192, 2557, 2922, 3288, 3653),
)
LONGEST_NAME = 12  # keeps "secure-mlops-<name>-artifacts-<account>-<region>" within 63 characters

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_TAG = re.compile(r"[\w\s.:/=+\-@]*")
# No hyphen: whatever begins with "secure-mlops-dev-" is of dev, and could be of a "dev-x", too.
_NAME = re.compile(r"[a-z][a-z0-9]*")


class SettingsError(UserError):
    """Invalid environment settings, one mistake a line: file, field, problem, remedy."""

    @property
    def mistakes(self) -> tuple[str, ...]:
        """The lines, escaped."""
        return self.lines


@cache
def known_regions() -> dict[str, str]:
    """Read AWS Regions and their partitions from botocore's file, since importing it is slow."""
    text = (files("botocore") / "data" / "partitions.json").read_text(encoding="utf-8")
    return {
        region: partition["id"]
        for partition in json.loads(text)["partitions"]
        for region in partition["regions"]
        if not region.endswith("-global")
    }


class RetentionSettings(BaseModel):
    """The retention of data, logs and resources.

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
    own_job_logs : bool
        Whether this environment makes the log groups of SageMaker's jobs, encrypted and with
        `log_days`. Their names are SageMaker's, one set in an account and region, so one
        environment of an account at most may; not where jobs have run before, unless the groups
        are brought in with ``cdk import``. Otherwise SageMaker makes them itself, at the first
        job, without a key of ours or an end. Off unless given.
    """

    model_config = STRICT

    data_days: Annotated[int, Field(ge=1, le=36500)]
    log_days: int
    keep_data: bool
    object_lock_days: Annotated[int, Field(ge=1, le=36500)] | None = None
    own_job_logs: bool = False

    @field_validator("log_days")
    @classmethod
    def _is_offered_by_cloudwatch(cls, value: int) -> int:
        if value not in LOG_RETENTION_DAYS:
            offered = ", ".join(map(str, LOG_RETENTION_DAYS))
            raise ValueError(f"CloudWatch does not offer {value} days; choose one of {offered}")
        return value


class EnvironmentSettings(BaseModel):
    """One environment, as its YAML file describes it.

    Parameters
    ----------
    name : str
        Stem of the file; CDK stages are named after it.
    instance_types : tuple of str
        Instance types jobs may use, such as ``ml.m5.large``.
    notification_addresses : tuple of str
        E-mail addresses that are notified when something needs a person.
    model_approval : {"manual", "automatic"}
        Whether a new model version waits for a person (``PendingManualApproval``) or is
        approved by its quality gate (``Approved``).
    trusted_roles : tuple of str
        ARNs of roles of this account, such as an identity provider's, whose sessions may assume
        the personas without IAM's own second factor (never break-glass). None unless given.
    promoting_roles : tuple of str
        ARNs of roles of this account with which people promote models where no build does: the key
        of schedules is for roles that its policy names. None unless given.
    delivery : DeliverySettings, optional
        The repository, builds and pipelines that deliver changes; one environment has them.
    project_template : ProjectTemplateSettings, optional
        The template that teams start projects from, in an environment with a delivery.
    model_archives : ModelArchiveSettings
        What SageMaker itself may read of models, from outside every VPC.
    senders : tuple of SenderSettings
        Roles that put files into the data bucket, each under its prefixes, and do nothing else
        there. None unless given.
    promotes_to : str, optional
        The environment whose model importer may read this one's approved models. In the same
        region; in the same account or another.
    next_environment, previous_environment : Neighbour, optional
        From the other files' `promotes_to`, never written by hand.
    """

    model_config = STRICT

    name: str
    account: str
    region: str
    network: NetworkSettings
    instance_types: Texts
    retention: RetentionSettings
    tags: dict[str, str]
    notification_addresses: Annotated[Texts, each_matching(_EMAIL, "not an e-mail address")]
    model_approval: Literal["manual", "automatic"]
    trusted_roles: Texts = ()
    promoting_roles: Texts = ()
    delivery: DeliverySettings | None = None
    project_template: ProjectTemplateSettings | None = None
    monitoring: MonitoringSettings = MonitoringSettings()
    schedules: ScheduleSettings = ScheduleSettings()
    batch: BatchSettings = BatchSettings()
    model_archives: ModelArchiveSettings = ModelArchiveSettings()
    senders: Senders = ()
    promotes_to: str | None = None
    next_environment: Neighbour | None = None
    previous_environment: Neighbour | None = None

    @field_validator("name")
    @classmethod
    def _is_short_and_plain(cls, value: str) -> str:
        if not _NAME.fullmatch(value) or len(value) > LONGEST_NAME:
            raise ValueError(
                f"{value!r} cannot name an environment; take 1 to {LONGEST_NAME} lower-case"
                " letters and digits, starting with a letter (no hyphen: rights of dev are for all"
                " that begins with secure-mlops-dev-)"
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
        if problem := type_problem(value):
            raise ValueError(problem)
        return value

    @field_validator("tags")
    @classmethod
    def _are_tags(cls, value: dict[str, str]) -> dict[str, str]:
        for key, text in value.items():
            if not 1 <= len(key) <= 128 or not _TAG.fullmatch(key):  # noqa: PLR2004 - AWS's limit
                raise ValueError(f"{key!r} is not a tag key (1 to 128 letters, digits, _.:/=+-@)")
            if key == ENVIRONMENT_TAG:
                raise ValueError(f"{key!r} is put on everything anyway; remove it")
            if key.lower().startswith("aws:"):
                raise ValueError(f"{key!r} starts with aws:, which AWS keeps for itself")
            if len(text) > 256 or not _TAG.fullmatch(text):  # noqa: PLR2004 - AWS's limit
                raise ValueError(f"the value of {key!r} is not a tag value (up to 256 characters)")
        return value

    @field_validator("retention")
    @classmethod
    def _owns_job_logs_alone(
        cls, value: RetentionSettings, info: ValidationInfo
    ) -> RetentionSettings:
        place = (info.data.get("account"), info.data.get("region"))
        owner = context_of(info).get("job_log_owners", {}).get(place)
        if value.own_job_logs and owner is not None:
            raise ValueError(
                f"own_job_logs is true in {owner}, too, in the same account and region, which have"
                " these log groups once; write it in one of them"
            )
        return value

    @field_validator("trusted_roles", "promoting_roles")
    @classmethod
    def _are_roles_of_the_account(
        cls, value: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        refuse_other_than_roles(value, info.data.get("account", "[0-9]{12}"))
        return value

    @field_validator("delivery")
    @classmethod
    def _can_be_delivered(
        cls, value: DeliverySettings | None, info: ValidationInfo
    ) -> DeliverySettings | None:
        if value:
            refuse_other_than_roles(value.contributors, info.data.get("account", "[0-9]{12}"))
        waiting = value and any(each.approval == "policy" for each in value.promotions)
        if waiting and info.data.get("model_approval") == "manual":
            raise ValueError(
                "has a promotion with approval: policy, which waits for the quality gate to approve"
                " the model; write model_approval: automatic, or approval: manual"
            )
        return value

    @field_validator("project_template")
    @classmethod
    def _has_builds(
        cls, value: ProjectTemplateSettings | None, info: ValidationInfo
    ) -> ProjectTemplateSettings | None:
        if value and "delivery" in info.data and info.data["delivery"] is None:
            raise ValueError(
                "needs the packages and the network of builds; give the environment a delivery"
            )
        account = info.data.get("account")
        for arn in value.launched_by if value else ():
            if arn.split(":")[4] != account:
                raise ValueError(f"launched_by: {arn} is not a role of account {account}")
        return value

    @field_validator("senders")
    @classmethod
    def _come_by_a_way(cls, value: Senders, info: ValidationInfo) -> Senders:
        if {"account", "region"} <= set(info.data):
            check_senders(value, info.data["account"], known_regions()[info.data["region"]])
        return value

    @field_validator("promotes_to")
    @classmethod
    def _is_promotable(cls, value: str | None, info: ValidationInfo) -> str | None:
        files = context_of(info).get("files")
        if value is not None and files is not None and {"name", "region"} <= set(info.data):
            check_promotion(info.data["name"], info.data["region"], value, files)
        return value
