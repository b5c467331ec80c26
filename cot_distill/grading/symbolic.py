"""Whether two LaTeX answers are the same after algebra, as math-verify says, under a hard limit of time and size.

math-verify runs in a worker process of its own: some formulas (10^{10^{10}}) would hold it for ever, and only the end
of a process stops that. The worker starts when it is first needed, is killed and replaced when a comparison takes too
long, and ends with this process or by `close`. Formulas go to it and verdicts come back as lines of JSON.
"""

import atexit
import functools
import json
import os
import re
import select
import subprocess
import sys
import threading
import time

SECONDS = 2.0
"""What one comparison may take of a processor's time, so that a busy machine gives the same verdicts."""
_PATIENCE = 10
"""How many times as long it may take by the clock."""
_SECONDS_TO_START = 30.0
_TICK = 0.1
_LONGEST = 300
_DEEPEST = 12
# What a computer algebra system might try to write out in full.
_HUGE = re.compile(
    r"\d{40}|\^\s*\{?\s*[-+]?\d{4}|\^\s*\{[^{}]*\^|\^\s*\w\s*\^|\d{4}\s*!|!\s*!|\\(?:sum|prod|int|iint|oint|binom|dbinom|input|def|write)(?![a-z])"
)
_PROSE = re.compile(r"(?:(?<!\\)\b[A-Za-z]{3,}\s+){4}")


@functools.lru_cache(4096)
def same(answer: str, gold: str) -> bool:
    """Whether math-verify holds the answer for gold; what is too large, or takes it too long, is not the same."""
    if any(_outsize(text) for text in (answer, gold)):
        return False
    with _LOCK:
        return _worker().same(answer, gold)


def close() -> None:
    """End the worker, if there is one."""
    global _running
    with _LOCK:
        if _running is not None:
            _running.close()
            _running = None


def _outsize(text: str) -> bool:
    if len(text) > _LONGEST or not text.isprintable() or _HUGE.search(text) or _PROSE.search(text):
        return True
    depth = deepest = 0
    for character in text:
        depth += (character in "{([") - (character in "})]")
        deepest = max(deepest, depth)
    return deepest > _DEEPEST


class _Worker:
    def __init__(self) -> None:
        self.owner = os.getpid()
        self._start()

    def _start(self) -> None:
        self._ready = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cot_distill.grading.symbolic_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def same(self, answer: str, gold: str) -> bool:
        if self._process.poll() is not None:
            self._restart()
        if not self._ready:
            self._ready = self._line(_SECONDS_TO_START, _SECONDS_TO_START) is not None
        stdin = self._process.stdin
        assert stdin is not None
        try:
            stdin.write(json.dumps([answer, gold]).encode() + b"\n")
            stdin.flush()
        except OSError:  # it died of the memory limit
            self._restart()
            return False
        line = self._line(SECONDS, _PATIENCE * SECONDS)
        if line is None:
            self._restart()
            return False
        return json.loads(line) is True

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:  # what was left to write has no reader any more
                    continue

    def _restart(self) -> None:
        self.close()
        self._start()

    def _line(self, working: float, waiting: float) -> bytes | None:
        """The worker's next line, or None where it sends none in so many seconds of work and by the clock. It sends
        whole lines, one for each question."""
        stdout = self._process.stdout
        assert stdout is not None
        begin, worked = time.monotonic(), self._worked()
        while time.monotonic() - begin < waiting and self._worked() - worked < working:
            if select.select([stdout], [], [], _TICK)[0]:
                return stdout.readline() or None
        return None

    def _worked(self) -> float:
        """The seconds of processor time that the worker has used; by the clock where the system does not tell."""
        try:
            with open(f"/proc/{self._process.pid}/stat", encoding="ascii") as stat:
                fields = stat.read().rpartition(")")[2].split()
        except OSError:
            return time.monotonic()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


_LOCK = threading.Lock()
_running: _Worker | None = None


def _worker() -> _Worker:
    global _running
    if _running is None or _running.owner != os.getpid():  # a forked child leaves its parent's worker alone
        if _running is None:
            atexit.register(close)
        _running = _Worker()
    return _running
