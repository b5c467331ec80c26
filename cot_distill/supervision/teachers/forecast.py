"""Estimates what an arm, or a study, would ask of models, before anything is spent."""

import dataclasses
from collections.abc import Iterable, Sequence

from cot_distill.decoding import Completion, Request, Sampling, estimated_tokens
from cot_distill.decoding.journal import Shelf
from cot_distill.decoding.spending import request_tokens
from cot_distill.records import Problem, Rationale
from cot_distill.supervision import Level
from cot_distill.supervision.teachers import Wish, record
from cot_distill.supervision.teachers.collecting import Subject
from cot_distill.supervision.teachers.model import ModelTeacher
from cot_distill.supervision.verification import examine


@dataclasses.dataclass
class _Tally:
    """What one teacher still has to be asked, without retries after verification."""

    first: Request | None = None
    """The first request that is not in the journal."""
    calls: int = 0
    rewrites: int = 0
    """How many of these calls rewrite a rationale in another format."""
    journalled: int = 0
    tokens_in: int = 0
    tokens_out: float = 0
    written: int = 0
    """The tokens of the answers in the journal."""
    thinks: bool = False

    def found(self, answer: Completion) -> None:
        self.journalled += 1
        self.written += answer.new_tokens
        self.thinks = self.thinks or bool(answer.parts.thoughts)

    def missing(self, request: Request, expected: int) -> None:
        self.first = self.first or request
        self.calls += 1
        self.tokens_in += request_tokens(request)
        self.tokens_out += expected

    @property
    def expected_out(self) -> int:
        """The tokens of the calls' answers: estimated from those in the journal, or else from the prompts'
        demonstrations."""
        return round(self.calls * self.written / self.journalled if self.journalled else self.tokens_out)


Seen = set[tuple[str, str, str]]
"""Model, prompt and sampling of the requests that are counted already, since arms of a study share requests."""


def forecast(wishes: Iterable[Wish], show: bool = True) -> str:
    """The first request in full (with `show`), the calls still to make, and estimates of their tokens and cost, as
    text. Requests that several wishes share are counted once."""
    seen: Seen = set()
    counted: dict[tuple[str, Sampling], tuple[ModelTeacher, _Tally]] = {}
    for wish in wishes:
        teacher = wish.teacher
        if isinstance(teacher, ModelTeacher):
            key = (teacher.identity, teacher.generation.sampling)
            _, tally = counted.setdefault(key, (teacher, _Tally(thinks=teacher.model.thinks)))
            _count(tally, teacher, wish, seen)
    if not counted:
        return "No model is asked: 0 calls, no cost."
    told = list(counted.values())
    first = next((tally.first for _, tally in told if tally.first is not None), None)
    lines = [_shown(first), ""] if first and show else []
    return "\n".join([*lines, *_totals(told)])


def _totals(told: Sequence[tuple[ModelTeacher, _Tally]]) -> Iterable[str]:
    tallies = [tally for _, tally in told]
    calls, rewrites, journalled, tokens_in, tokens_out = (
        sum(getattr(tally, name) for tally in tallies)
        for name in ("calls", "rewrites", "journalled", "tokens_in", "expected_out")
    )
    of_them = f"{rewrites:,} of them rewrites in a format; " if rewrites else ""
    yield (
        f"calls to make: {calls:,} ({of_them}retries after verification come on top; {journalled:,} are in the journal)"
    )
    yield f"tokens, estimated: {tokens_in:,} in, {tokens_out:,} out"
    caps = [teacher.model.cap(teacher.generation.sampling) for teacher, _ in told]
    costs = [_cost(teacher, tally, tally.expected_out) for teacher, tally in told]
    if None in costs:
        yield "cost, estimated: unknown: calls.prices has no price for this teacher"
    else:
        most = [
            _cost(teacher, tally, tally.calls * cap) or 0.0
            for (teacher, tally), cap in zip(told, caps, strict=True)
            if cap is not None
        ]
        at_most = f"; ${sum(most):,.2f} if every reply has the maximum length" if None not in caps else ""
        yield f"cost, estimated: ${sum(filter(None, costs)):,.2f}{at_most}"
    if None in caps:
        yield "unknown: how long a reply may get, since the teacher's entry sets no cap"
    if any(tally.thinks for tally in tallies) and not journalled:
        yield (
            "unknown until a few are asked: how long the teacher thinks, which is billed as tokens out; set "
            "calls.max_cost, ask for a few problems (train_problems), and run this again"
        )


