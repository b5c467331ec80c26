"""Speed of grading, and its agreement with other people's labels: `python -m benchmarks.grade [GENERATIONS]`.

GENERATIONS is a folder with completions that others have labelled, as their authors published them (`faithful_cot/`,
`openai_gsm8k_example_model_solutions.jsonl.gz`, `ukp_dcot_svamp/`). Agreement is the share of rows in which a grader
says right or wrong as the label does: ours, the paper's rules (commonsense: the first match of its pattern; maths: the
last number) and math-verify as it comes, on a sample.
"""

import gzip
import itertools
import json
import random
import re
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.figures import tell
from cot_distill.evaluation.completions import grade_lines
from cot_distill.grading import canonical, equal, read
from cot_distill.problems import ANSWER_KIND_OF
from cot_distill.problems.names import answer_kind_of

SHORT = 100_000
LATEX = 2_000
SAMPLED = 1_000
"""Rows a dataset on which math-verify is run."""

_PAPER = re.compile(r"The answer is ([A-E]|True|False)")
_LAST_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?|-?\.\d+")
_FAITHFUL = {"GSM8K": "gsm8k", "SVAMP": "svamp", "AQUA": "aqua", "StrategyQA": "strategyqa"}


class Labelled(NamedTuple):
    """A completion, and whether its label says that it is right."""

    source: str
    dataset: str
    completion: str
    gold: str
    choices: list[str] | None
    question: str | None
    right: bool


def main(generations: Path | None) -> None:
    """Measure and print every figure."""
    _speed()
    if generations is not None:
        _agreement(list(labelled(generations)))


