"""Resources added, changed, replaced, removed, and what becomes of their data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mlops.review.findings import Finding, Weight, count, listed
from mlops.review.flatten import MISSING, changes, in_place_of, leaves, shown
from mlops.review.matching import OF_FILES
from mlops.review.naming import kind_in_words, property_in_words, title, titles
from mlops.review.replacement import replaces

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlops.proofs.world import Resource, World
    from mlops.review.matching import Moved

    Places = Mapping[tuple[str, str], Resource]

# What is lost with a resource of these types.
_HOLDS = {
    "AWS::CloudTrail::Trail": "its record goes on no more",
    "AWS::CodeCommit::Repository": "its history",
    "AWS::DynamoDB::Table": "its items",
    "AWS::ECR::Repository": "its images",
    "AWS::EFS::FileSystem": "its files",
    "AWS::Glue::Database": "its tables",
    "AWS::Glue::Table": "its partitions",
    "AWS::KMS::Key": "all that is encrypted under it",
    "AWS::Logs::LogGroup": "its log",
    "AWS::RDS::DBInstance": "its data",
    "AWS::S3::Bucket": "its objects",
    "AWS::SQS::Queue": "its messages",
    "AWS::SageMaker::Domain": "its users' files",
    "AWS::SageMaker::FeatureGroup": "its features",
    "AWS::SageMaker::ModelPackageGroup": "its model versions",
    "AWS::SecretsManager::Secret": "its secret",
}
# Told by meaning in a section of their own; here only that they are written differently.
_POLICIES = (
    "ManagedPolicyArns",
    "PolicyDocument",
    "AssumeRolePolicyDocument",
    "KeyPolicy",
    "Policies",
    "Policy",
)
_POLICY_TYPES = {
    *("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"),
    *("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"),
}
_DEFINITION = "PipelineDefinition"
# A smaller number here makes what is older go.
_KEEPING = ("ExpirationInDays", "RetentionInDays", "NoncurrentDays", "MessageRetentionPeriod")
_RETAINED = {"Retain", "RetainExceptOnCreate", "Snapshot"}
_TOLD = 3


@dataclass(frozen=True)
class Changed:
    """A resource that is on both sides and differs.

    Attributes
    ----------
    before, after : Resource
        It, on each side.
    places : tuple
        Path, value before and after, of what differs in its properties.
    reasons : tuple of str
        The properties that make CloudFormation replace it; empty when it is updated in place.
    perhaps : tuple of str
        Those that may.
    policies : tuple of (str, str, str)
        Deletion policies: attribute, before and after.
    """

    before: Resource
    after: Resource
    places: tuple[tuple[str, Any, Any], ...]
    reasons: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    policies: tuple[tuple[str, str, str], ...] = ()


def resource_findings(before: World, after: World, moved: Sequence[Moved]) -> tuple[Finding, ...]:
    """Compare the resources of two worlds.

    Parameters
    ----------
    before, after : World
        One environment; what moved has its original logical id on both sides.
    moved : sequence of Moved
        What moved.

    Returns
    -------
    tuple of Finding
        Warnings first.
    """
    old, new = _places(before), _places(after)
    changed = _changed(before, after, old, new)
    found = [
        *(_of_removed(before, each) for place, each in old.items() if place not in new),
        *(each for item in changed for each in _of_changed(before, item)),
        *_of_updated(changed),
        *_of_policies(changed),
        *_of_added([each for place, each in new.items() if place not in old]),
        *_of_moved(moved, new, changed),
    ]
    order = list(Weight)
    return tuple(sorted(found, key=lambda each: order.index(each.weight)))


def _places(world: World) -> dict[tuple[str, str], Resource]:
    return {(each.stack, each.logical_id): each for each in world.resources}


def _changed(before: World, after: World, old: Places, new: Places) -> list[Changed]:
    """Compare what is on both sides; who refers to a replaced resource may be replaced, too."""
    both = [_compared(before, after, old[place], new[place]) for place in old if place in new]
    names = {
        second: first
        for each in both
        if each.reasons
        for first, second in (
            (each.before.arn, each.after.arn),
            (each.before.ref, each.after.ref),
        )
    }
    if names:
        both = [_following(each, names, after.region) for each in both]
    return [each for each in both if each.places or each.policies or each.reasons]


def _compared(before: World, after: World, old: Resource, new: Resource) -> Changed:
    places = tuple(changes(dict(old.properties), dict(new.properties)))
    sure, perhaps = replaces(new.kind, after.region, [path for path, _, _ in places])
    policies = tuple(
        (name, first, second)
        for name in ("DeletionPolicy", "UpdateReplacePolicy")
        for first, second in [(_attribute(before, old, name), _attribute(after, new, name))]
        if first != second
    )
    reasons = ("Type",) if old.kind != new.kind else tuple(sure)
    return Changed(old, new, places, reasons, tuple(perhaps), policies)


def _following(each: Changed, names: Mapping[str, str], region: str) -> Changed:
    """Take out what only follows the new name of a replaced resource.

    CloudFormation gives a replaced resource a new id, also where the templates look alike.
    """
    if each.after.arn in names:
        return each
    follows = [
        path
        for path, leaf in leaves(dict(each.after.properties))
        if isinstance(leaf, str) and any(name in leaf for name in names)
    ]
    own = tuple(row for row in each.places if row[0] not in follows or _other(row, names))
    sure, _ = replaces(each.after.kind, region, follows)
    reasons = each.reasons or tuple(f"{path} (what it names is replaced)" for path in sure)
    return replace(each, places=own, reasons=reasons)


def _other(row: tuple[str, Any, Any], names: Mapping[str, str]) -> bool:
    """Tell whether a value differs by more than a replaced resource's name."""
    _, old, new = row
    for name in sorted(names, key=len, reverse=True):
        new = new.replace(name, names[name])
    return bool(new != old)


