"""The rationales that the paper's authors released (`EIT-NLP/Distilling-CoT-Reasoning`, folder `data`).

Each file is one arm, a JSON list of rows:

    {"instruction": "Ann has 3 pens. Bob gave her 4 more How many pens has Ann now?",
     "output": "Ann starts with 3 pens. 3 + 4 = 7. The answer is 7"}

Rows are matched to problems by normalised question text; what matches no training problem is left out.
"""

from collections.abc import Sequence
from pathlib import Path

from cot_distill.errors import UserError
from cot_distill.problems.reading import json_rows, text_field
from cot_distill.records import Problem, Rationale
from cot_distill.supervision.answer_line import part
from cot_distill.supervision.questions import key
from cot_distill.teachers import record

_LEVEL_FILES = {
    ("svamp", "gpt_4o"): ("SVAMP_ChatGPT_level{level}_ranked.json", range(1, 7)),
    ("svamp", "gemini_1_5_flash"): ("SVAMP_gemini_level{level}_ranked.json", range(1, 7)),
    ("svamp", "llama_3_70b"): ("SVAMP_llama_level{level}_ranked.json", range(1, 5)),
}
_FORMAT_FILES = {("svamp", "gpt_4o"): ("0_SVAMP_chatgpt_level{level}{format}.json", (3, 5))}
_FORMAT_NAMES = {"least_to_most": "BSM", "rephrase_and_respond": "RaR", "symbolic": "SYM"}


def missing_arm(family: str, dataset: str, granularity: int, format: str) -> str | None:
    """Why the release holds no such arm, or None where it does."""
    if (dataset, family) not in _LEVEL_FILES:
        known = ", ".join(sorted({dataset for dataset, _ in _LEVEL_FILES}))
        return f"rationales published by this teacher can be read for: {known}"
    levels = _LEVEL_FILES[dataset, family][1]
    if granularity not in levels:
        return f"published at granularity {', '.join(map(str, levels))}"
    if format != "original":
        formats = _FORMAT_FILES.get((dataset, family))
        if formats is None:
            return "published in format original alone"
        if granularity not in formats[1]:
            return f"published in format {format} at granularity {', '.join(map(str, formats[1]))}"
    return None


class PublishedTeacher:
    """Reads one teacher's published rationales for one dataset."""

    def __init__(self, teacher: str, family: str, dataset: str, folder: Path) -> None:
        """`folder` is the authors' repository, or its folder `data`."""
        self._teacher, self._family, self._dataset = teacher, family, dataset
        self._folder = folder / "data" if (folder / "data").is_dir() else folder

    def write(self, problems: Sequence[Problem], granularity: int) -> list[Rationale]:
        """See `Teacher.write`. Raises UserError where the arm's file is missing or broken."""
        name = _LEVEL_FILES[self._dataset, self._family][0].format(level=granularity)
        return self._read(name, problems, granularity, "original")

    def rewrite(
        self, problems: Sequence[Problem], rationales: Sequence[Rationale], granularity: int, format: str
    ) -> list[Rationale]:
        """See `Teacher.rewrite`: the published rewrites of the problems that have a rationale."""
        pattern = _FORMAT_FILES[self._dataset, self._family][0]
        asked = {rationale.problem_id for rationale in rationales}
        name = pattern.format(level=granularity, format=_FORMAT_NAMES[format])
        return self._read(name, [problem for problem in problems if problem.id in asked], granularity, format)

    def _read(self, name: str, problems: Sequence[Problem], granularity: int, format: str) -> list[Rationale]:
        path = self._folder / name
        rows = json_rows(path)
        outputs: dict[str, str] = {}
        for number, row in enumerate(rows):
            question = key(text_field(path, number, row, "instruction"))
            outputs.setdefault(question, text_field(path, number, row, "output"))
        found = [
            self._rationale(problem, outputs[key(problem.question)], name, granularity, format)
            for problem in problems
            if key(problem.question) in outputs
        ]
        if problems and not found:
            raise UserError(
                f"{path}: none of its {len(rows)} rows matches one of the {len(problems)} training problems"
            )
        return found

    def _rationale(self, problem: Problem, output: str, name: str, granularity: int, format: str) -> Rationale:
        text, stated = part(output, problem.answer_kind)
        return record(
            problem, self._teacher, granularity, format, text, stated, model=f"published/{self._family}", revision=name
        )