def _speed() -> None:
    lines = list(itertools.islice(_short_rows(), SHORT))
    taken = [_seconds(lines[: SHORT // 10])]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    taken.append(_seconds(lines))
    tell("grade_short_per_s", SHORT / taken[1], "rows/s")
    tell("grade_ten_times_the_rows_takes", taken[1] / taken[0], "times as long")
    tell("grade_memory_growth_mb", (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, "MB")
    formulas = list(itertools.islice(_latex_rows(), LATEX))
    _seconds(formulas[:1])
    tell("grade_latex_per_s", LATEX / _seconds(formulas), "rows/s")


def _seconds(lines: list[str]) -> float:
    start = time.monotonic()
    for _ in grade_lines(lines, answer_kind_of):
        pass
    return time.monotonic() - start


def _short_rows() -> Iterator[str]:
    draw = random.Random(0)
    fruit = ["a red apple", "pears", "the plum", "cherries", "none of these"]
    body = (
        "First she buys {a} boxes of {b} each, which makes {a} * {b} = {c} in all. Then she gives {b} of them away.\n"
    )
    endings = (
        "The answer is {c}.",
        "#### {c}",
        r"So it is \boxed{{{c}}}.",
        "Therefore, she has {c} left.",
        "**Answer:** {c}",
    )
    named = ("The answer is ({x}).", "The correct option is **{x}**.", "So I would say {text}.", "Answer: {x}")
    while True:
        a, b = draw.randint(2, 90), draw.randint(2, 90)
        text = body.format(a=a, b=b, c=a * b)
        yield json.dumps(
            {"dataset": "gsm8k", "completion": text + draw.choice(endings).format(c=f"{a * b:,}"), "gold": str(a * b)}
        )
        index = draw.randrange(5)
        ending = draw.choice(named).format(x="ABCDE"[index], text=fruit[index])
        yield json.dumps({"dataset": "csqa", "completion": text + ending, "gold": "ABCDE"[a % 5], "choices": fruit})


def _latex_rows() -> Iterator[str]:
    """As models write them: most equal gold by their looks or are another number, one in five needs algebra."""
    draw = random.Random(0)
    while True:
        a, b = draw.randint(2, 60), draw.randint(2, 60)
        for answer, gold in (
            (str(a), str(a)),
            (rf"\dfrac{{{a}}}{{{b}}}", rf"\frac{{{a}}}{{{b}}}"),
            (str(a), str(b)),
            (rf"({a}, -{b})", rf"\left( {a}, -{b} \right)"),
            (rf"{a}x + \sqrt{{{b}}}", rf"\sqrt{{{b}}}+{a}x"),
        ):
            yield json.dumps({"dataset": "math", "completion": rf"Hence $\boxed{{{answer}}}$.", "gold": gold})


def labelled(folder: Path) -> Iterator[Labelled]:
    for name, dataset in _FAITHFUL.items():
        golds = {row["id"]: row for row in _rows(folder / "faithful_cot" / "data" / f"{name}_test.jsonl.gz")}
        for file in sorted((folder / "faithful_cot" / name).glob("*.jsonl.gz")):
            for row in _rows(file):
                problem = golds[row["id"]]
                gold = str(problem["answer"]).rpartition("####")[2].strip()
                choices = [option[2:] for option in problem["options"]] if "options" in problem else None
                right = _label_is_right(str(row["answer"]), gold, ANSWER_KIND_OF[dataset])
                yield Labelled("faithful_cot", dataset, row["completion"], gold, choices, problem["question"], right)
    for row in _rows(folder / "openai_gsm8k_example_model_solutions.jsonl.gz"):
        gold = row["ground_truth"].rpartition("A:")[2].strip()
        for model in row.values():
            if isinstance(model, dict):
                yield Labelled("openai", "gsm8k", model["solution"], gold, None, row["question"], model["is_correct"])
    for problem in json.loads(gzip.decompress((folder / "ukp_dcot_svamp" / "cot_dataset.json.gz").read_bytes())):
        for cot in problem["correct_cots"] + problem["incorrect_cots"]:
            gold, question = str(problem["answer"]), problem["question"]
            yield Labelled("ukp_dcot", "svamp", cot["cot"], gold, None, question, cot["correct_cot"])


def _rows(file: Path) -> Iterator[Any]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _label_is_right(label: str, gold: str, kind: str) -> bool:
    """Whether the answer that the authors' own extractor took is gold."""
    return _same_last_number(label, gold) if kind == "number" else label == gold


def _same_last_number(text: str, gold: str) -> bool:
    found = _LAST_NUMBER.findall(text)
    return bool(found) and float(found[-1].replace(",", "")) == float(gold.replace(",", ""))


def _agreement(rows: list[Labelled]) -> None:
    agree: dict[str, Counter[str]] = defaultdict(Counter)
    total: Counter[str] = Counter()
    of_dataset: dict[str, list[Labelled]] = defaultdict(list)
    for row in rows:
        group = f"{row.source}_{row.dataset}"
        total[group] += 1
        of_dataset[group].append(row)
        kind = ANSWER_KIND_OF[row.dataset]
        gold = canonical(row.gold, kind, row.choices)
        answer = read(row.completion, kind, row.choices, row.question).answer
        ours = answer is not None and gold is not None and equal(answer, gold, kind)
        agree["ours"][group] += ours == row.right
        agree["paper"][group] += _by_paper(row, kind) == row.right
    for group, n in total.items():
        tell(f"agreement_{group}", 100 * agree["ours"][group] / n, f"% of {n}")
        tell(f"agreement_{group}_paper", 100 * agree["paper"][group] / n, f"% of {n}")
        if ANSWER_KIND_OF[of_dataset[group][0].dataset] == "number":
            sample = random.Random(0).sample(of_dataset[group], min(n, SAMPLED))
            same = sum(_by_math_verify(row) == row.right for row in sample)
            tell(f"agreement_{group}_math_verify", 100 * same / len(sample), f"% of {len(sample)}")


def _by_paper(row: Labelled, kind: str) -> bool:
    if kind == "number":
        return _same_last_number(row.completion, row.gold)
    match = _PAPER.search(row.completion)
    return match is not None and match[1] == row.gold


def _by_math_verify(row: Labelled) -> bool:
    from math_verify import parse, verify

    return bool(verify(parse(row.gold, parsing_timeout=1), parse(row.completion, parsing_timeout=1), timeout_seconds=1))


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.exit("usage: python -m benchmarks.grade [GENERATIONS]")
    main(Path(sys.argv[1]) if len(sys.argv) == 2 else None)
