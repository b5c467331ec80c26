"""Benchmark → data/problems/: train.parquet, test.parquet, matched.txt, account.json."""

import dataclasses
import json
from pathlib import Path

from cot_distill import problems, records
from cot_distill.files import write_text
from cot_distill.problems.matching import read_matched
from cot_distill.records import Problem
from stages import params, paths
from stages.command import command


def prepare() -> None:
    """Turn the benchmark's own rows, or newly drawn word problems, into problems with canonical gold answers."""
    chosen = params.load()
    sizes: dict[str, problems.Size] = {"train": chosen.train_problems, "test": chosen.test_problems}
    loaded = problems.load(
        chosen.dataset, Path(chosen.benchmarks), paths.REVISIONS, chosen.data_seed, sizes, chosen.own
    )
    for split, rows in loaded.problems.items():
        records.write(paths.PROBLEMS[split], rows, Problem)
    matched = read_matched(Path(chosen.match_arms))
    write_text(paths.MATCHED, "".join(f"{name}\n" for name in sorted(matched or ())))
    account = dataclasses.asdict(loaded.account)
    write_text(paths.ACCOUNTS["prepare"], json.dumps(account, indent=2) + "\n")
    for split, kept in account["rows_kept"].items():
        reasons = ", ".join(f"{reason} {count}" for reason, count in account["dropped"][split].items())
        told = f" ({reasons})" if reasons else ""
        print(f"prepare: {chosen.dataset} {split}: {kept} problems of {account['rows_in'][split]} rows{told}")


app = command(prepare)

if __name__ == "__main__":
    app()
