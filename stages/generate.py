"""Problems + teacher + granularity → data/rationales/: rationales.parquet, attempts.parquet, account.json."""

import dataclasses
import json

from cot_distill import records
from cot_distill.files import write_text
from cot_distill.records import Attempt, Problem, Rationale
from cot_distill.supervision import teachers
from stages import params, paths
from stages.command import command


def generate() -> None:
    """Have the teacher write a chain of thought for every training problem, and verify the answer it states."""
    chosen = params.load()
    train, test = (records.read(paths.PROBLEMS[split], Problem) for split in ("train", "test"))
    if chosen.answers_alone:
        written = teachers.answer_only(train)
    else:
        written = teachers.merged(
            [wish.teacher.write(wish.problems, test, level) for wish in chosen.asked(train) for level in wish.levels]
        )
    records.write(paths.RATIONALES, written.rationales, Rationale)
    records.write(paths.ATTEMPTS["generate"], written.attempts, Attempt)
    write_text(paths.GENERATED, json.dumps(dataclasses.asdict(written.account), indent=2) + "\n")
    verified = sum(rationale.verified for rationale in written.rationales)
    dropped = "".join(f", {count} {reason}" for reason, count in written.account.dropped.items())
    print(
        f"generate: {len(written.rationales)} rationales for {len(train)} problems, {verified} state the gold answer"
        f"{dropped}"
    )


app = command(generate)

if __name__ == "__main__":
    app()
