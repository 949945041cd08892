"""What the queries of batches may do in buckets, through the S3 endpoint and past it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from environments import AthenaQuery
from secure_mlops_constructs.bucket_access import BucketAccess
from stacks import perimeter, roles

if TYPE_CHECKING:
    from environments import EnvironmentSettings
    from secure_mlops_constructs.bucket_perimeter import PerimeterException
    from stacks.identity import IdentityStack


class QueryAccess:
    """The rights of the job that reads a batch by a query, and of the service that runs it."""

    def __init__(self, settings: EnvironmentSettings, identity: IdentityStack) -> None:
        self._query = settings.batch.query
        self._job = identity.jobs.get(roles.QUERY)
        self._unload = identity.unload

    @property
    def result_prefixes(self) -> tuple[str, ...]:
        """Name where results lie in the artifacts bucket."""
        return (perimeter.QUERIES,) if self._query else ()

    def to_tables(self) -> tuple[BucketAccess, ...]:
        """Let Athena read the tables' files in the data bucket, as the job."""
        if self._job is None or not isinstance(self._query, AthenaQuery):
            return ()
        return (BucketAccess("Query", self._job, reads=self._query.prefixes),)

    def past_endpoint_to_tables(self) -> tuple[PerimeterException, ...]:
        """Let Athena do so from outside every VPC."""
        if self._job is None or not isinstance(self._query, AthenaQuery):
            return ()
        return perimeter.table_exceptions(self._job.role_arn, self._query.prefixes)

    def to_models(self, *prefixes: str) -> tuple[BucketAccess, ...]:
        """Let the job read the model whose transformer it looks at."""
        return (BucketAccess("Query", self._job, reads=prefixes),) if self._job else ()

    def to_artifacts(self, *prefixes: str) -> tuple[BucketAccess, ...]:
        """Let the job work, and the service write what the query gave."""
        if self._job is None:
            return ()
        results = self.result_prefixes
        written = (perimeter.RUNS, *(() if self._unload else results))
        job = BucketAccess("Query", self._job, reads=(*prefixes, *results), writes=written)
        if self._unload is None:
            return (job,)
        return (job, BucketAccess("Unload", self._unload, writes=results))

    def past_endpoint_to_results(self) -> tuple[PerimeterException, ...]:
        """Let the service write results from outside every VPC."""
        if self._job is None:
            return ()
        writer = self._unload or self._job
        return perimeter.result_exceptions(writer.role_arn, reads=self._unload is None)
