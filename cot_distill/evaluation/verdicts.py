"""Turns completions into verdicts, and verdicts into a run's metrics."""

import dataclasses
from collections.abc import Sequence

from cot_distill.decoding import Completion
from cot_distill.errors import UserError
from cot_distill.evaluation.mentions import contains
from cot_distill.evaluation.samples import maj_at_k, pass_at_k
from cot_distill.evaluation.statistics import with_interval
from cot_distill.grading import equal, read
from cot_distill.problems.positions import longest_is_right, unread
from cot_distill.records import Problem, Verdict


def judge(problem: Problem, completion: Completion) -> Verdict:
    """Read the answer from a completion and compare it with the problem's gold."""
    kind = problem.answer_kind
    truncated = completion.finish_reason == "length"
    reading = read(completion.text, kind, problem.choices, problem.question, truncated)
    correct = reading.answer is not None and equal(reading.answer, problem.gold, kind)
    return Verdict(
        problem_id=problem.id,
        dataset=problem.dataset,
        completion=completion.text,
        gold=problem.gold,
        predicted=reading.answer,
        correct=correct,
        read_by=reading.step,
        answered=reading.answer is not None,
        ambiguous=reading.ambiguous,
        contains_gold=correct or contains(completion.text, problem.gold, kind, problem.choices),
        truncated=truncated,
        new_tokens=completion.new_tokens,
        stated=reading.stated,
        unclosed=not completion.parts.finished,
        longest=longest_is_right(problem),
    )


AGAIN = "\n\nTherefore, the answer is"
"""If a student states no answer, this is appended to its text when it is asked again."""


def with_second(problem: Problem, first: Verdict, second: Completion) -> Verdict:
    """The verdict of a student that stated no answer and was asked again. If it then wrote an answer, that one counts;
    if not, the first verdict stays. Such an answer is not `stated`, since the student did not give it unasked."""
    kind = problem.answer_kind
    reading = read(f"The answer is {second.text.strip()}", kind, problem.choices, problem.question, truncated=True)
    answer = reading.answer if reading.answer is not None else first.predicted
    correct = answer is not None and equal(answer, problem.gold, kind)
    return dataclasses.replace(
        first,
        completion=f"{first.completion}{AGAIN}{second.text}",
        predicted=answer,
        correct=correct,
        read_by="asked_again" if reading.answer is not None else first.read_by,
        answered=answer is not None,
        contains_gold=correct or first.contains_gold,
        new_tokens=first.new_tokens + second.new_tokens,
        asked_again=True,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of one run. Rates are means over problems and their samples; intervals are at 95% over problems."""

    n: int
    """Problems."""
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    """The interval of `statistics.accuracy_interval`."""
    stated_accuracy: float
    """The share of answers that are right and explicitly stated. A strict reader would find these."""
    answered_rate: float
    stated_rate: float
    truncated_rate: float
    mean_new_tokens: float


@dataclasses.dataclass(frozen=True, slots=True)
class Sampled:
    """The numbers of a run with several samples for each problem, with intervals at 95%; see `evaluation.samples`."""

    samples: int
    """The number of samples of each problem: k."""
    maj_at_k: float
    maj_at_k_low: float
    maj_at_k_high: float
    pass_at_k: float
    pass_at_k_low: float
    pass_at_k_high: float


def summarise(verdicts: Sequence[Verdict]) -> Summary:
    """Summarise a run's verdicts. Raises UserError if there are none, or if problems have different numbers of
    samples."""
    problems = _by_problem(verdicts)
    k, answers = len(problems[0]), len(verdicts)
    shares = [sum(verdict.correct for verdict in problem) / k for problem in problems]
    _, low, high = with_interval(shares, k)
    return Summary(
        n=len(problems),
        accuracy=round(sum(verdict.correct for verdict in verdicts) / answers, 4),
        accuracy_low=round(low, 4),
        accuracy_high=round(high, 4),
        stated_accuracy=round(sum(verdict.correct and verdict.stated for verdict in verdicts) / answers, 4),
        stated_rate=round(sum(verdict.stated for verdict in verdicts) / answers, 4),
        answered_rate=round(sum(verdict.answered for verdict in verdicts) / answers, 4),
        truncated_rate=round(sum(verdict.truncated for verdict in verdicts) / answers, 4),
        mean_new_tokens=round(sum(verdict.new_tokens for verdict in verdicts) / answers, 2),
    )


def sampled(verdicts: Sequence[Verdict]) -> Sampled | None:
    """Majority and pass rates of a run with several samples for each problem; None if it has one. Raises as `summarise`
    does."""
    problems = [[(verdict.predicted, verdict.correct) for verdict in problem] for problem in _by_problem(verdicts)]
    k = len(problems[0])
    if k == 1:
        return None
    numbers = [number for values in (maj_at_k(problems, k), pass_at_k(problems, k)) for number in with_interval(values)]
    return Sampled(k, *(round(number, 4) for number in numbers))


def told(verdicts: Sequence[Verdict]) -> dict[str, float]:
    """A run's summary, flat, as a metrics file has it. If thoughts of a completion did not end, their share is
    included. Raises as `summarise` does."""
    summary: dict[str, float] = dataclasses.asdict(summarise(verdicts))
    unclosed = sum(verdict.unclosed for verdict in verdicts)
    return summary | ({"unclosed_rate": round(unclosed / len(verdicts), 4)} if unclosed else {})


def metrics(verdicts: Sequence[Verdict], untuned: Sequence[Verdict]) -> dict[str, float]:
    """A run's numbers, those of the untuned student on the same problems, and those of a reader who reads no question,
    flat, as a metrics file has them. Raises as `summarise` does."""
    baseline, several, of_untuned = summarise(untuned), sampled(verdicts), sampled(untuned)
    numbers = told(verdicts)
    numbers |= dataclasses.asdict(several) if several else {}
    numbers |= {
        "baseline_accuracy": baseline.accuracy,
        "baseline_stated_accuracy": baseline.stated_accuracy,
        "baseline_answered_rate": baseline.answered_rate,
    }
    if of_untuned:
        numbers |= {"baseline_maj_at_k": of_untuned.maj_at_k, "baseline_pass_at_k": of_untuned.pass_at_k}
    return numbers | unread([(one.gold, one.longest) for one in untuned if one.sample == 0])


def _by_problem(verdicts: Sequence[Verdict]) -> list[list[Verdict]]:
    """Each problem's verdicts, by problem and sample."""
    if not verdicts:
        raise UserError("no verdicts to summarise; the test split is empty")
    problems: dict[str, list[Verdict]] = {}
    for verdict in sorted(verdicts, key=lambda verdict: verdict.key):
        problems.setdefault(verdict.problem_id, []).append(verdict)
    counts = {len(problem) for problem in problems.values()}
    if len(counts) > 1:
        raise UserError(
            f"some problems have {min(counts)} samples and others {max(counts)}; evaluate all of them alike"
        )
    return list(problems.values())
