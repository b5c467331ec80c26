"""MMLU (Hendrycks et al., 2021): 57 subjects of school and study, by lm-eval's `mmlu`, without examples.

Files: `mmlu/test/SUBJECT_test.csv` (14,042 in all), else `mmlu/val/SUBJECT_val.csv` (1,531); only subjects that have a
file are asked. Raw files have no header; a row is question, A, B, C, D, answer. A row of the hub's:

    {"question": "What melts ice?", "subject": "virology", "choices": ["heat", "cold", "salt", "light"], "answer": 0}
"""

import csv
from pathlib import Path

from cot_distill.errors import UserError
from cot_distill.evaluation.beyond.rows import Filled, Part, Rows, as_it_stands, check_choices
from cot_distill.problems.row import Row, numbered
from cot_distill.problems.sources import HubSplit

SUBJECTS = """
    abstract_algebra anatomy astronomy business_ethics clinical_knowledge college_biology college_chemistry
    college_computer_science college_mathematics college_medicine college_physics computer_security conceptual_physics
    econometrics electrical_engineering elementary_mathematics formal_logic global_facts high_school_biology
    high_school_chemistry high_school_computer_science high_school_european_history high_school_geography
    high_school_government_and_politics high_school_macroeconomics high_school_mathematics high_school_microeconomics
    high_school_physics high_school_psychology high_school_statistics high_school_us_history high_school_world_history
    human_aging human_sexuality international_law jurisprudence logical_fallacies machine_learning management marketing
    medical_genetics miscellaneous moral_disputes moral_scenarios nutrition philosophy prehistory
    professional_accounting professional_law professional_medicine professional_psychology public_relations
    security_studies sociology us_foreign_policy virology world_religions
""".split()

_REPO = "cais/mmlu"
_LETTERS = "ABCD"


def load(rows: Rows) -> list[Part]:
    """The subjects that have a file, or all of the hub's. Raises UserError if rows are missing or broken."""
    files = {file.stem.rpartition("_")[0]: file for file in rows.files("mmlu/test/*_test.csv", "mmlu/val/*_val.csv")}
    if files:
        return [_part(name, _csv(file), rows.name(file), str(file)) for name, file in files.items()]
    found: dict[str, list[Row]] = {}
    for row in rows.hub("mmlu", HubSplit(_REPO, "all", "test")):
        found.setdefault(row.text("subject"), []).append(row)
    return [_part(name, own, _REPO, _REPO) for name, own in sorted(found.items())]


def _part(name: str, found: list[Row], source: str, where: str) -> Part:
    if name not in SUBJECTS:
        raise UserError(f"{where}: {name!r} is not a subject of MMLU; take it out of the folder")
    return Part(name, f"mmlu_{name}", list(map(_filled, found)), source)


def _filled(row: Row) -> Filled:
    choices, answer = row.get("choices"), str(row.get("answer"))
    right = int(answer) if answer in ("0", "1", "2", "3") else -1
    check_choices(row, choices if isinstance(choices, list) else [], right)
    return {"question": as_it_stands(row, "question"), "choices": choices, "answer": right}


def _csv(file: Path) -> list[Row]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            cells = [line for line in csv.reader(lines, strict=True) if line]
    except (csv.Error, UnicodeDecodeError, OSError) as error:
        raise UserError(f"{file}: not readable as CSV ({error}); fetch the official file again") from None
    wrong = [number for number, line in enumerate(cells) if len(line) != 2 + len(_LETTERS)]
    if wrong or not cells:
        told = f"row {wrong[0]} has {len(cells[wrong[0]])} cells, not six" if wrong else "it is empty"
        raise UserError(f"{file}: {told}; fetch the official file again")
    rows = (
        {"question": line[0], "choices": line[1:-1], "answer": _LETTERS.find(line[-1].strip() or "?")} for line in cells
    )
    return list(numbered(file, rows))
