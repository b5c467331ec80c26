"""Runs lm-eval: it asks a student the questions of a benchmark and says which answers are right."""

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cot_distill.errors import UserError
from cot_distill.evaluation.beyond import absr, arc, bbh, csqa, installed, mmlu, race
from cot_distill.evaluation.beyond.outcomes import Outcome
from cot_distill.evaluation.beyond.rows import Part, Rows
from cot_distill.progress import SECONDS_BETWEEN_LINES

BATCH = 8
"""The number of texts at a time. lm-eval keeps the scores of the whole vocabulary at every position: 8 texts of 1,000
tokens with a vocabulary of 50,000 take 1.6 GB."""

_LOAD: dict[str, Callable[[Rows], list[Part]]] = {
    "arc_challenge": arc.challenge,
    "arc_easy": arc.easy,
    "race_high": race.high,
    "race_middle": race.middle,
    "bbh": bbh.load,
    "mmlu": mmlu.load,
    "csqa": csqa.load,
    "absr": absr.load,
}
_METRICS = {"arc_challenge": "acc_norm", "arc_easy": "acc_norm", "bbh": "exact_match"}
"""The field of lm-eval's samples that says what is right, for tasks in which it is not `acc`."""
_FOLDERS = ("arc", "race", "bbh/cot_fewshot", "mmlu/default", "commonsense_qa")
"""The folders of these tasks in lm-eval. Without them it would read its ten thousand others as well."""


def load(task: str, folder: Path, revisions: Path) -> list[Part]:
    """The parts of a benchmark: from its files in `folder`, else from the hub at the commit that `revisions` pins.

    Raises UserError if `task` is not one of `IDS`, or if rows are missing or broken.
    """
    if task not in _LOAD:
        raise UserError(f"{task!r} is not a benchmark; valid: {', '.join(_LOAD)}")
    return _LOAD[task](Rows(task, folder, revisions))


def quiet_bars() -> None:
    """Make progress bars write a line now and then if there is no terminal. Call this before anything imports tqdm."""
    if not sys.stderr.isatty():
        for name in ("TQDM_MININTERVAL", "TQDM_MAXINTERVAL"):
            os.environ.setdefault(name, str(SECONDS_BETWEEN_LINES))


def ask(task: str, parts: Sequence[Part], model: Any, tokenizer: Any, role: str, limit: int | None) -> list[Outcome]:
    """Ask a student the first `limit` questions of each part (None: all), as lm-eval words and scores them.

    `model` is a causal language model, `tokenizer` its tokenizer. The questions get no chat template.
    Raises UserError if lm-eval is not installed, or a text of AbsR is longer than the model's limit.
    """
    if not installed():
        raise UserError("lm-eval is not installed; `pip install -c constraints.txt -e '.[beyond]'`")
    import lm_eval
    import torch
    from lm_eval.models.huggingface import HFLM

    model = model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
    with _told() as told:
        student = HFLM(pretrained=model, tokenizer=tokenizer, batch_size=BATCH, softmax_dtype="float32")
        if task == "absr":
            absr.check_lengths(parts, tokenizer, student.max_length)
        tasks = _tasks(task, parts, tokenizer)
        found = lm_eval.evaluate(lm=student, task_dict=tasks, limit=limit, bootstrap_iters=0)["samples"]
    if told.cuts:
        print(
            f"{task}: the {role} student's limit of {student.max_length} tokens cut texts at their beginning, "
            f"{told.cuts} times",
            file=sys.stderr,
        )
    metric = _METRICS.get(task, "acc")
    return [
        Outcome(f"{part.name}/{sample['doc_id']:05}", role, bool(sample[metric]), part.source)
        for part in parts
        for sample in found[part.task]
    ]


def _tasks(task: str, parts: Sequence[Part], tokenizer: Any) -> Any:
    """lm-eval's own tasks, with our rows instead of its download."""
    import lm_eval.tasks

    there = Path(lm_eval.tasks.__file__).parent
    here = Path(__file__).with_name("tasks")
    manager = lm_eval.tasks.TaskManager(
        include_defaults=False, include_path=[*(there / name for name in _FOLDERS), here]
    )
    scoring = {"process_results": absr.lowest_mean_loss(tokenizer)} if task == "absr" else {}
    members = [{"task": part.task, "custom_dataset": _given(part), **scoring} for part in parts]
    return {"tasks": manager.load([{"group": "beyond", "task": members}])["tasks"]}


def _given(part: Part) -> Callable[..., Any]:
    from datasets import Dataset

    rows = Dataset.from_list(part.rows)
    # The task names its split. If it draws examples, it needs their split as well.
    return lambda **_: {"test": rows, "validation": rows, "train": rows, "dev": rows}


class _Told(logging.Handler):
    """Counts lm-eval's warnings that it cut a text, and drops its other warnings."""

    cuts = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.cuts += "runcat" in record.getMessage()


@contextmanager
def _told() -> Iterator[_Told]:
    """Count lm-eval's warnings while the block runs."""
    logger, told = logging.getLogger("lm_eval"), _Told(logging.WARNING)
    before = logger.propagate
    logger.addHandler(told)
    logger.propagate = False
    try:
        yield told
    finally:
        logger.propagate = before
        logger.removeHandler(told)
