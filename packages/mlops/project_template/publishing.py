"""Publication of a template version as a provisioning artifact of a product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from environments.names import ResourceNames
from mlops.aws_calls import explained, pages
from mlops.local_project import connect
from mlops_contract.parameters import PRODUCT

if TYPE_CHECKING:
    from environments.settings import EnvironmentSettings
    from mlops.project_template.packaging import TemplateVersion
    from pipeline_local.aws import Aws

# The launch role may read objects with this tag; Service Catalog tags its own copies with it.
TAG = "servicecatalog:provisioning=true"
_DEPRECATED, _DEFAULT = "DEPRECATED", "DEFAULT"


@dataclass(frozen=True)
class Publication:
    """Result of a publication; new projects cannot use deprecated versions."""

    product: str
    artifact: str
    is_new: bool
    deprecated: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        """Return it as plain facts."""
        facts = {"product": self.product, "artifact": self.artifact, "new": self.is_new}
        return {**facts, "deprecated": list(self.deprecated)}


def publish(settings: EnvironmentSettings, version: TemplateVersion, bucket: str) -> Publication:
    """Upload a version to the CDK's assets, create its artifact, deprecate the others."""
    aws = connect(settings.region, settings.account)
    product = _product(aws, settings)
    url = _upload(aws, settings, version, bucket)
    client = aws.client("servicecatalog")
    listing = ("list_provisioning_artifacts", "ProvisioningArtifactDetails")
    known = list(pages(client, *listing, ProductId=product))
    found = next((each["Id"] for each in known if each["Name"] == version.name), None)
    artifact = found or _make(client, product, version, url)
    deprecated = []
    for each in known:
        if each["Id"] == artifact:
            continue
        if each.get("Guidance", _DEFAULT) != _DEPRECATED:
            client.update_provisioning_artifact(
                ProductId=product, ProvisioningArtifactId=each["Id"], Guidance=_DEPRECATED
            )
        deprecated.append(each["Name"])
    if found:
        client.update_provisioning_artifact(
            ProductId=product, ProvisioningArtifactId=artifact, Guidance=_DEFAULT
        )
    return Publication(product, artifact, found is None, tuple(sorted(deprecated)))


def _product(aws: Aws, settings: EnvironmentSettings) -> str:
    path = ResourceNames(settings).parameter(PRODUCT)
    missing = (
        f"{path}: no such SSM parameter in account {settings.account}, {settings.region}; "
        f"deploy first: cdk deploy '{settings.name}/*' -c environment={settings.name}"
    )
    with explained(missing, "ParameterNotFound"):
        answer = aws.client("ssm").get_parameter(Name=path)
    return str(answer["Parameter"]["Value"])


def _upload(aws: Aws, settings: EnvironmentSettings, version: TemplateVersion, bucket: str) -> str:
    """Upload both files for the launch; return the template's URL."""
    client = aws.client("s3")
    key = f"{version.seed.key.rpartition('/')[0]}/{version.file_name}"
    bodies = {version.seed.key: version.seed.content, key: version.template.encode()}
    missing = f"{bucket}: no such bucket; bootstrap the account first (docs/adopt.md)"
    with explained(missing, "NoSuchBucket"):
        for name, body in bodies.items():
            client.put_object(
                Bucket=bucket,
                Key=name,
                Body=body,
                Tagging=TAG,
                ExpectedBucketOwner=settings.account,
            )
    return f"https://{bucket}.s3.{settings.region}.amazonaws.com/{key}"


def _make(client: Any, product: str, version: TemplateVersion, url: str) -> str:
    answer = client.create_provisioning_artifact(
        ProductId=product,
        Parameters={
            "Name": version.name,
            "Description": f"Revision {version.seed.commit}",
            "Info": {"LoadTemplateFromURL": url},
            "Type": "CLOUD_FORMATION_TEMPLATE",
        },
        IdempotencyToken=version.digest,
    )
    return str(answer["ProvisioningArtifactDetail"]["Id"])
