"""Benchmark → data/problems/{train,test}.parquet."""

from pathlib import Path

from cot_distill import problems, records
from cot_distill.records import Problem
from stages import params, paths
from stages.command import command


def prepare() -> None:
    """Turn the benchmark's own rows, or newly drawn word problems, into problems with canonical gold answers."""
    chosen = params.load()
    sizes = {"train": chosen.train_problems, "test": chosen.test_problems}
    loaded = problems.load(chosen.dataset, Path(chosen.benchmarks), chosen.data_seed, sizes)
    for split, rows in loaded.items():
        records.write(paths.PROBLEMS[split], rows, Problem)
    print(f"prepare: {chosen.dataset}: {len(loaded['train'])} train, {len(loaded['test'])} test problems")


app = command(prepare)

if __name__ == "__main__":
    app()
