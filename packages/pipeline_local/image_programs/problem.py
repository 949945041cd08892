"""How the programs inside jobs speak of what the user can mend."""


class Problem(Exception):  # noqa: N818 - its name is shown to people before its message
    """Something about model, data or hyperparameters that the user can mend."""
