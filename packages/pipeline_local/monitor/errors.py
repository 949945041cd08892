"""The failure that a job tells by its exit message."""


class AnalysisError(Exception):
    """Something the person who configured the job can mend.

    Parameters
    ----------
    message : str
        One line; it becomes the job's exit message.
    """
