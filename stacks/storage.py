"""The buckets, who may do what in them, and who gets through their perimeter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_contract.metadata import EXCEPTIONS
from mlops_contract.names import BATCH_INFERENCE, PROJECT_FILES, PROJECT_START
from secure_mlops_constructs.acknowledgments import acknowledge
from secure_mlops_constructs.bucket_access import BucketAccess
from secure_mlops_constructs.encrypted_bucket import EncryptedBucket
from secure_mlops_constructs.metadata import declare
from stacks import keys, model_export, model_import, perimeter, roles
from stacks.base import EnvironmentStack
from stacks.delivery_identity import REPORTING
from stacks.delivery_names import REPORTS, DeliveryNames
from stacks.delivery_plans import artifact_uses
from stacks.query_access import QueryAccess

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_s3 as s3
    from constructs import Construct

    from environments.settings import EnvironmentSettings
    from secure_mlops_constructs.bucket_perimeter import PerimeterException
    from stacks.delivery_identity import DeliveryIdentityStack
    from stacks.identity import IdentityStack
    from stacks.project_identity import ProjectIdentityStack

CODE, WHEELHOUSE = "code/", "wheelhouse/"
RUNS = perimeter.RUNS
# Baselines of registered models, and what batches were given as an answer: longer than runs.
BASELINES, PREDICTIONS = "baselines/", "predictions/"
# What tells that a batch was scored.
BATCHES = f"{PREDICTIONS}{BATCH_INFERENCE}/batches/"
KEPT_MARKER = f"{PREDICTIONS}*/README.txt"
MODELS, CHAMPION = "models/", "champion/"
CHAMPION_MARKER = f"{CHAMPION}*/README.txt"
RAW_DATA = "abalone/raw/"
EVERYTHING = ""
LOCKED = (keys.DATA, keys.MODELS)


class StorageStack(EnvironmentStack):
    """The environment's buckets.

    Parameters
    ----------
    s3_endpoint_id : str
        The endpoint that requests must come through.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: EnvironmentSettings,
        key_arns: Mapping[str, str],
        s3_endpoint_id: str,
        identity: IdentityStack,
        delivering: DeliveryIdentityStack | None = None,
        projects: ProjectIdentityStack | None = None,
    ) -> None:
        super().__init__(scope, construct_id, settings=settings, description="Buckets")
        self._keys, self._endpoint, self._identity = key_arns, s3_endpoint_id, identity
        self._projects = projects
        retention = settings.retention
        self._queries = QueryAccess(settings, identity)
        queried = dict.fromkeys(self._queries.result_prefixes, retention.data_days)
        logs = self._bucket(
            keys.LOGS,
            self.names.logs_bucket,
            expirations={EVERYTHING: retention.log_days},
            exceptions=perimeter.access_log_exceptions(),
        )
        self._bucket(
            keys.DATA,
            self.names.data_bucket,
            access=self._data_access(),
            exceptions=self._queries.past_endpoint_to_tables(),
            access_logs=logs,
            tells_events=True,  # fresh raw data start retraining (stacks.schedules)
        )
        after = settings.next_environment
        models = self._bucket(
            keys.MODELS,
            self.names.models_bucket,
            access=self._models_access(),
            access_logs=logs,
            exceptions=model_export.exceptions(self, after, keys.MODELS),
        )
        artifacts = self._bucket(
            keys.ARTIFACTS,
            self.names.artifacts_bucket,
            access=self._artifacts_access(),
            access_logs=logs,
            expirations={RUNS: retention.data_days, **queried},
            exceptions=(
                *(
                    row
                    for role in self._orchestrating
                    for row in perimeter.property_file_exceptions(role.role_arn)
                ),
                *self._queries.past_endpoint_to_results(),
                *model_export.exceptions(self, after, keys.ARTIFACTS),
            ),
        )
        if after is not None:
            model_export.open_bucket(self, after, keys.MODELS, models)
            model_export.open_bucket(self, after, keys.ARTIFACTS, artifacts)
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
        self.publish(
            {
                "bucket/data": self.names.data_bucket,
                "bucket/models": self.names.models_bucket,
                "bucket/artifacts": self.names.artifacts_bucket,
                "bucket/logs": self.names.logs_bucket,
            }
        )

    def _bucket(
        self,
        purpose: str,
        name: str,
        *,
        access: tuple[BucketAccess, ...] = (),
        exceptions: Iterable[PerimeterException] = (),
        access_logs: s3.IBucket | None = None,
        expirations: dict[str, int] | None = None,
        tells_events: bool = False,
    ) -> s3.Bucket:
        retention = self.settings.retention
        people = self._identity.people
        lock_days = retention.object_lock_days if purpose in LOCKED else None
        exceptions = (
            *exceptions,
            *perimeter.deployment_exceptions(
                roles.deployer_arn(self),
                keep=retention.keep_data,
                lock=lock_days is not None,
                tells_events=tells_events,
            ),
            *perimeter.audit_exceptions(people.auditor.role_arn),
        )
        bucket = EncryptedBucket(
            self,
            purpose.capitalize(),
            bucket_name=name,
            key_arn=self._keys[purpose],
            endpoint_id=self._endpoint,
            access=access,
            exceptions=exceptions,
            access_logs=access_logs,
            expirations=expirations,
            old_versions_days=retention.data_days,
            deleter=people.break_glass,
            lock_days=lock_days,
            tells_events=tells_events,
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
                "Pipeline",
                delivering.pipeline.role,
                reads=artifacts,
                writes=artifacts,
                versions=True,
            ),
            *(
                BucketAccess(
                    name.title().replace("-", ""),
                    role.role,
                    reads=uses[name].taken,
                    writes=(*uses[name].left, *((reports[name],) if name in reports else ())),
                    versions=True,
                )
                for name, role in builds.items()
            ),
        )
        self._bucket(
            keys.DELIVERY,
            self.names.delivery_bucket,
            access=access,
            access_logs=logs,
            expirations={EVERYTHING: self.settings.retention.data_days},
            exceptions=(
                *perimeter.artifact_exceptions(
                    delivering.pipeline.role.role_arn, delivery.artifact_prefix
                ),
                *perimeter.report_exceptions(
                    {builds[name].role.role_arn: prefix for name, prefix in reports.items()}
                ),
            ),
        )

    @property
    def _orchestrating(self) -> list[iam.IRole]:
        """The roles of pipelines: the environment's, and that of projects."""
        own = [self._identity.orchestration]
        return [*own, self._projects.orchestration] if self._projects else own

    def _of_projects(self, name: str, *written: str) -> tuple[BucketAccess, ...]:
        """Let builds of projects write what their pipelines need."""
        if self._projects is None:
            return ()
        return (
            BucketAccess(name, self._projects.builds[roles.PROJECT_TRAIN].role, writes=written),
        )

    def _data_access(self) -> tuple[BucketAccess, ...]:
        jobs, identity = self._identity.jobs, self._identity
        return (
            BucketAccess("Processing", jobs[roles.PROCESSING], reads=(EVERYTHING,)),
            BucketAccess("Inference", jobs[roles.INFERENCE], reads=(EVERYTHING,)),
            BucketAccess("Delivery", identity.delivery.role, writes=(RAW_DATA,)),
            *self._queries.to_tables(),
        )

    def _models_access(self) -> tuple[BucketAccess, ...]:
        jobs, identity = self._identity.jobs, self._identity
        return (
            BucketAccess("Processing", jobs[roles.PROCESSING], reads=(MODELS, CHAMPION)),
            *self._queries.to_models(MODELS),
            BucketAccess("Training", jobs[roles.TRAINING], reads=(MODELS,), writes=(MODELS,)),
            BucketAccess("Inference", jobs[roles.INFERENCE], reads=(MODELS, CHAMPION)),
            BucketAccess(
                "Keeper",
                identity.keeper.role,
                reads=(MODELS, CHAMPION),
                writes=(CHAMPION,),
                deletes=(CHAMPION,),
            ),
            BucketAccess("Delivery", identity.delivery.role, writes=(CHAMPION_MARKER,)),
            *self._of_projects(
                "ProjectMarker", f"{CHAMPION}{self.names.prefix}-{PROJECT_START}*/README.txt"
            ),
            *self._importer_access(keys.MODELS),
        )

    def _artifacts_access(self) -> tuple[BucketAccess, ...]:
        jobs, identity = self._identity.jobs, self._identity
        projects = (PROJECT_FILES,) if self._projects else ()
        lasting = {roles.PROCESSING: (BASELINES, PREDICTIONS)}
        job_access = (
            BucketAccess(
                name.title().replace("-", ""),
                role,
                reads=(CODE, WHEELHOUSE, RUNS, *lasting.get(name, ()), *projects),
                writes=(RUNS, *lasting.get(name, ())),
            )
            for name, role in jobs.items()
            if name != roles.QUERY
        )
        return (
            *job_access,
            *self._queries.to_artifacts(CODE, WHEELHOUSE, BATCHES),
            *(
                BucketAccess(name, role, reads=(RUNS,))
                for name, role in zip(
                    ("Orchestration", "Projects"), self._orchestrating, strict=False
                )
            ),
            *self._of_projects("ProjectCode", PROJECT_FILES),
            BucketAccess("Scientist", identity.people.scientist, reads=(RUNS,)),
            BucketAccess(
                "Delivery", identity.delivery.role, writes=(CODE, WHEELHOUSE, KEPT_MARKER)
            ),
            *self._importer_access(keys.ARTIFACTS),
        )

    def _importer_access(self, purpose: str) -> tuple[BucketAccess, ...]:
        """Let the importer write its copies, and read them again to compare."""
        importer, copies = self._identity.importer, (model_import.COPIES[purpose],)
        if importer is None:
            return ()
        return (BucketAccess("Importer", importer.role, reads=copies, writes=copies),)
