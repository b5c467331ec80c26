"""Every other benchmark in miniature, in our own words, as its official files."""

import json
from pathlib import Path
from typing import Any

from cot_distill.evaluation.beyond import bbh

ARC = [
    ("Which of these is long?", {"A": "a", "B": "zzzzzzzzzzzz"}, "B"),
    ("Which of these is short?", {"1": "a", "2": "zzzzzzzzzzzz"}, "1"),
]
CSQA = [
    ("Where does a boat float?", ["sand", "lake", "wall", "oven", "roof"], "B"),
    ("What do bees make?", ["ink", "salt", "tea", "honey", "wool"], "D"),
    ("What falls in winter?", ["gold", "snow", "corn", "glass", "paint"], "B"),
]
MMLU = {
    "virology": [["What is a virus?", "a rock", "a germ", "a star", "a song", "B"]],
    "marketing": [["Who buys?", "the customer", "the shop", "the sign", "the street", "A"], ["Who sells?", "fog", "a shop", "rain", "ice", "B"]],
}  # fmt: skip
RACE = [
    {"example_id": "middle1.txt", "article": "Ann has a cat.", "question": "Who has a cat?", "options": ["Ann", "Bob", "Tom", "Kim"], "answer": "A"},
    {"example_id": "middle1.txt", "article": "Ann has a cat.", "question": "The cat is  _  .", "options": ["aaaa", "bbbb", "zzzz", "cccc"], "answer": "C"},
    {"example_id": "middle2.txt", "article": "It rained.", "question": "What fell?", "options": ["zzzz", "rain", "hail", "snow"], "answer": "B"},
]  # fmt: skip
BBH = {
    "boolean_expressions": [{"input": "not False is", "target": "True"}, {"input": "not True is", "target": "False"}],
    "navigate": [{"input": "If you take 1 step and 1 step back, do you return?\nOptions:\n- Yes\n- No", "target": "Yes"}],
}  # fmt: skip
ABSR = {
    "0": {"label: A": {"testing input": "Answer: a"}, "label: B": {"testing input": "Answer: zzzzzzzzzzzzzzzzzzzz"}, "prediction": "", "gold": "B"},
    "1": {"label: A": {"testing input": "Pick.\nAnswer: z"}, "label: B": {"testing input": "Pick.\nAnswer: b"}, "prediction": "", "gold": "A"},
    "2": {"label: A": {"testing input": "Pick.\nAnswer: z"}, "label: B": {"testing input": "Pick.\nAnswer: b"}, "prediction": "", "gold": "B"},
}  # fmt: skip


def write(folder: Path) -> Path:
    """Write every benchmark below `folder`."""
    arc = [
        {"id": str(number), "question": {"stem": stem, "choices": [{"text": text, "label": label} for label, text in choices.items()]}, "answerKey": answer}
        for number, (stem, choices, answer) in enumerate(ARC)
    ]  # fmt: skip
    csqa = [
        {"id": str(number), "question": {"stem": stem, "choices": [{"label": label, "text": text} for label, text in zip("ABCDE", texts, strict=True)]}, "answerKey": answer}
        for number, (stem, texts, answer) in enumerate(CSQA)
    ]  # fmt: skip
    lines(folder / "arc/ARC-Easy-Dev.jsonl", arc)
    lines(folder / "arc/ARC-Challenge-Test.jsonl", arc)
    lines(folder / "csqa/dev_rand_split.jsonl", csqa)
    for school in ("high", "middle"):
        lines(folder / f"race/{school}/test.jsonl", RACE)
    for subject, rows in MMLU.items():
        text(folder / f"mmlu/val/{subject}_val.csv", "".join(",".join(row) + "\n" for row in rows))
    for name, examples in BBH.items():
        text(folder / f"bbh/{name}.json", json.dumps({"canary": "", "examples": examples}))
    text(folder / "absr/test_ppl.json", json.dumps(ABSR))
    return folder


def on_the_hub() -> dict[str, dict[tuple[str, str], list[dict[str, Any]]]]:
    """The same as the hub lays them out: repository → (configuration, split) → rows. BBH has all its subtasks there."""
    arc = [
        {"id": str(number), "question": stem, "choices": {"text": list(choices.values()), "label": list(choices)}, "answerKey": answer}
        for number, (stem, choices, answer) in enumerate(ARC)
    ]  # fmt: skip
    csqa = [
        {"id": str(number), "question": stem, "question_concept": "x", "choices": {"label": list("ABCDE"), "text": texts}, "answerKey": answer}
        for number, (stem, texts, answer) in enumerate(CSQA)
    ]  # fmt: skip
    mmlu = [
        {"question": row[0], "subject": subject, "choices": row[1:-1], "answer": "ABCD".index(row[-1])}
        for subject, rows in MMLU.items()
        for row in rows
    ]
    return {
        "allenai/ai2_arc": {(config, "test"): arc for config in ("ARC-Easy", "ARC-Challenge")},
        "tau/commonsense_qa": {("default", "validation"): csqa},
        "ehovy/race": {("high", "test"): RACE},
        "cais/mmlu": {("all", "test"): mmlu},
        "SaylorTwift/bbh": {(name, "test"): BBH.get(name, BBH["boolean_expressions"]) for name in bbh.SUBTASKS},
    }


def lines(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write a JSON Lines file."""
    text(path, "".join(json.dumps(row) + "\n" for row in rows))


def text(path: Path, content: str) -> None:
    """Write a file with the folders that it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
