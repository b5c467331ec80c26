"""The authors' release (`EIT-NLP/Distilling-CoT-Reasoning`, folder `data`): maps files to arms.

An arm is identified by the file's name alone. So arms are found without `dataset_info.json` too, and also arms that the
authors add later. Examples:

    SVAMP_ChatGPT_level3_ranked.json            svamp, gpt_4o, level 3
    0_gsm8k_chatgpt_level5RaR.json              gsm8k, gpt_4o, level 5, rephrase_and_respond
    openbookQA_ChatGPT_0_shot_with_gt_ranked    obqa, gpt_4o, no level, variant 0_shot_with_gt
    strategyQA_onlyans.json                     strategyqa, answer only
    math_human.json                             two arms: the human solutions, and the answers alone

The files `math_mix_levelN.json` name their teacher `mix`. Their column is `chatgpt_output`, and `dataset_info.json`
calls them chatgpt too, so they are most likely GPT-4o's. But in another file a column of that name has Gemini's
rationales, so this module keeps the name of the file.
"""

import dataclasses
import re
from collections.abc import Iterable
from pathlib import Path

from cot_distill.errors import UserError
from cot_distill.problems import BENCHMARKS
from cot_distill.supervision import Level

_TEACHERS = (
    ("gpt_4o", r"chatgpt|gpt-?4o?"),
    ("gemini_1_5_flash", r"gemini"),
    ("llama_3_70b", r"llama"),
    ("human", r"human|ecqa"),
    ("mix", r"mix"),
)
_FORMATS = (
    ("least_to_most", r"bsm"),
    ("rephrase_and_respond", r"rar"),
    ("symbolic", r"sym(?:bolic)?"),
)
_LEVEL = re.compile(r"level[-_]?(\d)", re.I)
_ANSWER_ONLY = re.compile(r"only[-_]?ans(?:wers?)?", re.I)
_ZERO_SHOT = re.compile(r"0[-_]?shot[-_]with(?:out)?[-_]gt", re.I)


@dataclasses.dataclass(frozen=True, slots=True)
class Arm:
    """One arm of the release."""

    arm: str
    """The file's name without its extension. The answers in `math_human.json` are `math_onlyans`."""
    path: Path
    dataset: str
    teacher: str | None
    """None: answer only."""
    granularity: int | None
    """1 to 6; 0: answer only; None: the teacher wrote without a level (human and zero-shot)."""
    format: str
    variant: str | None
    """`0_shot_with_gt` or `0_shot_without_gt`, else None."""


def arms(folder: Path) -> list[Arm]:
    """The arms whose files are in `folder` (the authors' repository or its folder `data`), sorted by name.

    Raises UserError if there is no such folder.
    """
    folder = data_folder(folder)
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; give the folder of the published files")
    return sorted((arm for path in folder.glob("*.json") for arm in _arms(path)), key=lambda arm: arm.arm.casefold())


def unknown(folder: Path) -> list[Path]:
    """JSON files in the folder whose names are not those of arms, except for `dataset_info.json`."""
    known = {arm.path for arm in arms(folder)}
    return sorted(set(data_folder(folder).glob("*.json")) - known - {data_folder(folder) / "dataset_info.json"})


def find(folder: Path, dataset: str, teacher: str | None, granularity: Level, format: str, variant: str | None) -> Arm:
    """The arm with these factors. If it is missing, raises UserError with those that are there."""
    known = arms(folder)
    wanted = (dataset, teacher, granularity, format, variant)
    for arm in known:
        if (arm.dataset, arm.teacher, arm.granularity, arm.format, arm.variant) == wanted:
            return arm
    told = _told([arm for arm in known if arm.dataset == dataset and arm.teacher == teacher and arm.variant == variant])
    teachers = sorted({arm.teacher for arm in known if arm.dataset == dataset and arm.teacher})
    raise UserError(
        f"{data_folder(folder)} has no such arm; of {teacher} on {dataset}: {told or 'nothing'}"
        + ("" if told else f"; on {dataset} it has: {', '.join(teachers) or 'nothing'}")
    )


def data_folder(folder: Path) -> Path:
    """The folder of the JSON files: the given folder, or its folder `data`."""
    return folder / "data" if (folder / "data").is_dir() else folder


def _arms(path: Path) -> list[Arm]:
    stem = path.stem
    dataset = _first(((name, module.FACTS.names) for name, module in BENCHMARKS.items()), stem)
    if dataset is None or not path.is_file() or stem == "dataset_info":
        return []
    level = _LEVEL.search(stem)
    zero_shot = _ZERO_SHOT.search(stem)
    if _ANSWER_ONLY.search(stem):
        return [Arm(stem, path, dataset, None, 0, "original", None)]
    teacher = _first(_TEACHERS, stem)
    if teacher is None:
        return []
    granularity = int(level[1]) if level and not zero_shot else None
    if granularity is None and not zero_shot and teacher != "human":
        return []
    format = _first(_FORMATS, stem.rpartition("level")[2] if level else stem) or _first(_FORMATS, stem) or "original"
    found = [Arm(stem, path, dataset, teacher, granularity, format, zero_shot[0].lower() if zero_shot else None)]
    if dataset == "math" and teacher == "human":
        found.append(Arm("math_onlyans", path, dataset, None, 0, "original", None))
    return found


def _first(patterns: Iterable[tuple[str, str]], stem: str) -> str | None:
    for name, pattern in patterns:
        if re.search(rf"(?:^|[-_\d])(?:{pattern})(?=$|[-_.\d])", stem, re.I):
            return name
    return None


def _told(known: list[Arm]) -> str:
    formats = sorted({arm.format for arm in known})
    parts = []
    for format in formats:
        levels = [arm.granularity for arm in known if arm.format == format]
        parts.append(
            f"{format} at granularity {', '.join(sorted('null' if one is None else str(one) for one in levels))}"
        )
    return "; ".join(parts)
