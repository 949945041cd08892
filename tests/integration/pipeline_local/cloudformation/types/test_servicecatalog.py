from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.cloudformation.resource_type import ResourceError
from pipeline_local.cloudformation.types.servicecatalog import TYPES

if TYPE_CHECKING:
    from tests.integration.pipeline_local.cloudformation.types.conftest import Place

PORTFOLIO, PRODUCT, PRODUCT_IN, PRINCIPAL_IN, CONSTRAINT = TYPES
TAGS = [{"Key": "environment", "Value": "dev"}, {"Key": "owner", "Value": "platform"}]
OTHER_TAGS = [{"Key": "owner", "Value": "other"}]
ROLE = "arn:aws:iam::111111111111:role/launcher"
SHELF: dict[str, Any] = {
    "Description": "Projects",
    "DisplayName": "small-dev",
    "ProviderName": "ML platform",
    "Tags": TAGS,
}


def _version(name: str, **more: Any) -> dict[str, Any]:
    url = f"https://s3.eu-central-1.amazonaws.com/assets/{name}.json"
    return {"Info": {"LoadTemplateFromURL": url}, "Name": name, **more}


PROJECT: dict[str, Any] = {
    "Description": "A repository and its pipelines",
    "Name": "small-project",
    "Owner": "ML platform",
    "ProvisioningArtifactParameters": [_version("first", Description="As deployed")],
    "Tags": TAGS,
}


def test_a_portfolio(place: Place) -> None:
    made = place.live(PORTFOLIO, SHELF, {"Description": "Other", "Tags": OTHER_TAGS})
    assert made.attributes == {"PortfolioName": "small-dev"}


def test_a_product(place: Place) -> None:
    context, unread = place.context(), {"DisableTemplateValidation": False}
    first = [_version("first", Description="As deployed", **unread)]
    made = PRODUCT.create(context, {**PROJECT, "ProvisioningArtifactParameters": first})
    read = PRODUCT.read(context, made.physical_id)
    assert read["Tags"] == TAGS
    assert made.attributes["ProvisioningArtifactNames"] == "first"
    second = [_version("second", Description="Next"), {**first[0], "Description": "Still"}]
    after = {**PROJECT, "Name": "renamed", "ProvisioningArtifactParameters": second}
    changed = PRODUCT.update(context, made.physical_id, PROJECT, after)
    assert changed.attributes["ProvisioningArtifactNames"] == "first,second"
    identity = made.attributes["ProvisioningArtifactIds"]
    assert changed.attributes["ProvisioningArtifactIds"].startswith(identity)
    only = {**after, "ProvisioningArtifactParameters": second[:1]}
    place.live(PRODUCT, PROJECT, {"Description": "Other", "Tags": OTHER_TAGS})
    last = PRODUCT.update(context, made.physical_id, after, only)
    assert last.attributes["ProvisioningArtifactNames"] == "second"
    PRODUCT.delete(context, made.physical_id, only)


def test_what_a_portfolio_holds_keeps_it(place: Place) -> None:
    context = place.context()
    portfolio = PORTFOLIO.create(context, SHELF).physical_id
    product = PRODUCT.create(context, PROJECT).physical_id
    held = {"PortfolioId": portfolio, "ProductId": product}
    constraint = {**held, "RoleArn": ROLE}
    with pytest.raises(ResourceError, match=f"{product} is not associated with portfolio"):
        CONSTRAINT.create(context, constraint)
    place.live(PRODUCT_IN, held, {})
    association = PRODUCT_IN.create(context, held).physical_id
    principal = {"PortfolioId": portfolio, "PrincipalARN": ROLE, "PrincipalType": "IAM"}
    place.live(PRINCIPAL_IN, principal, {})
    place.live(CONSTRAINT, constraint, {"Description": "Launches", "RoleArn": f"{ROLE}-2"})
    limited = CONSTRAINT.create(context, constraint).physical_id
    with pytest.raises(ResourceError, match="LAUNCH constraint already exists"):
        CONSTRAINT.create(context, constraint)
    with pytest.raises(ResourceError, match=f"Portfolio {portfolio} still has associated Products"):
        PORTFOLIO.delete(context, portfolio, SHELF)
    with pytest.raises(ResourceError, match=f"Product {product} still has associated Portfolios"):
        PRODUCT.delete(context, product, PROJECT)
    with pytest.raises(ResourceError, match="still has constraints"):
        PRODUCT_IN.delete(context, association, held)
    CONSTRAINT.delete(context, limited, constraint)
    PRODUCT_IN.delete(context, association, held)
    PRODUCT.delete(context, product, PROJECT)
    PORTFOLIO.delete(context, portfolio, SHELF)
