"""How long a user waits: for `--help`, for a repro of the default params, and for one that has nothing to do.

Runs in a fresh clone with a DVC cache and a model cache of its own, so that nothing is reused. Close everything
else: two busy processes slow each other many times over.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import tell

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = [
    ["cot-distill"],
    *(
        [sys.executable, "-m", f"stages.{name}"]
        for name in ("check", "prepare", "generate", "transform", "train", "evaluate", "tabulate")
    ),
]


def seconds(command: list[str], folder: Path, **environment: str) -> float:
    """Run a command quietly and return how long it took."""
    start = time.monotonic()
    subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL, stderr=sys.stderr
    )
    return time.monotonic() - start


def main() -> None:
    """Measure and print every figure."""
    slowest = max(min(seconds([*command, "--help"], ROOT) for _ in range(3)) for command in COMMANDS)
    tell("help_seconds", slowest, "s")
    with tempfile.TemporaryDirectory() as scratch:
        clone = Path(scratch) / "clone"
        seconds(["git", "clone", "--quiet", str(ROOT), str(clone)], ROOT)
        cache = str(Path(scratch) / "cache")
        tell("repro_seconds", seconds(["dvc", "repro", "--quiet"], clone, COT_DISTILL_CACHE=cache), "s")
        tell("repro_again_seconds", seconds(["dvc", "repro", "--quiet"], clone, COT_DISTILL_CACHE=cache), "s")


if __name__ == "__main__":
    main()
