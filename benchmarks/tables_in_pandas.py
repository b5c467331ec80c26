"""The tables of cot_distill/tables as one would make them with pandas: merges, groups and sorts over one dataset.

Only the needed columns are read, statistics are over whole columns, and nothing else is tuned. The notes below the
tables are left out.
"""

from collections.abc import Sequence
from typing import Any

from cot_distill.evaluation.statistics import accuracy_interval, holm, paired, seed_part
from cot_distill.tables.runs import DIVERSITY, SUPERVISION, Run

_MEASURED = ("examples", *SUPERVISION, *DIVERSITY)
_FIELD = ["dataset", "trained_on", "student", "setting", "test_set", "grader"]
_FIRST = ["dataset", "student", "test_set", "setting", "grader"]
_CELL = ["dataset", "student", "teacher", "granularity", "format"]
_ACCURACY = ["n", "seeds", "accuracy", "accuracy_low", "accuracy_high", "stated_accuracy"]
_BASELINES = ["untuned", "p_untuned", "p_untuned_holm", "answer_only", "p_answer_only", "p_answer_only_holm"]
_BEST = ["p_best", "p_best_holm"]
_WHERE = ["test_set", "setting", "grader", "runs", "revs"]
_Z = 1.959963984540054


def tables(runs: Sequence[Run]) -> dict[str, list[dict[str, Any]]]:
    """The rows of every table."""
    arms = _compared(*_arms(runs))
    laid_out = {**_of_levels(arms), "best": _best(arms), "transfer": _transfer(arms), "supervision": _supervision(arms)}
    return {name: table.to_dict("records") for name, table in laid_out.items()}


def _arms(runs: Sequence[Run]) -> tuple[Any, Any]:
    """A row an arm, its seeds pooled, and a row an arm and problem."""
    import pandas as pd
    import pyarrow.dataset as ds

    plain = [name for name in Run.__slots__ if name != "supervision"]
    told = pd.DataFrame([{**{name: getattr(run, name) for name in plain}, **run.supervision} for run in runs])
    told = told.reindex(columns=[*plain, *_MEASURED])
    columns = ["problem_id", "correct", "stated", "answered", "truncated", "new_tokens", "__filename"]
    read = ds.dataset(told["path"].tolist(), format="parquet").to_table(columns=columns)
    verdicts = read.to_pandas().merge(told[["path", "pool"]], left_on="__filename", right_on="path")

    scores = verdicts.groupby(["pool", "problem_id"])["correct"].agg(share="mean", answers="size", spread="var")
    scores = scores.reset_index()
    verdicts["right_as_stated"] = verdicts["correct"] & verdicts["stated"]
    means = ["correct", "right_as_stated", "answered", "truncated", "new_tokens"]
    by_run = verdicts.groupby("path")[means].mean().reset_index()
    alike = [name for name in plain if name not in ("run", "rev", "seed", "path", "pool", "params")]
    arms = (
        told.merge(by_run, on="path")
        .sort_values(["seed", "run"])
        .groupby("pool")
        .agg(
            runs=("run", list),
            revs=("rev", list),
            seeds=("run", "size"),
            stated_accuracy=("right_as_stated", "mean"),
            mean_new_tokens=("new_tokens", "mean"),
            answered_rate=("answered", "mean"),
            truncated_rate=("truncated", "mean"),
            seed_sd=("correct", "std"),
            **{name: (name, "first") for name in (*alike, *_MEASURED)},
        )
    )
    by_arm = scores.groupby("pool")
    arms["n"], arms["answers"] = by_arm.size(), by_arm["answers"].sum()
    arms["accuracy"], variance = by_arm["share"].mean(), by_arm["share"].var(ddof=0)
    arms["seed_variance"] = arms["seed_sd"] ** 2 - (by_arm["spread"].mean() - arms["seed_sd"] ** 2) / (arms["n"] - 1)
    low, high = accuracy_interval(
        arms["accuracy"], variance, arms["n"], arms["answers"], arms["seed_variance"].fillna(0), arms["seeds"]
    )
    arms["accuracy_low"], arms["accuracy_high"] = low, high
    return arms.reset_index(), scores


def _compared(arms: Any, scores: Any) -> Any:
    """The tuned arms with their place and how they compare with the best, the answer alone and the untuned student."""
    tuned = arms[arms["role"] == "tuned"]
    tuned = tuned.assign(rounded=tuned["accuracy"].round(12))
    tuned = tuned.sort_values(["rounded", "granularity", "format", "teacher"], ascending=[False, True, True, True])
    fields = tuned.groupby(_FIELD, dropna=False)
    tuned = tuned.assign(
        place=fields.cumcount() + 1, best_pool=fields["pool"].transform("first"), field=fields.ngroup()
    )
    alone = tuned[tuned["granularity"] == "0"].drop_duplicates(_FIELD, keep=False)
    tuned = tuned.merge(alone[[*_FIELD, "pool"]].rename(columns={"pool": "answer_only_pool"}), on=_FIELD, how="left")
    scores = scores.drop(columns=["answers", "spread"])
    known = arms.assign(trained=arms["seeds"].where(arms["role"] == "tuned", 0)).set_index("pool")
    for name in ("best", "answer_only", "untuned"):
        pairs = tuned[["field", "pool", f"{name}_pool"]].rename(columns={f"{name}_pool": "other"}).dropna()
        if name == "best":  # the untuned student is one of those compared with the best
            first = tuned[tuned["place"] == 1][["field", "untuned_pool", "pool"]]
            pairs = _below(pairs, first.rename(columns={"untuned_pool": "pool", "pool": "other"}))
        found = _tested(pairs, scores, known)
        found[f"p_{name}_holm"] = 1.0
        for _, family in found[found["pool"] != found["other"]].groupby("field"):
            found.loc[family.index, f"p_{name}_holm"] = holm(family["p"].tolist())
        found = found.rename(columns={"p": f"p_{name}"}).assign(**{name: found["other"].map(known["accuracy"])})
        tuned = tuned.merge(found[["pool", name, f"p_{name}", f"p_{name}_holm"]], on="pool", how="left")
    return tuned


