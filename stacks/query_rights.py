"""The rights to execute the queries of batches.

SageMaker executes a query as the job: a CREATE TABLE AS of Athena, or an UNLOAD through the Data
API of Redshift. Only the managed policy AmazonSageMakerFullAccess shows the calls that it makes
(tables ``sagemaker_tmp_…``, database ``sagemaker_processing``); see decision 26.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from environments import AthenaQuery
from environments.names import ResourceNames
from stacks.allowing import allow

if TYPE_CHECKING:
    import aws_cdk as cdk

    from environments import EnvironmentSettings, RedshiftQuery

# The one of Glue's catalogue; others of Athena are functions, or belong to somebody else.
CATALOG = "AwsDataCatalog"
# Where SageMaker keeps the tables that it makes of queries, and what their names begin with.
SCRATCH_DATABASE, SCRATCH_TABLES = "sagemaker_processing", "sagemaker_tmp_*"
# Athena asks for it whatever the query (User Guide, "Access to the default database and catalog").
DEFAULT_DATABASE = "default"
# Only of statements that the same role has begun.
OWN_STATEMENTS = {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}


@dataclass(frozen=True)
class QueryArns:
    """ARNs that queries touch; lists are empty where the environment has none of it."""

    work_group: list[str]
    catalog: list[str]
    read: list[str]
    scratch: list[str]
    scratch_database: list[str]
    logins: list[str]
    cluster: list[str]


def query_arns(stack: cdk.Stack, settings: EnvironmentSettings) -> QueryArns:
    """Return the ARNs that an environment's queries touch; only SageMaker's tables by pattern."""
    here = f"{stack.region}:{stack.account}"
    query = settings.batch.query
    if isinstance(query, AthenaQuery):
        glue = f"arn:{stack.partition}:glue:{here}"
        athena = f"arn:{stack.partition}:athena:{here}"
        scratch_database = [f"{glue}:catalog", f"{glue}:database/{SCRATCH_DATABASE}"]
        return QueryArns(
            work_group=[f"{athena}:workgroup/{ResourceNames(settings).work_group}"],
            catalog=[f"{athena}:datacatalog/{CATALOG}"],
            read=[
                f"{glue}:catalog",
                f"{glue}:database/{DEFAULT_DATABASE}",
                f"{glue}:database/{query.database}",
                *(f"{glue}:table/{query.database}/{table}" for table in query.tables),
            ],
            scratch=[*scratch_database, f"{glue}:table/{SCRATCH_DATABASE}/{SCRATCH_TABLES}"],
            scratch_database=scratch_database,
            logins=[],
            cluster=[],
        )
    if query is None:
        return QueryArns([], [], [], [], [], [], [])
    return _redshift(f"arn:{stack.partition}:redshift:{here}", query)


def _redshift(redshift: str, query: RedshiftQuery) -> QueryArns:
    return QueryArns(
        [],
        [],
        [],
        [],
        [],
        logins=[
            f"{redshift}:dbuser:{query.cluster}/{query.user}",
            f"{redshift}:dbname:{query.cluster}/{query.database}",
        ],
        cluster=[f"{redshift}:cluster:{query.cluster}"],
    )


def query_statements(arns: QueryArns) -> list[iam.PolicyStatement]:
    """Write the rights of the role that executes queries."""
    if arns.cluster:
        return [
            allow("LogIn", ["redshift:GetClusterCredentials"], *arns.logins),
            allow("Unload", ["redshift-data:ExecuteStatement"], *arns.cluster),
            iam.PolicyStatement(
                sid="OwnStatements",
                actions=["redshift-data:CancelStatement", "redshift-data:DescribeStatement"],
                resources=["*"],
                conditions={"StringEquals": OWN_STATEMENTS},
            ),
        ]
    return [
        allow(
            "Query",
            [
                *("athena:GetQueryExecution", "athena:GetQueryResults", "athena:GetWorkGroup"),
                *("athena:StartQueryExecution", "athena:StopQueryExecution"),
            ],
            *arns.work_group,
        ),
        allow("Catalog", ["athena:GetDataCatalog"], *arns.catalog),
        allow(
            "ReadTables",
            [
                *("glue:BatchGetPartition", "glue:GetDatabase", "glue:GetPartition"),
                *("glue:GetPartitions", "glue:GetTable"),
            ],
            *arns.read,
        ),
        allow(
            "ScratchDatabase", ["glue:CreateDatabase", "glue:GetDatabase"], *arns.scratch_database
        ),
        allow(
            "ScratchTables",
            ["glue:CreateTable", "glue:DeleteTable", "glue:GetTable"],
            *arns.scratch,
        ),
    ]
