"""An environment whose VPC other people made, as its settings and as its templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from environments import delivered_environments, load_environment
from tests.synthesis import SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

    from environments import EnvironmentSettings

SUBNETS = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
EVERYTHING_THERE: dict[str, Any] = {
    "vpc_id": "vpc-0123456789abcdef0",
    "subnet_ids": SUBNETS,
    "s3_endpoint_id": "vpce-0123456789abcdef0",
    "interface_endpoint_ids": {
        "sagemaker.api": "vpce-0123456789abcdef1",
        "sts": "vpce-0123456789abcdef2",
    },
    "endpoint_security_group_ids": ["sg-0123456789abcdef0"],
}
# The VPC and its subnets are there, the endpoints are for us to make.
BARE: dict[str, Any] = {
    "vpc_id": "vpc-0123456789abcdef0",
    "subnet_ids": SUBNETS,
    "route_table_ids": ["rtb-0123456789abcdef0"] * 2,
}


def settings_with(
    existing: dict[str, Any], folder: Path, *, without: tuple[str, ...] = ()
) -> EnvironmentSettings:
    """The settings of dev, in a VPC that is there; `without` some of its sections."""
    content = yaml.safe_load((SETTINGS / "dev.yaml").read_text(encoding="utf-8"))
    for name in ("promotes_to", *without):  # it is alone in its folder
        del content[name]
    del content["network"]["vpc_cidr"]
    content["network"]["existing_vpc"] = existing
    (folder / "dev.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_environment("dev", folder)


def synthesize(settings: EnvironmentSettings, folder: Path, *, judged: bool) -> Path:
    """Synthesize that environment alone; with the rule packs, which fail it, if it is judged."""
    import aws_cdk as cdk

    from pipeline_definitions.catalog import build_pipelines, build_project_pipelines
    from stacks.context import project_context
    from stacks.platform import PlatformStage
    from stacks.rule_packs import add_rule_packs

    output = folder / "cdk.out"
    app = cdk.App(context=project_context(), outdir=str(output))
    if judged:
        add_rule_packs(app)
    PlatformStage(
        app,
        settings,
        pipelines=build_pipelines(settings),
        project_pipelines=build_project_pipelines(settings),
        delivered=delivered_environments(settings),
    )
    app.synth()
    return output
