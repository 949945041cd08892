"""The composition root: environments become stages, stages hold stacks."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from environments import (
    SettingsError,
    allowed_instance_types,
    delivered_environments,
    load_environments,
    own_types,
)
from mlops_common.errors import UserError
from mlops_common.forking import Forked
from mlops_common.processes import collect_rarely
from mlops_contract import job_code
from pipeline_definitions.beside import BuiltBeside
from pipeline_definitions.bundles import PROJECT_FOLDER
from pipeline_definitions.job_code import record
from stacks.context import project_context

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import aws_cdk as cdk

    from environments import EnvironmentSettings
    from pipeline_definitions.built import BuiltPipeline
    from promises.plugin import BrokenPromise

    Judge = Callable[[Sequence[str]], Sequence[BrokenPromise]]

DEFAULT_ENVIRONMENT = "dev"
DATASET_SUFFIXES = (".csv", ".data")


def judge_promises(templates: Sequence[str]) -> Sequence[BrokenPromise]:
    """Judge the promises on templates."""
    from promises.plugin import broken_promises

    return broken_promises(templates, instance_types=allowed_instance_types, own_types=own_types())


def build(app: cdk.App, judge: Judge = judge_promises, beside: BuiltBeside | None = None) -> None:
    """Fill an app from its context.

    Parameters
    ----------
    app : App
        Context ``environment``: names, separated by commas. Context ``dataset``: a file to
        deliver to the data buckets. Context ``delete_data``: names of environments whose data may
        go with their stacks, where their settings say so, too. Context ``project_seed``: key of
        the archive, among the CDK's assets, that repositories of projects begin with. Context
        ``unchecked``: leave rule packs and promises out, for a run on this machine; the CDK's
        command line refuses what comes of it.
    judge : callable, optional
        What judges the promises on the templates.
    beside : BuiltBeside, optional
        The pipelines of the environments, where building them has begun.
    """
    environments = load_environments(app.node.try_get_context("environment") or DEFAULT_ENVIRONMENT)
    dataset = dataset_file(app.node.try_get_context("dataset"))
    deletable = names_given(app.node.try_get_context("delete_data"), environments)
    unchecked = bool(app.node.try_get_context(job_code.UNCHECKED))
    if unchecked:
        from stacks.unchecked import refuse_command_line, refuse_deployment

        refuse_command_line()
    if beside is None or beside.environments != environments:
        beside = BuiltBeside(environments)
    # The services that stacks use take a while to import; meanwhile the pipelines are built.
    from stacks.platform import PlatformStage

    if not unchecked:
        add_checks(app, judge)
    built: list[BuiltPipeline] = []
    for settings in environments:
        pipelines = beside.of(settings)
        built += pipelines.all
        stage = PlatformStage(
            app,
            settings,
            pipelines=pipelines.own,
            dataset=dataset,
            project_pipelines=pipelines.of_projects,
            project_seed=app.node.try_get_context("project_seed"),
            delivered=delivered_environments(settings),
            delete_data=settings.name in deletable,
        )
        if unchecked:
            refuse_deployment(stage)
    record(Path(app.outdir), PROJECT_FOLDER, built)


def add_checks(app: cdk.App, judge: Judge) -> None:
    """Check an app by CloudFormation's rules, rule packs and promises, which start first."""
    from stacks.promises import InBackground, add_promises
    from stacks.rule_packs import add_rule_packs
    from stacks.template_rules import add_template_rules

    promises = InBackground(judge)
    add_template_rules(app, first=promises.begin)
    add_rule_packs(app)
    add_promises(app, promises)


def names_given(text: str | None, environments: Sequence[EnvironmentSettings]) -> frozenset[str]:
    """Check the environments named with ``-c delete_data=NAMES``."""
    names = frozenset(name.strip() for name in (text or "").split(",") if name.strip())
    willing = {each.name for each in environments if not each.retention.keep_data}
    unwilling = ", ".join(sorted(names - willing))
    if unwilling:
        raise SettingsError(
            f"delete_data: {unwilling}: not an environment of this synthesis whose settings have"
            " retention.keep_data: false"
        )
    return names


def dataset_file(path: str | None) -> Path | None:
    """Check the file named with ``-c dataset=PATH``."""
    if not path:
        return None
    file = Path(path)
    if not file.is_file():
        raise SettingsError(f"dataset: there is no file {path}; name one with -c dataset=PATH")
    if file.suffix.lower() not in DATASET_SUFFIXES or file.stat().st_size == 0:
        forms = " or ".join(DATASET_SUFFIXES)
        raise SettingsError(f"dataset: {path} is no data set; name a file with rows, {forms}")
    return file


def judge_beside(context: Mapping[str, str]) -> Judge:
    """Start the process that judges the promises, and gets ready while stacks are made."""
    if context.get(job_code.UNCHECKED):
        return judge_promises

    def ready() -> None:
        from promises.plugin import get_ready

        get_ready()

    return Forked(judge_promises, ready)


def main() -> None:
    """Synthesize the app; what takes long begins before the CDK is imported."""
    collect_rarely()
    context = json.loads(os.environ.get("CDK_CONTEXT_JSON", "{}"))
    judge = judge_beside(context)  # before Node is there, which a copy would hold on to
    try:
        environments = load_environments(context.get("environment") or DEFAULT_ENVIRONMENT)
        beside = BuiltBeside(environments)
        import aws_cdk as cdk

        app = cdk.App(
            context=project_context(),
            builtin_cloud_formation_validation=False,  # `add_template_rules` does it
        )
        build(app, judge, beside)
    except UserError as error:
        sys.exit(f"error: {error}")
    app.synth()


if __name__ == "__main__":
    main()