def _below(*tables: Any) -> Any:
    """One table below the other."""
    import pandas as pd

    return pd.concat(tables, ignore_index=True)


def _tested(pairs: Any, scores: Any, known: Any) -> Any:
    """The p of each pair of arms."""
    import numpy as np

    others = scores[scores["pool"].isin(pairs["other"])].rename(columns={"pool": "other", "share": "other_share"})
    both = scores.merge(pairs, on="pool").merge(others, on=["other", "problem_id"])
    both["difference"] = both["share"] - both["other_share"]
    both["square"] = both["difference"] ** 2
    found = both.groupby(["field", "pool", "other"]).agg(
        total=("difference", "sum"), squares=("square", "sum"), n=("difference", "size")
    )
    found = found.reset_index()
    sides = [known.loc[found[side]] for side in ("pool", "other")]
    of_seeds = seed_part(
        np.stack([side["trained"] for side in sides], axis=-1),
        np.stack([side["seed_variance"].fillna(0) for side in sides], axis=-1),
    )
    return found.assign(p=paired(found["total"], found["squares"], found["n"], *of_seeds).p)


def _of_levels(arms: Any) -> dict[str, Any]:
    """The tables that show every arm, each in an order of its own."""
    home = arms[arms["trained_on"] == arms["dataset"]]
    told = {
        "granularity": (["teacher", "format", "granularity"], "granularity", ["mean_words"]),
        "format": (["teacher", "granularity", "format"], "format", []),
        "teacher": (
            ["granularity", "format", "teacher"],
            "teacher",
            ["verified_rate", "distinct_2", "mean_words", "mean_steps"],
        ),
        "length": (
            ["teacher", "format", "mean_words", "granularity"],
            "role",
            ["mean_words", "mean_steps", "mean_tokens", "mean_new_tokens", "max_new_tokens", "truncated_rate"],
        ),
    }
    return {
        name: home[home[needed].notna()].sort_values([*_FIRST, *order], na_position="first")[
            [*_CELL, *measured, *_ACCURACY, *_BASELINES, *_BEST, *_WHERE]
        ]
        for name, (order, needed, measured) in told.items()
    }


def _best(arms: Any) -> Any:
    """The best arm of each field, beside the next."""
    home = arms[arms["trained_on"] == arms["dataset"]]
    fields = home.groupby(_FIELD, dropna=False)
    home = home.assign(
        compared=fields["pool"].transform("size"),
        not_worse=(home["p_best_holm"] >= 0.05).groupby([home[name] for name in _FIELD], dropna=False).transform("sum")
        - 1,
    )
    following = home[home["place"] == 2]
    following = following.assign(
        runner_up=following[["teacher", "granularity", "format"]].apply(lambda row: ", ".join(row.dropna()), axis=1)
    )
    following = following.rename(
        columns={"accuracy": "runner_up_accuracy", "p_best": "p_runner_up", "p_best_holm": "p_runner_up_holm"}
    )
    runner_up = ["runner_up", "runner_up_accuracy", "p_runner_up", "p_runner_up_holm"]
    found = home[home["place"] == 1].merge(following[[*_FIELD, *runner_up]], on=_FIELD, how="left")
    return found.sort_values(_FIRST)[[*_CELL, *_ACCURACY, *_BASELINES, *runner_up, "compared", "not_worse", *_WHERE]]


def _transfer(arms: Any) -> Any:
    """Arms tested on another dataset than they were trained on, beside what the same runs reach at home."""
    arms = arms.assign(names=arms["runs"].map(" ".join))
    home = arms[arms["trained_on"] == arms["dataset"]][["trained_on", "names", "accuracy"]]
    away = arms[arms["trained_on"] != arms["dataset"]]
    found = away.merge(home.rename(columns={"accuracy": "at_home"}), on=["trained_on", "names"], how="left")
    order = ["trained_on", *_FIRST, "teacher", "granularity", "format"]
    return found.sort_values(order, na_position="first")[
        ["trained_on", *_CELL, *_ACCURACY, *_BASELINES, *_BEST, "at_home", *_WHERE]
    ]


def _supervision(arms: Any) -> Any:
    """What students are taught, whatever they are tested on."""
    cell = ["dataset", "teacher", "granularity", "format", "student"]
    home = arms[arms["trained_on"] == arms["dataset"]].sort_values(cell, na_position="first")
    cells = home.groupby(cell, dropna=False, sort=False)
    found = cells.agg(
        {**dict.fromkeys(_MEASURED, "first"), "runs": lambda lists: sorted({n for one in lists for n in one})}
    )
    return found.reset_index()
