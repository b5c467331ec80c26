"""params.yaml as one checked object. Every stage reads all of it, so that a bad value is found before any work."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from cot_distill import catalogue, problems, students, supervision
from cot_distill.decoding import Sampling
from cot_distill.decoding.openai_engine import Limits
from cot_distill.decoding.spending import Price
from cot_distill.errors import UserError, one_line
from cot_distill.evaluation import beyond
from cot_distill.evaluation.answering import Decoding
from cot_distill.problems.columns import Columns
from cot_distill.records import Problem
from cot_distill.repository.params import set_known
from cot_distill.settings import Section, faults, one_of
from cot_distill.supervision import mixture, teachers
from cot_distill.supervision.levels import drawn_on
from cot_distill.supervision.mixture import Member, Part
from cot_distill.supervision.selection import Selection
from cot_distill.supervision.teachers.model import ALWAYS, REJECTED
from cot_distill.supervision.teachers.model import Calls as CallsSettings
from cot_distill.supervision.teachers.model import Generation as GenerationSettings
from cot_distill.training.settings import Settings as Training
from stages import cross_checks, paths


class Generation(Section):
    """The section `generation`; see `cot_distill.supervision.teachers.model.Generation`."""

    gold_hint: Annotated[Any, one_of((True, False, ALWAYS))]
    attempts: int = Field(ge=1, le=100)
    rejected: Annotated[str, one_of(REJECTED)]
    temperature: float = Field(ge=0, le=2, allow_inf_nan=False)
    top_p: float = Field(gt=0, le=1, allow_inf_nan=False)
    max_new_tokens: int = Field(ge=1)

    def settings(self, seed: int, samples: int) -> GenerationSettings:
        """The same values in the library's own type."""
        sampling = Sampling(self.temperature, self.top_p, self.max_new_tokens, seed)
        return GenerationSettings(self.gold_hint, self.attempts, self.rejected, sampling, samples)


class Prices(Section):
    """US dollars for a million tokens."""

    input: float = Field(ge=0, allow_inf_nan=False)
    output: float = Field(ge=0, allow_inf_nan=False)
    cached: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    batch_factor: float = Field(default=0.5, ge=0, le=1, allow_inf_nan=False)


class Calls(Section):
    """The section `calls`; see `cot_distill.supervision.teachers.model.Calls`. No stage's result depends on it."""

    concurrency: int = Field(ge=1, le=10_000)
    timeout: float = Field(gt=0, allow_inf_nan=False)
    tries: int = Field(ge=1, le=100)
    requests_per_minute: float | None = Field(gt=0, allow_inf_nan=False)
    tokens_per_minute: float | None = Field(gt=0, allow_inf_nan=False)
    allow_missing: int | float = Field(ge=0, allow_inf_nan=False)
    batch: bool
    max_cost: float | None = Field(ge=0, allow_inf_nan=False)
    budget: str | None = Field(default=None, pattern=r"^\w[\w-]*$")
    prices: dict[str, Prices | None]

    def settings(self, teacher: str, experiment: str | None = None) -> CallsSettings:
        """The same values in the library's own type."""
        price = self.prices.get(teacher)
        return CallsSettings(
            Limits(self.concurrency, self.timeout, self.tries, self.requests_per_minute, self.tokens_per_minute),
            Price(**price.model_dump()) if price else None,
            self.max_cost,
            self.allow_missing,
            self.batch,
            experiment,
        )


class Grading(Section):
    """The section `grading`: how answers are read."""

    judge: str | None
    """A model of the teachers' catalogue that reads what states no answer; see `cot_distill.evaluation.judge`."""


class Evaluation(Section):
    """The section `evaluation`: which problems are asked."""

    split: Annotated[str, one_of(("test", "dev"))]
    """Use dev to make choices, and test to measure what was chosen."""


class Gate(Section):
    """The section `gate`, which `cot-distill diff` reads; no stage does, and no result depends on it."""

    max_drop: float = Field(ge=0, le=1, allow_inf_nan=False)
    p: float = Field(gt=0, le=1, allow_inf_nan=False)
    profile: dict[str, Any]


