"""Where the stages put their tables and metrics; dvc.yaml names the same paths."""

from pathlib import Path

CHECKED = Path("data/checked")
BASE_STUDENT = Path("data/base_student.json")
"""What of the student's catalogue entry its answers depend on, so that other words there re-run nothing."""
PROBLEMS = {split: Path(f"data/problems/{split}.parquet") for split in ("train", "test")}
RATIONALES = Path("data/rationales/rationales.parquet")
EXAMPLES = Path("data/examples/examples.parquet")
TAUGHT = Path("data/examples/rationales.parquet")
"""The rationales of the examples, with where each came from."""
STUDENT = Path("data/student")
VERDICTS = {role: Path(f"data/verdicts/{role}.parquet") for role in ("untuned", "tuned")}

ACCOUNTS = {
    name: Path(f"data/{folder}/account.json")
    for name, folder in (("prepare", "problems"), ("generate", "rationales"), ("transform", "examples"))
}
"""Where the rows of each stage went."""
ATTEMPTS = {
    "generate": Path("data/rationales/attempts.parquet"),
    "transform": Path("data/examples/attempts.parquet"),
}
"""Every completion that a teacher was asked for, with its verdict; empty where no model was asked."""
REVISIONS = Path("data/revisions.yaml")
"""In git, written by `prepare` at a dataset's first use."""


def transferred(dataset: str) -> dict[str, Path]:
    """The tables of the student's answers to the test problems of another dataset."""
    return {name: Path(f"data/transfer/{dataset}/{name}.parquet") for name in ("problems", "untuned", "tuned")}


def transfer_metrics(dataset: str) -> Path:
    """The metrics of those answers."""
    return Path(f"metrics/transfer/{dataset}.json")


SUPERVISION_METRICS = Path("metrics/supervision.json")
SUPERVISION = Path("metrics/supervision")
EVAL_METRICS = Path("metrics/eval.json")
CURVE = Path("metrics/training")
TABLES = Path("metrics/tables")
TIMINGS = Path("data/timings")
"""Not an out of any stage: how long things took differs from run to run."""
SPEED = TIMINGS / "training"
BEYOND = Path("data/beyond")
"""What both students got right in other benchmarks, a table each."""
BEYOND_UNTUNED = BEYOND / "untuned"
"""The same of the untuned student alone, which every experiment with it shares."""
BEYOND_METRICS = Path("metrics/beyond")
