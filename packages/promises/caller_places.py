"""The placeholders of the table of callers: names are computed, ids come from the templates."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING, Final

from iam_prover.reference import names as names_of
from mlops_common.errors import MlopsError
from mlops_contract.callers import FILE
from mlops_contract.names import MODEL_IMPORTER, PROJECT_START, prefix
from promises.duties import charter_of
from promises.pipeline_steps import groups_of, images_of
from promises.world.open_properties import once_a_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from promises.world import Role, World
    from promises.world.crossing import PromotedFrom

_PLACE = re.compile(r"\{([a-z0-9-]+)\}")
_BUCKETS = ("data", "models", "artifacts", "delivery")
_ALIAS, _KEY = "AWS::KMS::Alias", "key-"
# What there is where there are pipelines, where one registers models, and of model projects.
_OF_PIPELINES: Final = ("pipeline", "image")
_OF_MODELS: Final = ("group", "trained")
_OF_PROJECTS: Final = (
    *("trains", "promoted", "schedule", "batch-schedule", "scheduled", "starting-rule", "started"),
    *("data-set", "raw-data"),
)
CONTENT_DELIVERY: Final = "content-delivery"
# Of these one suffices.
_EITHER: Final = ("subnet", "security-group")
# Of a role itself; with an action, the resources that its charter has for that.
_OF_ROLE: Final = {
    "role": "",
    "project": "",
    "bootstrap": "sts:AssumeRole",
    "smoke": "sagemaker:StartPipelineExecution",
    "trains": "sagemaker:StartPipelineExecution",
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


def needs_none(world: World, name: str) -> bool:
    """Tell whether an environment may be without what a placeholder stands for."""
    own = [body for name, body in world.pipelines.items() if not name.startswith(_of_teams(world))]
    if name in _OF_PIPELINES:
        return not own
    if name in _OF_MODELS:
        return not any(map(groups_of, own))
    return name in _OF_PROJECTS


def _place(world: World, name: str, who: Role | str) -> tuple[str, ...]:
    """Return the values of a placeholder: names are computed, ids come from the templates."""
    own = prefix(world.name)
    if name in _BUCKETS:
        return _bucket(world, name)
    if name.startswith(_KEY):
        return _keys(world, f"alias/{own}-{name.removeprefix(_KEY)}")
    if not isinstance(who, str) and name in _OF_ROLE:
        return _of_role(world, name, who)
    if find := _OF_WORLD.get(name):
        return find(world)
    if not names_of(name):
        known = ", ".join(sorted((*_BUCKETS, *_OF_ROLE, *_OF_WORLD)))
        raise MlopsError(
            f"{FILE}: {{{name}}} is neither a placeholder ({known}, {_KEY}…) nor a service, which "
            "stands for the start of its ARNs"
        )
    return (f"arn:{world.partition}:{name}:{world.region}:{world.account}",)


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


def _groups(world: World) -> tuple[str, ...]:
    return _named(world, "AWS::SageMaker::ModelPackageGroup", "ModelPackageGroupName")


def _of_teams(world: World) -> str:
    """Return how names begin that are of teams' projects."""
    return f"{prefix(world.name)}-{PROJECT_START}"


def _trained(world: World) -> tuple[str, ...]:
    """Return the groups in which pipelines of this environment itself register."""
    registering = {group for body in world.pipelines.values() for group in groups_of(body)}
    return tuple(
        each
        for each in _groups(world)
        if each in registering and not each.startswith(_of_teams(world))
    )


def _promoted(world: World) -> tuple[str, ...]:
    """Return the groups of promoted models, each called as the pipeline that scores with them."""
    trained, apart = _trained(world), _of_teams(world)
    return tuple(
        each
        for each in _groups(world)
        if each in world.pipelines and each not in trained and not each.startswith(apart)
    )


def _schedules(world: World) -> dict[str, str]:
    """Return the pipelines that schedules start, by the schedules' ARNs."""
    here = f"arn:{world.partition}:scheduler:{world.region}:{world.account}:schedule"
    return {
        f"{here}/{each.properties['GroupName']}/{each.properties['Name']}": str(
            json.loads(each.properties["Target"]["Input"])["PipelineName"]
        )
        for each in world.of_kind("AWS::Scheduler::Schedule")
    }