def _weights(value: list[float]) -> list[float]:
    if len(value) != len(supervision.LEVELS) or min(value) < 0 or not 0 < sum(value) < float("inf"):
        raise ValueError("give six numbers from 0, one a level, not all 0")
    return value


def _several(value: list[Member] | None) -> list[Member] | None:
    if value is not None and len(value) < 2:
        raise ValueError("give two arms or more, each with its weight, or null")
    return value


def _benchmarks(value: list[str]) -> list[str]:
    if not set(value) <= set(beyond.IDS) or len(set(value)) < len(value):
        raise ValueError(f"give a list of some of these, each once: {', '.join(beyond.IDS)}")
    return value


def _positive_or(*words: str | None) -> AfterValidator:
    def check(value: int | str | None) -> int | str | None:
        if value in words or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
            return value
        raise ValueError(f"valid: a number from 1, {', '.join('null' if word is None else word for word in words)}")

    return AfterValidator(check)


def _number_or_share(value: int | float | None) -> int | float | None:
    whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if value is None or whole or (isinstance(value, float) and 0 < value < 1):
        return value
    raise ValueError("valid: a number from 0, a share such as 0.1, null")


class Params(Section):
    """All of params.yaml."""

    dataset: Annotated[str, one_of(problems.DATASETS)]
    teacher: str
    granularity: Annotated[int | str | None, one_of(supervision.GRANULARITIES)]
    mixed_weights: Annotated[list[float], AfterValidator(_weights)]
    format: Annotated[str, one_of(supervision.FORMATS)]
    mixture: Annotated[list[Member] | None, AfterValidator(_several)]
    student: str
    seed: int = Field(ge=0, lt=2**32)
    teacher_seed: int = Field(ge=0, lt=2**32)
    data_seed: int = Field(ge=0, lt=2**32)
    benchmarks: str
    published: str
    train_problems: Annotated[int | str | None, _positive_or(None, problems.ALL)]
    dev_problems: Annotated[int | float | None, AfterValidator(_number_or_share)]
    test_problems: Annotated[int | None, _positive_or(None)]
    own: Columns
    match_arms: str
    verified_only: bool
    max_words: int | None = Field(ge=1)
    generation: Generation
    selection: Selection
    calls: Calls
    training: Training
    predict_examples: int = Field(ge=1)
    decoding: Decoding
    evaluation: Evaluation
    grading: Grading
    transfer: list[Annotated[str, one_of(problems.DATASETS)]]
    gate: Gate
    beyond: Annotated[list[str], AfterValidator(_benchmarks)]
    beyond_data: str
    beyond_limit: int | None = Field(ge=1)

    @property
    def student_entry(self) -> dict[str, Any]:
        """The student's settings from the catalogue."""
        return students.entry(self.student, paths.STUDENTS)

    @property
    def training_settings(self) -> Training:
        """How the student is trained: by the params, or by the student's entry if a param is null."""
        return self.training.with_own(students.Training(**self.student_entry["training"]))

    @property
    def decoding_settings(self) -> Decoding:
        """How the student is asked. If the engine is `auto`, it is the one that the stage `check` found."""
        if self.decoding.engine != "auto":
            return self.decoding
        found = json.loads(paths.UNTUNED.read_text(encoding="utf-8"))
        return self.decoding.model_copy(update={"engine": found["engine"]})

    @property
    def experiment(self) -> str:
        """The id of the budget `calls.max_cost`: commands with the same id share it. It is the budget's name or,
        without one, a hash of all params that the experiment's results depend on."""
        if self.calls.budget is not None:
            return f"budget-{self.calls.budget}"
        told = self.model_dump(mode="json", exclude={"calls"})
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def arm(self) -> str:
        """The arm in words."""
        told = (
            lambda part: part.teacher,
            lambda part: supervision.in_words(part.granularity),
            lambda part: part.format,
        )
        named = ["answer only"] if self.answers_alone else [mixture.named(self.parts, what) for what in told]
        return ", ".join([self.dataset, *named])

    @property
    def parts(self) -> tuple[Part, ...]:
        """The arms that this experiment teaches: one, or those of its mixture."""
        return mixture.parts(self.model_dump(include={"teacher", "granularity", "format", "mixture"}))

    @property
    def answers_alone(self) -> bool:
        """Whether the answers alone are taught."""
        return self.parts[0].granularity == 0

    @property
    def mixed_teachers(self) -> dict[str, Any]:
        """The entries of the teachers of all parts."""
        catalogued = teachers.entries(paths.TEACHERS)
        return {part.teacher: catalogued[part.teacher] for part in self.parts}

    def shares(self, of: Sequence[Problem]) -> list[tuple[Part, list[Problem]]]:
        """Each part with the problems that it teaches."""
        return mixture.shares(of, self.parts, self.data_seed)

    def levels(self, part: Part) -> tuple[supervision.Level, ...]:
        """The levels that a part draws on."""
        return drawn_on(part.granularity, self.mixed_weights)

    def asked(self, of: Sequence[Problem]) -> list[teachers.Wish]:
        """What each teacher is asked for. A teacher of several parts is listed once; answers alone need no teacher."""
        if self.answers_alone:
            return []
        there = {part.teacher: self.teach(part.teacher) for part in self.parts}
        return [
            teachers.Wish(there[part.teacher], share, self.levels(part), part.format) for part, share in self.shares(of)
        ]

    def teach(self, name: str) -> teachers.Teacher:
        """A teacher of this experiment."""
        return teachers.build(
            name,
            teachers.entries(paths.TEACHERS)[name],
            self.dataset,
            Path(self.published),
            self.generation.settings(self.teacher_seed, self.selection.samples),
            self.calls.settings(name, self.experiment),
        )


