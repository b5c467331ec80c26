"""Checks of params that are each valid by themselves but may not fit together."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cot_distill import students, supervision
from cot_distill.errors import UserError
from cot_distill.evaluation import beyond
from cot_distill.evaluation.answering import Decoding
from cot_distill.supervision import mixture, teachers
from cot_distill.supervision.mixture import Part
from stages import paths

if TYPE_CHECKING:
    from stages.params import Params


def objections(params: "Params", with_data: bool) -> Iterable[str]:
    """Why these params cannot run together, one line for each reason. Without `with_data`, data and packages of this
    machine are not looked at."""
    known = teachers.entries(paths.TEACHERS)
    if params.student in students.entries(paths.STUDENTS):
        try:
            students.entry(params.student, paths.STUDENTS)
        except UserError as error:
            yield str(error)
    else:
        yield f"student is {params.student!r}; valid: {', '.join(students.entries(paths.STUDENTS))}"
    if params.teacher not in known:  # even if every arm of a mixture has another teacher
        yield f"teacher is {params.teacher!r}; valid: {', '.join(known)}"
    yield from mixture.objections(params.parts)
    for part in params.parts:
        yield from _faults_of(part, params, known, with_data)
    sources = [(known.get(part.teacher, {}).get("source"), part.granularity) for part in params.parts]
    yield from params.selection.objections(sources, params.generation.temperature)
    if params.dataset == "own" and params.own.file is None:
        yield "own.file is null; name your file in the folder of benchmarks"
    if params.evaluation.split == "dev" and params.dev_problems == 0:
        yield "evaluation.split is dev and dev_problems 0, so that there are none; set dev_problems null"
    yield from _decoding_faults(params.decoding)
    named = known.get(params.grading.judge or "", {})
    if params.grading.judge is not None and named.get("source") != "model":
        models = [name for name, entry in known.items() if entry.get("source") == "model"]
        yield f"grading.judge is {params.grading.judge!r}; valid: null, {', '.join(models)}"
    if params.dataset in params.transfer or len(set(params.transfer)) < len(params.transfer):
        yield f"transfer is {params.transfer!r}; name other datasets than {params.dataset!r}, each once"
    if "own" in params.transfer and params.own.file is None:
        yield "transfer names own, and own.file is null; name your file in the folder of benchmarks"
    if not with_data:
        return
    if not Path(params.match_arms).is_file():
        yield f"match_arms is {params.match_arms!r}: no such file; write it with `cot-distill match`"
    if params.beyond and not beyond.installed():
        yield (
            f"beyond is {params.beyond!r}, which needs lm-eval; `pip install -c constraints.txt -e '.[beyond]'`, or "
            "give []"
        )
    for name in ("benchmarks", "published", "beyond_data"):
        folder = getattr(params, name)
        if not Path(folder).is_absolute() and ".." in Path(folder).parts:
            yield f"{name} is {folder!r}; give a folder outside the repository as an absolute path"
        elif not Path(folder).is_dir():
            yield f"{name} is {folder!r}: no such folder"


def _faults_of(part: Part, params: "Params", known: Mapping[str, Any], with_data: bool) -> Iterable[str]:
    """Why the teacher of a part of the arm cannot teach it."""
    if part.teacher not in known:
        yield f"teacher is {part.teacher!r}; valid: {', '.join(known)}"
        return
    entry = known[part.teacher]
    source = entry.get("source")
    if with_data or source != "published":
        why_not = teachers.objection(
            part.teacher, entry, params.dataset, params.levels(part), part.format, Path(params.published)
        )
        if why_not:
            level = "null" if part.granularity is None else part.granularity
            arm = f"dataset {params.dataset!r}, granularity {level}, format {part.format!r}"
            yield f"teacher is {part.teacher!r}, which cannot serve {arm}: {why_not}"
    if part.granularity == 0 and part.format != "original":
        yield f"format is {part.format!r}; an answer-only arm (granularity 0) has format original alone"
    if part.granularity == supervision.PADDED and part.format != "original":
        yield f"format is {part.format!r}; the padding control (granularity padded) has format original alone"


def _decoding_faults(decoding: Decoding) -> Iterable[str]:
    if decoding.samples > 1 and decoding.temperature == 0:
        yield (
            f"decoding.samples is {decoding.samples} and decoding.temperature 0, which writes the same each time; "
            "set a temperature, or samples 1"
        )
    if decoding.beam is None:
        return
    if decoding.temperature > 0:
        yield f"decoding.beam is {decoding.beam}, which draws nothing; set decoding.temperature 0, or beam null"
    if decoding.stop:
        yield "decoding.stop cannot be combined with decoding.beam; set stop [] or beam null"
