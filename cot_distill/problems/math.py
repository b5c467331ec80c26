"""MATH (Hendrycks et al., 2021): competition mathematics.

Files: `math/train.jsonl` (7,500, of which the paper trains on 1,297: `used_rows/math.txt`), `math/math500_test.jsonl`
(500; whether the paper's 500 are these is not known). One raw row:

    {"problem": "What is $\\\\frac{1}{2}$ of 3?", "level": "Level 1", "type": "Prealgebra",
     "solution": "Half of 3 is $\\\\boxed{\\\\frac{3}{2}}$."}
"""

from cot_distill.grading.contract import boxed
from cot_distill.problems.benchmark import Facts
from cot_distill.problems.row import Row
from cot_distill.problems.sources import HubSplit, Source
from cot_distill.records import Problem

FACTS = Facts(
    "math", "latex", 1297, "MIT", r"(?:hendrycks|competition)?[-_]?math(?:[-_]?500)?", hub="EleutherAI/hendrycks_math"
)

_SUBJECTS = (
    *("algebra", "counting_and_probability", "geometry", "intermediate_algebra"),
    *("number_theory", "prealgebra", "precalculus"),
)
_FILES = {"train": "math/train.jsonl", "test": "math/math500_test.jsonl"}
_HUB = {
    "train": [HubSplit("EleutherAI/hendrycks_math", subject, "train") for subject in _SUBJECTS],
    "test": [HubSplit("HuggingFaceH4/MATH-500", None, "test")],
}


def load(source: Source, split: str) -> list[Problem | None]:
    r"""See `Benchmark.load`; gold is the last balanced `\\boxed{}` of the solution, which is the human rationale.

    One official training row has an empty box, and so no gold answer.
    """
    rows = source.rows(_FILES[split], _HUB[split])
    return [_problem(row, split) for row in rows]


def _problem(row: Row, split: str) -> Problem | None:
    solution = row.text("solution")
    boxes = boxed(solution)
    answer = boxes[-1] if boxes else None
    if answer == "":
        return None
    if answer is None:
        raise row.fault("'solution' holds no \\boxed{} answer")
    return FACTS.problem(row, split, row.text("problem"), answer, rationale=solution)
