"""Errors that are meant for the person at the keyboard."""


def printable(text: str) -> str:
    r"""Escape what would break a line or steer a terminal, as `repr` does.

    Examples
    --------
    >>> print(printable("a\nb\x1b[31m\u202e"))
    a\nb\x1b[31m\u202e
    """
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


class UserError(Exception):
    """What went wrong, in lines that a person reads.

    Text from outside (settings, definitions, arguments, files) may hold anything: a message has
    exactly the lines it was given, with line breaks and control characters in them escaped.

    Parameters
    ----------
    *lines : str
        What is wrong, where, and what to do about it. The command line prints them without a
        traceback and exits with `exit_code`.
    """

    exit_code = 1

    def __init__(self, *lines: str) -> None:
        self.lines = tuple(map(printable, lines))
        super().__init__(*self.lines)

    def __str__(self) -> str:
        """Join the lines."""
        return "\n".join(self.lines)


class MlopsError(UserError):
    """Something that the user of the operator's tool can correct."""
