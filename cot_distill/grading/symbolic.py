"""Whether two LaTeX answers are the same after algebra, as math-verify says, under a hard limit of time and size.

math-verify runs in a worker process of its own: some formulas (10^{10^{10}}) would hold it for ever, and only the end
of a process stops that. The worker starts when it is first needed. The kernel ends it when a comparison takes more
than `SECONDS` of a processor's time, so that a busy machine gives the same verdicts, and another one replaces it.
"""

import atexit
import functools
import json
import os
import re
import subprocess
import sys
import threading

from cot_distill.errors import UserError

SECONDS = 2
"""What one comparison may take of a processor's time, to the second."""
_LONGEST = 300
_DEEPEST = 12
# What a computer algebra system might try to write out in full.
_HUGE = re.compile(
    r"\d{40}|\^\s*\{?\s*[-+]?\d{4}|\^\s*\{[^{}]*\^|\^\s*\w\s*\^|\d{4}\s*!|!\s*!"
    r"|\\(?:sum|prod|int|iint|oint|binom|dbinom|input|def|write)(?![a-z])"
)
_PROSE = re.compile(r"(?:(?<!\\)\b[A-Za-z]{3,}\s+){4}")
_LOCK = threading.Lock()
_running: tuple[int, subprocess.Popen[bytes]] | None = None
"""The worker, and the process that started it: a forked child leaves its parent's worker alone."""


@functools.lru_cache(4096)
def same(answer: str, gold: str) -> bool:
    """Whether math-verify holds the answer for gold; what is too large, or takes it too long, is not the same.

    Raises UserError where the worker does not start.
    """
    if any(_outsize(text) for text in (answer, gold)):
        return False
    with _LOCK:
        line = _asked(json.dumps([answer, gold]).encode() + b"\n")
        if not line:
            _end()
        return line.strip() == b"true"


def close() -> None:
    """End the worker, if there is one."""
    with _LOCK:
        _end()


def _outsize(text: str) -> bool:
    if len(text) > _LONGEST or not text.isprintable() or _HUGE.search(text) or _PROSE.search(text):
        return True
    depth = deepest = 0
    for character in text:
        depth += (character in "{([") - (character in "})]")
        deepest = max(deepest, depth)
    return deepest > _DEEPEST


def _asked(question: bytes) -> bytes:
    """The worker's line of answer, empty where it was ended over it."""
    worker = _worker()
    assert worker.stdin is not None
    assert worker.stdout is not None
    try:
        worker.stdin.write(question)
        worker.stdin.flush()
    except BrokenPipeError:  # it was killed in between
        return b""
    return worker.stdout.readline()


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
