"""One key for each purpose, made before everything that is encrypted with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from mlops_contract import parameters
from mlops_contract.metadata import ASSUMPTIONS, OUTSIDE_USERS, Assumption
from secure_mlops_constructs.announcement_bus import bus_statements
from secure_mlops_constructs.dead_letters import dead_letter_statement
from secure_mlops_constructs.encryption_key import READ_AND_WRITE, EncryptionKey, KeyUse
from secure_mlops_constructs.job_logs import KINDS as JOB_KINDS
from secure_mlops_constructs.job_rights import LOG_GROUPS
from secure_mlops_constructs.metadata import declare
from stacks import buckets, data_senders, model_export, roles
from stacks.base import EnvironmentStack, EnvironmentStage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stacks.buckets import Bucket

VOLUMES, EVENTS, NOTIFICATIONS = "volumes", "events", "notifications"
WHOLE_USE = (
    *(*READ_AND_WRITE, "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext"),
    *("kms:ReEncryptFrom", "kms:ReEncryptTo"),
)


class KeysStack(EnvironmentStack):
    """The environment's customer managed keys."""

    def __init__(self, stage: EnvironmentStage) -> None:
        super().__init__(stage, "Keys", "Keys, one for each purpose")
        settings = stage.settings
        self.arns = {
            **{row.purpose: self._bucket_key(row) for row in buckets.BUCKETS},
            VOLUMES: self._key(VOLUMES, "storage volumes of jobs", self._volume_uses()),
            buckets.LOGS: self._key(
                buckets.LOGS,
                "logs and functions",
                self._function_uses(),
                [*self._log_services(), self._dead_letters_of_events()],
            ),
            EVENTS: self._key(
                EVENTS,
                "what the platform announces",
                [self._made_with(("events",))],
                bus_statements(self._events_arn("event-bus/"), self.account),
            ),
            NOTIFICATIONS: self._key(
                NOTIFICATIONS,
                "alerts, schedules and their dead letters",
                self._notification_uses(),
                [self._rules()],
                outside_users=self.settings.promoting_roles,
            ),
        }
        if settings.delivery:
            self.arns[buckets.DELIVERY] = self._key(
                buckets.DELIVERY,
                "source, packages and artifacts of builds",
                self._delivery_uses(),
                outside_users=self._contributors,
            )
        self.publish({parameters.key(purpose): arn for purpose, arn in self.arns.items()})

    def _key(
        self,
        purpose: str,
        what: str,
        uses: Sequence[KeyUse],
        service_statements: Sequence[iam.PolicyStatement] = (),
        outside_users: Sequence[str] = (),
    ) -> str:
        key = EncryptionKey(
            self,
            purpose.capitalize(),
            alias=f"{self.names.prefix}-{purpose}",
            description=f"{self.names.prefix}: {what}",
            uses=uses,
            service_statements=service_statements,
            deleter_arns=self._deleters(),
            maker_arn=roles.deployer_arn(self),
            keep=self.settings.retention.keep_data,
        ).key
        if outside_users:
            declare(key, OUTSIDE_USERS, tuple(outside_users))
        if not self.settings.retention.keep_data:
            what = "keys go with their stack, and all under them: the deployment said delete_data"
            declare(key, ASSUMPTIONS, (Assumption("15", what),))
        return key.key_arn

    def _bucket_key(self, row: Bucket) -> str:
        users = buckets.key_users(row, self.projects)
        uses = [KeyUse(self._arns(*names), ("s3",), actions) for actions, names in users.items()]
        outside: tuple[str, ...] = ()
        if row.purpose == buckets.DATA:
            outside = tuple(each.role for each in self.settings.senders)
            bucket = self.names.bucket(row.purpose)
            uses += data_senders.key_uses(self.partition, self.settings, bucket)
        if row.purpose == buckets.MODELS and (registering := roles.registering(self.settings)):
            outside = self.settings.promoting_roles
            # SageMaker looks at the archive of a version for the caller who registers it.
            arns = (*self._arns(*registering), *outside)
            uses.append(KeyUse(arns, ("s3",), actions=("kms:Decrypt",)))
        after = self.settings.next_environment
        if after and row.purpose in model_export.READ:
            bucket = self.names.bucket(row.purpose)
            uses.append(model_export.key_use(self, after, row.purpose, bucket))
        return self._key(row.purpose, row.content, uses, outside_users=outside)

    @property
    def _contributors(self) -> tuple[str, ...]:
        """Name the external roles that the settings let push."""
        delivery = self.settings.delivery
        return delivery.contributors if delivery is not None else ()

    def _deleters(self) -> tuple[str, ...]:
        """Name the roles that delete keys: break-glass, and CloudFormation where data may go."""
        break_glass = self._arns(roles.BREAK_GLASS)
        keep = self.settings.retention.keep_data
        return break_glass if keep else (*break_glass, roles.deployer_arn(self))

    def _arns(self, *names: str) -> tuple[str, ...]:
        return tuple(roles.role_arn(self, self.settings, name) for name in names)

    def _of_projects(self, *names: str) -> tuple[str, ...]:
        """Return the names of roles where teams can start projects."""
        return names if self.settings.project_template else ()

    def _made_with(self, services: tuple[str, ...]) -> KeyUse:
        """Let CloudFormation make resources under the key (AWS::Events::EventBus, its handlers)."""
        return KeyUse((roles.deployer_arn(self),), services, actions=WHOLE_USE)

    def _volume_uses(self) -> list[KeyUse]:
        """Let SageMaker encrypt volumes, for the caller and for the job.

        Source: SageMaker Developer Guide, "Execution Role Permissions" (``kms:CreateGrant`` for
        ``VolumeKmsKeyId``).
        """
        orchestrating = (roles.ORCHESTRATION, *self._of_projects(roles.PROJECT_ORCHESTRATION))
        arns = self._arns(*roles.jobs(self.settings), *orchestrating)
        services = ("sagemaker", "ec2")
        return [
            KeyUse(arns, services),
            KeyUse(arns, services, actions=("kms:CreateGrant",), for_aws_resource=True),
        ]

    def _function_uses(self) -> list[KeyUse]:
        """Let functions read their environment and write dead letters, CloudFormation set both."""
        functions = self._arns(*roles.functions(self.settings))
        deployer = (roles.deployer_arn(self),)
        return [
            KeyUse(functions, ("lambda", "sqs"), actions=("kms:Decrypt", "kms:GenerateDataKey")),
            KeyUse(self._arns(roles.ADMINISTRATOR), ("sqs",), actions=("kms:Decrypt",)),
            KeyUse(deployer, ("lambda",), actions=(*READ_AND_WRITE, "kms:Encrypt")),
            KeyUse(deployer, ("lambda",), actions=("kms:CreateGrant",), for_aws_resource=True),
        ]

    def _events_arn(self, kind: str) -> str:
        """Return the ARN of the bus, or the prefix of those of its rules and of ours."""
        return (
            f"arn:{self.partition}:events:{self.region}:{self.account}:{kind}{self.names.event_bus}"
        )

    def _dead_letters_of_events(self) -> iam.PolicyStatement:
        """Let EventBridge keep what rules of ours and the bus could not deliver."""
        sources = [
            self._events_arn("event-bus/"),
            f"{self._events_arn('rule/')}/*",
            f"{self._events_arn('rule/')}-*",
        ]
        return dead_letter_statement("DeadLettersOfEvents", sources)

    def _delivery_uses(self) -> list[KeyUse]:
        """Let builds and pipelines use the key through S3, CodeCommit and CodeArtifact.

        Sources: CodeCommit User Guide, "AWS KMS and encryption for CodeCommit repositories" (a
        push uses the key, too); CodeArtifact User Guide, "Data protection" (grants of domains).
        """
        builds = self._arns(*roles.builds(self.settings))
        pipeline = self._arns(roles.DELIVERY_PIPELINE)
        deployer = (roles.deployer_arn(self),)
        of_projects = self._arns(*self._of_projects(*roles.PROJECT_BUILDS))
        repository = (
            *self._arns(roles.DELIVERY_PIPELINE, roles.BUILD_REVIEW, roles.PUSH_FILTER),
            *(*of_projects, *self._arns(*self._of_projects(roles.PROJECT_LAUNCH))),
            *(*deployer, *self._contributors),
        )
        return [
            KeyUse((*builds, *pipeline), ("s3",)),
            KeyUse(repository, ("codecommit",), actions=WHOLE_USE),
            KeyUse((*builds, *of_projects, *deployer), ("codeartifact",)),
            KeyUse(
                deployer, ("codeartifact",), actions=("kms:CreateGrant",), for_aws_resource=True
            ),
        ]

    def _notification_uses(self) -> list[KeyUse]:
        """Let Scheduler, operators who pause or promote, and the publisher of alerts use the key.

        Source: EventBridge Scheduler User Guide, "Encryption at rest" and "Using identity-based
        policies" (the caller of CreateSchedule, and the role of the schedule); SNS Developer
        Guide, "Encrypted topic permissions" (the publisher's).
        """
        administrator = self._arns(roles.ADMINISTRATOR)
        scheduler = self._arns(roles.SCHEDULER)
        builds = self._arns(roles.BUILD_INFERENCE) if self.settings.delivery else ()
        promoting = (*builds, *self.settings.promoting_roles)
        used = ("kms:Decrypt", "kms:GenerateDataKey")
        return [
            KeyUse(scheduler, ("scheduler", "sqs"), actions=used),
            KeyUse((*administrator, *promoting, roles.deployer_arn(self)), ("scheduler",)),
            KeyUse(self._arns(roles.TELLER), ("sns",), actions=used),
            KeyUse(administrator, ("sqs",), actions=("kms:Decrypt",)),
        ]

    def _rules(self) -> iam.PolicyStatement:
        """Let EventBridge write dead letters of our rules.

        Source: EventBridge User Guide, "Using dead-letter queues to process undelivered events".
        """
        return dead_letter_statement("Rules", [self.rules_arn])

    def _log_services(self) -> list[iam.PolicyStatement]:
        """Let CloudWatch Logs encrypt our groups, and S3 its access logs in our bucket of logs.

        Sources: CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS";
        S3 User Guide, "Enabling Amazon S3 server access logging", "Using server-side encryption
        with AWS KMS keys" (the encryption context: the bucket with a bucket key, else the object).
        """
        bucket = f"arn:{self.partition}:s3:::{self.names.bucket(buckets.LOGS)}"
        names = [f"/{self.names.prefix}/*", f"/aws/lambda/{self.names.prefix}-*"]
        if self.settings.retention.own_job_logs:
            names += [f"{LOG_GROUPS}{kind}" for kind in JOB_KINDS]
        groups = [
            f"arn:{self.partition}:logs:{self.region}:{self.account}:log-group:{name}"
            for name in names
        ]
        return [
            iam.PolicyStatement(
                sid="LogGroups",
                principals=[iam.ServicePrincipal(f"logs.{self.region}.amazonaws.com")],
                actions=list(WHOLE_USE),
                resources=["*"],
                conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
            ),
            iam.PolicyStatement(
                sid="AccessLogs",
                principals=[iam.ServicePrincipal("logging.s3.amazonaws.com")],
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],
                conditions={
                    "StringEquals": {"aws:SourceAccount": self.account},
                    "ArnLike": {"kms:EncryptionContext:aws:s3:arn": [bucket, f"{bucket}/*"]},
                },
            ),
        ]
