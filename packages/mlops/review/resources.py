"""Resources added, changed, replaced, removed, and the fate of their data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops.review.findings import Finding, Weight, count, listed
from mlops.review.flatten import MISSING, in_place_of, shown
from mlops.review.matching import OF_FILES
from mlops.review.naming import kind_in_words, property_in_words, title, titles
from mlops.review.resource_changes import attribute, changed_resources, places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlops.review.matching import Moved
    from mlops.review.resource_changes import Changed
    from promises.world import Resource, World

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


def resource_findings(before: World, after: World, moved: Sequence[Moved]) -> tuple[Finding, ...]:
    """Compare the resources of two worlds."""
    old, new = places(before), places(after)
    changed = changed_resources(before, after)
    found = [
        *(_of_removed(before, each) for place, each in old.items() if place not in new),
        *(each for item in changed for each in _of_changed(before, item)),
        *_of_keeping(changed),
        *_of_updated(changed),
        *_of_policies(changed),
        *_of_added([each for place, each in new.items() if place not in old]),
        *_of_moved(moved, new, changed),
    ]
    order = list(Weight)
    return tuple(sorted(found, key=lambda each: order.index(each.weight)))


def _of_removed(world: World, each: Resource) -> Finding:
    fate = _fate(world, each, "DeletionPolicy")
    return Finding(
        f"removed: {title(each)}{fate}",
        Weight.WARNING if fate else Weight.CHANGE,
        facts={**_facts(each), "change": "removed", "data_loss": "lost" in fate},
    )


def _fate(world: World, each: Resource, policy: str) -> str:
    """Describe the fate of what a resource holds; empty when it holds nothing."""
    held = _HOLDS.get(each.kind)
    if held is None:
        return ""
    if attribute(world, each, policy) in _RETAINED:
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


def _rows(item: Changed) -> list[str]:
    hidden = (*_POLICIES, _DEFINITION)
    return [_row(*row) for row in item.places if not row[0].startswith(hidden)]


def _of_updated(changed: Sequence[Changed]) -> Iterator[Finding]:
    """Report what is updated in place; the same of many resources in one line."""
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
    """Report in one line which policies are written differently."""
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


def _of_keeping(changed: Sequence[Changed]) -> Iterator[Finding]:
    """Report whose data go sooner, or with their stack; the same in one line."""
    groups: dict[tuple[str, bool], list[Resource]] = {}
    for item in changed:
        for told in (*_sooner(item), *_fates(item)):
            groups.setdefault(told, []).append(item.after)
    for (text, loses), resources in groups.items():
        facts = [{**_facts(each), "change": "keeping", "data_loss": loses} for each in resources]
        yield Finding(
            f"{titles([title(each) for each in resources])}: {text}",
            Weight.WARNING if loses else Weight.CHANGE,
            facts=facts[0]
            if len(facts) == 1
            else {"change": "keeping", "data_loss": loses, "resources": facts},
        )


def _sooner(item: Changed) -> Iterator[tuple[str, bool]]:
    for path, old, new in item.places:
        last = path.rpartition(".")[2]
        if last in _KEEPING and _smaller(new, old):
            was = f"was {shown(old)}" if old is not MISSING else "nothing was"
            yield f"what is older than {shown(new)} {_unit(last)} is deleted, {was}", True


def _fates(item: Changed) -> Iterator[tuple[str, bool]]:
    kind = item.after.kind
    for name, old, new in item.policies:
        stays = new in _RETAINED
        loses = old in _RETAINED and not stays and kind in _HOLDS
        when = "its stack" if name == "DeletionPolicy" else "its replacement"
        fate = f"outlives {when} from now on" if stays else f"goes with {when} from now on"
        with_it = f", and with it {_HOLDS[kind]}" if loses else ""
        yield f"{fate}{with_it} (`{name}`: {shown(old)} → {shown(new)})", loses


def _unit(name: str) -> str:
    return "seconds" if name == "MessageRetentionPeriod" else "days"


def _smaller(new: Any, old: Any) -> bool:
    """Return whether a time to keep something is shorter; none is for ever."""
    try:
        return new is not MISSING and (old is MISSING or float(new) < float(old))
    except (TypeError, ValueError):
        return False


def _row(path: str, old: Any, new: Any) -> str:
    return f"{property_in_words(path)} {in_place_of(old, new)}"


def _of_added(added: Sequence[Resource]) -> Iterator[Finding]:
    """Report what is new; several of one type in one line."""
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
