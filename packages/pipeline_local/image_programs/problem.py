"""Errors of the programs inside jobs."""


class Problem(Exception):  # noqa: N818 - its name is shown to people before its message
    """A problem of model, data or hyperparameters that the user can fix."""
