"""Every benchmark in miniature, in our own words: as its official files, and as the hub lays it out."""

import json
from pathlib import Path
from typing import Any

SVAMP = {
    "train": [
        {"ID": "chal-1", "Body": "Ann has 3 pens. Bob gave her 4 more", "Question": "How many pens has Ann now?", "Equation": "( 3.0 + 4.0 )", "Answer": 7.0, "Type": "Addition"},
        {"ID": "chal-2", "Body": "A shelf holds 12 jars.", "Question": "How many jars do 2 shelves hold?", "Equation": "( 12.0 * 2.0 )", "Answer": 24.0, "Type": "Multiplication"},
    ],
    "test": [{"ID": "chal-9", "Body": "Tom ate 2 of 9 figs", "Question": "How many figs are left?", "Equation": "( 9.0 - 2.0 )", "Answer": 7.0, "Type": "Subtraction"}],
}  # fmt: skip
GSM8K = {
    "train": [{"question": "A farm has 1,000 hens and sells 40. How many stay?", "answer": "1000 - 40 = <<1000-40=960>>960 hens stay.\n#### 960"}],
    "test": [{"question": "A book costs $2,500. What do 2 cost?", "answer": "They cost 2 * 2500 = $<<2*2500=5000>>5,000.\n#### 5,000"}],
}  # fmt: skip
AQUA = {
    "train": [{"question": "A car drives 60 miles in 2 hours. How many miles an hour?", "options": ["A)20", "B)30", "C)40", "D)50", "E)60"], "rationale": "60 / 2 = 30\nAnswer B", "correct": "B"}],
    "test": [{"question": "What is half of 9?", "options": ["A)4.5", "B)5", "C)3", "D)9", "E)18"], "rationale": "9 / 2", "correct": "A"}],
}  # fmt: skip
MATH = {
    "train": [
        {"problem": "What is $\\frac{1}{2}$ of 3?", "level": "Level 1", "type": "Prealgebra", "solution": "First $\\boxed{7}$ comes to mind, but it is $\\boxed{\\frac{3}{2}}$."},
        {"problem": "Is there a prime?", "level": "Level 1", "type": "Algebra", "solution": "So $\\boxed{}$."},
    ],
    "test": [{"problem": "What is $1 + 1$?", "solution": "It is $\\boxed{2}$.", "answer": "2", "subject": "Algebra", "level": 1, "unique_id": "t/1"}],
}  # fmt: skip
STRATEGYQA = [
    *({"qid": f"q{number}", "question": f"Is {number} even?", "answer": number % 2 == 0, "facts": ["Even numbers halve.", f"{number} is a number."], "decomposition": [], "term": "n", "description": "", "evidence": []} for number in range(2000)),
    {"qid": "last", "question": "Could a cat read this?", "answer": False, "facts": ["Cats do not read."], "decomposition": [], "term": "Cat", "description": "", "evidence": []},
]  # fmt: skip
COMMON = {
    "train": [
        ("1", "Where is milk kept cold?", ["oven", "fridge", "shoe", "lamp", "sea"], "B"),
        ("2", "What do cows give?", ["milk", "ink", "sand", "gold", "tea"], "A"),
        ("3", "What do cows give?", ["rain", "milk", "wool", "salt", "oil"], "B"),
    ],
    "test": [
        ("9", "what do cows give", ["ink", "milk", "sand", "tea", "gold"], "B"),
        ("8", "Who bakes bread?", ["a baker", "a fish", "a stone", "the sun", "the moon"], "A"),
    ],
}
"""id, stem, choices, answer; the test split asks the training row 2 with its choices in another order."""


def official(folder: Path) -> Path:
    """Write every benchmark's official files below `folder`."""
    for split in ("train", "test"):
        _json(folder / f"svamp/{split}.json", SVAMP[split])
        _lines(folder / f"gsm8k/{split}.jsonl", GSM8K[split])
        _lines(folder / f"aqua/{split}.json", AQUA[split])
        _lines(folder / f"obqa/{split}.jsonl", [_stem(row, 4) for row in COMMON[split]])
    _lines(folder / "math/train.jsonl", MATH["train"])
    _lines(folder / "math/math500_test.jsonl", MATH["test"])
    _lines(folder / "csqa/train_rand_split.jsonl", [_stem(row, 5) for row in COMMON["train"]])
    _lines(folder / "csqa/dev_rand_split.jsonl", [_stem(row, 5) for row in COMMON["test"]])
    _lines(
        folder / "csqa/ecqa.jsonl", [{"id": "1", "explanation": "A fridge is cold.", "positives": [], "negatives": []}]
    )
    _json(folder / "strategyqa/strategyqa_train.json", STRATEGYQA)
    return folder


def on_the_hub(folder: Path) -> dict[str, Path]:
    """Write every hub dataset below `folder`; repository → its folder."""
    parquet = {
        "openai/gsm8k": {("main", split): rows for split, rows in GSM8K.items()},
        "deepmind/aqua_rat": {("raw", split): rows for split, rows in AQUA.items()},
        "allenai/openbookqa": {("main", split): [_flat(row, "question_stem", 4) for row in rows] for split, rows in COMMON.items()},
        "tau/commonsense_qa": {("default", split): [_flat(row, "question", 5) for row in COMMON[ours]] for split, ours in (("train", "train"), ("validation", "test"))},
        "EleutherAI/hendrycks_math": {
            (subject, "train"): MATH["train"][:1] if subject == "prealgebra" else [MATH["train"][0] | {"problem": f"What is {subject} not?"}]
            for subject in ("algebra", "counting_and_probability", "geometry", "intermediate_algebra", "number_theory", "prealgebra", "precalculus")
        },
    }  # fmt: skip
    for repo, splits in parquet.items():
        hub_dataset(folder / repo, splits)
    for split, rows in SVAMP.items():
        _json(folder / f"ChilleD/SVAMP/{split}.json", rows)
    _lines(folder / "HuggingFaceH4/MATH-500/test.jsonl", MATH["test"])
    return {repo: folder / repo for repo in (*parquet, "ChilleD/SVAMP", "HuggingFaceH4/MATH-500")}


def _stem(row: tuple[str, str, list[str], str], choices: int) -> dict[str, Any]:
    given, stem, texts, answer = row
    offered = [{"label": "ABCDE"[index], "text": text} for index, text in enumerate(texts[:choices])]
    return {"id": given, "question": {"stem": stem, "choices": offered}, "answerKey": answer}


def _flat(row: tuple[str, str, list[str], str], stem_key: str, choices: int) -> dict[str, Any]:
    given, stem, texts, answer = row
    return {
        "id": given,
        stem_key: stem,
        "choices": {"text": texts[:choices], "label": list("ABCDE"[:choices])},
        "answerKey": answer,
    }


def hub_dataset(folder: Path, splits: dict[tuple[str, str], list[dict[str, Any]]]) -> None:
    """Write a dataset as the hub holds it, with Parquet files by configuration and split."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    configs: dict[str, list[str]] = {}
    for (config, split), rows in splits.items():
        path = folder / config / f"{split}-00000-of-00001.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows), path)
        configs.setdefault(config, []).append(split)
    lines = ["---", "configs:"]
    for config, names in configs.items():
        lines += [f"- config_name: {config}", "  data_files:"]
        for name in names:
            lines += [f"  - split: {name}", f"    path: {config}/{name}-*"]
    (folder / "README.md").write_text("\n".join([*lines, "---", "# A dataset", ""]))


def _json(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows))


def _lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
