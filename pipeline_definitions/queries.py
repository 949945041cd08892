"""Inputs of processing jobs that are queries of Athena or Redshift, as the environment's file says.

SageMaker executes the query itself, under the role of the job, and hands the job files: the
container stays without a network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from environments import RedshiftQuery
from pipeline_definitions.environment import placeholder
from pipeline_definitions.errors import PipelineModuleError
from pipeline_definitions.jobs import execution_prefix, input_folder

if TYPE_CHECKING:
    from pipeline_definitions.environment import PipelineEnvironment

# The only catalogue of Athena whose rights can be listed: others are functions, or elsewhere.
CATALOG = "AwsDataCatalog"
ROLE, UNLOAD_ROLE = "QueryRoleArn", "UnloadRoleArn"
RESULTS = "queries"


@dataclass(frozen=True)
class QueryInput:
    """The result of a query, which a job finds as a folder of Parquet files.

    `query` is an ``AthenaDatasetDefinition`` or a ``RedshiftDatasetDefinition``; the folder is
    ``/opt/ml/processing/input/<name>`` by default.
    """

    name: str
    query: dict[str, Any]
    folder: str = ""

    def request(self) -> dict[str, Any]:
        """Return the entry of ``ProcessingInputs``."""
        return {
            "InputName": self.name,
            "DatasetDefinition": {
                **self.query,
                "DataDistributionType": "FullyReplicated",
                "InputMode": "File",
                "LocalPath": self.folder or input_folder(self.name),
            },
        }


def query_input(environment: PipelineEnvironment, name: str, statement: Any) -> QueryInput:
    """Make an input of the query that the environment's file describes.

    The step that has it works under `ROLE`, which alone may execute queries. Results lie under a
    prefix of the run, as Parquet, encrypted with the key of artifacts.
    """
    query = environment.settings.batch.query
    if query is None:
        raise PipelineModuleError(f"environment {environment.settings.name} has no batch.query")
    common = {
        "Database": query.database,
        "QueryString": statement,
        "OutputS3Uri": execution_prefix(environment.artifacts_bucket, RESULTS, name),
        "KmsKeyId": placeholder("ArtifactsKeyArn"),
        "OutputFormat": "PARQUET",
    }
    if isinstance(query, RedshiftQuery):
        return QueryInput(name, {"RedshiftDatasetDefinition": _redshift(query, common)})
    return QueryInput(name, {"AthenaDatasetDefinition": _athena(environment, common)})


def _athena(environment: PipelineEnvironment, common: dict[str, Any]) -> dict[str, Any]:
    return {
        **common,
        "Catalog": CATALOG,
        "WorkGroup": environment.names.work_group,
        "OutputCompression": "SNAPPY",
    }


def _redshift(query: RedshiftQuery, common: dict[str, Any]) -> dict[str, Any]:
    # UNLOAD compresses Parquet itself and takes no option for it.
    return {
        **common,
        "ClusterId": query.cluster,
        "DbUser": query.user,
        "ClusterRoleArn": placeholder(UNLOAD_ROLE),
    }
