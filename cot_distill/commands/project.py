"""Commands run at the root of the project, from whichever of its folders they were typed in."""

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

    Paths on the command line stay those of the folder that it was typed in; a path that an option has by default is
    one of the project. Outside a project the command raises UserError or, if none is `required`, runs as it is.
    """

    parameters = inspect.signature(command).parameters

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        from cot_distill.repository.root import find_root

        here = Path.cwd()
        root = find_root(here)
        if root is None and required:
            raise UserError(f"{here}: no project here or in a folder above: none has both dvc.yaml and params.yaml")
        if root is not None and root != here:
            for name, value in kwargs.items():
                if isinstance(value, Path):
                    kwargs[name] = (root if value == parameters[name].default else here) / value
            os.chdir(root)
        command(*args, **kwargs)

    return run
