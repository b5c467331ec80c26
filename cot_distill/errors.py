"""The exception for a fault that the user can correct."""


class UserError(Exception):
    """A fault in params, data or the machine: one line saying what, where and what to do.

    Commands print the message and exit with a non-zero code; they never show a traceback for it.
    """


def one_line(error: BaseException) -> str:
    """An exception's message on one line; the name of its type if the message is empty."""
    return " ".join(str(error).split()) or type(error).__name__


def first_line(error: BaseException) -> str:
    """The first line of an exception's message, for exceptions that append a log; its type if the message is empty."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
