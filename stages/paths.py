"""Where the stages put their tables and metrics; dvc.yaml names the same paths."""

from pathlib import Path

from cot_distill.records import SPLITS

PARAMS = Path("params.yaml")
TEACHERS = Path("teachers.yaml")
STUDENTS = Path("students.yaml")
CHECKED = Path("data/checked")
UNTUNED = Path("data/students/untuned/student.json")
"""The part of the student's catalogue entry that its answers depend on. A change to the rest re-runs nothing."""
MIXED = Path("data/problems/teachers.json")
"""The entries of a mixture's teachers. Stages that ask them depend on this file."""
MATCHED = Path("data/problems/matched.txt")
"""The ids of the problems that all compared arms teach. Empty: arms are not matched."""
PROBLEMS = {split: Path(f"data/problems/{split}.parquet") for split in SPLITS}
ELSEWHERE = Path("data/elsewhere")
"""The test problems of the datasets of the param `transfer`, a table each."""
RATIONALES = Path("data/rationales/rationales.parquet")
EXAMPLES = Path("data/examples/examples.parquet")
TAUGHT = Path("data/examples/rationales.parquet")
"""The rationales of the examples, with where each came from."""
STUDENT = Path("data/students/tuned")
VERDICTS, TRANSFER, BEYOND = Path("data/verdicts"), Path("data/transfer"), Path("data/beyond")
"""Folders of `untuned.parquet` and `tuned.parquet`. The last two have such a folder for each dataset or benchmark."""

PREPARED, GENERATED = Path("data/problems/account.json"), Path("data/rationales/account.json")
"""How many rows a stage kept and dropped, by reason."""
ACCOUNTS = Path("data/accounts.json")
"""The same of all stages up to the examples; not in their folder, since a changed count is no reason to train again."""
ATTEMPTS = {
    "generate": Path("data/rationales/attempts.parquet"),
    "transform": Path("data/examples/attempts.parquet"),
}
"""Every completion that was requested from a teacher, with its verdict. Empty if no model was asked."""
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
"""Timings. They differ from run to run, so no stage has them as an out."""
SPEED = TIMINGS / "training"
