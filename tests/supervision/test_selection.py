"""Several rationales a problem: which teach, how arms stay comparable, and what a teacher is asked for."""

import dataclasses
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cot_distill.decoding import Sampling
from cot_distill.decoding.models import describe
from cot_distill.decoding.openai_engine import Limits
from cot_distill.errors import UserError
from cot_distill.records import Problem, Rationale
from cot_distill.supervision.selection import Selection, match, pass_rates, pick, told
from cot_distill.supervision.teachers.model import Calls, Generation, ModelTeacher
from tests.chat_server import Behaviour, InThread, Server

DEFAULT = Selection(samples=1, keep="first", rationales_per_problem=None, match_by="problems", pass_rate=None)
TEXTS = (
    "We add two and three apples which makes five of them.",
    "We add two and three apples which makes five.",
    "Count on from two: three, four, five.",
    "We add two and three apples which makes five of them.",
    "Five.",
)


def row(problem: str, sample: int, text: str) -> Rationale:
    return Rationale(problem, "gpt", 3, "original", text, "5", True, "gpt", "1", sample=sample)


ROWS = [row("p-0", sample, text) for sample, text in enumerate(TEXTS)]


def chosen(**changes: Any) -> tuple[list[int], dict[str, int]]:
    kept, dropped = pick(ROWS, DEFAULT.model_copy(update=changes), {})
    return [one.sample for one in kept], dict(dropped)


@pytest.mark.parametrize(
    ("changes", "samples", "left"),
    [
        ({}, [0], 3),
        ({"keep": "first", "rationales_per_problem": 2}, [0, 1], 2),
        ({"keep": "all"}, [0, 1, 2, 4], 0),
        ({"keep": "shortest"}, [4], 3),
        ({"keep": "longest", "rationales_per_problem": 2}, [0, 1], 2),
        ({"keep": "shortest", "rationales_per_problem": 9}, [0, 1, 2, 4], 0),
        ({"keep": "diverse", "rationales_per_problem": 2}, [0, 2], 2),
        ({"keep": "diverse", "rationales_per_problem": 3}, [0, 2, 4], 1),
    ],
)
def test_which_of_a_problem_teach(changes: dict[str, Any], samples: list[int], left: int) -> None:
    kept, dropped = chosen(**changes)
    assert kept == samples
    assert dropped == {"repeated": 1} | ({"not_chosen": left} if left else {})


def test_problems_that_are_too_easy_or_too_hard_are_left_out() -> None:
    rows = [row(f"p-{number}", 0, "Five.") for number in range(3)]
    rates = {("p-0", 3, False): 0.25, ("p-1", 3, False): 1.0}
    kept, dropped = pick(rows, DEFAULT.model_copy(update={"pass_rate": [0.1, 0.9]}), rates)
    assert [one.problem_id for one in kept] == ["p-0"] and dropped == {"pass_rate": 2}


