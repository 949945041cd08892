"""The one kind of error that is meant for the person at the keyboard."""


class MlopsError(Exception):
    """Something the user can mend.

    Parameters
    ----------
    message : str
        One line: what is wrong, where, and what to do about it. The command line prints it
        without a traceback and exits with `exit_code`.
    """

    exit_code = 1
