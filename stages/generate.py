"""Problems + teacher + granularity → data/rationales/rationales.parquet, data/rationales/account.json."""

import dataclasses
import json

from cot_distill import records, teachers
from cot_distill.files import write_text
from cot_distill.records import Problem, Rationale
from stages import params, paths
from stages.command import command


def generate() -> None:
    """Have the teacher write a chain of thought for every training problem, and verify the answer it states."""
    chosen = params.load()
    train, test = (records.read(paths.PROBLEMS[split], Problem) for split in ("train", "test"))
    if chosen.granularity == 0:
        written = teachers.answer_only(train)
    else:
        written = chosen.teach().write(train, test, chosen.granularity)
    records.write(paths.RATIONALES, written.rationales, Rationale)
    write_text(paths.ACCOUNTS["generate"], json.dumps(dataclasses.asdict(written.account), indent=2) + "\n")
    verified = sum(rationale.verified for rationale in written.rationales)
    print(f"generate: {len(written.rationales)} rationales for {len(train)} problems, {verified} state the gold answer")


app = command(generate)

if __name__ == "__main__":
    app()
