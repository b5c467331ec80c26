"""Speed of tables over many runs, beside the same in pandas: `python -m benchmarks.tables [REPOSITORY]`.

Verdicts are synthetic: 20 pairs of dataset and student with an untuned run and arms of up to three seeds each, a
Parquet file a run, as in DVC's cache. A side runs in a process of its own, reads all files and makes every table, with
Wilson intervals and exact McNemar p-values (against the best, the answer alone and the untuned student). Both must give
the same numbers. REPOSITORY is a clone whose experiments are gathered.
"""

import itertools
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.figures import tell
from cot_distill.tables.runs import Run

PROBLEMS = 1_000
RUNS = 4_000
_GROUPS = 20

Numbers = dict[str, tuple[float | None, ...]]
"""Of each pool: n, accuracy, its interval, and p against the best, the answer alone and the untuned student."""


def main(repository: Path | None) -> None:
    """Measure and print every figure."""
    if repository is not None:
        _gathering(repository)
    with tempfile.TemporaryDirectory() as folder:
        every = _runs(Path(folder), RUNS)
        quarter = [run for run in every if int(Path(run.path).name) < RUNS // 4]
        seconds, megabytes, ours = _apart(_duckdb, every)
        fewer, _, _ = _apart(_duckdb, quarter)
        other_seconds, other_megabytes, theirs = _apart(_pandas, every)
    _check_equal(ours, theirs)
    tell("tables_4m_seconds", seconds, "s")
    tell("tables_4m_mb", megabytes, "MB")
    tell("tables_over_pandas", seconds, "s", other_seconds)
    tell("tables_4m_mb_over_pandas", megabytes, "MB", other_megabytes)
    tell("tables_1m_seconds", fewer, "s")
    tell("tables_4m_over_1m", seconds / fewer, "times the seconds for 4 times the rows")


def _gathering(repository: Path) -> None:
    from cot_distill.tables.experiments import gather

    started = time.perf_counter()
    found = gather(repository, experiments=True)
    seconds = time.perf_counter() - started
    tell("gathered_experiments", len({run.rev for run in found.runs if run.source == "experiment"}), "experiments")
    tell("gather_200_seconds", seconds, "s")


def _runs(folder: Path, count: int) -> list[Run]:
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
    }
    pq.write_table(pa.table(columns, schema=schema(Verdict)), path)


def _duckdb(runs: list[Run]) -> Numbers:
    from cot_distill.tables.experiments import Gathered
    from cot_distill.tables.questions import NAMES, ask
    from cot_distill.tables.relations import connect

    with connect(Gathered(runs, [])) as connection:
        for name in NAMES:
            ask(connection, name)
        found = connection.execute(
            "SELECT pool, n, accuracy, accuracy_low, accuracy_high, p_best, p_answer_only, p_untuned FROM pooled"
        ).fetchall()
    return {row[0]: row[1:] for row in found}


