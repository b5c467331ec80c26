"""The exception for a fault that a user can mend."""


class UserError(Exception):
    """A fault in params, data or the machine: one line saying what, where and what to do.

    Commands print the message and exit with a non-zero code; they never show a traceback for it.
    """


def one_line(error: BaseException) -> str:
    """What an exception says, on one line; the name of its type if it says nothing."""
    return " ".join(str(error).split()) or type(error).__name__


def first_line(error: BaseException) -> str:
    """The first line of what an exception says, if the rest is a log; its type if it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
