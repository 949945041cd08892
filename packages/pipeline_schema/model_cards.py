"""The content of model cards: JSON of a published schema, of which the first two levels are held.

Source: SageMaker AI developer guide, "Amazon SageMaker Model Cards", "Model card JSON schema" and
"Model package model card schema"; API Reference, `ModelPackageModelCard`: a package's card has no
`model_package_details`, and of `model_overview` two members. The API's model says how long it may
be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_common.strict_json import read_strictly
from pipeline_schema.values import with_article
from pipeline_schema.walking import member_at

if TYPE_CHECKING:
    from collections.abc import Iterator

_OVERVIEW, _DETAILS, _EVALUATIONS = "model_overview", "model_package_details", "evaluation_details"
_OF_A_PACKAGE = ("model_creator", "model_artifact")  # of the overview
_MEMBERS = {
    _OVERVIEW: "object",
    _DETAILS: "object",
    "intended_uses": "object",
    "business_details": "object",
    "training_details": "object",
    _EVALUATIONS: "list",
    "additional_information": "object",
}
# Where requests have a card's content, and whether the card is a package's.
_CONTENT = {
    "CreateModelPackage": (("ModelCard", "ModelCardContent"), True),
    "UpdateModelPackage": (("ModelCard", "ModelCardContent"), True),
    "CreateModelCard": (("Content",), False),
    "UpdateModelCard": (("Content",), False),
}


def card_problems(operation: str, request: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each mistake in the content of the card in a request.

    Examples
    --------
    >>> card = {"ModelCard": {"ModelCardContent": '{"model_overveiw": {}}'}}
    >>> list(card_problems("CreateModelPackage", card))
    ["ModelCard.ModelCardContent: 'model_overveiw' is no member of a model card"]
    """
    place, packaged = _CONTENT.get(operation, ((), False))
    text, where = member_at(request, place), ".".join(place)
    if not isinstance(text, str):
        return
    try:
        content = read_strictly(text)
    except (ValueError, RecursionError) as error:
        yield f"{where}: is not JSON: {error}"
        return
    if not isinstance(content, dict):
        yield f"{where}: is {with_article(content)}, not an object"
        return
    for name, value in content.items():
        kind = _MEMBERS.get(name)
        if kind is None or (packaged and name == _DETAILS):
            of = "the model card of a package" if kind else "a model card"
            yield f"{where}: {name!r} is no member of {of}"
        elif not isinstance(value, list if kind == "list" else dict):
            wanted = "a list" if kind == "list" else "an object"
            yield f"{where}: {name}: is {with_article(value)}, not {wanted}"
        elif packaged and name == _OVERVIEW:
            for other in sorted({*value} - {*_OF_A_PACKAGE}):
                allowed = " and ".join(_OF_A_PACKAGE)
                yield f"{where}: {name}.{other}: the card of a package has {allowed} only"
