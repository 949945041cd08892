"""The portfolio and product that SageMaker Studio offers under Projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_servicecatalog as servicecatalog

from mlops_contract import parameters
from stacks.base import EnvironmentStack
from stacks.project_product import ProjectProduct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline_definitions.built import BuiltPipeline
    from stacks.base import EnvironmentStage

# SageMaker Studio shows products with this tag (Developer Guide, "Create custom project
# templates").
VISIBLE = "sagemaker:studio-visibility"
OWNER = "ML platform"
# What the version is called that comes with the environment; those with a repository that is not
# empty are published by `mlops package-template`.
WITHOUT_SOURCE = "without-source"


class ProjectTemplateStack(EnvironmentStack):
    """The product that people start projects from, and the role that launches it."""

    def __init__(
        self,
        stage: EnvironmentStage,
        *,
        pipelines: Sequence[BuiltPipeline],
        launch_role: iam.IRole,
        scientists: iam.IRole,
        seed: str | None = None,
        after: Sequence[cdk.Stack] = (),
    ) -> None:
        super().__init__(stage, "ProjectTemplate", "Project template")
        settings = stage.settings
        for each in after:
            self.add_stack_dependency(each)
        portfolio = servicecatalog.Portfolio(
            self,
            "Portfolio",
            display_name=self.names.prefix,
            provider_name=OWNER,
            description=f"Projects in the environment {settings.name}",
        )
        version = seed.rpartition("/")[2].removesuffix(".zip") if seed else WITHOUT_SOURCE
        template = ProjectProduct(
            self, "Project", settings=settings, pipelines=pipelines, seed=seed
        )
        product = servicecatalog.CloudFormationProduct(
            self,
            "Product",
            product_name=f"{self.names.prefix}-project",
            owner=OWNER,
            description="A repository, its builds, pipelines, models and alarms",
            product_versions=[
                servicecatalog.CloudFormationProductVersion(
                    product_version_name=version,
                    description="As deployed with the environment",
                    cloud_formation_template=servicecatalog.CloudFormationTemplate.from_product_stack(
                        template
                    ),
                )
            ],
        )
        cdk.Tags.of(product).add(VISIBLE, "true")
        portfolio.add_product(product)
        portfolio.set_launch_role(product, launch_role)
        portfolio.give_access_to_role(scientists)
        named = settings.project_template.launched_by if settings.project_template else ()
        for number, arn in enumerate(named, start=1):
            other = iam.Role.from_role_arn(self, f"Launcher{number}", arn, mutable=False)
            portfolio.give_access_to_role(other)
        self.publish(
            {
                parameters.PORTFOLIO: portfolio.portfolio_id,
                parameters.PRODUCT: product.product_id,
            }
        )
