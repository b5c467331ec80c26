"""What every stage command shares: how it starts, and how it reports a user's fault."""

import enum
import gc
import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import typer

from cot_distill.errors import UserError
from cot_distill.stopping import end_without_teardown, one_line_on_interrupt

P = ParamSpec("P")

_OBJECTS_BETWEEN_COLLECTIONS = 100_000
"""The garbage collector runs after this many new objects. By default it runs after 700, and takes an eighth of a
stage's time: tables have hundreds of thousands of records, and no cycles."""


class Role(enum.Enum):
    """The student that a stage asks: untuned or tuned."""

    untuned = "untuned"
    tuned = "tuned"


def command(stage: Callable[P, None]) -> typer.Typer:
    """A Typer app of one stage: a UserError ends it with one line and code 1, Ctrl-C with one line and code 130."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

    @wraps(stage)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
        try:
            with one_line_on_interrupt(f"{stage.__name__}: stopped; run the same command again to continue"):
                stage(*args, **kwargs)
        except UserError as error:
            print(f"{stage.__name__}: {error}", file=sys.stderr)
            raise typer.Exit(1) from None
        if _has_own_process():
            end_without_teardown()

    app.command()(run)
    return app


def tokenizers_alone() -> None:
    """Let transformers find no torch, where this process is the stage's own: tokenizers need none of it, and to import
    it takes seconds. Does nothing where torch has been imported already."""
    if _has_own_process() and "torch" not in sys.modules:
        sys.modules["torch"] = None  # type: ignore[assignment]
        os.environ["TRANSFORMERS_NO_ADVISORY_WARNINGS"] = "1"  # such as that there is no torch


def _has_own_process() -> bool:
    return sys.modules["__main__"].__package__ == "stages"
