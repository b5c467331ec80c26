"""Rationales + format → data/examples/examples.parquet, metrics/supervision.json."""

import dataclasses
import json

from cot_distill import records
from cot_distill.errors import UserError
from cot_distill.files import write_text
from cot_distill.records import Example, Problem, Rationale
from cot_distill.students.prompts import completion, prompt
from cot_distill.supervision.examples import choose
from cot_distill.supervision.questions import check_disjoint
from stages import params, paths
from stages.command import command


def transform() -> None:
    """Rewrite the rationales in the format, keep those that can teach, and gate the test split out of training."""
    chosen = params.load()
    train, test = (records.read(paths.PROBLEMS[split], Problem) for split in ("train", "test"))
    check_disjoint(train, test)
    rationales = records.read(paths.RATIONALES, Rationale)
    if chosen.format != "original":
        rationales = chosen.teach().rewrite(train, rationales, chosen.granularity, chosen.format)
    kept, account = choose(train, rationales)
    if not kept:
        raise UserError(f"none of the {len(rationales)} rationales states an answer; choose another teacher or arm")
    by_id = {problem.id: problem for problem in train}
    examples = [
        Example(
            problem_id=rationale.problem_id,
            prompt=prompt(by_id[rationale.problem_id]),
            completion=completion(rationale.text, rationale.stated_answer or ""),
        )
        for rationale in kept
    ]
    records.write(paths.EXAMPLES, examples, Example)
    write_text(paths.SUPERVISION_METRICS, json.dumps(dataclasses.asdict(account), indent=2) + "\n")
    print(f"transform: {len(examples)} examples, {account.mean_words} words in the mean")


app = command(transform)

if __name__ == "__main__":
    app()
