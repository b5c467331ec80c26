r"""Compares LaTeX by algebra with math-verify, under a hard limit of time and size: `\sqrt{12}` is `2\sqrt{3}`.

math-verify runs in a worker process, since some formulas (10^{10^{10}}) would never end, and only ending the process
stops them. The worker starts when it is first needed. The kernel ends it when a question takes more than `SECONDS` of
processor time; another worker then replaces it. Processor time makes the verdicts the same on a busy machine.
"""

import atexit
import functools
import json
import os
import re
import subprocess
import sys
import threading
from fractions import Fraction
from typing import Any

from cot_distill.errors import UserError

SECONDS = 2
"""The most processor time of one question, in whole seconds."""
_LONGEST, _DEEPEST = 300, 12
# Formulas that a computer algebra system might try to expand in full.
_HUGE = re.compile(
    r"\d{40}|\^\s*\{?\s*[-+]?\d{4}|\^\s*\{[^{}]*\^|\^\s*\w\s*\^|\d{4}\s*!|!\s*!|binom\s*\{[^{}]*\^"
    r"|\\(?:sum|prod|int|iint|oint|input|def|write)(?![a-z])"
)
_PROSE = re.compile(r"(?:(?<!\\)\b[A-Za-z]{3,}\s+){4}")
_LOCK = threading.Lock()
_running: tuple[int, subprocess.Popen[bytes]] | None = None
"""The worker, and the id of the process that started it, so that a forked child does not use its parent's worker."""


def same(answer: str, gold: str) -> bool:
    r"""Whether the answer equals gold for math-verify (`1+x` for `x+1`). False if a formula is too large or takes too
    long.

    Raises UserError if the worker does not start.
    """
    return _asked(answer, gold) is True


def value(formula: str) -> Fraction | None:
    r"""The value of a closed form (`2^{10}` is 1024); None if it is irrational, has a symbol left (`7\pi`) or is too
    large. Raises as `same` does."""
    found = _asked(formula)
    return Fraction(found) if isinstance(found, str) else None


def close() -> None:
    """End the worker, if there is one, and forget its answers."""
    with _LOCK:
        _end()
        _asked.cache_clear()


@functools.lru_cache(4096)
def _asked(*formulas: str) -> Any:
    """The worker's answer; None if the question was too large to ask, or ended the worker."""
    if any(_outsize(formula) for formula in formulas):
        return None
    with _LOCK:
        worker = _worker()
        assert worker.stdin is not None
        assert worker.stdout is not None
        try:
            worker.stdin.write(json.dumps(formulas).encode() + b"\n")
            worker.stdin.flush()
            line = worker.stdout.readline()
        except BrokenPipeError:  # the worker was killed in between
            line = b""
        if not line:
            _end()
    return json.loads(line) if line else None


def _outsize(text: str) -> bool:
    if len(text) > _LONGEST or not text.isprintable() or _HUGE.search(text) or _PROSE.search(text):
        return True
    depth = deepest = 0
    for character in text:
        depth += (character in "{([") - (character in "})]")
        deepest = max(deepest, depth)
    return deepest > _DEEPEST


def _worker() -> subprocess.Popen[bytes]:
    global _running
    if _running is not None and _running[0] == os.getpid():
        return _running[1]
    command = [sys.executable, "-m", "cot_distill.grading.symbolic_worker", str(SECONDS)]
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if _running is None:
        atexit.register(close)
    _running = os.getpid(), worker
    if worker.stdout is None or worker.stdout.readline() != b"true\n":
        _end()
        raise UserError(f"formulas cannot be compared: {' '.join(command)} does not start; run it to see why")
    return worker


def _end() -> None:
    global _running
    if _running is not None and _running[0] == os.getpid():
        worker, _running = _running[1], None
        worker.kill()
        worker.communicate()