def _pandas(runs: list[Run]) -> Numbers:
    import numpy as np
    import pandas as pd
    import pyarrow.dataset as ds

    told = pd.DataFrame([{name: getattr(run, name) for name in Run.__slots__ if name != "supervision"} for run in runs])
    data = ds.dataset(told["path"].tolist(), format="parquet")
    read = data.to_table(columns=["problem_id", "correct", "answered", "truncated", "new_tokens", "__filename"])
    read = read.rename_columns([*read.column_names[:-1], "path"])
    for name in ("problem_id", "path"):
        read = read.set_column(read.column_names.index(name), name, read[name].dictionary_encode())
    verdicts = read.to_pandas()
    verdicts["pool"] = verdicts["path"].map(told.set_index("path")["pool"]).astype("category")
    grouped = verdicts.groupby(["pool", "problem_id"], observed=True)["correct"]
    scores = grouped.agg(share="mean", answers="size").reset_index()
    rates = verdicts.groupby("pool", observed=True)[["answered", "truncated", "new_tokens"]].mean()
    arms = scores.groupby("pool", observed=True).agg(
        n=("share", "size"), accuracy=("share", "mean"), variance=("share", lambda one: one.var(ddof=0)),
        answers=("answers", "sum"),
    )  # fmt: skip
    arms = arms.join(rates).join(told.groupby("pool")[["role", "dataset", "student", "untuned_pool"]].first())
    arms = arms.join(told.groupby("pool")[["teacher", "granularity", "format"]].first()).reset_index()
    arms["pool"] = arms["pool"].astype(str)
    p = arms["accuracy"]
    n = np.minimum(arms["answers"], arms["n"] * p * (1 - p) / arms["variance"].where(arms["variance"] > 0, np.nan))
    n = n.where((p > 0) & (p < 1), arms["n"]).fillna(arms["answers"])
    z = 1.959963984540054
    half = z * np.sqrt(p * (1 - p) / n + (z / (2 * n)) ** 2)
    arms["low"] = ((p + z * z / (2 * n) - half) / (1 + z * z / n)).clip(lower=0)
    arms["high"] = ((p + z * z / (2 * n) + half) / (1 + z * z / n)).clip(upper=1)
    field = ["dataset", "student"]
    tuned = arms[arms["role"] == "tuned"]
    order = [*field, "accuracy", "granularity", "format", "teacher", "pool"]
    best = tuned.sort_values(order, ascending=[True, True, False, True, True, True, True]).drop_duplicates(field)
    alone = tuned[tuned["granularity"] == "0"]
    wanted = {
        "p_best": tuned.merge(best[[*field, "pool"]].rename(columns={"pool": "other"}), on=field),
        "p_answer_only": tuned.merge(alone[[*field, "pool"]].rename(columns={"pool": "other"}), on=field),
        "p_untuned": tuned.rename(columns={"untuned_pool": "other"}),
    }
    scores["pool"] = scores["pool"].astype(str)
    for name, pairs in wanted.items():
        arms = arms.merge(_paired(scores, pairs[["pool", "other"]], name), on="pool", how="left")
    for factor in ("granularity", "format", "teacher"):  # the tables themselves
        tuned.sort_values([*field, factor])
    shown = arms[["n", "accuracy", "low", "high", "p_best", "p_answer_only", "p_untuned"]].astype(object)
    rows = shown.where(shown.notna(), None).itertuples(index=False, name=None)
    return dict(zip(arms["pool"], rows, strict=True))


def _paired(scores: Any, pairs: Any, name: str) -> Any:
    """The exact McNemar p of each pair of pools, in the column `name`."""
    import numpy as np
    from scipy.stats import binom

    others = scores[scores["pool"].isin(set(pairs["other"]))][["pool", "problem_id", "share"]]
    others = others.rename(columns={"pool": "other", "share": "other_share"})
    both = scores[["pool", "problem_id", "share"]].merge(pairs, on="pool").merge(others, on=["other", "problem_id"])
    both["one"], both["two"] = both["share"] > both["other_share"], both["share"] < both["other_share"]
    counts = both.groupby("pool")[["one", "two"]].sum().reset_index()
    differing = counts["one"] + counts["two"]
    counts[name] = np.minimum(1.0, 2 * binom.cdf(np.minimum(counts["one"], counts["two"]), differing, 0.5))
    return counts[["pool", name]]


def _apart(side: Callable[[list[Run]], Numbers], runs: list[Run]) -> tuple[float, float, Numbers]:
    """Seconds, peak MB and numbers of a side in a process of its own, after its imports."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (side, runs))


def _measured(side: Callable[[list[Run]], Numbers], runs: list[Run]) -> tuple[float, float, Numbers]:
    import duckdb  # noqa: F401
    import pandas as pd  # noqa: F401
    import pyarrow.dataset  # noqa: F401
    import scipy.stats  # noqa: F401

    started = time.perf_counter()
    found = side(runs)
    seconds = time.perf_counter() - started
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, found


def _check_equal(ours: Numbers, theirs: Numbers) -> None:
    assert ours.keys() == theirs.keys(), "the two sides know other pools"
    for pool, one in ours.items():
        for mine, other in zip(one, theirs[pool], strict=True):
            equal = mine is None and other is None
            assert equal or (mine is not None and other is not None and abs(mine - other) < 1e-9), (
                pool,
                one,
                theirs[pool],
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
