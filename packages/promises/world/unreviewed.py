"""Resources and properties that nobody has reviewed, and the promises that they may break."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from cloud_assembly.nested_stacks import nested_name
from promises.world.type_reviews import OWN_TYPES_FILE, review_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from promises.world.type_reviews import OwnTypes

# A type that nobody has looked at may be anything: a policy, a role, a way out, a template. So no
# promise is decided beside one. A property of a known type may let in, send, route or run, which
# these promises ask of every resource, and what the others ask of the service in question.
_BY_PROPERTY: Final = (11, 14, 16, 20)
_BY_SERVICE: Final = {
    "EC2": (1, 2, 13, 20),
    "IAM": (5, 6, 7, 8, 9, 10, 12, 15, 17, 18, 19, 20, 21),
    "KMS": (4, 6, 7, 12, 15, 19, 20),
    "Logs": (15,),
    "S3": (1, 2, 3, 4, 15, 19, 20),
    "SNS": (3, 20),
    "SQS": (3, 20),
    "SageMaker": (5, 6, 7, 8, 9, 10, 19, 20, 21),
}


class _Resource(Protocol):
    @property
    def stack(self) -> str: ...
    @property
    def logical_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def properties(self) -> Mapping[str, Any]: ...
    @property
    def where(self) -> str: ...


@dataclass(frozen=True)
class Unreviewed:
    """A type, or one property of a reviewed type, that a template has and no row decides.

    `because` is the reason in an adopter's own file, by which it is assumed.
    """

    where: str
    kind: str
    path: str
    because: str = ""

    @property
    def reason(self) -> str:
        """Say why nothing is decided, and what to do."""
        if self.is_template:
            return (
                f"the template at {self.path} is not among the files; a nested template is read "
                "where it is an asset of the assembly, or a file beside its parent; that of a set "
                "of stacks, or its TemplateBody, where it makes stacks in this account and region"
            )
        return (
            f"nobody has reviewed {self.text}; leave it out, or say in {OWN_TYPES_FILE} beside "
            "the settings why it is harmless here"
        )

    @property
    def is_template(self) -> bool:
        """Check whether it is a whole template, which may hold anything."""
        return self.path in {"TemplateURL", "TemplateBody"}

    @property
    def text(self) -> str:
        """Name it for people."""
        return f"{self.path} of {self.kind}" if self.path else f"type {self.kind}"

    def may_break(self, promise: int) -> bool:
        """Check whether a promise cannot be decided beside it."""
        service = self.kind.split("::")[1]
        anything = not self.path or self.is_template
        return anything or promise in {*_BY_PROPERTY, *_BY_SERVICE.get(service, ())}


def unreviewed_in(
    resources: Iterable[_Resource], own_types: OwnTypes, stacks: Iterable[str]
) -> Iterator[Unreviewed]:
    """Find what no row of the table decides; `stacks` are those whose templates were read."""
    read = set(stacks)
    for each in resources:
        review, own = review_of(each.kind), own_types.get(each.kind, {})
        if review is None and not own:
            yield Unreviewed(each.where, each.kind, "")
            continue
        if review is None:
            yield Unreviewed(each.where, each.kind, "", own.get("", ""))
            left: Iterable[str] = dict.keys(each.properties)  # type: ignore[arg-type]
        else:
            left = review.unreviewed_in(each.properties)
            if nested_name(each.stack, each.logical_id) not in read:
                sources = [path[0] for path in review.of("template")]
                left = (*left, *([name for name in sources if name in each.properties] or sources))
        for path in left:
            because = next((own[part] for part in _parts(path) if part in own), "")
            if review is not None or not because:
                yield Unreviewed(each.where, each.kind, path, because)


def _parts(path: str) -> Iterator[str]:
    names = path.split(".")
    for end in range(1, len(names) + 1):
        yield ".".join(names[:end])