def _attribute(world: World, resource: Resource, name: str) -> str:
    """Look at an attribute beside the properties, with CloudFormation's default."""
    for stack in world.stacks:
        if stack.name == resource.stack:
            return str(stack.resources[resource.logical_id].get(name, "Delete"))
    return "Delete"


def _of_removed(world: World, each: Resource) -> Finding:
    fate = _fate(world, each, "DeletionPolicy")
    return Finding(
        f"removed: {title(each)}{fate}",
        Weight.WARNING if fate else Weight.CHANGE,
        facts={**_facts(each), "change": "removed", "data_loss": "lost" in fate},
    )


def _fate(world: World, each: Resource, attribute: str) -> str:
    """Say what becomes of what a resource holds; nothing when it holds nothing."""
    held = _HOLDS.get(each.kind)
    if held is None:
        return ""
    if _attribute(world, each, attribute) in _RETAINED:
        return f"; the old one stays behind, unmanaged, with {held}: nothing is moved"
    if each.kind == "AWS::KMS::Key":
        days = each.properties.get("PendingWindowInDays", 30)
        return f"; it is scheduled for deletion, and after {days} days {held} is lost"
    if each.kind == "AWS::S3::Bucket":
        return f"; {held} are lost, where it is emptied, or the deletion fails"
    return f"; {held} {'is' if held.endswith(('log', 'history', 'secret')) else 'are'} lost"


def _of_changed(before: World, item: Changed) -> Iterator[Finding]:
    facts = {**_facts(item.after), "change": "changed"}
    details = tuple(_rows(item))
    facts["properties"] = [path for path, _, _ in item.places]
    if item.reasons:
        fate = _fate(before, item.before, "UpdateReplacePolicy")
        why = listed([property_in_words(reason) for reason in dict.fromkeys(item.reasons)], 3)
        named = _renamed(item)
        yield Finding(
            f"replaced: {title(item.before)}{named}, because its {why} "
            f"{'is' if len(item.reasons) == 1 else 'are'} set once and for all{fate}",
            Weight.WARNING,
            details,
            {**facts, "change": "replaced", "because": list(item.reasons), "data_loss": bool(fate)},
        )
    yield from _of_keeping(item, facts)


def _rows(item: Changed) -> list[str]:
    hidden = (*_POLICIES, _DEFINITION)
    return [_row(*row) for row in item.places if not row[0].startswith(hidden)]


def _of_updated(changed: Sequence[Changed]) -> Iterator[Finding]:
    """Tell what is updated in place; the same of many resources in one line."""
    groups: dict[tuple[str, ...], list[Changed]] = {}
    for item in changed:
        rows = _rows(item)
        if not item.reasons and (rows or item.perhaps):
            doubt = ["it may be replaced"] if item.perhaps else []
            groups.setdefault((*rows[:_TOLD], *doubt, *rows[_TOLD:]), []).append(item)
    for told, items in groups.items():
        first = items[0]
        shown = _TOLD + bool(first.perhaps)
        more = f"; and {len(told) - shown} more" if len(told) > shown else ""
        holding = first.perhaps and any(item.after.kind in _HOLDS for item in items)
        facts = [
            {
                **_facts(item.after),
                "change": "changed",
                "properties": [path for path, _, _ in item.places],
            }
            for item in items
        ]
        yield Finding(
            f"changed: {titles([title(item.after) for item in items])}: "
            f"{'; '.join(told[:shown])}{more}",
            Weight.WARNING if holding else Weight.CHANGE,
            told[shown:] if more else (),
            facts[0] if len(items) == 1 else {"change": "changed", "resources": facts},
        )


