"""Patches of moto's SageMaker: objects that do nothing but answer what was asked for."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from botocore import xform_name

from pipeline_local.local_aws import determinism
from pipeline_local.local_aws.moto_patches import around, put

if TYPE_CHECKING:
    from collections.abc import Callable

# What moto keeps in part: the member that names one, and where its backend holds them.
_KEPT = {
    "model": ("ModelName", "_models"),
    "endpoint_config": ("EndpointConfigName", "endpoint_configs"),
}
# What moto does not know, as the API spells it.
KINDS = ("Action", "Artifact", "Context", "InferenceComponent")
_ENDS = ("Source", "Destination")


def install() -> None:
    """Apply all patches below."""
    what_was_asked_for_is_described()
    what_an_endpoint_runs_is_not_looked_for()
    packages_name_nobody()
    other_kinds_are_kept()
    associations_are_kept()


def what_was_asked_for_is_described() -> None:
    """Describe all that the request said; moto drops a model's isolation, among other members."""
    from moto.core.responses import ActionResult
    from moto.sagemaker.responses import SageMakerResponse

    def patched(name: str, holder: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
        def held(self: Any) -> Any:
            return getattr(self.sagemaker_backend, holder)[self._get_param(name)]

        def create(known: Callable[..., Any], self: Any) -> Any:
            result = known(self)
            held(self).asked_for = json.loads(self.body)
            return result

        def describe(known: Callable[..., Any], self: Any) -> Any:
            answer = known(self).result
            asked = getattr(held(self), "asked_for", {})
            return ActionResult(answer | {k: v for k, v in asked.items() if not answer.get(k)})

        return create, describe

    for kind, (name, holder) in _KEPT.items():
        create, describe = patched(name, holder)
        around(SageMakerResponse, f"create_{kind}", create)
        around(SageMakerResponse, f"describe_{kind}", describe)


def what_an_endpoint_runs_is_not_looked_for() -> None:
    """Take variants of every instance type and model: nothing runs on them.

    moto knows some instance types, and needs a model, which a variant of components has not.
    """
    from moto.sagemaker.models import FakeEndpointConfig, SageMakerModelBackend

    for owner in (FakeEndpointConfig, SageMakerModelBackend):
        put(owner, "validate_production_variants", lambda _self, _variants: None)


def packages_name_nobody() -> None:
    """Leave out who made a package: moto names a user of a domain that there is not."""
    from moto.sagemaker.models import ModelPackage

    def described(known: Callable[..., Any], self: Any) -> dict[str, Any]:
        people = ("CreatedBy", "LastModifiedBy")
        return {name: value for name, value in known(self).items() if name not in people}

    around(ModelPackage, "gen_response_object", described)


def other_kinds_are_kept() -> None:
    """Create and describe the kinds of objects that moto does not know."""
    from moto.core.responses import ActionResult
    from moto.sagemaker.exceptions import ValidationError
    from moto.sagemaker.responses import SageMakerResponse

    def patched(kind: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
        def create(self: Any) -> ActionResult:
            asked = json.loads(self.body)
            arn, known = _arn_of(self, kind, asked), kept(self)
            made = {"asked": asked, **_answers(self, kind, asked), f"{kind}Arn": arn}
            if known.setdefault(arn, made)["asked"] != asked:
                raise ValidationError(f"{kind} already exists: {arn}")
            return ActionResult({f"{kind}Arn": arn})

        def describe(self: Any) -> ActionResult:
            asked = json.loads(self.body)
            named = str(asked.get(f"{kind}Arn") or asked.get(f"{kind}Name"))
            arn = named if named.startswith("arn:") else _arn_of(self, kind, asked)
            if arn not in kept(self):
                raise ValidationError(f"Could not find {kind} '{arn}'.")
            found = kept(self)[arn]
            return ActionResult({**found["asked"], **found})

        return create, describe

    for kind in KINDS:
        create, describe = patched(kind)
        put(SageMakerResponse, f"create_{xform_name(kind)}", create)
        put(SageMakerResponse, f"describe_{xform_name(kind)}", describe)


def associations_are_kept() -> None:
    """Add associations, which moto does not know."""
    from moto.core.responses import ActionResult
    from moto.sagemaker.responses import SageMakerResponse

    def add(self: Any) -> ActionResult:
        asked = json.loads(self.body)
        ends = {f"{end}Arn": asked[f"{end}Arn"] for end in _ENDS}
        kept(self, "associations")[tuple(ends.values())] = {
            **asked,
            **{k: v for end in _ENDS for k, v in _end(self, end, asked[f"{end}Arn"]).items()},
            "CreationTime": determinism.now(),
        }
        return ActionResult(ends)

    put(SageMakerResponse, "add_association", add)


def kept(response: Any, what: str = "objects") -> dict[Any, Any]:
    """Return what a backend keeps beside moto's own."""
    held: dict[str, dict[Any, Any]] = response.sagemaker_backend.__dict__.setdefault("beside", {})
    return held.setdefault(what, {})


def _arn_of(response: Any, kind: str, asked: dict[str, Any]) -> str:
    from moto.sagemaker.utils import arn_formatter

    name = str(asked.get(f"{kind}Name", ""))
    if kind == "Artifact":  # its name need not be unique: it is known by what it is
        facts = json.dumps([name, asked.get("Source"), asked.get("ArtifactType")], sort_keys=True)
        name = hashlib.sha256(facts.encode()).hexdigest()[:32]
    backend = response.sagemaker_backend
    resource = xform_name(kind).replace("_", "-")
    return str(arn_formatter(resource, name, backend.account_id, backend.region_name))


def _answers(response: Any, kind: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Return what a description has beyond the request."""
    now = determinism.now()
    times = {"CreationTime": now, "LastModifiedTime": now}
    if kind != "InferenceComponent":
        return times
    copies = asked.get("RuntimeConfig", {}).get("CopyCount", 1)
    named: dict[str, Any] = {
        k: _with_image(asked[k]) for k in ("Specification", "Specifications") if k in asked
    }
    return {
        **times,
        **named,
        "InferenceComponentStatus": "InService",
        "EndpointArn": _arn_of(response, "Endpoint", asked),
        "RuntimeConfig": {"DesiredCopyCount": copies, "CurrentCopyCount": copies},
    }


def _with_image(specification: Any) -> Any:
    """Return a specification, or each of a list, with its image as a description has it."""
    if isinstance(specification, list):
        return [_with_image(each) for each in specification]
    container = dict(specification.get("Container") or {})
    if image := container.pop("Image", None):
        container["DeployedImage"] = {"SpecifiedImage": image}
    return {**specification, **({"Container": container} if container else {})}


def _end(response: Any, end: str, arn: str) -> dict[str, Any]:
    """Return name and type of an association's end, where it was made here."""
    asked = kept(response).get(arn, {}).get("asked", {})
    kind = next((each for each in KINDS if f"{each}Type" in asked), "")
    facts = {f"{end}Name": asked.get(f"{kind}Name"), f"{end}Type": asked.get(f"{kind}Type")}
    return {name: value for name, value in facts.items() if value}