def _batch_schedules(world: World) -> tuple[str, ...]:
    promoted = _promoted(world)
    return tuple(arn for arn, pipeline in _schedules(world).items() if pipeline in promoted)


def _starts(world: World) -> dict[str, str]:
    """Return the pipelines that rules start, by the rules' ARNs."""
    here = f"arn:{world.partition}:events:{world.region}:{world.account}:rule"
    return {
        f"{here}/{each.properties['Name']}": str(target["Arn"])
        for each in world.of_kind("AWS::Events::Rule")
        for target in each.properties.get("Targets") or ()
        if "SageMakerPipelineParameters" in target or ":pipeline/" in str(target["Arn"])
    }


def _data_sets(world: World) -> tuple[str, ...]:
    """Return the folders of data that the deployment's role may write, by its charter."""
    (bucket,) = _bucket(world, "data") or ("",)
    arns = (
        arn
        for who in world.roles
        if short_name(world, who) == CONTENT_DELIVERY
        for arn in _chartered(who, "s3:PutObject")
        if bucket and arn.startswith(f"{bucket}/")
    )
    return tuple(dict.fromkeys(arn.removeprefix(f"{bucket}/").partition("/")[0] for arn in arns))


def _importer(world: World) -> tuple[str, ...]:
    name = f"{prefix(world.name)}-{MODEL_IMPORTER}"
    functions = world.of_kind("AWS::Lambda::Function")
    return tuple(each.arn for each in functions if each.properties.get("FunctionName") == name)


@once_a_world
def _images(world: World) -> tuple[str, ...]:
    return tuple(arn for body in world.pipelines.values() for arn in images_of(body))


def _source(world: World) -> tuple[PromotedFrom, ...]:
    """Return the environment that models come from; none where there is none."""
    return (world.promoted_from,) if world.promoted_from else ()


# Each is looked up only for rows that name it.
_OF_WORLD: Final[dict[str, Callable[[World], tuple[str, ...]]]] = {
    "a-project": lambda _: (f"{PROJECT_START}churn",),
    "a-product": lambda _: ("prod-abcdefghijklm",),
    "image": _images,
    "flow-log": lambda world: tuple(each.ref for each in world.of_kind("AWS::EC2::FlowLog")),
    "source-objects": lambda world: tuple(
        each.replace("*", "run/model.tar.gz") for one in _source(world) for each in one.objects
    ),
    "source-contents": lambda world: tuple(one.contents[0] for one in _source(world)),
    "source-account": lambda world: tuple(one.account for one in _source(world)),
    "source-region": lambda world: tuple(world.region for _ in _source(world)),
    "prefix": lambda world: (prefix(world.name),),
    "environment": lambda world: (world.name,),
    "account": lambda world: (world.account,),
    "region": lambda world: (world.region,),
    "partition": lambda world: (world.partition,),
    "subnet": lambda world: world.subnet_ids,
    "security-group": lambda world: world.group_ids,
    "group": _groups,
    "trained": _trained,
    "promoted": _promoted,
    "schedule": lambda world: tuple(_schedules(world)),
    "batch-schedule": _batch_schedules,
    "scheduled": lambda world: tuple(dict.fromkeys(_schedules(world).values())),
    "starting-rule": lambda world: tuple(_starts(world)),
    "started": lambda world: tuple(dict.fromkeys(_starts(world).values())),
    "data-set": _data_sets,
    "raw-data": lambda world: _bucket(world, "data") if _data_sets(world) else (),
    "pipeline": lambda world: tuple(world.pipelines),
    "queue": lambda world: _named(world, "AWS::SQS::Queue", "QueueName"),
    "bucket-name": lambda world: tuple(each.name for each in world.buckets),
    "logs-bucket": lambda world: _bucket(world, "logs"),
    "default-group": lambda world: _of_custom(world, "DefaultSecurityGroupId"),
    "delivered": lambda world: _of_custom(world, "SourceObjectKeys"),
    "importer": _importer,
}
