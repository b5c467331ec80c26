"""Several rationales a problem: which of them teach, and how arms that have more of them stay comparable."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from cot_distill.grading import state
from cot_distill.records import Attempt, Rationale
from cot_distill.settings import Section
from cot_distill.supervision.measures import grams, pieces, words

ALL = "all"
DEFAULT: Mapping[str, Any] = {
    "samples": 1,
    "keep": "first",
    "rationales_per_problem": None,
    "match_by": "problems",
    "pass_rate": None,
}
"""One rationale a problem: an arm of this selection is named by its teacher, level and format alone."""
_GRAM = 3
"""Words in the n-grams by which rationales are told apart."""

Wanted = tuple[str, int, bool]
"""What a teacher was asked for: the problem, the level (-1: none), and whether its thoughts were wanted."""


def _range(value: list[float] | None) -> list[float] | None:
    if value is not None and (len(value) != 2 or not 0 <= value[0] <= value[1] <= 1):
        raise ValueError("give two shares, the lower first, such as [0.1, 0.9], or null")
    return value


class Selection(Section):
    """The section `selection` of params.yaml: how many rationales are drawn of a problem, and which of them teach."""

    samples: int = Field(ge=1, le=1000)
    """How many a model that teaches draws of each problem, each verified by itself."""
    keep: Literal["first", "all", "shortest", "longest", "diverse"]
    rationales_per_problem: int | None = Field(ge=1)
    """At most so many teach; None: one, or with keep ALL every one."""
    match_by: Literal["problems", "rows", "tokens"]
    """What an arm has as much of as it would with `keep: first` and one rationale a problem."""
    pass_rate: Annotated[list[float] | None, AfterValidator(_range)]
    """Teach only problems of whose samples a share in this range was accepted; None: all."""

    @property
    def most(self) -> int | None:
        """The most rationales that teach of one problem; None: any number."""
        return None if self.keep == ALL else self.rationales_per_problem or 1

    def objections(self, parts: Sequence[tuple[str | None, Any]], temperature: float) -> Iterable[str]:
        """What cannot be had together, a line each. `parts` are the sources of the arm's teachers and their
        granularities, `temperature` is the one that models draw at."""
        asking = [source == "model" and granularity != 0 for source, granularity in parts]
        if self.samples > 1 and not any(asking):
            yield f"selection.samples is {self.samples}, and this arm asks no model; set 1"
        elif self.samples > 1 and temperature == 0:
            yield f"selection.samples is {self.samples} and generation.temperature 0, which draws the same; set 0.7"
        if self.pass_rate is not None and self.samples == 1:
            yield "selection.pass_rate needs several samples a problem; set selection.samples, or pass_rate null"
        elif self.pass_rate is not None and any(asking) and not all(asking):
            yield "selection.pass_rate counts a model's samples, and a part of the mixture asks no model; set it null"
        if self.keep == ALL and self.rationales_per_problem is not None:
            yield (
                f"selection.keep is all, and rationales_per_problem {self.rationales_per_problem}; set it null, or "
                "keep first"
            )
        if "padded" in [granularity for _, granularity in parts] and self.most != 1:
            yield "the padding control (granularity padded) takes one rationale a problem; set rationales_per_problem 1"


def in_words(values: object) -> str | None:
    """What of a section `selection` is not as by default, in words; None where nothing is, or there is no section."""
    if not isinstance(values, Mapping):
        return None
    changed = {name: values[name] for name in DEFAULT if name in values and values[name] != DEFAULT[name]}
    return ", ".join(f"{name} {_shown(value)}" for name, value in changed.items()) or None


def _shown(value: Any) -> str:
    return " to ".join(map(str, value)) if isinstance(value, list) else str(value)


def wanted(row: Rationale | Attempt) -> Wanted:
    """What a rationale or an attempt was asked for."""
    return row.problem_id, -1 if row.granularity is None else row.granularity, row.thoughts


def pass_rates(attempts: Sequence[Attempt], samples: int) -> dict[Wanted, float]:
    """The share of the samples that verification accepted, retries left out."""
    accepted: Counter[Wanted] = Counter()
    for one in attempts:
        if one.attempt < samples:
            accepted[wanted(one)] += one.verdict == "good"
    return {name: count / samples for name, count in accepted.items()}


def told(rates: Mapping[Wanted, float], samples: int) -> dict[str, Any]:
    """Pass rates for a report: their mean, and how many problems had 0, 1, … of the samples accepted."""
    counts = Counter(round(rate * samples) for rate in rates.values())
    mean = sum(rates.values()) / len(rates) if rates else 0.0
    return {
        "samples": samples,
        "mean": round(mean, 4),
        "problems": {str(right): counts[right] for right in range(samples + 1)},
    }


def pick(
    rationales: Sequence[Rationale], selection: Selection, rates: Mapping[Wanted, float]
) -> tuple[list[Rationale], Counter[str]]:
    """The rationales that teach, in their order, and how many do not for which reason: `pass_rate`, `repeated` (word
    for word one of the same problem's), `not_chosen`."""
    dropped: Counter[str] = Counter()
    by_problem: dict[str, list[Rationale]] = defaultdict(list)
    for one in rationales:
        if selection.pass_rate and not selection.pass_rate[0] <= rates.get(wanted(one), 0.0) <= selection.pass_rate[1]:
            dropped["pass_rate"] += 1
        elif any(one.text == other.text for other in by_problem[one.problem_id]):
            dropped["repeated"] += 1
        else:
            by_problem[one.problem_id].append(one)
    kept = []
    for candidates in by_problem.values():
        candidates.sort(key=lambda one: one.key)
        chosen = _preferred(candidates, selection)
        dropped["not_chosen"] += len(candidates) - len(chosen)
        kept += sorted(chosen, key=lambda one: one.key)
    return kept, +dropped


def _preferred(candidates: list[Rationale], selection: Selection) -> list[Rationale]:
    most = selection.most
    if most is None or len(candidates) <= most:
        return candidates
    if selection.keep == "diverse":
        return _diverse(candidates, most)
    if selection.keep in ("shortest", "longest"):
        sign = 1 if selection.keep == "shortest" else -1
        candidates = sorted(candidates, key=lambda one: (sign * words(one.text), one.sample))
    return candidates[:most]


def _diverse(candidates: Sequence[Rationale], most: int) -> list[Rationale]:
    """The first, then greedily the one that is farthest from the nearest of those taken: by the share of word triples
    that two of them do not have in common."""
    triples = [set(grams(one.text, _GRAM)) for one in candidates]
    taken = [0]
    while len(taken) < most:
        left = [place for place in range(len(candidates)) if place not in taken]
        taken.append(max(left, key=lambda place: (min(_apart(triples[place], triples[one]) for one in taken), -place)))
    return [candidates[place] for place in taken]


def _apart(one: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> float:
    return 1 - len(one & other) / max(1, len(one | other))


def match(
    kept: Sequence[Rationale], candidates: Sequence[Rationale], match_by: str, seed: int
) -> tuple[list[Rationale], int]:
    """As many of the kept rationales as one a problem would be, and how many are left out. Matched by `rows` or
    `tokens` (words, digits and marks, `measures.pieces`), whole problems are drawn by the seed until what the first
    candidate of each problem comes to is used up."""
    if match_by == "problems":
        return list(kept), 0
    firsts: dict[str, Rationale] = {}
    for one in sorted(candidates, key=lambda one: one.key):
        firsts.setdefault(one.problem_id, one)
    room = sum(_cost(one, match_by) for one in firsts.values())
    by_problem: dict[str, list[Rationale]] = defaultdict(list)
    for one in kept:
        by_problem[one.problem_id].append(one)
    order = sorted(by_problem)
    random.Random(f"{seed} rows").shuffle(order)  # one order for rows and tokens: the two differ in the room alone
    taken = []
    for one in (one for problem in order for one in by_problem[problem]):
        room -= _cost(one, match_by)
        if room < 0:
            break
        taken.append(one)
    return taken, len(kept) - len(taken)


def _cost(rationale: Rationale, match_by: str) -> int:
    return 1 if match_by == "rows" else pieces(rationale.text) + pieces(state(rationale.stated_answer or ""))
