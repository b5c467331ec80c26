"""The reader against labels that others gave their models' completions, and against right ones cut in half."""

import functools
import random
from collections import Counter

import pytest

from benchmarks.grade import Labelled, labelled
from cot_distill.grading import canonical, equal, read
from cot_distill.problems import ANSWER_KIND_OF
from tests.conftest import SHARED

SAMPLED = 1500
FLOORS = {
    "faithful_cot_gsm8k": 97.5,
    "faithful_cot_svamp": 99,
    "faithful_cot_aqua": 99,
    "faithful_cot_strategyqa": 92,
    "openai_gsm8k": 99.5,
    "ukp_dcot_svamp": 96,
}
"""Agreement in percent that no source may fall below; docs/grading.md has it in full."""


@functools.cache
def sample() -> list[Labelled]:
    if not (SHARED / "generations").is_dir():
        pytest.skip("the labelled generations are not here")
    by_source: dict[str, list[Labelled]] = {}
    for row in labelled(SHARED / "generations"):
        by_source.setdefault(f"{row.source}_{row.dataset}", []).append(row)
    return [row for rows in by_source.values() for row in random.Random(0).sample(rows, min(len(rows), SAMPLED))]


def is_right(row: Labelled, text: str) -> bool:
    kind = ANSWER_KIND_OF[row.dataset]
    gold = canonical(row.gold, kind, row.choices)
    answer = read(text, kind, row.choices, row.question).answer
    return answer is not None and gold is not None and equal(answer, gold, kind)


def test_agreement_with_labels() -> None:
    agree: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for row in sample():
        source = f"{row.source}_{row.dataset}"
        total[source] += 1
        agree[source] += is_right(row, row.completion) == row.right
    below = {source: 100 * agree[source] / n for source, n in total.items() if 100 * agree[source] / n < FLOORS[source]}
    assert set(total) == set(FLOORS)
    assert below == {}


def test_right_completions_cut_in_half_before_their_answer_earn_nothing() -> None:
    halves = [(row, row.completion.strip()) for row in sample() if row.right and is_right(row, row.completion)]
    halves = [(row, text[: len(text) // 2]) for row, text in halves]
    before = [(row, half) for row, half in halves if "nswer is" not in half]
    assert len(before) > 3000
    assert sum(is_right(row, half) for row, half in before) / len(before) < 0.01
