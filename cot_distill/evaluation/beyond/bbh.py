"""BIG-Bench Hard (Suzgun et al., 2022): 27 tasks, by lm-eval's `bbh`: three worked examples, a CoT, the answer read.

Files: `bbh/TASK.json`, as in the authors' repository. Only tasks that have a file are asked:

    {"canary": "…", "examples": [{"input": "not True is", "target": "False"}, …]}
"""

from pathlib import Path

from cot_distill.errors import UserError
from cot_distill.evaluation.beyond.rows import Filled, Part, Rows, as_it_stands
from cot_distill.problems.reading import json_value
from cot_distill.problems.row import Row, numbered
from cot_distill.problems.sources import HubSplit

SUBTASKS = """
    boolean_expressions causal_judgement date_understanding disambiguation_qa dyck_languages formal_fallacies
    geometric_shapes hyperbaton logical_deduction_five_objects logical_deduction_seven_objects
    logical_deduction_three_objects movie_recommendation multistep_arithmetic_two navigate object_counting
    penguins_in_a_table reasoning_about_colored_objects ruin_names salient_translation_error_detection snarks
    sports_understanding temporal_sequences tracking_shuffled_objects_five_objects
    tracking_shuffled_objects_seven_objects tracking_shuffled_objects_three_objects web_of_lies word_sorting
""".split()

_KEYS = ("input", "target")
_REPO = "SaylorTwift/bbh"


def load(rows: Rows) -> list[Part]:
    """The subtasks that have a file, or all of the hub's. Raises UserError if rows are missing or broken."""
    files = {file.stem: file for file in rows.files("bbh/*.json")}
    unknown = sorted(files.keys() - set(SUBTASKS))
    if unknown:
        raise UserError(f"{files[unknown[0]]}: no task of BIG-Bench Hard has this name; take it out of the folder")
    if files:
        return [_part(name, _examples(file), rows.name(file)) for name, file in files.items()]
    return [_part(name, rows.hub("bbh", HubSplit(_REPO, name, "test")), f"{_REPO} {name}") for name in SUBTASKS]


def _part(name: str, found: list[Row], source: str) -> Part:
    filled: list[Filled] = [{key: as_it_stands(row, key) for key in _KEYS} for row in found]
    return Part(name, f"bbh_cot_fewshot_{name}", filled, source)


def _examples(file: Path) -> list[Row]:
    found = json_value(file)
    rows = found.get("examples") if isinstance(found, dict) else None
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise UserError(f"{file}: 'examples' is not a list of rows; fetch the official file again")
    return list(numbered(file, rows))
