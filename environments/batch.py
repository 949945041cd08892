"""The batches of an environment: files under the S3 prefix that a start names, or a query.

An environment file asks for a query with::

batch:
query:
service: athena
database: lake
tables: [customers]
prefixes: [lake/customers/]
statement: SELECT * FROM customers WHERE day = current_date
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from environments.checks import STRICT, Texts, each_matching, matching

# API Reference, AthenaDatasetDefinition and RedshiftDatasetDefinition, QueryString.
LONGEST_STATEMENT = 4096
_GIGABYTE = 1 << 30
# Athena User Guide, "Name databases, tables, and columns".
_CATALOGUED = re.compile(r"[a-z0-9_]{1,255}")
_PREFIX = re.compile(r"([A-Za-z0-9!_.'()-]+/)+")
# Redshift Management Guide, "Quotas and limits in Amazon Redshift" (naming constraints).
_CLUSTER = re.compile(r"[a-z](-?[a-z0-9]){0,62}")
_REDSHIFT_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
SERVICES = ("athena", "redshift")
# SQL that the synthesis or a permission would take for something of its own.
_PLACEHOLDER = "${"


def _check_statement(value: str) -> str:
    if not 1 <= len(value.strip()) <= len(value) <= LONGEST_STATEMENT:
        raise ValueError(f"must have 1 to {LONGEST_STATEMENT} characters, as SageMaker takes them")
    if _PLACEHOLDER in value:
        raise ValueError("has ${, which CloudFormation takes for a placeholder; write it otherwise")
    return value


def _some(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values:
        raise ValueError("name at least one")
    return values


_Statement = Annotated[str, AfterValidator(_check_statement)]
_RedshiftName = Annotated[str, matching(_REDSHIFT_NAME, "is not a name in Redshift (a-z, 0-9, _)")]


class AthenaQuery(BaseModel):
    """Batches are the result of a query of Athena.

    Parameters
    ----------
    database : str
        Database of the Glue catalogue, in this account and region, in which the query is read.
    prefixes : tuple of str
        Where these tables' files are in the environment's data bucket, such as ``lake/customers/``.
    statement : str
        The query of starts that bring none: a SELECT, whose columns are a batch's.
    gigabytes_scanned : int
        A query that reads more ends.
    enforced : bool
        Whether the work group's place and encryption of results go before those of a start. They
        do unless the file says otherwise (docs/decisions/0026-batch-inference.md).
    """

    model_config = STRICT

    service: Literal["athena"]
    database: Annotated[str, matching(_CATALOGUED, "is not a database's name (a-z, 0-9, _)")]
    tables: Annotated[
        Texts,
        AfterValidator(_some),
        each_matching(
            _CATALOGUED, "is not the name of a table (a-z, 0-9, _); name each without its database"
        ),
    ]
    prefixes: Annotated[
        Texts,
        AfterValidator(_some),
        each_matching(_PREFIX, "is not a prefix of the data bucket, such as lake/customers/"),
    ]
    statement: _Statement
    gigabytes_scanned: Annotated[int, Field(ge=1, le=100_000)] = 100
    enforced: bool = True

    @property
    def bytes_scanned(self) -> int:
        """The limit as Athena takes it."""
        return self.gigabytes_scanned * _GIGABYTE


class RedshiftQuery(BaseModel):
    """Batches are the result of a query of Redshift.

    The cluster writes results under the role ``secure-mlops-<environment>-query-unload``, which it
    has to be given once (``aws redshift modify-cluster-iam-roles``).

    Parameters
    ----------
    cluster : str
        Identifier of a provisioned cluster of this account and region.
    user : str
        The database user that queries run as. It has to be there; what it may read is for the
        cluster's grants.
    statement : str
        The query of starts that bring none: a SELECT, whose columns are a batch's.
    """

    model_config = STRICT

    service: Literal["redshift"]
    cluster: Annotated[
        str, matching(_CLUSTER, "is not a cluster's identifier (a-z, 0-9, single hyphens)")
    ]
    database: _RedshiftName
    user: _RedshiftName
    statement: _Statement


class BatchSettings(BaseModel):
    """The source of batches.

    Parameters
    ----------
    query : AthenaQuery or RedshiftQuery, optional
        A query, whose result is the batch. Files under an S3 prefix unless given.
    """

    model_config = STRICT

    query: Annotated[AthenaQuery | RedshiftQuery, Field(discriminator="service")] | None = None
