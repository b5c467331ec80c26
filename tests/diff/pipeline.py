"""The one stage of a repository to be compared: verdicts and metrics as its params and its code spell them out.

`right` holds a digit a problem, 1 for a right answer. Where `code.txt` says `worse`, the trained student is always wrong.
"""

import json
from pathlib import Path

from ruamel.yaml import YAML

from cot_distill import records
from cot_distill.records import Problem, Verdict


def make(folder: Path) -> None:
    """Write what the params of `folder` lead to."""
    params = YAML(typ="safe").load(folder / "params.yaml")
    tuned = params["right"]
    if (folder / "code.txt").read_text() == "worse":
        tuned = "0" * len(tuned)
    problems = [
        Problem(f"p-{n}", "d", "test", f"{params['stem']} {n}?", None, "number", "7", None, None)
        for n in range(len(tuned))
    ]
    records.write(folder / "data/problems/test.parquet", problems, Problem)
    for role, right in (("untuned", params["untuned_right"]), ("tuned", tuned)):
        rows = [
            Verdict(
                f"p-{n}",
                "d",
                f"It is {digit}.",
                "7",
                "8" if digit == "0" else "7",
                digit == "1",
                "last_number",
                True,
                False,
                digit == "1",
                False,
                4,
            )
            for n, digit in enumerate(right)
        ]
        records.write(folder / f"data/verdicts/{role}.parquet", rows, Verdict)
    answered = {"n": len(tuned), "accuracy": tuned.count("1") / len(tuned)}
    (folder / "metrics").mkdir(exist_ok=True)
    (folder / "metrics/eval.json").write_text(json.dumps(answered | params["more"]))
    (folder / "metrics/supervision.json").write_text(json.dumps({"examples": params["examples"]}))


if __name__ == "__main__":
    make(Path())
