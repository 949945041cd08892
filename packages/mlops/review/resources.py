"""Resources added, changed, replaced, removed, and the fate of their data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops.review.findings import Finding, Weight, count, cut, listed
from mlops.review.flatten import MISSING, in_place_of, leaves, shown
from mlops.review.matching import OF_FILES
from mlops.review.naming import kind_in_words, property_in_words, title, titles
from mlops.review.refusals import fixed_name, refusals
from mlops.review.resource_changes import attribute, changed_resources, places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlops.review.matching import Moved
    from mlops.review.resource_changes import Changed
    from promises.world import Resource, World

    Places = Mapping[tuple[str, str], Resource]

# The content that is lost with a resource of these types.
_HOLDS = {
    "AWS::CloudTrail::Trail": "its record",
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
# Compared by meaning in a section of their own; here only that they are written differently.
_POLICIES = (
    *("ManagedPolicyArns", "PolicyDocument", "AssumeRolePolicyDocument"),
    *("KeyPolicy", "Policies", "Policy"),
)
_POLICY_TYPES = {
    *("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"),
    *("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"),
}
_DEFINITION = "PipelineDefinition"
# A smaller number here deletes what is older.
_KEEPING = ("ExpirationInDays", "RetentionInDays", "NoncurrentDays", "MessageRetentionPeriod")
_RETAINED = {"Retain", "RetainExceptOnCreate", "Snapshot"}
_MOST = 3  # changed properties in a line


def resource_findings(before: World, after: World, moved: Sequence[Moved]) -> tuple[Finding, ...]:
    """Compare the resources of two worlds."""
    old, new = places(before), places(after)
    changed = changed_resources(before, after)
    found = [
        *(_of_removed(before, each) for place, each in old.items() if place not in new),
        *(each for item in changed for each in _of_changed(before, item)),
        *refusals(before, after, changed),
        *_of_keeping(changed),
        *_of_updated(changed),
        *_of_policies(changed),
        *_of_added([each for place, each in new.items() if place not in old]),
        *_of_moved(moved, new, changed, after.region),
    ]
    order = list(Weight)
    return tuple(sorted(found, key=lambda each: order.index(each.weight)))


def _of_removed(world: World, each: Resource) -> Finding:
    fate = _fate(world, each, "DeletionPolicy")
    return Finding(
        f"removed: {title(each)}{fate}",
        Weight.WARNING if fate else Weight.CHANGE,
        facts=_facts(each, "removed", data_loss="lost" in fate),
    )


def _fate(world: World, each: Resource, policy: str) -> str:
    """Describe the fate of what a resource holds; empty when it holds nothing."""
    if each.kind == "Custom::CDKBucketDeployment":
        stay = each.properties.get("RetainOnDelete", True) in {True, "true"}
        return "" if stay else "; the files that it delivered are deleted and lost"
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
    return (
        f"; {held} {'is' if held.endswith(('log', 'history', 'record', 'secret')) else 'are'} lost"
    )


def _of_changed(before: World, item: Changed) -> Iterator[Finding]:
    if item.reasons:
        fate = _fate(before, item.before, "UpdateReplacePolicy")
        why = listed([property_in_words(reason) for reason in dict.fromkeys(item.reasons)], 3)
        old, new = title(item.before), title(item.after)
        renamed = f" by {new.rpartition(' ')[2]}" if old != new else ""
        names = [fixed_name(each, before.region) for each in (item.before, item.after)]
        refused = (
            ". CloudFormation refuses that under the same name"
            if any(names) and names[0] == names[1]
            else ""
        )
        yield Finding(
            f"replaced: {old}{renamed}, because its {why} "
            f"{'is' if len(item.reasons) == 1 else 'are'} set once and for all{fate}{refused}",
            Weight.WARNING,
            tuple(_rows(item)),
            {
                **_facts(item.after, "replaced", properties=[path for path, _, _ in item.places]),
                "because": list(item.reasons),
                "data_loss": bool(fate),
            },
        )


def _rows(item: Changed) -> list[str]:
    hidden = (*_POLICIES, _DEFINITION)
    return [
        f"{property_in_words(path)} {in_place_of(old, new)}"
        for path, old, new in item.places
        if not path.startswith(hidden)
    ]


def _of_updated(changed: Sequence[Changed]) -> Iterator[Finding]:
    """Report what is updated in place; the same of many resources in one line."""
    groups: dict[tuple[str, ...], list[Changed]] = {}
    for item in changed:
        rows = _rows(item)
        if not item.reasons and (rows or item.perhaps):
            doubt = ["it may be replaced"] if item.perhaps else []
            groups.setdefault((*rows[:_MOST], *doubt, *rows[_MOST:]), []).append(item)
    for shared, items in groups.items():
        first = items[0]
        most = _MOST + bool(first.perhaps)
        holding = first.perhaps and any(item.after.kind in _HOLDS for item in items)
        facts = [
            _facts(item.after, "changed", properties=[path for path, _, _ in item.places])
            for item in items
        ]
        yield Finding(
            f"changed: {titles([title(item.after) for item in items])}: "
            f"{'; '.join(cut(list(shared), most))}",
            Weight.WARNING if holding else Weight.CHANGE,
            shared[most:],
            _together(facts, change="changed"),
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


def _of_keeping(changed: Sequence[Changed]) -> Iterator[Finding]:
    """Report whose data go sooner, or with their stack; the same in one line."""
    groups: dict[tuple[str, bool], list[Resource]] = {}
    for item in changed:
        for fate in (*_sooner(item), *_fates(item)):
            groups.setdefault(fate, []).append(item.after)
    for (text, loses), resources in groups.items():
        facts = [_facts(each, "keeping", data_loss=loses) for each in resources]
        yield Finding(
            f"{titles([title(each) for each in resources])}: {text}",
            Weight.WARNING if loses else Weight.CHANGE,
            facts=_together(facts, change="keeping", data_loss=loses),
        )


def _sooner(item: Changed) -> Iterator[tuple[str, bool]]:
    there = dict(leaves(item.after.properties))
    for path, old, new in item.places:
        rule, _, last = path.rpartition(".")
        if last in _KEEPING and _smaller(new, old):
            was = f"was {shown(old)}" if old is not MISSING else "nothing was"
            unit = "seconds" if last == "MessageRetentionPeriod" else "days"
            prefix = there.get(f"{rule}.Prefix")
            below = f" below {shown(prefix)}" if prefix else ""
            yield f"what is older than {shown(new)} {unit}{below} is deleted, {was}", True


def _fates(item: Changed) -> Iterator[tuple[str, bool]]:
    kind = item.after.kind
    for name, old, new in item.policies:
        stays = new in _RETAINED
        if stays and old in _RETAINED:
            but = "goes with" if new == "RetainExceptOnCreate" else "outlives"
            yield f"{but} a creation that fails (`{name}`: {shown(old)} → {shown(new)})", False
            continue
        loses = old in _RETAINED and not stays and kind in _HOLDS
        when = "its stack" if name == "DeletionPolicy" else "its replacement"
        fate = f"outlives {when} from now on" if stays else f"goes with {when} from now on"
        with_it = f", and with it {_HOLDS[kind]}" if loses else ""
        yield f"{fate}{with_it} (`{name}`: {shown(old)} → {shown(new)})", loses


def _smaller(new: Any, old: Any) -> bool:
    """Return whether a time to keep something is shorter; none is for ever."""
    try:
        return new is not MISSING and (old is MISSING or float(new) < float(old))
    except (TypeError, ValueError):
        return False


def _of_added(added: Sequence[Resource]) -> Iterator[Finding]:
    """Report what is new; several of one type in one line."""
    groups: dict[str, list[Resource]] = {}
    for each in added:
        groups.setdefault(each.kind, []).append(each)
    for kind, members in groups.items():
        weight = Weight.NOTE if kind in _POLICY_TYPES else Weight.CHANGE
        facts = [_facts(each, "added") for each in members]
        names = [title(each) for each in members]
        heads = [each.removeprefix(f"{kind_in_words(kind)} ") for each in names]
        yield Finding(
            f"added: {names[0]}"
            if len(members) == 1
            else f"added: {count(len(members), kind_in_words(kind))}: {listed(heads, 4)}",
            weight,
            tuple(names) if len(names) > _MOST else (),
            _together(facts, change="added", type=kind),
        )


def _of_moved(
    moved: Sequence[Moved], new: Places, changed: Sequence[Changed], region: str
) -> Iterator[Finding]:
    replaced = {(each.after.stack, each.after.logical_id) for each in changed if each.reasons}
    for each in moved:
        resource = new.get((each.stack, each.before))
        if resource is None or (each.stack, each.before) in replaced or resource.kind in OF_FILES:
            continue  # what delivers files is named after their content
        holds = _HOLDS.get(resource.kind)
        loss = f"; {holds} stays with the old one, which is removed or left behind" if holds else ""
        named = bool(fixed_name(resource, region))
        fate = (
            "CloudFormation makes a new one first, and fails, since the old one has its name"
            if named
            else f"CloudFormation makes a new one and removes the old{loss}"
        )
        yield Finding(
            f"moved: {title(resource)} has another logical id (`{each.before}` → `{each.after}`): "
            f"{fate}. `cdk refactor` keeps it",
            Weight.WARNING if holds or named else Weight.NOTE,
            facts=_facts(resource, "moved", logical_id_after=each.after, data_loss=bool(holds)),
        )


def _facts(each: Resource, change: str, **more: object) -> dict[str, Any]:
    place = {"stack": each.stack, "logical_id": each.logical_id, "type": each.kind}
    return {**place, "change": change, **more}


def _together(facts: list[dict[str, Any]], **common: object) -> dict[str, Any]:
    """Return the facts of one resource, or of several below what they have in common."""
    return facts[0] if len(facts) == 1 else {**common, "resources": facts}
