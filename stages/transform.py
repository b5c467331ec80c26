"""Rationales + format → data/examples/, data/accounts.json."""

import dataclasses
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from cot_distill import records
from cot_distill.errors import UserError
from cot_distill.files import write_text
from cot_distill.grading import state
from cot_distill.problems.matching import read_matched
from cot_distill.problems.questions import check_disjoint
from cot_distill.problems.wording import completion, prompt
from cot_distill.records import SPLITS, Attempt, Example, Problem, Rationale
from cot_distill.supervision import selection, teachers
from cot_distill.supervision.examples import Filters, choose
from cot_distill.supervision.levels import select_level
from cot_distill.supervision.selection import Wanted, pass_rates, pick
from cot_distill.supervision.teachers import Written
from stages import params, paths
from stages.command import command
from stages.params import Params


def transform() -> None:
    """Rewrite the rationales in the format, keep those that can teach, and gate the test split out of training."""
    chosen = params.load()
    train, dev, test = (records.read(paths.PROBLEMS[split], Problem) for split in SPLITS)
    check_disjoint(train, dev, "dev")
    check_disjoint(train, test)
    rates = pass_rates(records.read(paths.ATTEMPTS["generate"], Attempt), chosen.selection.samples)
    rationales, rewritten = _laid_out(chosen, train, records.read(paths.RATIONALES, Rationale), rates)
    if rewritten:
        records.write(paths.ATTEMPTS["transform"], rewritten.attempts, Attempt)
    filters = Filters(read_matched(paths.MATCHED), chosen.verified_only, chosen.max_words)
    kept, account = choose(train, rationales, filters, chosen.selection, rates, chosen.data_seed)
    if not kept:
        raise UserError(f"none of the {len(rationales)} rationales can teach ({account.dropped}); choose another arm")
    by_id = {problem.id: problem for problem in train}
    numbers: Counter[str] = Counter()
    examples = []
    for rationale in kept:
        name = rationale.problem_id
        examples.append(_example(rationale, prompt(by_id[name]), numbers[name]))
        numbers[name] += 1
    records.write(paths.EXAMPLES, examples, Example)
    records.write(paths.TAUGHT, kept, Rationale)
    before = {"prepare": paths.PREPARED, "generate": paths.GENERATED}
    told: dict[str, Any] = {stage: json.loads(path.read_text(encoding="utf-8")) for stage, path in before.items()}
    if rewritten:
        told["rewrite"] = dataclasses.asdict(rewritten.account)
    told["transform"] = dataclasses.asdict(account)
    if chosen.selection.samples > 1:
        told["pass_rates"] = selection.told(rates, chosen.selection.samples)
    write_text(paths.ACCOUNTS, json.dumps(told, indent=2) + "\n")
    several = f" of {len(numbers)}" if len(numbers) < len(examples) else ""
    print(f"transform: {len(examples)} examples{several} of {len(train)} problems")


def _laid_out(
    chosen: Params, train: Sequence[Problem], rationales: Sequence[Rationale], rates: Mapping[Wanted, float]
) -> tuple[list[Rationale], Written | None]:
    """The rationales of each part of the arm for its problems, at its level and in its format, and the attempts at
    rewriting."""
    found: list[Rationale] = []
    rewritten: list[Written] = []
    for part, problems in chosen.shares(train):
        ids = {problem.id for problem in problems}
        of_part = [one for one in rationales if one.problem_id in ids]
        of_part = select_level(of_part, part.granularity, chosen.mixed_weights, chosen.data_seed)
        if part.format != "original":
            of_part, _ = pick(of_part, chosen.selection, rates)
            rewritten.append(chosen.teach(part.teacher).rewrite(problems, of_part, part.format))
            of_part = rewritten[-1].rationales
        found += of_part
    return found, teachers.merged(rewritten) if rewritten else None


def _example(rationale: Rationale, asked: str, sample: int) -> Example:
    answer = rationale.stated_answer or ""
    if rationale.thoughts:
        return Example(rationale.problem_id, asked, state(answer), sample, rationale.text)
    return Example(rationale.problem_id, asked, completion(rationale.text, answer), sample)


app = command(transform)

if __name__ == "__main__":
    app()
