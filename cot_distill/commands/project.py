"""Runs commands at the root of the project, from any of its folders."""

import functools
import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec

from cot_distill.errors import UserError

P = ParamSpec("P")


def in_project(command: Callable[P, None], required: bool = True) -> Callable[P, None]:
    """Make a command run at the project's root, which has params.yaml and the pipeline's outs.

    Paths on the command line are relative to the current folder; an option's default path is relative to the root.
    Outside a project the command raises UserError or, if a project is not `required`, runs in the current folder.
    """

    parameters = inspect.signature(command).parameters

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        from cot_distill.repository.root import find_root

        here = Path.cwd()
        root = find_root(here)
        if root is None and required:
            raise UserError(
                f"{here}: not in a project: neither this folder nor one above it has "
                "dvc.yaml and params.yaml; change into your clone"
            )
        if root is not None and root != here:
            for name, value in kwargs.items():
                if isinstance(value, Path):
                    kwargs[name] = (root if value == parameters[name].default else here) / value
            os.chdir(root)
        command(*args, **kwargs)

    return run
