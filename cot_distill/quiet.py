"""Hold back what libraries print while they start, and show it only if the start fails."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO


class Held:
    """What was written to standard output and error while `held_back` ran, and by processes begun then, since."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def show(self) -> None:
        """Write it to standard error."""
        self._file.seek(0)
        sys.stderr.write(self._file.read().decode(errors="replace"))
        sys.stderr.flush()


@contextmanager
def held_back() -> Iterator[Held]:
    """Hold back what the block writes, whether by Python, by libraries in C or by other processes, and show it if
    the block fails."""
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
