"""Values of context keys that look like what AWS sets, for counterexamples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam_prover.templates import Wildcard, split_arn

if TYPE_CHECKING:
    from iam_prover.templates import Template

_REGION, _ACCOUNT = "us-east-1", "999999999999"
# By how a key's name ends, in lower case; the first that fits.
_ENDINGS = (
    ("account", _ACCOUNT),
    ("vpce", "vpce-0123456789abcdef0"),
    ("vpc", "vpc-0123456789abcdef0"),
    ("orgid", "o-exampleorgid"),
    ("region", _REGION),
    ("arn", f"arn:aws:sns:{_REGION}:{_ACCOUNT}:example"),
    ("kmskey", f"arn:aws:kms:{_REGION}:{_ACCOUNT}:key/example"),
    ("key-id", f"arn:aws:kms:{_REGION}:{_ACCOUNT}:key/example"),
    ("subnets", "subnet-0123456789abcdef0"),
    ("securitygroupids", "sg-0123456789abcdef0"),
    ("securetransport", "true"),
    ("viaawsservice", "false"),
)
_IN_ARN = {3: _REGION, 4: _ACCOUNT}


def readable_values(name: str, index: int) -> tuple[str, ...]:
    """Return what a key's value may look like, best first.

    Examples
    --------
    >>> readable_values("aws:sourceaccount", 0)
    ('999999999999', 'other-1')
    """
    found = next((text for ending, text in _ENDINGS if name.endswith(ending)), None)
    other = f"other-{index + 1}"
    return (other,) if found is None or index else (found, other)


def example_of(template: Template) -> str:
    """Return a text that a policy's pattern matches, with examples for its wildcards."""
    components = split_arn(template) or (template.parts,)
    return ":".join(
        "".join(
            part
            if isinstance(part, str)
            else _IN_ARN.get(place, "example" if part is Wildcard.MANY else "x")
            for part in parts
        )
        for place, parts in enumerate(components)
    )