def test_rows_and_tokens_are_no_more_than_one_rationale_a_problem_would_be() -> None:
    rows = [
        row(f"p-{number}", sample, "one two three four " * (1 + sample)) for number in range(10) for sample in range(4)
    ]
    by_rows, left = match(rows, rows, "rows", 1)
    assert len(by_rows) == 10 and left == 30
    assert sorted(Counter(one.problem_id for one in by_rows).values()) == [2, 4, 4]
    by_tokens, left = match(rows, rows, "tokens", 1)
    # One a problem: 4 words and the answer line, "The answer is 5.", of 5; ten of them are 90. Four of one are 60.
    assert len(by_tokens) == 6 and left == 34
    assert by_tokens == by_rows[:6]  # drawn in one order, so that the two arms pair
    assert match(rows, rows, "problems", 1) == (rows, 0)
    assert match(rows, rows, "rows", 1) == match(rows, rows, "rows", 1) != match(rows, rows, "rows", 2)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[InThread]:
    running = InThread(Server())
    monkeypatch.setenv("OPENAI_BASE_URL", running.url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-0123456789")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("COT_DISTILL_CACHE", str(tmp_path / "cache"))
    yield running
    running.close()


def problems(count: int) -> list[Problem]:
    return [
        Problem(f"p-{number:04}", "own", "train", f"Sum {number}: how much is {number} + 7?", None, "number", str(number + 7), None, None)
        for number in range(count)
    ]  # fmt: skip


def teacher(samples: int, attempts: int = 3, max_cost: float | None = None, tries: int = 1) -> ModelTeacher:
    model = describe({"source": "model", "engine": "openai", "model": "gpt"}, "teacher gpt")
    generation = Generation(True, attempts, "drop", Sampling(0.7, 0.95, 200, 1), samples)
    return ModelTeacher("gpt", model, generation, Calls(Limits(32, 10, tries), None, max_cost))


def asked(provider: InThread) -> Counter[str]:
    """How often each answer of the server was given, by the digest of the request."""
    return Counter(line["answered"] for line in provider.server.lines if "answered" in line)


def test_samples_are_asked_for_once_each_continue_and_replay_for_fewer(provider: InThread) -> None:
    train = problems(40)
    provider.server.script = {"Sum 7:": [Behaviour(500, {}, {"error": {"message": "broke"}})] * 4}
    with pytest.raises(UserError, match="1 of 40 problems got no answer, p-0007 for one"):
        teacher(4).write(train, [], 3)
    provider.server.script = {}
    four = teacher(4).write(train, [], 3)
    good = {digest: count for digest, count in asked(provider).items()}
    assert len(good) == 160
    assert [(one.problem_id, one.sample) for one in four.rationales] == [(one.id, k) for one in train for k in range(4)]
    assert len({one.text for one in four.rationales}) == 160
    before = len(provider.server.lines)
    assert teacher(4).write(train, [], 3) == four
    two = teacher(2).write(train, [], 3)
    one = teacher(1).write(train, [], 3)
    assert len(provider.server.lines) == before
    assert two.rationales == [row for row in four.rationales if row.sample < 2]
    assert one.rationales == [row for row in four.rationales if row.sample < 1]
    assert [len(part.attempts) for part in (four, two, one)] == [160, 80, 40]


def test_pass_rates_are_those_of_the_samples_alone(provider: InThread) -> None:
    wrong = Behaviour(merged={"message": {"content": "We guess.\nThe answer is 99."}})
    train = problems(3)
    tried = Counter[str]()

    def behaviour(digest: str, text: str, key: str) -> Behaviour:
        [number] = [number for number in "012" if f"Sum {number}:" in text]
        tried[number] += 1
        return wrong if number == "2" or (number == "1" and tried["1"] > 1) else Behaviour()

    provider.server.behaviour = behaviour  # type: ignore[method-assign]
    written = teacher(4, attempts=6).write(train, [], 3)
    rates = pass_rates(written.attempts, 4)
    assert rates["p-0000", 3, False] == 1.0 and rates["p-0002", 3, False] == 0.0
    assert rates["p-0001", 3, False] == 0.25
    assert written.account.dropped == {"wrong_answer": 1}
    # Of the third none was right: it is asked again, up to the attempts.
    assert max(one.attempt for one in written.attempts if one.problem_id == "p-0002") == 5
    assert told(rates, 4) == {"samples": 4, "mean": 0.4167, "problems": {"0": 1, "1": 1, "2": 0, "3": 0, "4": 1}}


def test_a_rewrite_knows_whose_rationale_it_is(provider: InThread) -> None:
    [problem] = problems(1)
    base = [dataclasses.replace(row("p-0000", sample, f"Way {sample}."), stated_answer="7") for sample in (0, 2)]
    written = teacher(4).rewrite([problem], base, "symbolic")
    assert [(one.sample, one.format) for one in written.rationales] == [(0, "symbolic"), (2, "symbolic")]
    assert [(one.of, one.attempt, one.kept) for one in written.attempts] == [(0, 0, True), (2, 0, True)]
    assert len(asked(provider)) == 2
    assert json.loads(str(written.rationales[0].sampling))["sample"] == 0