def load(path: Path = paths.PARAMS, changes: Mapping[str, Any] | None = None) -> Params:
    """Read params.yaml, apply `changes` (dotted name → value), and check it, cross-checks included.

    Raises UserError, one line that names every bad param, its value and the valid ones.
    """
    values = read(path)
    for param, value in (changes or {}).items():
        set_known(values, param, value, f"-S {param}")
    return checked(values, str(path))


def checked(values: Any, where: str, with_data: bool = True) -> Params:
    """Check these values of params.yaml, cross-checks included. Raises UserError as `load` does.

    `where` names the source of the values in errors. Without `with_data`, data and packages of this machine are not
    checked.
    """
    try:
        params = Params.model_validate(values)
    except ValidationError as error:
        raise UserError(f"{where}: " + "; ".join(faults(error))) from None
    at_odds = [*dict.fromkeys(cross_checks.objections(params, with_data))]
    if at_odds:
        raise UserError(f"{where}: " + "; ".join(at_odds))
    return params


def gate(text: str, where: str) -> Gate | None:
    """The section `gate` of another revision's params.yaml, given as text; None if it has none.

    Its other params are not checked. Raises UserError for a bad value.
    """
    try:
        values = catalogue.parsed(text)
    except ValueError as error:
        raise UserError(f"{where}: {paths.PARAMS}: not valid YAML ({one_line(error)})") from None
    if not isinstance(values, Mapping) or values.get("gate") is None:
        return None
    try:
        return Gate.model_validate(values["gate"])
    except ValidationError as error:
        told = "; ".join(f"gate.{fault}" for fault in faults(error))
        raise UserError(f"{where}: {paths.PARAMS}: {told}") from None


def read(path: Path = paths.PARAMS) -> dict[str, Any]:
    """The values of params.yaml, complete but unchecked. Raises UserError if one is missing or the file is not valid
    YAML."""
    if not path.is_file():
        raise UserError(f"{path.absolute()}: no such file; run this in the folder that holds params.yaml")
    values = catalogue.load_any(path)
    missing = [name for name in Params.model_fields if name not in values]
    if missing:
        raise UserError(f"{path}: has no {', '.join(missing)}; `git diff {path}` shows what it had")
    return values
