"""The composition root: environments become stages, stages hold stacks."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk

from environments import (
    SettingsError,
    allowed_instance_types,
    delivered_environments,
    load_environments,
    own_types,
)
from mlops_common.errors import UserError
from pipeline_definitions.catalog import build_pipelines, build_project_pipelines
from promises.plugin import broken_promises
from stacks.context import project_context
from stacks.platform import PlatformStage
from stacks.promises import add_promises
from stacks.rule_packs import add_rule_packs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from environments import EnvironmentSettings

DEFAULT_ENVIRONMENT = "dev"
DATASET_SUFFIXES = (".csv", ".data")


def build(app: cdk.App) -> None:
    """Fill an app from its context.

    Parameters
    ----------
    app : App
        Context ``environment``: names, separated by commas. Context ``dataset``: a file to
        deliver to the data buckets. Context ``delete_data``: names of environments whose data may
        go with their stacks, where their settings say so, too. Context ``project_seed``: key of
        the archive, among the CDK's assets, that repositories of projects begin with.
    """
    environments = load_environments(app.node.try_get_context("environment") or DEFAULT_ENVIRONMENT)
    dataset = dataset_file(app.node.try_get_context("dataset"))
    deletable = names_given(app.node.try_get_context("delete_data"), environments)
    add_rule_packs(app)
    judge = partial(broken_promises, instance_types=allowed_instance_types, own_types=own_types())
    add_promises(app, judge)
    for settings in environments:
        PlatformStage(
            app,
            settings,
            pipelines=build_pipelines(settings),
            dataset=dataset,
            project_pipelines=build_project_pipelines(settings),
            project_seed=app.node.try_get_context("project_seed"),
            delivered=delivered_environments(settings),
            delete_data=settings.name in deletable,
        )


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


if __name__ == "__main__":
    application = cdk.App(context=project_context())
    try:
        build(application)
    except UserError as error:
        sys.exit(f"error: {error}")
    application.synth()
