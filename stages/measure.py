"""Examples + student → metrics/supervision.json, metrics/supervision/."""

import json

from cot_distill import records
from cot_distill.files import write_text
from cot_distill.records import Example, Problem, Rationale
from cot_distill.students.base import load_tokenizer
from cot_distill.students.prompts import render_examples
from cot_distill.supervision.report import Lengths, headline, page, report
from cot_distill.weights import loading
from stages import params, paths
from stages.command import command, tokenizers_alone


def measure() -> None:
    """Measure what the student is taught: rows kept and dropped, right answers, lengths, diversity, truncation."""
    chosen = params.load()
    train = records.read(paths.PROBLEMS["train"], Problem)
    taught = records.read(paths.TAUGHT, Rationale)
    examples = records.read(paths.EXAMPLES, Example)
    accounts = json.loads(paths.ACCOUNTS.read_text(encoding="utf-8"))
    drawn = accounts.pop("pass_rates", None)
    entry = chosen.student_entry
    loading.location(str(entry["model"]), entry.get("revision"))  # converts a package's weights, which takes torch
    tokenizers_alone()
    tokenizer, template = load_tokenizer(entry), entry["template"]
    settings = chosen.training_settings
    rendered = render_examples(examples, template, tokenizer, settings.thoughts)
    lengths = Lengths(
        [len(ids) for ids, _ in rendered],
        [len(ids) - asked for ids, asked in rendered],
        settings.max_tokens,
        chosen.decoding.max_new_tokens,
    )
    whole = report(train, taught, examples, lengths, accounts)
    whole |= {"pass_rates": drawn} if drawn else {}
    by_id = {problem.id: problem for problem in train}
    shown = [(by_id[rationale.problem_id], rationale) for rationale in taught]
    write_text(paths.SUPERVISION / "report.json", json.dumps(whole, indent=2) + "\n")
    write_text(paths.SUPERVISION / "report.md", page(whole, chosen.arm, shown))
    write_text(paths.SUPERVISION_METRICS, json.dumps(headline(whole), indent=2) + "\n")
    print(f"measure: {whole['words']['mean']} words and {whole['tokens']['mean']} tokens on average")


app = command(measure)

if __name__ == "__main__":
    app()
