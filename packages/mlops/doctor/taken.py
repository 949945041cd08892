"""Fixed names of the templates that something has already, and principals that nothing has."""

from __future__ import annotations

from functools import partial
from string import Formatter
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mlops.doctor.line import ok, problem
from mlops.teardown.finding import Listing
from mlops.teardown.kinds import BUCKET, KINDS, LOG_GROUP
from mlops.teardown.plan import Item
from mlops_common.symbols import GENERATED, OPEN
from pipeline_schema.walking import values_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from mlops.doctor.line import Line
    from mlops.doctor.subject import Subject
    from mlops.teardown.kind import Kind
    from promises.world import Resource

PRINCIPALS, OTHERS = "principals", "buckets of others"
# Names that neither Ref nor ARN say, of the properties, as the tear-down calls the resource.
_NAMES = {
    "AWS::CodeArtifact::PackageGroup": "{DomainName}{Pattern}",
    "AWS::CodeArtifact::Repository": "{DomainName}/{RepositoryName}",
    "AWS::CodeCommit::Repository": "{RepositoryName}",
    "AWS::Glue::Database": "{DatabaseInput[Name]}",
    "AWS::Glue::Table": "{DatabaseName}.{TableInput[Name]}",
    "AWS::Scheduler::Schedule": "{GroupName}|{Name}",
}
_LOG_GROUPS = Listing("logs", "describe_log_groups", "logGroups", "logGroupName")
_NOT_FOUND = "404"


def names_by_kind(subject: Subject) -> Iterator[tuple[str, Callable[[Subject], Iterator[Line]]]]:
    """Yield a check for each kind of resource with fixed names; one list may be refused alone."""
    for kind in KINDS:
        named = [
            (each, names)
            for each in subject.world.of_kind(*kind.types)
            if (names := fixed_names(each))
        ]
        if named:
            yield f"names: {kind.words}", partial(_names_of, kind=kind, named=named)


def fixed_names(resource: Resource) -> tuple[str, ...]:
    """Return the names that a template gives a resource; none if AWS makes them up."""
    form = _NAMES.get(resource.kind)
    if form is not None:
        names = [Formatter().vformat(form, (), resource.properties)]
    else:
        names = [resource.ref, resource.arn.removesuffix(":*")]
    return tuple(each for each in names if not GENERATED.search(each) and not OPEN.search(each))


def _names_of(
    subject: Subject, *, kind: Kind, named: Iterable[tuple[Resource, tuple[str, ...]]]
) -> Iterator[Line]:
    check, free = f"names: {kind.words}", 0
    found = list(_found(subject, kind))
    in_stacks = [name for type_, name in subject.deployed if type_ in kind.types]
    for resource, names in named:
        item = next((each for each in found if any(each.is_called(name) for name in names)), None)
        if item is None or any(item.is_called(name) for name in in_stacks):
            free += 1
            continue
        yield _taken(subject, check, kind, resource, item)
    if free:
        yield ok(check, f"{free} are free, or the environment's own stacks have them")


def _taken(subject: Subject, check: str, kind: Kind, resource: Resource, item: Item) -> Line:
    what = f"{item.name} exists, in no stack of {subject.settings.name}; {resource.stack} makes it"
    remove = kind.remove or kind.by_hand
    if kind.is_data:
        what += "; look what it holds: `cdk import` takes it in, this deletes it"
    else:
        what += "; a deployment left it behind; this deletes it"
    calls = remove(subject.place, item) if remove else ()
    return problem(check, what, *(call.command(subject.region) for call in calls))


def _found(subject: Subject, kind: Kind) -> Iterable[Item]:
    """List what has names of the kind, of whomever."""
    if kind.words != LOG_GROUP:
        return kind.find(subject.place)
    listing = (_LOG_GROUPS.service, _LOG_GROUPS.operation, _LOG_GROUPS.field)
    groups = subject.place.pages(*listing)
    return (Item(LOG_GROUP, each[_LOG_GROUPS.name], is_data=True) for each in groups)


def buckets_of_others(subject: Subject) -> Iterator[Line]:
    """Ask if another account has a bucket: no two accounts of AWS can have one of the same name."""
    own = {each["Name"] for each in subject.place.pages("s3", "list_buckets", "Buckets")}
    names = {
        name for each in subject.world.of_kind("AWS::S3::Bucket") for name in fixed_names(each)
    }
    buckets = sorted(each for each in names - own if ":" not in each)
    taken = [each for each in buckets if _is_somebodys(subject, each)]
    for each in taken:
        what = f"another account has the {BUCKET} {each}; name the environment otherwise"
        yield problem(OTHERS, what)
    if len(taken) < len(buckets) or not buckets:
        yield ok(OTHERS, f"{len(buckets) - len(taken)} names are free")


def _is_somebodys(subject: Subject, bucket: str) -> bool:
    try:
        subject.client("s3").head_bucket(Bucket=bucket)
    except ClientError as error:
        return bool(error.response["Error"]["Code"] != _NOT_FOUND)
    return True


def principals(subject: Subject) -> Iterator[Line]:
    """Check that roles which policies name exist: services refuse a policy with an unknown one."""
    begin = f"arn:{subject.policies.partition}:iam::{subject.settings.account}:role/"
    made = {each.arn for each in subject.world.of_kind("AWS::IAM::Role")}
    users: dict[str, str] = {}
    for each in subject.world.resources:
        for arn in _named_principals(each.properties):
            if arn.startswith(begin) and arn not in made and not _is_bootstrap(arn):
                users.setdefault(arn, each.where)
    if not users:
        yield ok(PRINCIPALS, "no policy names a role that is not of the templates or the bootstrap")
    for arn, where in sorted(users.items()):
        try:
            subject.client("iam").get_role(RoleName=arn.rpartition("/")[2])
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchEntity":
                raise
            what = f"{where} names {arn}, which does not exist; make it, or correct the settings"
            yield problem(PRINCIPALS, what)
        else:
            yield ok(PRINCIPALS, f"{arn} exists")


def _is_bootstrap(arn: str) -> bool:
    return arn.rpartition("/")[2].startswith("cdk-")


def _named_principals(properties: Mapping[str, Any]) -> Iterator[str]:
    for where, value in values_in(properties):
        if isinstance(value, str) and "Principal" in where:
            yield value
