"""The one kind of error that a caller of this package can cause."""


class PolicyError(Exception):
    r"""A policy, request or question that IAM does not accept, in one line for its author.

    Examples
    --------
    >>> raise PolicyError("statement 0 (a\nb): needs Action or NotAction")
    Traceback (most recent call last):
    iam_prover.errors.PolicyError: statement 0 (a\nb): needs Action or NotAction
    """

    def __init__(self, message: str) -> None:
        super().__init__("".join(c if c.isprintable() else repr(c)[1:-1] for c in message))
