"""Packages for builds without an internet path: those of PyPI and npm, and nothing else."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_codeartifact as codeartifact
from aws_cdk import aws_iam as iam
from constructs import Construct

from secure_mlops_constructs.removal import removal_policy

# The public registries by the names that CodeArtifact gives them, and the packages' formats.
REGISTRIES = {"pypi": "public:pypi", "npm": "public:npmjs"}
# Everything by which a package gets in other than from its registry.
PUBLISHING = (
    *("codeartifact:CopyPackageVersions", "codeartifact:PublishPackageVersion"),
    *("codeartifact:PutPackageMetadata", "codeartifact:PutPackageOriginConfiguration"),
)


class PackageRepository(Construct):
    """A domain of CodeArtifact with one repository to read, filled from PyPI and npm.

    CodeArtifact fetches packages from the registry, outside our network, keeps them, and serves
    them through the VPC's endpoints. Nobody publishes here: package groups refuse it for both
    formats, so no package of the same name can be slipped in (CodeArtifact User Guide, "Package
    group origin controls"), and so do the policies. What is installed is pinned by hashes besides.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, key_arn: str, keep: bool
    ) -> None:
        super().__init__(scope, construct_id)
        account = cdk.Stack.of(self).account
        policy = removal_policy(keep=keep)
        domain = codeartifact.CfnDomain(
            self,
            "Domain",
            domain_name=name,
            encryption_key=key_arn,
            permissions_policy_document=closed_policy(account),
        )
        domain.apply_removal_policy(policy)
        stores = [self._store(name, registry, domain, policy) for registry in REGISTRIES]
        repository = codeartifact.CfnRepository(
            self,
            "Packages",
            domain_name=name,
            repository_name=name,
            description="What builds install: packages of PyPI and npm",
            upstreams=[store.repository_name for store in stores],
            permissions_policy_document=closed_policy(account),
        )
        repository.apply_removal_policy(policy)
        for store in stores:
            repository.add_resource_dependency(store)
        self.domain_arn, self.repository_arn = domain.attr_arn, repository.attr_arn

    def _store(
        self,
        name: str,
        registry: str,
        domain: codeartifact.CfnDomain,
        policy: cdk.RemovalPolicy,
    ) -> codeartifact.CfnRepository:
        """Make the one repository that is connected to a registry, as CodeArtifact advises."""
        store = codeartifact.CfnRepository(
            self,
            f"Store-{registry}",
            domain_name=name,
            repository_name=f"{registry}-store",
            description=f"What was fetched from {REGISTRIES[registry]}",
            external_connections=[REGISTRIES[registry]],
            permissions_policy_document=closed_policy(cdk.Stack.of(self).account),
        )
        restriction = codeartifact.CfnPackageGroup.RestrictionTypeProperty
        group = codeartifact.CfnPackageGroup(
            self,
            f"Group-{registry}",
            domain_name=name,
            pattern=f"/{registry}/*",
            description="From the registry only; nobody publishes",
            origin_configuration=codeartifact.CfnPackageGroup.OriginConfigurationProperty(
                restrictions=codeartifact.CfnPackageGroup.RestrictionsProperty(
                    publish=restriction(restriction_mode="BLOCK"),
                    external_upstream=restriction(restriction_mode="ALLOW"),
                    internal_upstream=restriction(restriction_mode="ALLOW"),
                )
            ),
        )
        for each in (store, group):
            each.apply_removal_policy(policy)
            each.add_resource_dependency(domain)
        return store


def closed_policy(account: str) -> iam.PolicyDocument:
    """Write a policy that refuses other accounts, and publishing to everybody."""
    return iam.PolicyDocument(
        statements=[
            iam.PolicyStatement(
                sid="OurAccountOnly",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["codeartifact:*"],
                resources=["*"],
                conditions={"StringNotEquals": {"aws:PrincipalAccount": account}},
            ),
            iam.PolicyStatement(
                sid="NobodyPublishes",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=list(PUBLISHING),
                resources=["*"],
            ),
        ]
    )
