"""Errors for the person at the keyboard."""


def printable(text: str) -> str:
    r"""Escape what would break a line or steer a terminal, as `repr` does.

    Examples
    --------
    >>> print(printable("a\nb\x1b[31m\u202e"))
    a\nb\x1b[31m\u202e
    """
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


class UserError(Exception):
    """Lines for a person: what is wrong, where, what to do; control characters are escaped."""

    exit_code = 1

    def __init__(self, *lines: str) -> None:
        self.lines = tuple(map(printable, lines))
        super().__init__(*self.lines)

    def __str__(self) -> str:
        """Join the lines."""
        return "\n".join(self.lines)


class MlopsError(UserError):
    """An error that the user of the operator's tool can correct."""
