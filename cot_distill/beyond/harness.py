"""lm-eval asks a student the questions of a benchmark, and says which it got right."""

import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cot_distill.beyond import absr, arc, bbh, csqa, installed, mmlu, race
from cot_distill.beyond.outcomes import Outcome
from cot_distill.beyond.rows import Part, Rows
from cot_distill.errors import UserError

BATCH = 8
"""Texts at a time. lm-eval holds the scores of every token of the vocabulary at every position: 8 texts of 1,000 tokens
and a vocabulary of 50,000 take 1.6 GB."""

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
"""What counts as right in lm-eval's samples, where it is not `acc`."""
_FOLDERS = ("arc", "race", "bbh/cot_fewshot", "mmlu/default", "commonsense_qa")
"""Where lm-eval keeps these tasks: it would read its ten thousand others as well."""
_SECONDS = "30"


def load(task: str, folder: Path, revisions: Path) -> list[Part]:
    """The parts of a benchmark: from its files in `folder`, else from the hub at the commit that `revisions` pins.

    Raises UserError where `task` is none of `IDS`, and where rows cannot be had or are broken.
    """
    if task not in _LOAD:
        raise UserError(f"{task!r} is no benchmark; valid: {', '.join(_LOAD)}")
    return _LOAD[task](Rows(task, folder, revisions))


def ask(task: str, parts: Sequence[Part], model: Any, tokenizer: Any, role: str, limit: int | None) -> list[Outcome]:
    """Ask a student the first `limit` questions of each part (None: all), as lm-eval words and scores them.

    `model` is a causal language model, `tokenizer` its own. No chat template is put around the questions.
    Raises UserError where lm-eval is not installed.
    """
    if not installed():
        raise UserError("lm-eval is not installed; `pip install -c constraints.txt -e '.[beyond]'`")
    _calm()
    import lm_eval
    import torch
    from lm_eval.models.huggingface import HFLM

    model = model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
    tasks = _tasks(task, parts, tokenizer)
    cuts = _Cuts()
    student = HFLM(pretrained=model, tokenizer=tokenizer, batch_size=BATCH, softmax_dtype="float32")
    logging.getLogger("lm_eval").addHandler(cuts)
    try:
        found = lm_eval.evaluate(lm=student, task_dict=tasks, limit=limit, bootstrap_iters=0)["samples"]
    finally:
        logging.getLogger("lm_eval").removeHandler(cuts)
    if cuts.count:
        print(f"beyond: {task}: the {role} student's limit of {student.max_length} tokens cut {cuts.count} batches or "
              "texts at their beginning", file=sys.stderr)  # fmt: skip
    metric = _METRICS.get(task, "acc")
    return [
        Outcome(f"{part.name}/{sample['doc_id']:05}", role, bool(sample[metric]), part.source)
        for part in parts
        for sample in found[part.task]
    ]


def _tasks(task: str, parts: Sequence[Part], tokenizer: Any) -> Any:
    """lm-eval's own tasks, with our rows in place of its download."""
    import lm_eval.tasks

    there = Path(lm_eval.tasks.__file__).parent
    here = Path(__file__).with_name("tasks")
    manager = lm_eval.tasks.TaskManager(
        include_defaults=False, include_path=[*(there / name for name in _FOLDERS), here]
    )
    scoring = {"process_results": absr.lowest_mean_loss(tokenizer)} if task == "absr" else {}
    members = [{"task": part.task, "custom_dataset": _given(part), **scoring} for part in parts]
    return {"tasks": manager.load([{"group": task, "task": members}])["tasks"]}


def _given(part: Part) -> Callable[..., Any]:
    from datasets import Dataset

    rows = Dataset.from_list(part.rows)
    # The name of the split is the task's affair; where it draws examples, it needs the split of these as well.
    return lambda **_: {"test": rows, "validation": rows, "train": rows, "dev": rows}


def _calm() -> None:
    """Have lm-eval tell what matters alone, and its bars a line now and then where there is no terminal."""
    logging.getLogger("lm_eval").setLevel(logging.WARNING)
    logging.getLogger("lm_eval").propagate = False
    if not sys.stderr.isatty():
        os.environ.setdefault("TQDM_MININTERVAL", _SECONDS)
        os.environ.setdefault("TQDM_MAXINTERVAL", _SECONDS)


class _Cuts(logging.Handler):
    """Counts the texts that lm-eval says it cut, instead of a line for each."""

    count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += "runcat" in record.getMessage()
