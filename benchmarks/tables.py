"""Speed of tables over many runs, beside the same in pandas: `python -m benchmarks.tables [REPOSITORY]`.

Verdicts are synthetic: 20 pairs of dataset and student with an untuned run and arms of up to three seeds each, a
Parquet file a run, as in DVC's cache. A side runs in a process of its own, reads all files and makes every table, with
intervals and p-values (against the best, the answer alone and the untuned student). Every cell of
every table must be the same. REPOSITORY is a clone whose experiments are gathered.
"""

import itertools
import math
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import tables_in_pandas
from benchmarks.figures import tell
from cot_distill.tables.runs import Run

PROBLEMS = 1_000
RUNS = 4_000
_GROUPS = 20
_REPEATS = 3
"""The sides take turns; the least seconds of each count, for what else the machine does only adds to them."""

Tables = dict[str, list[dict[str, Any]]]


def main(repository: Path | None) -> None:
    """Measure and print every figure."""
    if repository is not None:
        _gathering(repository)
    with tempfile.TemporaryDirectory() as folder:
        every = synthetic_runs(Path(folder), RUNS)
        quarter, tenth = ([run for run in every if int(Path(run.path).name) < RUNS // part] for part in (4, 10))
        seconds = fewer = fewest = other_seconds = math.inf
        for _ in range(_REPEATS):
            once, megabytes, ours = _apart(in_duckdb, every)
            other_once, other_megabytes, theirs = _apart(tables_in_pandas.tables, every)
            check_equal(ours, theirs)
            seconds, other_seconds = min(seconds, once), min(other_seconds, other_once)
            fewer = min(fewer, _apart(in_duckdb, quarter)[0])
            fewest = min(fewest, _apart(in_duckdb, tenth)[0])
    tell("tables_4m_seconds", seconds, "s")
    tell("tables_4m_mb", megabytes, "MB")
    tell("tables_over_pandas", seconds, "s", other_seconds)
    tell("tables_4m_mb_over_pandas", megabytes, "MB", other_megabytes)
    tell("tables_1m_seconds", fewer, "s")
    tell("tables_400_runs_seconds", fewest, "s")
    tell("tables_4m_over_1m", seconds / fewer, "times the seconds for 4 times the rows")


def _gathering(repository: Path) -> None:
    from cot_distill.tables.experiments import gather

    started = time.perf_counter()
    found = gather(repository, experiments=True)
    seconds = time.perf_counter() - started
    tell("gathered_experiments", len({run.rev for run in found.runs if run.source == "experiment"}), "experiments")
    tell("gather_200_seconds", seconds, "s")


def synthetic_runs(folder: Path, count: int) -> list[Run]:
    """Runs with their verdicts written to `folder`, in files named by number."""
    import numpy as np

    rng = np.random.default_rng(0)
    hardness = rng.normal(size=(_GROUPS, PROBLEMS))
    taught = [
        *itertools.product(("gpt", "gemini", "llama", "human"), range(1, 7), ("original", "symbolic", "rephrase"))
    ]
    runs: list[Run] = []
    for number in range(count):
        group, place = number % _GROUPS, number // _GROUPS
        arm, seed = divmod(place - 1, 3)
        skill = rng.normal() * 0.2 + (-1.0 if place == 0 else arm % 7 / 10)
        path = folder / str(number)
        _write(path, rng.normal(size=PROBLEMS) + skill > hardness[group])
        teacher, level, form = taught[arm - 1] if arm > 0 else (None, 0, None)
        tuned = place > 0
        runs.append(
            Run(
                run=f"run-{number}",
                role="tuned" if tuned else "untuned",
                dataset=f"dataset-{group % 4}",
                student=f"student-{group // 4}",
                teacher=teacher if tuned else None,
                granularity=str(level) if tuned else None,
                format=form if tuned else None,
                seed=seed if tuned else None,
                pool=f"{group} {arm}" if tuned else f"{group} untuned",
                path=str(path),
                untuned_path=None,
                untuned_pool=f"{group} untuned" if tuned else None,
                trained_on=f"dataset-{group % 4}" if tuned else None,
                test_set=f"test-{group}",
                supervision={"examples": 700, "verified_rate": 0.98, "mean_words": 20.0 * level},
            )
        )
    return runs


def _write(path: Path, right: Any) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from cot_distill.records import Verdict, schema

    size = len(right)
    columns: dict[str, Any] = {
        "problem_id": [f"problem-{number:05}" for number in range(size)],
        "dataset": ["d"] * size,
        "completion": [f"{number} and {number} make {2 * number}. " * 8 for number in range(size)],
        "gold": [str(number) for number in range(size)],
        "predicted": [str(number) for number in range(size)],
        "correct": right,
        "read_by": ["last_number"] * size,
        "answered": [True] * size,
        "ambiguous": [False] * size,
        "contains_gold": [True] * size,
        "truncated": [False] * size,
        "new_tokens": list(range(size)),
        "sample": [0] * size,
        "stated": [number % 3 > 0 for number in range(size)],
        "asked_again": [False] * size,
        "unclosed": [False] * size,
        "longest": [None] * size,
    }
    pq.write_table(pa.table(columns, schema=schema(Verdict)), path)


def in_duckdb(runs: list[Run]) -> Tables:
    """The rows of every table, by its SQL."""
    from cot_distill.tables.experiments import Gathered
    from cot_distill.tables.questions import NAMES, ask
    from cot_distill.tables.relations import connect

    with connect(Gathered(runs, [])) as connection:
        return {name: ask(connection, name).rows for name in NAMES}


def _apart(side: Callable[[list[Run]], Tables], runs: list[Run]) -> tuple[float, float, Tables]:
    """Seconds, peak MB and numbers of a side in a process of its own, after its imports."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (side, runs))


def _measured(side: Callable[[list[Run]], Tables], runs: list[Run]) -> tuple[float, float, Tables]:
    import duckdb  # noqa: F401
    import pandas as pd  # noqa: F401
    import pyarrow.dataset  # noqa: F401
    import scipy.stats  # noqa: F401

    started = time.perf_counter()
    found = side(runs)
    seconds = time.perf_counter() - started
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, found


def check_equal(ours: Tables, theirs: Tables) -> None:
    """Raises AssertionError if a cell of the two differs."""
    for name, rows in ours.items():
        others = theirs.get(name, [])  # nobody was asked beyond a benchmark: that table is empty
        assert len(rows) == len(others), f"{name}: {len(rows)} rows and {len(others)}"
        for one, other in zip(rows, others, strict=True):
            assert one.keys() == other.keys(), (name, one.keys() ^ other.keys())
            differing = {
                column: (one[column], other[column]) for column in one if not _equal(one[column], other[column])
            }
            assert not differing, (name, differing)


def _equal(one: Any, other: Any) -> bool:
    if one is None:
        return other is None or other != other
    return bool(abs(one - other) < 1e-9 if isinstance(one, float) else one == other)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
