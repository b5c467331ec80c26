"""The problems of the study `thoughts`: SVAMP, whose training problems each bring a long and a short chain of thought.

    python studies/thoughts_data.py --benchmarks FOLDER --published FOLDER --out FOLDER/thoughts.jsonl

The short one is GPT-4o's released level 3. The long one stands in for what a model thinks: GPT-4o's level 6, then a
passage of this project's own that reads the question again and checks the result by another solution, GPT-4o's level 4.
A problem whose three rationales do not all state the gold answer is left out.
"""

import argparse
import json
import re
from pathlib import Path

from cot_distill.files import write_text
from cot_distill.grading import state
from cot_distill.problems import svamp
from cot_distill.problems.questions import part_leaks
from cot_distill.problems.sources import Folder
from cot_distill.records import Problem
from cot_distill.supervision.teachers.published import PublishedTeacher

SHORT, AGAIN, LONG = 3, 4, 6
"""The levels of which a problem's rationales are made."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def rows(train: list[Problem], test: list[Problem], published: Path) -> list[dict[str, str | None]]:
    """The rows of the file. Raises UserError if the release lacks a level."""
    teacher = PublishedTeacher("gpt_4o_published", "gpt_4o", None, "svamp", published)
    written = {
        level: {one.problem_id: one.text for one in teacher.write(train, test, level).rationales if one.verified}
        for level in (SHORT, AGAIN, LONG)
    }
    taught = [problem for problem in train if all(problem.id in of_level for of_level in written.values())]
    return [
        *(_row(one, f"<think>\n{trace(one, written[LONG][one.id], written[AGAIN][one.id])}\n</think>\n\n"
               f"{written[SHORT][one.id]}\n{state(one.gold)}") for one in taught),
        *(_row(one, None) for one in test),
    ]  # fmt: skip


def trace(problem: Problem, steps: str, again: str) -> str:
    """A long trace: the steps, and the passage that checks them."""
    asked = re.split(r"(?<=[.!])\s+", problem.question.strip())[-1]
    numbers = ", ".join(dict.fromkeys(_NUMBER.findall(problem.question)))
    return (
        f"{steps}\n\nThat gives {problem.gold}. Wait, let me check it before I answer. The question was: {asked} "
        f"The numbers in it are {numbers}. I go through it once more in another way.\n\n{again}\n\n"
        f"This way it is {problem.gold} again. Both ways agree, so {problem.gold} stands."
    )


def _row(problem: Problem, rationale: str | None) -> dict[str, str | None]:
    return {"question": problem.question, "answer": problem.gold, "split": problem.split, "rationale": rationale}


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("benchmarks", "published", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    chosen = parser.parse_args()
    loaded = [[one for one in svamp.load(Folder(chosen.benchmarks), split) if one] for split in ("train", "test")]
    train, _ = part_leaks(loaded[0], loaded[1])
    made = rows(train, loaded[1], chosen.published)
    write_text(chosen.out, "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in made))
    taught = sum(row["rationale"] is not None for row in made)
    print(f"{chosen.out}: {taught} of {len(train)} training problems, {len(loaded[1])} test problems")


if __name__ == "__main__":
    main()
