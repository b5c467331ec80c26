"""The one exception that stands for a fault a user can mend."""


class UserError(Exception):
    """A fault in params, data or the machine: one line saying what, where and what to do.

    Commands print the message and exit with a non-zero code; they never show a traceback for it.
    """
