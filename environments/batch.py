"""What an environment file may say of its batches: files under an S3 prefix, or a query.

Without a word of it, a batch is what lies under the prefix that a start names. A query instead::

    batch:
      query:
        service: athena
        database: lake
        tables: [abalone]
        prefixes: [lake/abalone/]
        statement: SELECT * FROM abalone WHERE day = current_date
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, Field, field_validator

from environments.checks import STRICT, refuse_duplicates, refuse_others

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


class AthenaQuery(BaseModel):
    """Batches are the result of a query of Athena.

    Parameters
    ----------
    database : str
        Database of the Glue catalogue, in this account and region, in which the query is read.
    prefixes : tuple of str
        Where these tables' files are in the environment's data bucket, such as ``lake/abalone/``.
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
    database: str
    tables: Annotated[tuple[str, ...], Field(strict=False)]
    prefixes: Annotated[tuple[str, ...], Field(strict=False)]
    statement: str
    gigabytes_scanned: Annotated[int, Field(ge=1, le=100_000)] = 100
    enforced: bool = True

    @property
    def bytes_scanned(self) -> int:
        """The limit as Athena takes it."""
        return self.gigabytes_scanned * _GIGABYTE

    @field_validator("database")
    @classmethod
    def _is_a_database(cls, value: str) -> str:
        if not _CATALOGUED.fullmatch(value):
            raise ValueError(f"{value!r} is not a database's name (a-z, 0-9, _)")
        return value

    @field_validator("tables")
    @classmethod
    def _are_tables(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        _refuse_unnamed(
            _CATALOGUED,
            value,
            "is not the name of a table (a-z, 0-9, _); name each without its database",
        )
        return value

    @field_validator("prefixes")
    @classmethod
    def _are_prefixes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        _refuse_unnamed(
            _PREFIX,
            value,
            "is not a prefix of the data bucket; write for example lake/abalone/",
        )
        return value

    @field_validator("statement")
    @classmethod
    def _is_a_statement(cls, value: str) -> str:
        return _check_statement(value)


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
    cluster: str
    database: str
    user: str
    statement: str

    @field_validator("cluster")
    @classmethod
    def _is_a_cluster(cls, value: str) -> str:
        if not _CLUSTER.fullmatch(value):
            raise ValueError(f"{value!r} is not a cluster's identifier (a-z, 0-9, single hyphens)")
        return value

    @field_validator("database", "user")
    @classmethod
    def _is_a_name(cls, value: str) -> str:
        if not _REDSHIFT_NAME.fullmatch(value):
            raise ValueError(f"{value!r} is not a name in Redshift (a-z, 0-9, _)")
        return value

    @field_validator("statement")
    @classmethod
    def _is_a_statement(cls, value: str) -> str:
        return _check_statement(value)


class BatchSettings(BaseModel):
    """Where batches come from.

    Parameters
    ----------
    query : AthenaQuery or RedshiftQuery, optional
        A query, whose result is the batch. Files under an S3 prefix unless given.
    """

    model_config = STRICT

    query: Annotated[AthenaQuery | RedshiftQuery, Field(discriminator="service")] | None = None


def _refuse_unnamed(form: re.Pattern[str], values: tuple[str, ...], words: str) -> None:
    """Refuse a list that is empty, repeats something or has something of another form in it."""
    if not values:
        raise ValueError(f"nothing {words}")
    refuse_others(form, values, words)
    refuse_duplicates(values)
