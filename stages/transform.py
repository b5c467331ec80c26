"""Rationales + format → data/examples/examples.parquet, data/examples/account.json."""

import dataclasses
import json
from collections import Counter
from typing import Any

from cot_distill import records
from cot_distill.errors import UserError
from cot_distill.files import write_text
from cot_distill.problems.matching import read_matched
from cot_distill.problems.questions import check_disjoint
from cot_distill.problems.wording import completion, prompt
from cot_distill.records import SPLITS, Attempt, Example, Problem, Rationale
from cot_distill.supervision import selection
from cot_distill.supervision.examples import Filters, choose
from cot_distill.supervision.levels import select_level
from cot_distill.supervision.selection import pass_rates, pick
from stages import params, paths
from stages.command import command


def transform() -> None:
    """Rewrite the rationales in the format, keep those that can teach, and gate the test split out of training."""
    chosen = params.load()
    train, dev, test = (records.read(paths.PROBLEMS[split], Problem) for split in SPLITS)
    check_disjoint(train, dev, "dev")
    check_disjoint(train, test)
    rationales = records.read(paths.RATIONALES, Rationale)
    rationales = select_level(rationales, chosen.granularity, chosen.mixed_weights, chosen.data_seed)
    rewritten = None
    rates = pass_rates(records.read(paths.ATTEMPTS["generate"], Attempt), chosen.selection.samples)
    if chosen.format != "original":
        rationales, _ = pick(rationales, chosen.selection, rates)
        rewritten = chosen.teach().rewrite(train, rationales, chosen.format)
        rationales = rewritten.rationales
        records.write(paths.ATTEMPTS["transform"], rewritten.attempts, Attempt)
    filters = Filters(read_matched(paths.MATCHED), chosen.verified_only, chosen.max_words)
    kept, account = choose(train, rationales, filters, chosen.selection, rates, chosen.data_seed)
    if not kept:
        raise UserError(f"none of the {len(rationales)} rationales may teach ({account.dropped}); choose another arm")
    by_id = {problem.id: problem for problem in train}
    numbers: Counter[str] = Counter()
    examples = []
    for rationale in kept:
        name = rationale.problem_id
        taught = completion(rationale.text, rationale.stated_answer or "")
        examples.append(Example(name, prompt(by_id[name]), taught, sample=numbers[name]))
        numbers[name] += 1
    records.write(paths.EXAMPLES, examples, Example)
    records.write(paths.TAUGHT, kept, Rationale)
    told: dict[str, Any] = {"rewrite": dataclasses.asdict(rewritten.account)} if rewritten else {}
    told["transform"] = dataclasses.asdict(account)
    if chosen.selection.samples > 1:
        told["pass_rates"] = selection.told(rates, chosen.selection.samples)
    write_text(paths.ACCOUNTS["transform"], json.dumps(told, indent=2) + "\n")
    several = f" of {len(numbers)}" if len(numbers) < len(examples) else ""
    print(f"transform: {len(examples)} examples{several} of {len(train)} problems")


app = command(transform)

if __name__ == "__main__":
    app()