def _of_policies(changed: Sequence[Changed]) -> Iterator[Finding]:
    """Say in one line which policies are written differently."""
    names = [
        title(item.after)
        for item in changed
        if any(path.startswith(_POLICIES) for path, _, _ in item.places)
    ]
    if names:
        text = f"written differently, for what that means see the permissions: {titles(names, 30)}"
        yield Finding(text, Weight.NOTE, facts={"change": "policies", "resources": names})


def _renamed(item: Changed) -> str:
    old, new = title(item.before), title(item.after)
    return f" by {new.rpartition(' ')[2]}" if old != new else ""


def _of_keeping(item: Changed, facts: dict[str, Any]) -> Iterator[Finding]:
    """Warn of data that will go sooner than they did."""
    each = item.after
    for path, old, new in item.places:
        last = path.rpartition(".")[2]
        if last in _KEEPING and _smaller(new, old):
            yield Finding(
                f"{title(each)}: what is older than {shown(new)} {_unit(last)} is deleted, "
                f"{'was ' + shown(old) if old is not MISSING else 'nothing was'}",
                Weight.WARNING,
                facts={**facts, "data_loss": True},
            )
    for name, old, new in item.policies:
        stays = new in _RETAINED
        loses = old in _RETAINED and not stays and each.kind in _HOLDS
        when = "its stack" if name == "DeletionPolicy" else "its replacement"
        fate = f"outlives {when} from now on" if stays else f"goes with {when} from now on"
        with_it = f", and with it {_HOLDS[each.kind]}" if loses else ""
        yield Finding(
            f"{title(each)}: {fate}{with_it} (`{name}`: {shown(old)} → {shown(new)})",
            Weight.WARNING if loses else Weight.CHANGE,
            facts={**facts, "data_loss": loses},
        )


def _unit(name: str) -> str:
    return "seconds" if name == "MessageRetentionPeriod" else "days"


def _smaller(new: Any, old: Any) -> bool:
    """Tell whether a time to keep something is shorter; none is for ever."""
    try:
        return new is not MISSING and (old is MISSING or float(new) < float(old))
    except (TypeError, ValueError):
        return False


def _row(path: str, old: Any, new: Any) -> str:
    return f"{property_in_words(path)} {in_place_of(old, new)}"


def _of_added(added: Sequence[Resource]) -> Iterator[Finding]:
    """Tell what is new; many of one unimportant type in one line."""
    groups: dict[str, list[Resource]] = {}
    for each in added:
        groups.setdefault(each.kind, []).append(each)
    for kind, members in groups.items():
        weight = Weight.NOTE if kind in _POLICY_TYPES else Weight.CHANGE
        facts = [{**_facts(each), "change": "added"} for each in members]
        names = [title(each) for each in members]
        if len(members) == 1:
            yield Finding(f"added: {names[0]}", weight, facts=facts[0])
        else:
            heads = [each.removeprefix(f"{kind_in_words(kind)} ") for each in names]
            yield Finding(
                f"added: {count(len(members), kind_in_words(kind))}: {listed(heads, 4)}",
                weight,
                tuple(names) if len(names) > _TOLD else (),
                {"change": "added", "type": kind, "resources": facts},
            )


def _of_moved(moved: Sequence[Moved], new: Places, changed: Sequence[Changed]) -> Iterator[Finding]:
    told = {(each.after.stack, each.after.logical_id) for each in changed if each.reasons}
    for each in moved:
        resource = new.get((each.stack, each.before))
        if resource is None or (each.stack, each.before) in told or resource.kind in OF_FILES:
            continue  # what delivers files is named after their content
        facts = {**_facts(resource), "change": "moved", "logical_id_after": each.after}
        holds = _HOLDS.get(resource.kind)
        loss = f"; {holds} stays with the old one, which is removed or left behind" if holds else ""
        yield Finding(
            f"moved: {title(resource)} has another logical id (`{each.before}` → `{each.after}`): "
            f"CloudFormation makes a new one and removes the old{loss}. `cdk refactor` keeps it",
            Weight.WARNING if holds else Weight.NOTE,
            facts={**facts, "data_loss": bool(holds)},
        )


def _facts(each: Resource) -> dict[str, Any]:
    return {"stack": each.stack, "logical_id": each.logical_id, "type": each.kind}
