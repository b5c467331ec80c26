"""Running `cot-distill` in this process: what it prints and how it ends, without the seconds that a new Python takes."""

import contextlib
import dataclasses
import io
import os
import signal
import sys
from pathlib import Path

from cot_distill import cli


@dataclasses.dataclass(frozen=True, slots=True)
class Ended:
    """How a command went."""

    code: int
    out: str
    err: str


def cot_distill(folder: Path, *arguments: str) -> Ended:
    """Run the command with these arguments in `folder`."""
    out, err = io.StringIO(), io.StringIO()
    here, argv, on_interrupt = Path.cwd(), sys.argv, signal.getsignal(signal.SIGINT)
    sys.argv = ["cot-distill", *arguments]
    os.chdir(folder)
    code = 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            cli.main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        os.chdir(here)
        sys.argv = argv
        signal.signal(signal.SIGINT, on_interrupt)
    return Ended(code, out.getvalue(), err.getvalue())
