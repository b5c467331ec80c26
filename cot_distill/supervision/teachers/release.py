"""The authors' release (`EIT-NLP/Distilling-CoT-Reasoning`, folder `data`): which file is which arm.

A file is known by its name alone, so that arms are found with or without `dataset_info.json`, and also those that
were not there when this was written. Examples:

    SVAMP_ChatGPT_level3_ranked.json            svamp, gpt_4o, level 3
    0_gsm8k_chatgpt_level5RaR.json              gsm8k, gpt_4o, level 5, rephrase_and_respond
    openbookQA_ChatGPT_0_shot_with_gt_ranked    obqa, gpt_4o, no level, variant 0_shot_with_gt
    strategyQA_onlyans.json                     strategyqa, answer only
    math_human.json                             two arms: the human solutions, and the answers alone

`mix` is how the files `math_mix_levelN.json` name their teacher. Their column says `chatgpt_output` and
`dataset_info.json` calls them chatgpt too, so they are most likely GPT-4o's; but a column of that name also holds
rationales of Gemini in another file, so that the name of the file is what stands here.
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
    """The file's name without its ending; the answers of `math_human.json` are `math_onlyans`."""
    path: Path
    dataset: str
    teacher: str | None
    """None: answer only."""
    granularity: int | None
    """1 to 6, 0 for answer only, None if the teacher wrote without a level (human and zero-shot)."""
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
    """JSON files in the folder whose names tell no arm, `dataset_info.json` left out."""
    known = {arm.path for arm in arms(folder)}
    return sorted(set(data_folder(folder).glob("*.json")) - known - {data_folder(folder) / "dataset_info.json"})


def find(folder: Path, dataset: str, teacher: str | None, granularity: Level, format: str, variant: str | None) -> Arm:
    """The arm with these factors; raises UserError naming what is there if it is not."""
    known = arms(folder)
    wanted = (dataset, teacher, granularity, format, variant)
    for arm in known:
        if (arm.dataset, arm.teacher, arm.granularity, arm.format, arm.variant) == wanted:
            return arm
    told = _told([arm for arm in known if arm.dataset == dataset and arm.teacher == teacher and arm.variant == variant])
    teachers = sorted({arm.teacher for arm in known if arm.dataset == dataset and arm.teacher})
    raise UserError(
        f"{data_folder(folder)} holds no such arm; of {teacher} on {dataset}: {told or 'nothing'}"
        + ("" if told else f"; on {dataset} it has: {', '.join(teachers) or 'nothing'}")
    )


def data_folder(folder: Path) -> Path:
    """The folder of the JSON files: the given one, or the folder `data` of a repository."""
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
