"""The table of the environment's buckets: a row makes a bucket, its key and the rights in both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from environments import AthenaQuery, RedshiftQuery
from environments.names import ResourceNames
from mlops_contract.data_places import QUARANTINE
from mlops_contract.names import PROJECT_FILES, PROJECT_START
from pipeline_definitions.model_project import RAW
from secure_mlops_constructs.encryption_key import READ_AND_WRITE
from stacks import roles
from stacks.model_import import COPIES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from environments.settings import EnvironmentSettings
    from pipeline_definitions.model_project import ModelProjects

DATA, MODELS, ARTIFACTS, LOGS = "data", "models", "artifacts", "logs"
# Only where there is a delivery, whose plan says what its roles read and write.
DELIVERY = "delivery"

CODE, WHEELHOUSE = "code/", "wheelhouse/"
# Outputs of jobs, property files among them: runs/<pipeline execution>/<step>/…
RUNS = "runs/"
# Results of queries: queries/<pipeline execution>/<input>/…
QUERIES = "queries/"
# Baselines of registered models and answers to batches, both kept longer than runs.
BASELINES, PREDICTIONS = "baselines/", "predictions/"
# Files that jobs refused: quarantine/<data set>/<kind>/<hash of the files>/…
REFUSED = f"{QUARANTINE}/"
KEPT_MARKER = f"{PREDICTIONS}*/README.txt"
MODEL_FILES, CHAMPION = "models/", "champion/"
CHAMPION_MARKER = f"{CHAMPION}*/README.txt"
EVERYTHING = ""
# What S3 asks of a key for those who read and write (S3 User Guide, "Using server-side encryption
# with AWS KMS keys"); SageMaker's jobs describe keys, too.
THROUGH_S3 = ("kms:Decrypt", "kms:GenerateDataKey")
READING_ONLY = ("kms:Decrypt",)


@dataclass(frozen=True)
class Access:
    """Rights of one role in a bucket, by prefix, and in its key, through S3."""

    name: str
    role: str
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    deletes: tuple[str, ...] = ()
    key_actions: tuple[str, ...] = READ_AND_WRITE


@dataclass(frozen=True)
class Bucket:
    """A bucket of every environment.

    Parameters
    ----------
    content : str
        Description of its key.
    expiring : tuple of str
        Prefixes whose objects expire after the days that the settings keep data.
    lockable : bool
        Whether it has Object Lock where the settings ask for that.
    """

    purpose: str
    content: str
    access: Callable[[ModelProjects], Sequence[Access]]
    expiring: tuple[str, ...] = ()
    lockable: bool = False
    emits_events: bool = False


def raw_data(projects: ModelProjects) -> tuple[str, ...]:
    """Return the prefixes of raw data."""
    return tuple(f"{each}/{RAW}" for each in projects.data_sets())


def scored_batches(projects: ModelProjects) -> tuple[str, ...]:
    """Return the prefixes of markers of scored batches."""
    return tuple(f"{PREDICTIONS}{each.batch}/batches/" for each in projects.scored())


def _data(projects: ModelProjects) -> list[Access]:
    query, raw = projects.settings.batch.query, raw_data(projects)
    return [
        Access("Processing", roles.PROCESSING, reads=(EVERYTHING,)),
        Access("Inference", roles.INFERENCE, reads=(EVERYTHING,)),
        *([Access("Delivery", roles.DELIVERY, writes=raw, key_actions=THROUGH_S3)] if raw else []),
        # Athena reads the files of tables as the job.
        *(
            [Access("Query", roles.QUERY, reads=query.prefixes)]
            if isinstance(query, AthenaQuery)
            else []
        ),
    ]


def _models(projects: ModelProjects) -> list[Access]:
    settings = projects.settings
    markers = f"{CHAMPION}{ResourceNames(settings).prefix}-{PROJECT_START}*/README.txt"
    querying = [Access("Query", roles.QUERY, reads=(MODEL_FILES,))]
    marking = [Access("ProjectMarker", roles.PROJECT_TRAIN, writes=(markers,))]
    return [
        Access("Processing", roles.PROCESSING, reads=(MODEL_FILES, CHAMPION)),
        *(querying if settings.batch.query else []),
        Access("Training", roles.TRAINING, reads=(MODEL_FILES,), writes=(MODEL_FILES,)),
        Access("Inference", roles.INFERENCE, reads=(MODEL_FILES, CHAMPION)),
        Access(
            "Keeper",
            roles.KEEPER,
            reads=(MODEL_FILES, CHAMPION),
            writes=(CHAMPION,),
            deletes=(CHAMPION,),
            key_actions=THROUGH_S3,
        ),
        Access("Delivery", roles.DELIVERY, writes=(CHAMPION_MARKER,), key_actions=THROUGH_S3),
        *(marking if settings.project_template else []),
        *_importing(settings, MODELS),
    ]


def _artifacts(projects: ModelProjects) -> list[Access]:
    settings = projects.settings
    files = (PROJECT_FILES,) if settings.project_template else ()
    of_teams = [
        Access("Projects", roles.PROJECT_ORCHESTRATION, reads=(RUNS,), key_actions=READING_ONLY),
        Access("ProjectCode", roles.PROJECT_TRAIN, writes=(PROJECT_FILES,)),
    ]
    lasting = {roles.PROCESSING: (BASELINES, PREDICTIONS)}
    refused = {roles.PROCESSING: (REFUSED,)}
    return [
        *(
            Access(
                name.title().replace("-", ""),
                name,
                reads=(CODE, WHEELHOUSE, RUNS, *lasting.get(name, ()), *files),
                writes=(RUNS, *lasting.get(name, ()), *refused.get(name, ())),
            )
            for name in roles.JOBS
        ),
        *_querying(projects),
        Access("Orchestration", roles.ORCHESTRATION, reads=(RUNS,), key_actions=READING_ONLY),
        *(of_teams if settings.project_template else []),
        Access("Scientist", roles.SCIENTIST, reads=(RUNS, REFUSED), key_actions=READING_ONLY),
        Access(
            "Delivery",
            roles.DELIVERY,
            writes=(CODE, WHEELHOUSE, KEPT_MARKER),
            key_actions=THROUGH_S3,
        ),
        *_importing(settings, ARTIFACTS),
    ]


def _querying(projects: ModelProjects) -> list[Access]:
    """Let the job work, and Redshift, where it runs the query, write the results itself."""
    settings = projects.settings
    if settings.batch.query is None:
        return []
    unload = isinstance(settings.batch.query, RedshiftQuery)
    used = ("kms:Decrypt", "kms:GenerateDataKey")
    job = Access(
        "Query",
        roles.QUERY,
        reads=(CODE, WHEELHOUSE, *scored_batches(projects), QUERIES),
        writes=(RUNS, *(() if unload else (QUERIES,))),
    )
    unloading = Access("Unload", roles.UNLOAD, writes=(QUERIES,), key_actions=used)
    return [job, *([unloading] if unload else [])]


def _importing(settings: EnvironmentSettings, purpose: str) -> list[Access]:
    """Let the importer write its copies, and read them again to compare."""
    copies = (COPIES[purpose],)
    importer = Access(
        "Importer", roles.IMPORTER, reads=copies, writes=copies, key_actions=THROUGH_S3
    )
    return [importer] if settings.previous_environment else []


BUCKETS = (
    # Fresh raw data start retraining (`stacks.schedules`).
    Bucket(DATA, "input data", _data, lockable=True, emits_events=True),
    Bucket(MODELS, "trained models", _models, lockable=True),
    Bucket(ARTIFACTS, "code, wheelhouses and outputs of jobs", _artifacts, (RUNS, REFUSED)),
)


def purposes() -> tuple[str, ...]:
    """Return the purposes of all buckets that every environment has."""
    return (*(each.purpose for each in BUCKETS), LOGS)


def key_users(bucket: Bucket, projects: ModelProjects) -> dict[tuple[str, ...], list[str]]:
    """Return the roles that use a bucket's key, by their actions; those of projects last."""
    users: dict[tuple[str, ...], list[str]] = {}
    rows = sorted(bucket.access(projects), key=lambda each: each.role in roles.OF_PROJECTS)
    for each in rows:
        users.setdefault(each.key_actions, []).append(each.role)
    return users


def used_by(projects: ModelProjects, role: str) -> dict[str, tuple[str, ...]]:
    """Return what a role does with keys, by the purposes of the buckets that it works with."""
    return {
        each.purpose: row.key_actions
        for each in BUCKETS
        for row in each.access(projects)
        if row.role == role
    }


def written_by_jobs(projects: ModelProjects) -> list[str]:
    """Return the purposes of the buckets that SageMaker jobs write to."""
    return [
        each.purpose
        for each in BUCKETS
        if any(a.writes and a.role in roles.JOBS for a in each.access(projects))
    ]
