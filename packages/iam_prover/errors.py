"""The one kind of error that a caller of this package can cause."""


class PolicyError(Exception):
    """A policy, request or question that IAM would not take, in one line for its author."""
