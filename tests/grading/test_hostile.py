"""Hostile and mutated completions: bounded time, no execution, and no process but the LaTeX worker."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cot_distill.evaluation.mentions import contains
from cot_distill.grading import KINDS, equal, read, symbolic

GOLD = {"number": "5", "letter": "B", "letters": "A, B", "boolean": "True", "latex": "x^2+1", "text": "pear"}
CHOICES = ("red", "a pear")
SECONDS = 2.0
LONG = 50_000
HOSTILE = (
    "10^{10^{10}}",
    *(
        "9^{9^9}",
        "999999999999^{999999999}",
        r"\binom{10^{9}}{5\cdot10^8}",
        "9!!!!!",
        "(x+y+z)^{900}",
        "(x+1)^{999}-(x+1)^{998}",
    ),
    *(
        "{" * LONG,
        "$" + "{" * LONG + "$",
        "$" * LONG,
        "\\boxed{" * 7000,
        r"\boxed{1}, " * 5000,
        r"\frac{1}{" * 3000,
        r"\text{" * 9000,
    ),
    *("\0" * LONG, "\n" * LONG, "\n \t" * 17_000, "*" * LONG, "=" * LONG, "é" * LONG, "\U0001f600" * LONG, " " * LONG),
    *("9" * LONG, "1," * 25_000, "1/" * 25_000, "1:" * 25_000, "1e9 " * 12_000, "5 and " * 9000, "one hundred " * 5000),
    *(
        "answer" + "*" * LONG,
        "answer" + " " * LONG + "is 5",
        "answer to " * 5000,
        "the answer, " * 5000,
        "The answer is " * 4000,
    ),
    *(
        "A:" * 20_000,
        "\nA:" * 17_000,
        "#### " * 10_000,
        "(a)" * 17_000,
        "A is " * 10_000,
        "yes " * 12_000,
        "</think>" * 6000,
        "<think>" * 7000,
        "Task 1\n" + "Task 2\n" * 7000,
    ),
    *(
        "Problem:\n" * 5000,
        "the correct option " * 3000,
        "total of " * 6000,
        "If " * 17_000,
        "check " * 8000,
        "which is " * 6000,
    ),
)


def children() -> dict[int, str]:
    """The command lines of this process's children by their pids."""
    found = {}
    for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        found[int(pid)] = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return found


@pytest.fixture(autouse=True)
def others() -> Iterator[set[int]]:
    """The children that are there already; a worker has started, so that what is timed is the grading."""
    symbolic.close()
    before = set(children())
    symbolic.same("x+1", "1+x")
    yield before
    symbolic.close()
    assert set(children()) <= before


def grade(text: str, kind: str, question: str | None = None) -> None:
    reading = read(text, kind, CHOICES, question)
    assert reading.answer is None or (reading.step is not None and reading.answer.strip())
    if reading.answer is not None:
        equal(reading.answer, GOLD[kind], kind)
    contains(text, GOLD[kind], kind, CHOICES)


@pytest.mark.parametrize(
    ("kind", "all_forms"),
    [
        *((kind, False) for kind in KINDS if kind != "latex"),  # its comparisons take until they are ended
        *(pytest.param(kind, True, marks=pytest.mark.slow) for kind in KINDS),
    ],
)
def test_hostile_texts_cost_bounded_time(kind: str, all_forms: bool, others: set[int]) -> None:
    """Each text alone and as an answer that is stated; of the quick tests in one of these forms, by turns."""
    for number, text in enumerate(HOSTILE):
        forms = (text, f"The answer is {text}")
        for completion in forms if all_forms else forms[number % 2 :][:1]:
            begin = time.process_time()
            grade(completion, kind)
            assert time.process_time() - begin < SECONDS, completion[:60]
    started = [command for pid, command in children().items() if pid not in others]
    assert len(started) == 1
    assert "symbolic_worker" in started[0]


def test_a_comparison_that_takes_too_long_is_ended_and_the_next_one_works() -> None:
    assert not symbolic.same("(a+b+c)^{500}-(c+b+a)^{500}+d", "(a+b+c+d)^{300}")
    assert symbolic.same(r"\sqrt{12}", r"2\sqrt{3}")


def test_a_killed_worker_is_replaced(others: set[int]) -> None:
    [pid] = set(children()) - others
    os.kill(pid, signal.SIGKILL)
    assert not symbolic.same("x+7", "8+x")
    assert symbolic.same("x+7", "7+x")
    assert len(set(children()) - others) == 1


@pytest.mark.parametrize(
    "code",
    [
        "__import__('os').system('touch {}')",
        "exec(\"open('{}','w')\")",
        r"\input{{{}}}",
        "().__class__.__base__.__subclasses__()[0]('{}')",
    ],
)
def test_code_is_never_run(code: str, tmp_path: Path) -> None:
    attack = code.format(tmp_path / "run")
    for kind in KINDS:
        for text in (attack, f"The answer is {attack}", f"\\boxed{{{attack}}}", f"The answer is ${attack}$"):
            grade(text, kind)
    symbolic.same(attack, "x")
    assert not (tmp_path / "run").exists()


def test_no_worker_starts_for_short_answers() -> None:
    code = (
        "import os\nfrom cot_distill.grading import read, equal\n"
        "for text in ('The answer is 5.', r'\\boxed{\\frac12}', 'The answer is $10,\\!000$'):\n"
        "    for kind in ('number', 'latex'):\n"
        "        found = read(text, kind).answer\n"
        "        found and equal(found, '0.5', kind)\n"
        "print(open(f'/proc/self/task/{os.getpid()}/children').read())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


PIECES = st.sampled_from(
    "The answer is |answer|Answer: |#### |\\boxed{|}|{|$|\\frac{1}{2}|\\frac|\\sqrt{|^|_|**|\n|\n\n|. |, | or | and |not |but |yes|no|True|False|maybe|"
    "A|B|(C)|(d)|option |5|-7|1,234|3/4|2 1/2|0.5|50%|10^5|x=|=|+| - |Therefore, |So |If he had 5, |twenty-four|one of |dozen|Question: |\nProblem: |"
    "</think>|### Instruction|I hope it is correct|cannot be determined|check the answer|total of |€|½|−|５|\0|\\text{|(1,2]|\\cup|\\pm|°".split(
        "|"
    )
)


@pytest.mark.parametrize("examples", [500, pytest.param(2500, marks=pytest.mark.slow)])
def test_mutated_completions_are_graded(examples: int) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(PIECES | st.text(max_size=6), max_size=25).map("".join),
        st.sampled_from(
            [None, "How many pens did he sell?", "How many more is it?", "How much did he pay?", "How many"]
        ),
    )
    def graded(text: str, question: str | None) -> None:
        for kind in KINDS:
            begin = time.process_time()
            grade(text, kind, question)
            assert time.process_time() - begin < SECONDS

    graded()
