"""Patches of moto's Service Catalog: who and what a portfolio holds, constraints, updates.

Versions of products are in `catalog_versions`. Source of the forms:
https://docs.aws.amazon.com/servicecatalog/latest/dg/API_Operations.html
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from pipeline_local.local_aws.moto_patches import around, put

if TYPE_CHECKING:
    from collections.abc import Callable

_PORTFOLIO = {
    "DisplayName": "display_name",
    "Description": "description",
    "ProviderName": "provider_name",
}
_PRODUCT = {
    "Name": "name",
    "Owner": "owner",
    "Description": "description",
    "Distributor": "distributor",
    "SupportDescription": "support_description",
    "SupportEmail": "support_email",
    "SupportUrl": "support_url",
}


def install() -> None:
    """Apply all patches below."""
    portfolios_change_and_stay_in_use()
    products_change_and_stay_in_use()
    portfolios_hold_products()
    portfolios_hold_principals()
    launches_have_constraints()


def portfolios_change_and_stay_in_use() -> None:
    """Answer UpdatePortfolio; refuse an unknown portfolio, and to delete one in use."""
    from moto.servicecatalog.models import ServiceCatalogBackend

    def update(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        found = _portfolio(backend, asked["Id"])
        _change(found, asked, _PORTFOLIO)
        return {"PortfolioDetail": _dated(found.to_dict()), "Tags": found.tags}

    def describe(known: Callable[..., Any], self: Any, accept_language: Any, id: str) -> Any:  # noqa: A002
        _portfolio(self, id)
        return known(self, accept_language, id)

    def delete(known: Callable[..., Any], self: Any, accept_language: Any, id: str) -> None:  # noqa: A002
        _portfolio(self, id)
        for held, name in ((_products(self), "Products"), (_principals(self), "Principals")):
            if any(portfolio == id for portfolio, _ in held):
                raise _in_use(f"Portfolio {id} still has associated {name}")
        _forget_tokens(self, id)
        known(self, accept_language, id)

    _answer("update_portfolio", update)
    around(ServiceCatalogBackend, "describe_portfolio", describe)
    around(ServiceCatalogBackend, "delete_portfolio", delete)


def products_change_and_stay_in_use() -> None:
    """Answer UpdateProduct and DescribeProductAsAdmin; refuse to delete a product in use."""
    from moto.servicecatalog.models import ServiceCatalogBackend

    def view(found: Any) -> dict[str, Any]:
        detail = {"ProductViewSummary": found.to_dict(), "Status": "AVAILABLE"}
        return {"ProductViewDetail": {**detail, "ProductARN": found.arn}, "Tags": found.tags}

    def update(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        found = backend.describe_product(None, asked["Id"], None)
        _change(found, asked, _PRODUCT)
        return view(found)

    def describe(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        return view(backend.describe_product(None, asked.get("Id"), asked.get("Name")))

    def delete(known: Callable[..., Any], self: Any, accept_language: Any, id: str) -> None:  # noqa: A002
        self.describe_product(None, id, None)
        if any(product == id for _, product in _products(self)):
            raise _in_use(f"Product {id} still has associated Portfolios")
        self.__dict__.get("artifacts", {}).pop(id, None)
        _forget_tokens(self, id)
        known(self, accept_language, id)

    _answer("update_product", update)
    _answer("describe_product_as_admin", describe)
    around(ServiceCatalogBackend, "delete_product", delete)


def portfolios_hold_products() -> None:
    """Answer the operations of a portfolio's products, which moto does not know."""

    def associate(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        _portfolio(backend, asked["PortfolioId"])
        backend.describe_product(None, asked["ProductId"], None)
        _products(backend)[asked["PortfolioId"], asked["ProductId"]] = {}
        return {}

    def disassociate(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        place = (asked["PortfolioId"], asked["ProductId"])
        for known in _constraints(backend).values():
            if (known["PortfolioId"], known["ProductId"]) == place:
                raise _in_use(f"Product {place[1]} still has constraints in portfolio {place[0]}")
        _products(backend).pop(place, None)
        return {}

    def portfolios(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        backend.describe_product(None, asked["ProductId"], None)
        of_it = [held for held, product in _products(backend) if product == asked["ProductId"]]
        details = [_dated(backend.portfolios[each].to_dict()) for each in of_it]
        return {"PortfolioDetails": details}

    _answer("associate_product_with_portfolio", associate)
    _answer("disassociate_product_from_portfolio", disassociate)
    _answer("list_portfolios_for_product", portfolios)


def portfolios_hold_principals() -> None:
    """Answer the operations of a portfolio's principals, which moto does not know."""

    def associate(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        _portfolio(backend, asked["PortfolioId"])
        place = (asked["PortfolioId"], asked["PrincipalARN"])
        _principals(backend)[place] = {"PrincipalType": asked["PrincipalType"]}
        return {}

    def disassociate(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        _principals(backend).pop((asked["PortfolioId"], asked["PrincipalARN"]), None)
        return {}

    def principals(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        _portfolio(backend, asked["PortfolioId"])
        found = [
            {"PrincipalARN": principal, **facts}
            for (portfolio, principal), facts in _principals(backend).items()
            if portfolio == asked["PortfolioId"]
        ]
        return {"Principals": found}

    _answer("associate_principal_with_portfolio", associate)
    _answer("disassociate_principal_from_portfolio", disassociate)
    _answer("list_principals_for_portfolio", principals)


def launches_have_constraints() -> None:
    """Answer the operations of constraints, which moto does not know."""

    def shown(constraint: dict[str, Any]) -> dict[str, Any]:
        detail = {key: value for key, value in constraint.items() if key != "Parameters"}
        parameters = {"ConstraintParameters": constraint["Parameters"]}
        return {"ConstraintDetail": detail, "Status": "AVAILABLE", **parameters}

    def find(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["Id"] not in _constraints(backend):
            raise _absent(f"Constraint {asked['Id']} not found.")
        return _constraints(backend)[asked["Id"]]

    def create(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        place = {name: asked[name] for name in ("PortfolioId", "ProductId")}
        if tuple(place.values()) not in _products(backend):
            words = "Product {ProductId} is not associated with portfolio {PortfolioId}."
            raise _absent(words.format(**place))
        for known in _constraints(backend).values():
            if {**place, "Type": asked["Type"]}.items() <= known.items():
                words = f"A {asked['Type']} constraint already exists for this product"
                raise _refused("DuplicateResourceException", words)
        made = {"ConstraintId": f"cons-{uuid.uuid4().hex[:13]}", **place, "Type": asked["Type"]}
        made |= {"Owner": backend.account_id, "Description": asked.get("Description", "")}
        _constraints(backend)[made["ConstraintId"]] = {**made, "Parameters": asked["Parameters"]}
        return shown(_constraints(backend)[made["ConstraintId"]])

    def update(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        found = find(backend, asked)
        found |= {name: asked[name] for name in ("Description", "Parameters") if name in asked}
        return shown(found)

    def delete(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
        del _constraints(backend)[find(backend, asked)["ConstraintId"]]
        return {}

    _answer("create_constraint", create)
    _answer("describe_constraint", lambda backend, asked: shown(find(backend, asked)))
    _answer("update_constraint", update)
    _answer("delete_constraint", delete)


def _answer(name: str, answer: Callable[[Any, dict[str, Any]], dict[str, Any]]) -> None:
    """Let the service answer an operation from its backend and the request."""
    from moto.servicecatalog.responses import ServiceCatalogResponse

    def method(self: Any) -> str:
        return json.dumps(answer(self.servicecatalog_backend, json.loads(self.body)))

    put(ServiceCatalogResponse, name, method)


def _products(backend: Any) -> dict[tuple[str, str], dict[str, Any]]:
    held: dict[tuple[str, str], dict[str, Any]] = backend.__dict__.setdefault("held_products", {})
    return held


def _principals(backend: Any) -> dict[tuple[str, str], dict[str, Any]]:
    held: dict[tuple[str, str], dict[str, Any]] = backend.__dict__.setdefault("held_by", {})
    return held


def _constraints(backend: Any) -> dict[str, dict[str, Any]]:
    known: dict[str, dict[str, Any]] = backend.__dict__.setdefault("constraints", {})
    return known


def _forget_tokens(backend: Any, identity: str) -> None:
    """Let a token of what is deleted make it anew; moto would look for the deleted."""
    tokens = backend.idempotency_tokens
    backend.idempotency_tokens = {key: made for key, made in tokens.items() if made != identity}


def _portfolio(backend: Any, identity: str) -> Any:
    if identity not in backend.portfolios:
        raise _absent(f"Portfolio {identity} not found.")
    return backend.portfolios[identity]


def _change(found: Any, asked: dict[str, Any], names: dict[str, str]) -> None:
    for member, name in names.items():
        if member in asked:
            setattr(found, name, asked[member])
    added = asked.get("AddTags", [])
    gone = {*asked.get("RemoveTags", ()), *(tag["Key"] for tag in added)}
    found.tags = [tag for tag in found.tags if tag["Key"] not in gone] + added


def _dated(detail: dict[str, Any]) -> dict[str, Any]:
    return {**detail, "CreatedTime": detail["CreatedTime"].timestamp()}


def _absent(words: str) -> Exception:
    return _refused("ResourceNotFoundException", words)


def _in_use(words: str) -> Exception:
    return _refused("ResourceInUseException", words)


def _refused(code: str, words: str) -> Exception:
    from moto.core.exceptions import JsonRESTError

    return JsonRESTError(code, words)
