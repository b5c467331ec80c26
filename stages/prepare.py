"""Benchmark → data/problems/: a table a split, matched.txt, account.json; data/elsewhere/, for transfer."""

import dataclasses
import json
from pathlib import Path

from cot_distill import problems, records
from cot_distill.files import write_aside, write_text
from cot_distill.problems.matching import read_matched
from cot_distill.problems.questions import untaught
from cot_distill.records import Problem
from stages import params, paths
from stages.command import command


def prepare() -> None:
    """Turn the benchmark's own rows, or newly drawn word problems, into problems with canonical gold answers."""
    chosen = params.load()
    loaded = load(chosen, chosen.dataset, chosen.train_problems, dev=chosen.dev_problems)
    for split, path in paths.PROBLEMS.items():
        records.write(path, loaded.problems.get(split, []), Problem)
    matched = read_matched(Path(chosen.match_arms))
    write_text(paths.MATCHED, "".join(f"{name}\n" for name in sorted(matched or ())))
    paths.MIXED.unlink(missing_ok=True)
    if chosen.mixture:
        write_text(paths.MIXED, json.dumps(chosen.mixed_teachers, indent=2) + "\n")
    account = dataclasses.asdict(loaded.account)
    if not account["baselines"]:
        del account["baselines"]
    write_text(paths.PREPARED, json.dumps(account, indent=2) + "\n")
    for split, kept in account["rows_kept"].items():
        reasons = ", ".join(f"{reason} {count}" for reason, count in account["dropped"][split].items())
        told = f" ({reasons})" if reasons else ""
        print(f"prepare: {chosen.dataset} {split}: {kept} problems of {account['rows_in'][split]} rows{told}")
    for note in loaded.notes:
        print(f"prepare: {chosen.dataset}: {note}")
    with write_aside(paths.ELSEWHERE) as folder:
        folder.mkdir()
        train = loaded.problems["train"]
        trained_on = {dataset: _elsewhere(chosen, dataset, train, folder) for dataset in chosen.transfer}
        write_text(folder / "trained_on.json", json.dumps(trained_on, indent=2) + "\n")


def _elsewhere(chosen: params.Params, dataset: str, train: list[Problem], folder: Path) -> int:
    """Write the test problems of another dataset, without those that are training problems too. Returns their
    number."""
    kept, left_out = untaught(load(chosen, dataset, None, parted=False).problems["test"], train)
    records.write(folder / f"{dataset}.parquet", kept, Problem)
    told = f"; {left_out} more are also training problems and are left out" if left_out else ""
    print(f"prepare: {dataset} test, to transfer to: {len(kept)} problems{told}")
    return left_out


def load(
    chosen: params.Params, dataset: str, train: problems.Size, parted: bool = True, dev: int | float | None = 0
) -> problems.Loaded:
    """The problems of a dataset as these params choose them; raises UserError as `problems.load` does."""
    sizes: dict[str, problems.Size] = {"train": train, "test": chosen.test_problems}
    folder, seed = Path(chosen.benchmarks), chosen.data_seed
    return problems.load(dataset, folder, paths.REVISIONS, seed, sizes, chosen.own, parted, dev)


app = command(prepare)

if __name__ == "__main__":
    app()
