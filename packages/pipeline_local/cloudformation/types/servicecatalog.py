"""Resource types of Service Catalog.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ServiceCatalog.html
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from pipeline_local.cloudformation.api_type import TAGS, ApiType, Change, below, picked
from pipeline_local.cloudformation.resource_type import NotFoundError
from pipeline_local.cloudformation.service_api import as_document
from pipeline_local.cloudformation.types.api_shapes import chosen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline_local.cloudformation.resource_type import Context, ResourceType
    from pipeline_local.cloudformation.service_api import Api

_VERSIONS = "ProvisioningArtifactParameters"


class Portfolio(ApiType):
    """``AWS::ServiceCatalog::Portfolio``."""

    name = "AWS::ServiceCatalog::Portfolio"
    service = "servicecatalog"
    made_with = ("Description", "DisplayName", "ProviderName", "Tags")
    properties = frozenset(made_with) - {"Tags"} | TAGS

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the portfolio."""
        settings = picked(properties, self.made_with)
        made = api("create_portfolio", **settings, IdempotencyToken=_token(context, settings))
        return str(made["PortfolioDetail"]["Id"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Update what differs."""
        if change.of(*self.made_with):
            names = ("Description", "DisplayName", "ProviderName")
            settings = {name: change.after.get(name, "") for name in names}
            added, removed = change.tags()
            tags = {"AddTags": added, "RemoveTags": removed}
            api("update_portfolio", Id=physical_id, **settings, **tags)

    def attributes(self, api: Api, _context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the name."""
        answer = api("describe_portfolio", Id=physical_id)
        return {"PortfolioName": answer["PortfolioDetail"]["DisplayName"]}

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the portfolio."""
        answer = api("describe_portfolio", Id=physical_id)
        return chosen(self.properties, {**answer["PortfolioDetail"], "Tags": answer["Tags"]})

    def remove(self, api: Api, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the portfolio, which may hold no products."""
        api.unless_gone("delete_portfolio", Id=physical_id)


class Product(ApiType):
    """``AWS::ServiceCatalog::CloudFormationProduct``.

    A version is another one if its name or its template's address differs.
    """

    name = "AWS::ServiceCatalog::CloudFormationProduct"
    service = "servicecatalog"
    made_with = (
        *("Description", "Distributor", "Name", "Owner", "SupportDescription", "SupportEmail"),
        *("SupportUrl", "Tags"),
    )
    properties = (
        frozenset(made_with) - {"Tags"}
        | TAGS
        | below(_VERSIONS, "Description", "DisableTemplateValidation", "Info.LoadTemplateFromURL")
        | below(_VERSIONS, "Name", "Type")
    )

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the product with its first version; `configure` makes the others."""
        settings = picked(properties, self.made_with)
        first = _version(properties[_VERSIONS][0])
        made = api(
            "create_product",
            **settings,
            ProductType="CLOUD_FORMATION_TEMPLATE",
            ProvisioningArtifactParameters=first,
            IdempotencyToken=_token(context, properties),
        )
        return str(made["ProductViewDetail"]["ProductViewSummary"]["ProductId"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Update what differs; make and delete versions."""
        if change.of(*self.made_with):
            names = [name for name in self.made_with if name != "Tags" and change.of(name)]
            settings = {name: change.after.get(name, "") for name in names}
            added, removed = change.tags()
            tags = {"AddTags": added, "RemoveTags": removed}
            api("update_product", Id=physical_id, **settings, **tags)
        if change.of(_VERSIONS):
            self._change_versions(api, physical_id, change.after[_VERSIONS])

    def _change_versions(self, api: Api, physical_id: str, wanted: list[Any]) -> None:
        known = {_identity(version): identity for identity, version in _versions(api, physical_id)}
        for each in wanted:
            identity = known.pop(_identity(each), None)
            if identity is None:
                token = hashlib.sha256(repr(_identity(each)).encode()).hexdigest()
                api(
                    "create_provisioning_artifact",
                    ProductId=physical_id,
                    Parameters=_version(each),
                    IdempotencyToken=token,
                )
            else:
                described = {"Description": each.get("Description", "")}
                of_it = {"ProductId": physical_id, "ProvisioningArtifactId": identity}
                api("update_provisioning_artifact", **of_it, **described)
        for identity in known.values():
            of_it = {"ProductId": physical_id, "ProvisioningArtifactId": identity}
            api("delete_provisioning_artifact", **of_it)

    def attributes(self, api: Api, _context: Context, physical_id: str) -> Mapping[str, Any]:
        """Return the name, and the versions' ids and names."""
        versions = _versions(api, physical_id)
        return {
            "ProductName": _product(api, physical_id)["Name"],
            "ProvisioningArtifactIds": ",".join(identity for identity, _ in versions),
            "ProvisioningArtifactNames": ",".join(version["Name"] for _, version in versions),
        }

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the product; the service keeps no word of a validation."""
        found = _product(api, physical_id)
        found["Description"] = found.get("ShortDescription")
        found[_VERSIONS] = [version for _, version in _versions(api, physical_id)]
        return chosen(self.properties, found)

    def remove(self, api: Api, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the product, which may be in no portfolio."""
        api.unless_gone("delete_product", Id=physical_id)


def _product(api: Api, identity: str) -> dict[str, Any]:
    answer = api("describe_product_as_admin", Id=identity)
    return {**answer["ProductViewDetail"]["ProductViewSummary"], "Tags": answer["Tags"]}


def _versions(api: Api, product: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the versions as a template writes them, each with its id."""
    found = []
    for each in api("list_provisioning_artifacts", ProductId=product)[
        "ProvisioningArtifactDetails"
    ]:
        of_it = {"ProductId": product, "ProvisioningArtifactId": each["Id"]}
        url = api("describe_provisioning_artifact", **of_it)["Info"]["TemplateUrl"]
        version = picked(each, ("Description", "Name", "Type"))
        found.append((each["Id"], {**version, "Info": {"LoadTemplateFromURL": url}}))
    return found


def _version(wanted: Mapping[str, Any]) -> dict[str, Any]:
    return {"Type": "CLOUD_FORMATION_TEMPLATE", **wanted}


def _identity(version: Mapping[str, Any]) -> tuple[Any, Any]:
    return version.get("Name"), version["Info"]["LoadTemplateFromURL"]


def _token(context: Context, properties: Mapping[str, Any]) -> str:
    """Return a token that another attempt at the same resource has again."""
    about = repr((context.stack_id, context.logical_id, sorted(properties.items())))
    return hashlib.sha256(about.encode()).hexdigest()


class ProductAssociation(ApiType):
    """``AWS::ServiceCatalog::PortfolioProductAssociation``; replaced at every change."""

    name = "AWS::ServiceCatalog::PortfolioProductAssociation"
    service = "servicecatalog"
    properties = frozenset({"PortfolioId", "ProductId"})

    def make(self, api: Api, _context: Context, properties: Mapping[str, Any]) -> str:
        """Put the product into the portfolio."""
        api("associate_product_with_portfolio", **properties)
        return f"{properties['PortfolioId']}|{properties['ProductId']}"

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return both ids, if the portfolio holds the product."""
        portfolio, _, product = physical_id.partition("|")
        held = api.every("list_portfolios_for_product", "PortfolioDetails", ProductId=product)
        if portfolio not in {each["Id"] for each in held}:
            raise NotFoundError(f"Product {product} is not in portfolio {portfolio}.")
        return {"PortfolioId": portfolio, "ProductId": product}

    def remove(self, api: Api, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Take the product out of the portfolio."""
        portfolio, _, product = physical_id.partition("|")
        place = {"PortfolioId": portfolio, "ProductId": product}
        api.unless_gone("disassociate_product_from_portfolio", **place)


class PrincipalAssociation(ApiType):
    """``AWS::ServiceCatalog::PortfolioPrincipalAssociation``; replaced at every change."""

    name = "AWS::ServiceCatalog::PortfolioPrincipalAssociation"
    service = "servicecatalog"
    properties = frozenset({"PortfolioId", "PrincipalARN", "PrincipalType"})

    def make(self, api: Api, _context: Context, properties: Mapping[str, Any]) -> str:
        """Give the principal access to the portfolio."""
        api("associate_principal_with_portfolio", **properties)
        return f"{properties['PortfolioId']}|{properties['PrincipalARN']}"

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the principal, if it has access."""
        portfolio, _, principal = physical_id.partition("|")
        held = api.every("list_principals_for_portfolio", "Principals", PortfolioId=portfolio)
        for each in held:
            if each["PrincipalARN"] == principal:
                return {"PortfolioId": portfolio, **each}
        raise NotFoundError(f"Principal {principal} is not in portfolio {portfolio}.")

    def remove(self, api: Api, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Take the access away."""
        portfolio, _, principal = physical_id.partition("|")
        place = {"PortfolioId": portfolio, "PrincipalARN": principal}
        api.unless_gone("disassociate_principal_from_portfolio", **place)


class LaunchRoleConstraint(ApiType):
    """``AWS::ServiceCatalog::LaunchRoleConstraint``."""

    name = "AWS::ServiceCatalog::LaunchRoleConstraint"
    service = "servicecatalog"
    made_with = ("Description", "LocalRoleName", "PortfolioId", "ProductId", "RoleArn")
    properties = frozenset(made_with)

    def make(self, api: Api, context: Context, properties: Mapping[str, Any]) -> str:
        """Create the constraint."""
        settings = picked(properties, ("Description", "PortfolioId", "ProductId"))
        token = {"IdempotencyToken": _token(context, properties), "Type": "LAUNCH"}
        made = api("create_constraint", **settings, Parameters=_role(properties), **token)
        return str(made["ConstraintDetail"]["ConstraintId"])

    def configure(self, api: Api, physical_id: str, change: Change) -> None:
        """Update role and description."""
        if change.of("Description", "LocalRoleName", "RoleArn"):
            settings = {"Description": change.after.get("Description", "")}
            parameters = {"Parameters": _role(change.after)}
            api("update_constraint", Id=physical_id, **settings, **parameters)

    def found(self, api: Api, physical_id: str) -> Mapping[str, Any]:
        """Return the constraint."""
        answer = api("describe_constraint", Id=physical_id)
        role = as_document(answer["ConstraintParameters"])
        return chosen(self.properties, {**answer["ConstraintDetail"], **role})

    def remove(self, api: Api, physical_id: str, _properties: Mapping[str, Any]) -> None:
        """Delete the constraint."""
        api.unless_gone("delete_constraint", Id=physical_id)


def _role(properties: Mapping[str, Any]) -> dict[str, Any]:
    return picked(properties, ("LocalRoleName", "RoleArn"))


TYPES: tuple[ResourceType, ...] = (
    *(Portfolio(), Product(), ProductAssociation(), PrincipalAssociation()),
    LaunchRoleConstraint(),
)
