"""Where the stages put their tables and metrics; dvc.yaml names the same paths."""

from pathlib import Path

from cot_distill.records import SPLITS

PARAMS = Path("params.yaml")
TEACHERS = Path("teachers.yaml")
STUDENTS = Path("students.yaml")
CHECKED = Path("data/checked")
UNTUNED = Path("data/students/untuned/student.json")
"""What of the student's catalogue entry its answers depend on, so that other words there re-run nothing."""
MIXED = Path("data/problems/teachers.json")
"""Of a mixture: its teachers' entries, so that stages that ask them depend on these as on the problems."""
MATCHED = Path("data/problems/matched.txt")
"""The ids of the problems that all compared arms teach; empty: not matched."""
PROBLEMS = {split: Path(f"data/problems/{split}.parquet") for split in SPLITS}
ELSEWHERE = Path("data/elsewhere")
"""The test problems of the datasets of the param `transfer`, a table each."""
RATIONALES = Path("data/rationales/rationales.parquet")
EXAMPLES = Path("data/examples/examples.parquet")
TAUGHT = Path("data/examples/rationales.parquet")
"""The rationales of the examples, with where each came from."""
STUDENT = Path("data/students/tuned")
VERDICTS, TRANSFER, BEYOND = Path("data/verdicts"), Path("data/transfer"), Path("data/beyond")
"""Folders of `untuned.parquet` and `tuned.parquet`; the last two hold such a folder for each dataset or benchmark."""

ACCOUNTS = {
    name: Path(f"data/{folder}/account.json")
    for name, folder in (("prepare", "problems"), ("generate", "rationales"), ("transform", "examples"))
}
"""Where the rows of each stage went."""
ALL_ACCOUNTS = Path("data/accounts.json")
"""The same from the benchmark to the examples, beside these: what only tells of them is no reason to train again."""
ATTEMPTS = {
    "generate": Path("data/rationales/attempts.parquet"),
    "transform": Path("data/examples/attempts.parquet"),
}
"""Every completion that a teacher was asked for, with its verdict; empty where no model was asked."""
REVISIONS = Path("data/revisions.yaml")
"""In git, written by `prepare` at a dataset's first use."""

SUPERVISION_METRICS = Path("metrics/supervision.json")
SUPERVISION = Path("metrics/supervision")
PREDICTORS = Path("metrics/predictors.json")
EVAL_METRICS = Path("metrics/eval.json")
TRANSFER_METRICS, BEYOND_METRICS = Path("metrics/transfer"), Path("metrics/beyond")
"""Folders of `untuned.json` and `tuned.json`, one for each dataset or benchmark."""
CURVE = Path("metrics/training")
TABLES = Path("metrics/tables")
TIMINGS = Path("data/timings")
"""Not an out of any stage: how long things took differs from run to run."""
SPEED = TIMINGS / "training"