def _count(tally: _Tally, teacher: ModelTeacher, wish: Wish, seen: Seen) -> None:
    """Add the requests of a wish that are still to be made to its teacher's tally."""
    with teacher.shelf() as shelf:
        accepted: dict[str, list[Rationale]] = {}
        for level in wish.levels:
            _count_written(tally, teacher, wish.problems, level, shelf, seen, accepted)
        if wish.format != "original":
            _count_rewritten(tally, teacher, wish, shelf, seen, accepted)


def _count_written(
    tally: _Tally,
    teacher: ModelTeacher,
    problems: Sequence[Problem],
    level: Level,
    shelf: Shelf,
    seen: Seen,
    accepted: dict[str, list[Rationale]],
) -> None:
    """Count the rationales of a level. Those that are in the journal and pass verification go to `accepted`."""
    done: set[str] = set()
    for samples, again in teacher.generation.rounds():
        for problem in problems:
            if again and problem.id in done:
                continue
            subject = Subject(problem, level)
            for sample in samples:
                request = teacher.request(subject, sample)
                answer = shelf.find(request)
                if answer is None:
                    done.add(problem.id)
                    if _new(teacher, request, seen):
                        tally.missing(request, _guess(teacher, request))
                    continue
                if _new(teacher, request, seen):
                    tally.found(answer)
                examined = examine(problem, answer, subject.wants_thoughts)
                if examined.verdict == "good":
                    done.add(problem.id)
                    accepted.setdefault(problem.id, []).append(_base(problem, level, examined.text, examined.stated))


def _count_rewritten(
    tally: _Tally,
    teacher: ModelTeacher,
    wish: Wish,
    shelf: Shelf,
    seen: Seen,
    accepted: dict[str, list[Rationale]],
) -> None:
    """Count a rewrite for each problem. A rationale that is not written yet is assumed to be as long as the
    demonstration of its level, or as the cap if there is none."""
    for problem in wish.problems:
        bases = accepted.get(problem.id) or [_imagined(teacher, problem, wish.levels[0])]
        asked = [teacher.request(Subject(problem, wish.levels[0], wish.format, base), 0) for base in bases]
        answer = next(filter(None, map(shelf.find, asked)), None)
        if not _new(teacher, asked[0], seen):
            continue
        if answer is not None:
            tally.found(answer)
        else:
            tally.missing(asked[0], _guess(teacher, asked[0]))
            tally.rewrites += 1


def _base(problem: Problem, level: Level, text: str, stated: str | None) -> Rationale:
    granularity = level if isinstance(level, int) else None
    return record(problem, "", granularity, "original", text, stated, model="", revision="")


def _imagined(teacher: ModelTeacher, problem: Problem, level: Level) -> Rationale:
    request = teacher.request(Subject(problem, level), 0)
    text = _demonstrated(request) or "word " * teacher.generation.sampling.max_new_tokens
    return _base(problem, level, text, problem.gold)


def _guess(teacher: ModelTeacher, request: Request) -> int:
    """The expected tokens of a reply: those of the prompt's demonstration. A problem that is asked plainly has none, so
    its reply may be as long as the cap."""
    shown = _demonstrated(request)
    return estimated_tokens(len(shown)) if shown else teacher.generation.sampling.max_new_tokens


def _demonstrated(request: Request) -> str:
    return next((turn[1] for turn in request.prompt if isinstance(turn, tuple) and turn[0] == "assistant"), "")


def _new(teacher: ModelTeacher, request: Request, seen: Seen) -> bool:
    key = (teacher.identity, request.prompt_hash, request.sampled)
    if key in seen:
        return False
    seen.add(key)
    return True


def _cost(teacher: ModelTeacher, tally: _Tally, tokens_out: int) -> float | None:
    """The cost in US dollars of the requests still to be made; None if there is no price."""
    if teacher.price is None:
        return None
    factor = teacher.price.batch_factor if teacher.batched else 1.0
    return factor * teacher.price.of(tally.tokens_in, tokens_out)


def _shown(request: Request) -> str:
    turns = "\n".join(f"--- {turn[0]} ---\n{turn[1]}" for turn in request.prompt if isinstance(turn, tuple))
    return f"first request: problem {request.name}, {request.sampling}\n{turns}\n---"
