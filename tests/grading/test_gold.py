"""Gold of the seven test sets, graded against itself in every usual rendering."""

from collections.abc import Iterator

import pytest

from cot_distill.grading import equal, read
from cot_distill.problems import BENCHMARKS, sources
from cot_distill.records import Problem
from tests.conftest import ROOT, SHARED

FRAMES = (
    "The answer is {}.",
    "The answer is: {}",
    "So the final answer is {}",
    "**Answer:** {}",
    "Answer: {}\n\nQuestion: Is 7 a prime?\nAnswer: 7",
    "**Final Answer**\n\n{}",
)
MATHS = (
    r"\boxed{{{}}}",
    r"Thus $\boxed{{{}}}$.",
    "Final Answer: The final answer is ${}$. I hope it is correct.",
    r"We get \[ \boxed{{{}}} \]",
)


def renderings(problem: Problem) -> Iterator[str]:
    """Completions that state gold."""
    gold = problem.gold
    if problem.answer_kind == "latex":
        yield from (frame.format(f"${gold}$") for frame in FRAMES)
        yield from (frame.format(gold) for frame in MATHS)
        return
    forms = [gold, f"**{gold}**"]
    if problem.answer_kind == "number":
        whole = float(gold)
        forms += [f"{whole:,.2f}", f"${whole:,.2f}", f"{gold} apples", f"\\${gold}", f"$x = {gold}$"]
        if whole.is_integer():
            forms += [f"{int(whole):,}", rf"\boxed{{{int(whole)}}}"]
        yield f"3 + 4 = 7.\n#### {gold}"
        yield f"That is 3 x 5 = 15. Therefore, she has {gold} of them."
    elif problem.answer_kind == "letter":
        assert problem.choices is not None
        text = problem.choices[ord(gold) - ord("A")]
        forms += [
            f"({gold})",
            f"({gold.lower()})",
            f"{gold}: {text}",
            f"{gold}) {text}",
            f"option {gold}",
            rf"\boxed{{\text{{{gold}}}}}",
        ]
        yield f"({gold}) {text}"
        yield f"The correct option is {gold}."
        keys = [choice.casefold().strip(" .") for choice in problem.choices]
        if keys.count(text.casefold().strip(" .")) == 1 and len(text) < 80 and text[:2].strip().upper() not in "ABCDE":
            forms.append(text)
    else:
        words = ("yes", "Yes", "true") if gold == "True" else ("no", "No", "false")
        forms += [*words, *(f"{word}, since it is so" for word in words)]
        yield f"{words[1]}. It is so."
        yield f"{words[1]}"
    yield from (frame.format(form) for frame in FRAMES for form in forms)


@pytest.mark.parametrize("dataset", ["svamp", "gsm8k", "aqua", "math", "csqa", "obqa", "strategyqa"])
def test_gold_is_right_in_every_rendering(dataset: str) -> None:
    if not (SHARED / "benchmarks").is_dir():
        pytest.skip("the benchmarks' official files are not here")
    source = sources.choose(dataset, SHARED / "benchmarks", ROOT / "data" / "revisions.yaml")
    wrong = []
    for problem in filter(None, BENCHMARKS[dataset].load(source, "test")):
        for text in renderings(problem):
            reading = read(text, problem.answer_kind, problem.choices)
            if reading.answer is None or not equal(reading.answer, problem.gold, problem.answer_kind):
                wrong.append((problem.gold, text, reading, problem.choices))
    assert wrong == []
