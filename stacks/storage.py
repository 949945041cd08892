"""The buckets, the rights in them, and the exceptions to their perimeter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from environments import AthenaQuery
from mlops_contract.metadata import EXCEPTIONS
from secure_mlops_constructs.acknowledgments import acknowledge
from secure_mlops_constructs.bucket_access import BucketAccess
from secure_mlops_constructs.encrypted_bucket import EncryptedBucket
from secure_mlops_constructs.metadata import declare
from stacks import buckets, data_senders, model_archives, model_export, perimeter, roles
from stacks.base import EnvironmentStack, EnvironmentStage
from stacks.delivery_identity import REPORTING
from stacks.delivery_names import REPORTS, DeliveryNames
from stacks.delivery_plans import artifact_uses

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aws_cdk import aws_s3 as s3

    from secure_mlops_constructs.bucket_perimeter import PerimeterException
    from stacks.buckets import Bucket
    from stacks.delivery_identity import DeliveryIdentityStack
    from stacks.identity import IdentityStack
    from stacks.project_identity import ProjectIdentityStack


class StorageStack(EnvironmentStack):
    """The environment's buckets."""

    def __init__(
        self,
        stage: EnvironmentStage,
        *,
        s3_endpoint_id: str,
        identity: IdentityStack,
        delivering: DeliveryIdentityStack | None = None,
        projects: ProjectIdentityStack | None = None,
    ) -> None:
        super().__init__(stage, "Storage", "Buckets")
        settings = stage.settings
        self._endpoint, self._identity = s3_endpoint_id, identity
        self._roles = identity.by_name()
        if projects is not None:
            self._roles[roles.PROJECT_ORCHESTRATION] = projects.orchestration
            self._roles |= {name: build.role for name, build in projects.builds.items()}
        logs = self._bucket(
            buckets.LOGS,
            expirations={buckets.EVERYTHING: settings.retention.log_days},
            exceptions=perimeter.access_log_exceptions(),
        )
        for row in buckets.BUCKETS:
            self._from_row(row, logs)
        if delivering is not None:
            self._delivery_bucket(delivering, logs)
        acknowledge(
            self,
            *(
                f"{pack}-S3BucketReplicationEnabled"
                for pack in ("NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321")
            ),
            reason=(
                "Data stays in the one region and account that the environment names; a copy"
                " elsewhere would be a second perimeter. Versions are kept against loss, and"
                " models can be trained again from versioned data and code."
            ),
        )
        self.publish({f"bucket/{each}": self.names.bucket(each) for each in buckets.purposes()})

    def _from_row(self, row: Bucket, logs: s3.IBucket) -> None:
        settings, expiring = self.settings, list(row.expiring)
        if row.purpose == buckets.ARTIFACTS and settings.batch.query:
            expiring.append(buckets.QUERIES)
        if row.purpose == buckets.DATA:
            expiring += data_senders.prefixes(settings.senders)
        bucket = self._bucket(
            row.purpose,
            access=[
                BucketAccess(self._roles[each.role], each.reads, each.writes, each.deletes)
                for each in row.access(self.projects)
            ],
            access_logs=logs,
            expirations=dict.fromkeys(expiring, settings.retention.data_days) or None,
            exceptions=self._exceptions(row.purpose),
            lockable=row.lockable,
            emits_events=row.emits_events,
        )
        if row.purpose == buckets.DATA:
            data_senders.open_bucket(self, settings.senders, bucket)
        if row.purpose == buckets.MODELS:
            model_archives.open_bucket(self, settings, bucket)
        after = settings.next_environment
        if after is not None and row.purpose in model_export.READ:
            model_export.open_bucket(self, after, row.purpose, bucket)

    def _exceptions(self, purpose: str) -> list[PerimeterException]:
        """List the platform's accesses to a bucket from outside the VPC."""
        settings, query = self.settings, self.settings.batch.query
        found: list[PerimeterException] = []
        if purpose == buckets.DATA and isinstance(query, AthenaQuery):
            job = self._roles[roles.QUERY]
            found += perimeter.table_exceptions(job.role_arn, query.prefixes)
        if purpose == buckets.DATA:
            found += data_senders.exceptions(settings)
        if purpose == buckets.ARTIFACTS:
            for name in (roles.ORCHESTRATION, roles.PROJECT_ORCHESTRATION):
                if name in self._roles:
                    found += perimeter.property_file_exceptions(self._roles[name].role_arn)
            if query:
                unload = self._roles.get(roles.UNLOAD)
                writer = unload or self._roles[roles.QUERY]
                found += perimeter.result_exceptions(writer.role_arn, reads=unload is None)
        if purpose == buckets.MODELS:
            found += model_archives.exceptions(self, settings)
        if purpose in model_export.READ:
            found += model_export.exceptions(self, settings.next_environment, purpose)
        return found

    def _bucket(
        self,
        purpose: str,
        *,
        access: Iterable[BucketAccess] = (),
        exceptions: Iterable[PerimeterException] = (),
        access_logs: s3.IBucket | None = None,
        expirations: dict[str, int] | None = None,
        lockable: bool = False,
        emits_events: bool = False,
    ) -> s3.Bucket:
        retention = self.settings.retention
        people = self._identity.people
        lock_days = retention.object_lock_days if lockable else None
        exceptions = (
            *exceptions,
            *perimeter.deployment_exceptions(
                roles.deployer_arn(self),
                keep=retention.keep_data,
                lock=lock_days is not None,
                emits_events=emits_events,
            ),
            *perimeter.audit_exceptions(people.auditor.role_arn),
        )
        bucket = EncryptedBucket(
            self,
            purpose.capitalize(),
            bucket_name=self.names.bucket(purpose),
            key_arn=self.key_arns[purpose],
            endpoint_id=self._endpoint,
            access=tuple(access),
            exceptions=exceptions,
            access_logs=access_logs,
            expirations=expirations,
            old_versions_days=retention.data_days,
            deleter=people.break_glass,
            lock_days=lock_days,
            tells_events=emits_events,
            keep=retention.keep_data,
        ).bucket
        assert bucket.policy is not None  # noqa: S101 - every bucket has statements
        declare(bucket.policy, EXCEPTIONS, tuple(each.row() for each in exceptions))
        return bucket

    def _delivery_bucket(self, delivering: DeliveryIdentityStack, logs: s3.IBucket) -> None:
        delivery = DeliveryNames(self, self.settings)
        artifacts = (f"{delivery.artifact_prefix}*/*",)
        reports = {name: f"{REPORTS}{delivery.project(name)}/" for name in REPORTING}
        builds, uses = delivering.builds, artifact_uses(self.settings)
        access = (
            BucketAccess(
                delivering.pipeline.role,
                reads=artifacts,
                writes=artifacts,
                versions=True,
            ),
            *(
                BucketAccess(
                    role.role,
                    reads=uses[name].taken,
                    writes=(*uses[name].left, *((reports[name],) if name in reports else ())),
                    versions=True,
                )
                for name, role in builds.items()
            ),
        )
        self._bucket(
            buckets.DELIVERY,
            access=access,
            access_logs=logs,
            expirations={buckets.EVERYTHING: self.settings.retention.data_days},
            exceptions=(
                *perimeter.artifact_exceptions(
                    delivering.pipeline.role.role_arn, delivery.artifact_prefix
                ),
                *perimeter.report_exceptions(
                    {builds[name].role.role_arn: prefix for name, prefix in reports.items()}
                ),
            ),
        )
