"""What teachers cost: dollars for 1,000 problems by teacher, dataset, level and format, from the prompts themselves.

    python -m benchmarks.costs [--benchmarks FOLDER]

Prints the tables of docs/costs.md: of the generated word problems and, with a folder of official files, of the paper's
benchmarks. A prompt's tokens are those of the real requests for the first 200 training problems; a reply is taken to be
as long as the rationale that the prompt shows, as `cot-distill generate --dry-run` takes it. Prices are those of
params.yaml.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from cot_distill import problems
from cot_distill.decoding import Request, estimated_tokens
from cot_distill.decoding.spending import request_tokens
from cot_distill.errors import UserError
from cot_distill.records import Problem
from cot_distill.supervision import FORMATS, LEVELS
from cot_distill.supervision.teachers import record
from cot_distill.supervision.teachers.collecting import Subject
from cot_distill.supervision.teachers.model import ModelTeacher
from cot_distill.tables.layout import markdown
from stages import params, paths
from stages.params import Params

PROBLEMS = 200
REWRITTEN = 3
"""The level whose rationales the formats are counted for."""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--benchmarks", type=Path)
    folder = parser.parse_args().benchmarks
    names = ["word_problems"]
    if folder is not None:
        names += [name for name in problems.BENCHMARKS if (folder / name).is_dir()]
    print(table(names, folder or Path("data/benchmarks")), end="")


def table(datasets: Sequence[str], folder: Path) -> str:
    """The costs of these datasets, whose official files lie in `folder`, as a Markdown table."""
    chosen = params.load()
    priced = [name for name, price in chosen.calls.prices.items() if price is not None]
    rows: list[tuple[str, ...]] = []
    for dataset in datasets:
        try:
            some = _first(chosen, dataset, folder)
        except UserError as error:
            print(f"left out: {error}", file=sys.stderr)
        else:
            rows += _rows(chosen, dataset, some, priced)
    columns = ("dataset", "teacher", *(f"level {level}" for level in LEVELS), *(f"+ {name}" for name in FORMATS[1:4]))
    return markdown(columns, rows)


def _first(chosen: Params, dataset: str, folder: Path) -> list[Problem]:
    loaded = problems.load(dataset, folder, paths.REVISIONS, chosen.data_seed, {"train": None, "test": None})
    return loaded.problems["train"][:PROBLEMS]


def _rows(chosen: Params, dataset: str, some: Sequence[Problem], priced: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for name in priced:
        teacher = chosen.model_copy(update={"dataset": dataset}).teach(name)
        assert isinstance(teacher, ModelTeacher)
        price = teacher.price
        assert price is not None
        each = [[teacher.request(Subject(one, level), 0) for one in some] for level in LEVELS]
        each += [[_rewrite(teacher, one, form) for one in some] for form in FORMATS[1:4]]
        costs = [sum(price.of(request_tokens(one), _reply(one)) for one in asked) for asked in each]
        yield dataset, name, *(f"${1000 * cost / len(some):.2f}" for cost in costs)


def _rewrite(teacher: ModelTeacher, problem: Problem, form: str) -> Request:
    shown = _shown(teacher.request(Subject(problem, REWRITTEN), 0))
    base = record(problem, "", REWRITTEN, "original", shown, problem.gold, model="", revision="")
    return teacher.request(Subject(problem, REWRITTEN, form, base), 0)


def _reply(request: Request) -> int:
    return estimated_tokens(len(_shown(request)))


def _shown(request: Request) -> str:
    return next(turn[1] for turn in request.prompt if isinstance(turn, tuple) and turn[0] == "assistant")


if __name__ == "__main__":
    main()
