"""Holds back what libraries print while they start, and shows it only if the start fails."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO


class Held:
    """The output held back: what was written to standard output and error while `held_back` ran, and later by processes
    that began in that time."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def show(self) -> None:
        """Write the output to standard error."""
        self._file.seek(0)
        sys.stderr.write(self._file.read().decode(errors="replace"))
        sys.stderr.flush()


@contextmanager
def held_back() -> Iterator[Held]:
    """Hold back what the block writes, from Python, from libraries in C or from child processes. Show it if the block
    fails."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(number) for number in (1, 2)]
    held = Held(tempfile.TemporaryFile())  # noqa: SIM115  open as long as something may write to it
    try:
        try:
            for number in (1, 2):
                os.dup2(held._file.fileno(), number)
            yield held
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, file in zip((1, 2), kept, strict=True):
                os.dup2(file, number)
                os.close(file)
    except Exception:
        held.show()
        raise
