"""The ways to AWS's APIs, each limited to our principals and our resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from mlops_contract.endpoints import left_open
from mlops_contract.metadata import ASSUMPTIONS, DEPLOYMENTS, Assumption
from secure_mlops_constructs.endpoint_policy import let_through
from secure_mlops_constructs.metadata import declare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_iam as iam

    from mlops_contract.endpoints import AwsApi
    from secure_mlops_constructs.deployments import Deployments
    from secure_mlops_constructs.foreign_models import ForeignModels


class InterfaceEndpoints(Construct):
    """An interface endpoint with private DNS for each API that has none yet."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        security_group: ec2.ISecurityGroup,
        apis: Sequence[AwsApi],
        zones: int | None = None,
        existing: Mapping[str, str] | None = None,
        deployments: Deployments | None = None,
        foreign_models: ForeignModels | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._foreign_models = foreign_models
        self.endpoints: dict[str, ec2.InterfaceVpcEndpoint] = {}
        self.ids: dict[str, str] = dict(existing or {})
        for api in apis:
            if api.name in self.ids:
                continue
            endpoint = ec2.InterfaceVpcEndpoint(
                self,
                api.name,
                vpc=vpc,
                service=ec2.InterfaceVpcEndpointAwsService(api.name),
                subnets=ec2.SubnetSelection(subnets=vpc.isolated_subnets[:zones]),
                security_groups=[security_group],
                private_dns_enabled=True,
                open=False,
            )
            if api.without_policy:
                said = Assumption("13", left_open(api.name, api.without_policy))
                declare(endpoint, ASSUMPTIONS, (said,))
            else:
                for statement in self._statements(api):
                    endpoint.add_to_policy(statement)
                if deployments is not None:
                    _let_deployments_through(endpoint, deployments, api.name)
            self.endpoints[api.name] = endpoint
            self.ids[api.name] = endpoint.vpc_endpoint_id

    def _statements(self, api: AwsApi) -> list[iam.PolicyStatement]:
        """Limit an endpoint by caller and resource, as AWS's guidance on data perimeters does.

        Source: IAM User Guide, "AWS global condition context keys".
        """
        account = cdk.Stack.of(self).account
        ours = {"aws:PrincipalAccount": account}
        statements = [
            let_through(
                "OurPrincipalsOurResources",
                api.actions,
                ["*"],
                {"StringEquals": {**ours, "aws:ResourceAccount": account}},
            )
        ]
        if api.without_resource:
            statements.append(
                let_through(
                    "OurPrincipalsNoResource", api.without_resource, ["*"], {"StringEquals": ours}
                )
            )
        foreign = self._foreign_models
        if foreign and foreign.account != account and api.name == "sagemaker.api":
            statements.append(foreign.seeing())
        if api.foreign_repositories:
            statements.append(
                let_through(
                    "ImagesOfAws",
                    [
                        "ecr:BatchCheckLayerAvailability",
                        "ecr:BatchGetImage",
                        "ecr:GetDownloadUrlForLayer",
                    ],
                    api.foreign_repositories,
                    {"StringEquals": ours},
                )
            )
        return statements


def _let_deployments_through(
    endpoint: ec2.InterfaceVpcEndpoint, deployments: Deployments, api: str
) -> None:
    statements = deployments.through(api)
    for statement in statements:
        endpoint.add_to_policy(statement)
    if statements:
        declare(endpoint, DEPLOYMENTS, deployments.declared())
