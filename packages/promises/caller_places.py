"""The placeholders of the table of callers: names are computed, ids come from the templates."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

from mlops_contract.names import BATCH_INFERENCE, MODEL_IMPORTER, PROJECT_START, prefix
from promises.duties import charter_of
from promises.pipeline_steps import images_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from promises.world import Role, World

_PLACE = re.compile(r"\{([a-z0-9-]+)\}")
_BUCKETS = ("data", "models", "artifacts", "delivery")
_ALIAS, _KEY = "AWS::KMS::Alias", "key-"
# Of these one suffices.
_EITHER: Final = ("subnet", "security-group")
# Of a role itself; with an action, the resources that its charter has for that.
_OF_ROLE: Final = {
    "role": "",
    "project": "",
    "bootstrap": "sts:AssumeRole",
    "smoke": "sagemaker:StartPipelineExecution",
}


def short_name(world: World, who: Role) -> str:
    """Return a role's name without the environment's."""
    return who.name.removeprefix(f"{prefix(world.name)}-")


def values_of(world: World, pattern: str, who: Role | str) -> list[tuple[str, ...]]:
    """Fill a pattern in: one group for each value, of whose texts one suffices."""
    names = list(dict.fromkeys(_PLACE.findall(pattern)))
    if not names:
        return [(pattern,)]
    known = [_place(world, name, who) for name in names]
    texts = []
    for chosen in itertools.product(*known):
        values = dict(zip(names, chosen, strict=True))
        parts = _PLACE.split(pattern)  # texts and names of placeholders in turn
        parts[1::2] = [values[name] for name in parts[1::2]]
        texts.append("".join(parts))
    if any(name in _EITHER for name in names):
        return [tuple(texts)] if texts else []
    return [(text,) for text in texts]


def missing_in(world: World, patterns: Iterable[str], who: Role | str) -> tuple[str, ...]:
    """Return the placeholders of patterns that the templates have nothing for."""
    names = dict.fromkeys(name for each in patterns for name in _PLACE.findall(each))
    return tuple(name for name in names if not _place(world, name, who))


def _place(world: World, name: str, who: Role | str) -> tuple[str, ...]:
    """Return the values of a placeholder: names are computed, ids come from the templates."""
    own = prefix(world.name)
    if name in _BUCKETS:
        return _bucket(world, name)
    if name.startswith(_KEY):
        return _keys(world, f"alias/{own}-{name.removeprefix(_KEY)}")
    if not isinstance(who, str) and name in _OF_ROLE:
        return _of_role(world, name, who)
    groups = _named(world, "AWS::SageMaker::ModelPackageGroup", "ModelPackageGroupName")
    apart = (f"{own}-{BATCH_INFERENCE}", f"{own}-{PROJECT_START}")
    found: dict[str, tuple[str, ...]] = {
        "a-project": (f"{PROJECT_START}churn",),
        "a-product": ("prod-abcdefghijklm",),
        "image": tuple(arn for body in world.pipelines.values() for arn in images_of(body)),
        "flow-log": tuple(each.ref for each in world.of_kind("AWS::EC2::FlowLog")),
        **_source(world),
        "prefix": (own,),
        "environment": (world.name,),
        "account": (world.account,),
        "region": (world.region,),
        "subnet": world.subnet_ids,
        "security-group": world.group_ids,
        "group": groups,
        "trained": tuple(each for each in groups if not each.startswith(apart)),
        "pipeline": tuple(world.pipelines),
        "queue": _named(world, "AWS::SQS::Queue", "QueueName"),
        "bucket-name": tuple(each.name for each in world.buckets),
        "logs-bucket": _bucket(world, "logs"),
        "default-group": _of_custom(world, "DefaultSecurityGroupId"),
        "delivered": _of_custom(world, "SourceObjectKeys"),
        "importer": tuple(
            each.arn
            for each in world.of_kind("AWS::Lambda::Function")
            if each.properties.get("FunctionName") == f"{own}-{MODEL_IMPORTER}"
        ),
    }
    return found.get(name, (f"arn:aws:{name}:{world.region}:{world.account}",))


def _source(world: World) -> dict[str, tuple[str, ...]]:
    """Return the places of the environment that models come from; none where there is none."""
    before = world.promoted_from
    objects = before.objects if before else ()
    return {
        "source-objects": tuple(each.replace("*", "run/model.tar.gz") for each in objects),
        "source-contents": (before.contents[0],) if before else (),
        "source-account": (before.account,) if before else (),
        "source-region": (world.region,) if before else (),
    }


def _of_role(world: World, name: str, who: Role) -> tuple[str, ...]:
    if name == "role":
        return (who.name,)
    if name == "project":
        own = short_name(world, who).removeprefix("build-")
        return (f"{prefix(world.name)}-{own}",)
    return _chartered(who, _OF_ROLE[name])


def _chartered(who: Role, action: str) -> tuple[str, ...]:
    charter = charter_of(who)
    duties = charter.duties if charter else ()
    return tuple(arn for each in duties if action in each.actions for arn in each.resources)


def _of_custom(world: World, name: str) -> tuple[str, ...]:
    """Collect a property of custom resources, of text or texts."""
    values = [
        text
        for each in world.resources
        if each.kind.startswith("Custom::") and (found := each.properties.get(name))
        for text in (found if isinstance(found, list) else [found])
    ]
    return tuple(dict.fromkeys(map(str, values)))


def _named(world: World, kind: str, name: str) -> tuple[str, ...]:
    return tuple(str(each.properties[name]) for each in world.of_kind(kind))


def _keys(world: World, alias: str) -> tuple[str, ...]:
    """Return the key that an alias is of; none where the templates have no such key."""
    for each in world.of_kind(_ALIAS):
        if each.properties.get("AliasName") == alias:
            target = str(each.properties["TargetKeyId"])
            arns = [key.arn for key in world.keys]
            return tuple(arn for arn in arns if arn == target or arn.endswith(f"/{target}"))
    return ()


def _bucket(world: World, name: str) -> tuple[str, ...]:
    wanted = f"{prefix(world.name)}-{name}-{world.account}-{world.region}"
    return tuple(each.arn for each in world.buckets if each.name == wanted)
