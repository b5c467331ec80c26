"""Problems + teacher + granularity → data/rationales/rationales.parquet."""

from cot_distill import records, teachers
from cot_distill.records import Problem, Rationale
from stages import params, paths
from stages.command import command


def generate() -> None:
    """Have the teacher write a chain of thought for every training problem, and verify the answer it states."""
    chosen = params.load()
    problems = records.read(paths.PROBLEMS["train"], Problem)
    if chosen.granularity == 0:
        rationales = teachers.answer_only(problems)
    else:
        rationales = chosen.teach().write(problems, chosen.granularity)
    records.write(paths.RATIONALES, rationales, Rationale)
    verified = sum(rationale.verified for rationale in rationales)
    print(f"generate: {len(rationales)} rationales for {len(problems)} problems, {verified} state the gold answer")


app = command(generate)

if __name__ == "__main__":
    app()
