"""From completions to verdicts, and from verdicts to the numbers that a reader quotes."""

import dataclasses
from collections.abc import Sequence

from cot_distill.decoding import Completion
from cot_distill.errors import UserError
from cot_distill.grading import contains, equal, read
from cot_distill.grading.statistics import wilson
from cot_distill.records import Problem, Verdict


def judge(problem: Problem, completion: Completion) -> Verdict:
    """Read the answer from a completion and compare it with the problem's gold."""
    kind = problem.answer_kind
    reading = read(completion.text, kind, problem.choices, problem.question)
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
        truncated=completion.finish_reason == "length",
        new_tokens=completion.new_tokens,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of one run; rates are shares of `n`, the interval is Wilson's at 95%."""

    n: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    answered_rate: float
    truncated_rate: float
    mean_new_tokens: float


def summarise(verdicts: Sequence[Verdict]) -> Summary:
    """Summarise a run's verdicts. Raises UserError where there are none."""
    n = len(verdicts)
    if n == 0:
        raise UserError("no verdicts to summarise; the test split is empty")
    correct = sum(verdict.correct for verdict in verdicts)
    low, high = wilson(correct, n)
    return Summary(
        n=n,
        accuracy=round(correct / n, 4),
        accuracy_low=round(low, 4),
        accuracy_high=round(high, 4),
        answered_rate=round(sum(verdict.answered for verdict in verdicts) / n, 4),
        truncated_rate=round(sum(verdict.truncated for verdict in verdicts) / n, 4),
        mean_new_tokens=round(sum(verdict.new_tokens for verdict in verdicts) / n, 2),
    )
