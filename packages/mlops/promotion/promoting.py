"""Promotion of an approved model: a pipeline version is created, registered, tested, scheduled."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops.promotion import pipeline as pipelines
from mlops.promotion import versions
from mlops.promotion.belonging import project_of
from mlops.promotion.pipeline import BatchPipeline, sha256_of
from mlops.promotion.schedule import BatchSchedule
from mlops.promotion.versions import InferencePipelines
from mlops.registry.approval import signed
from mlops.registry.versions import APPROVED, PENDING
from mlops.remote import RemoteExecution, wait_for_execution
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlops.promotion.pipeline import Deployed
    from mlops.promotion.versions import InferencePipeline
    from mlops.registry import ModelVersion, Registry


@dataclass(frozen=True)
class Outcome:
    """Result of a promotion."""

    changed: bool  # False if it was promoted already
    inference: InferencePipeline
    schedule: str

    def facts(self) -> dict[str, Any]:
        """Return the facts for `--json`."""
        return {
            "changed": self.changed,
            "schedule": self.schedule,
            "inference_pipeline": self.inference.facts(),
        }


def promote(
    registry: Registry,
    model: ModelVersion,
    *,
    batch: str | None,
    revision: str | None,
    say: Callable[[str], object],
) -> Outcome:
    """Schedule an approved model after a test on `batch`, an S3 prefix or a query."""
    if model.status != APPROVED:
        raise MlopsError(
            f"{model.group} version {model.version} is {model.status}: only approved models can "
            f"be promoted; approve it: mlops models approve {model.version} --reason …"
        )
    project = project_of(registry, model.group)
    schedule = BatchSchedule(registry, project)
    pipeline, made = BatchPipeline(registry, project), InferencePipelines(registry, project)
    deployed = pipeline.newest()
    definition = deployed.bound_to(model.arn)
    found = _made_before(made, model, sha256_of(definition))
    if found is not None and found.status == APPROVED:
        changed = _latest(pipeline, deployed, definition)
        changed = schedule.start(found.pipeline_version) or changed
        return Outcome(changed, found, schedule.expression)
    parameters = _test_batch(model, batch, deployed.parameters())
    if found is None:
        number = pipeline.put(definition)
        say(f"{pipeline.name}: version {number} has {model.group} version {model.version}")
        metadata = _origin(model, revision, deployed.arn, number, definition)
        found = made.register(model, metadata)
        say(f"registered: {found.arn}")
    else:
        _latest(pipeline, deployed, definition)
    test = _test(registry, pipeline, found, parameters, say)
    by = registry.aws.client("sts").get_caller_identity()["Arn"]
    tested = {versions.TEST: test.arn}
    if why := _failure(registry, model, test):
        made.decide(found, "Rejected", signed(why, "Rejected", by), tested)
        pipeline.score_with(_before(made, schedule, deployed, model))
        raise MlopsError(
            f"{model.group} version {model.version}: {why} ({test.arn}); the schedule is unchanged"
        )
    reason = signed(f"its test {test.arn} succeeded", "Approved", by)
    found = made.decide(found, "Approved", reason, tested)
    schedule.start(found.pipeline_version)
    say(f"scheduled: {schedule.expression}")
    return Outcome(changed=True, inference=found, schedule=schedule.expression)


def _failure(registry: Registry, model: ModelVersion, test: RemoteExecution) -> str:
    """Explain why a model is not scheduled after its test; empty if it is."""
    if test.status != "Succeeded":
        return f"its test {test.status.lower()}: {test.failure or 'no reason given'}"
    status = registry.version(model.arn).status
    return "" if status == APPROVED else f"its status changed to {status} during its test"


def _before(
    made: InferencePipelines, schedule: BatchSchedule, deployed: Deployed, model: ModelVersion
) -> str:
    """Return the default model from before a promotion."""
    if deployed.model() != model.arn:
        return deployed.model()
    # An earlier promotion of the same model was interrupted: the schedule is still the old one.
    version = schedule.pipeline_version
    scheduled = (each.model for each in made.all() if version and each.pipeline_version == version)
    return next(scheduled, pipelines.NEWEST)


def _made_before(
    made: InferencePipelines, model: ModelVersion, digest: str
) -> InferencePipeline | None:
    """Find the pipeline version of an earlier promotion with the same model and definition."""
    for found in made.all():
        same = found.model == model.arn and found.metadata.get(versions.DEFINITION) == digest
        if same and found.status in {APPROVED, PENDING}:
            return found
    return None


def _latest(pipeline: BatchPipeline, deployed: Deployed, definition: str) -> bool:
    """Make a definition the default of starts; return whether it was new."""
    if deployed.definition == definition:
        return False
    pipeline.put(definition)
    return True


def _origin(
    model: ModelVersion, revision: str | None, pipeline_arn: str, number: int, definition: str
) -> dict[str, str]:
    return {
        versions.MODEL: model.arn,
        versions.RUN: model.run_id,
        versions.REVISION: revision or model.git_revision,
        versions.PIPELINE: pipeline_arn,
        versions.PIPELINE_VERSION: str(number),
        versions.DEFINITION: sha256_of(definition),
    }


def _test_batch(model: ModelVersion, batch: str | None, parameters: set[str]) -> dict[str, str]:
    """Return the test's batch as pipeline parameters, by default the training data."""
    wanted = {pipelines.SCORE_AGAIN: "yes", pipelines.REHEARSAL: "yes"}
    again = {name: value for name, value in wanted.items() if name in parameters}
    if pipelines.QUERY in parameters:
        if batch is not None and batch.startswith("s3://"):
            raise MlopsError(
                "this pipeline reads batches by a query: give --batch a query, or omit it to test"
                " with the pipeline's own"
            )
        return {**again, **({pipelines.QUERY: batch} if batch else {})}
    data = batch or model.metadata.get("DataUrl")
    if not data:
        raise MlopsError(
            f"{model.group} version {model.version} has no DataUrl in its metadata; "
            "give a batch for the test: --batch s3://…"
        )
    return {**again, **({pipelines.INPUT: data} if pipelines.INPUT in parameters else {})}


def _test(
    registry: Registry,
    pipeline: BatchPipeline,
    found: InferencePipeline,
    parameters: dict[str, str],
    say: Callable[[str], object],
) -> RemoteExecution:
    group, number = found.model.split("/")[-2:]
    arn = pipeline.start(
        found.pipeline_version,
        parameters,
        f"Test of {group} version {number}",
        f"promotion-{uuid.uuid4().hex}",
    )
    say(f"test: {arn}")
    settings = registry.names.settings
    execution = RemoteExecution(arn, settings.region, settings.account)
    return wait_for_execution(execution, say, aws=registry.aws)
